from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from assent.diagnosis.choices import choices, marks
from assent.diagnosis.consistency import consistency
from tests.likelihood.crowd import compiled, grade, mixed, order


def test_a_ranking_gives_every_pair_that_it_decided() -> None:
    # Best 2, then 0 and 1 tied; 3 and 4 were not compared.
    found = choices(compiled([order([2, 0, 1, 3, 4], [0, 1, 1, 2, 2], partial=True)]))
    outcome = dict(zip(zip(found.low, found.high, strict=True), found.outcome, strict=True))
    assert outcome[0, 2] == outcome[1, 2] == -1
    assert outcome[0, 1] == 0
    assert outcome[2, 3] == outcome[0, 4] == 1
    assert (3, 4) not in outcome
    assert found.weight == pytest.approx(np.full(9, 2 / 5))
    assert not found.alone.any()


def test_a_comparison_is_read_from_the_item_of_the_lower_row() -> None:
    judgements = [grade([3, 1], 4, shown=(0, 1)), grade([1, 3], 0), order([3, 1], [0, 1])]
    found = choices(compiled(judgements))
    assert found.low.tolist() == [1, 1, 1]
    assert found.outcome.tolist() == [-1, -1, -1]
    assert sorted(found.first.tolist()) == [-1, 0, 0]
    assert found.alone.all()
    assert len(np.unique(found.pair)) == 1


def test_levels_are_shares_of_their_scale() -> None:
    (found,) = marks(compiled([grade([2], 3, 5, scale="rating")]))
    assert (found.item.tolist(), found.value.tolist()) == ([2], [0.75])


def test_repeats_are_counted_whichever_way_round() -> None:
    # The pair (0, 1) three times: the same, then turned round and the other way; (2, 3) once.
    judgements = [
        grade([0, 1], 4, 5, shown=(0, 1)),
        grade([0, 1], 3, 5, shown=(0, 1)),
        grade([1, 0], 4, 5, shown=(0, 1)),
        grade([2, 3], 4, 5, shown=(0, 1)),
    ]
    found = consistency(compiled(judgements))
    assert (found.repeats.pairs[0], found.mirrored.pairs[0]) == (2, 1)
    assert found.repeats.value[0] == pytest.approx(0)  # one of two, where chance gives one of two
    assert found.mirrored.value[0] == pytest.approx(-1)


def test_a_tie_is_half_way_between_two_preferences() -> None:
    # Ties are 1 of 2 answers, shrunk by five of the crowd, who is this annotator: 1/2.
    found = consistency(compiled([grade([0, 1], 2, 5), grade([0, 1], 4, 5)]))
    assert found.repeats.value[0] == pytest.approx(1 - 0.25 / (0.5 * 0.5))


def test_ratings_repeat_beyond_what_own_levels_would_by_chance() -> None:
    # Levels 0 1 4 4 of items 0 1 2 2: variance of 0, 1/4, 1, 1 with n - 1 is .2656; the crowd
    # is this annotator, so that shrinking changes nothing. Both answers to item 2 are equal.
    given = [(0, 0), (1, 1), (2, 4), (2, 3)]
    found = consistency(compiled([grade([i], v, 5, scale="rating") for i, v in given]))
    spread = np.var([0, 0.25, 1, 0.75], ddof=1)
    assert found.repeats.value[0] == pytest.approx(1 - 0.25**2 / (2 * spread))


def test_who_always_answers_the_same_is_neither_consistent_nor_not() -> None:
    judgements = [grade([0], 3, 5, scale="rating") for _ in range(5)]
    judgements += [grade([0, 1], 2, 5) for _ in range(5)]
    assert not consistency(compiled(judgements)).repeats.known()[0]


def test_strangers_repeat_nothing() -> None:
    evidence = compiled([grade([0, 1], 4), grade([0, 1], 4)])
    assert consistency(evidence).repeats.pairs[0] == 1
    assert consistency(evidence, strangers=(0,)).repeats.pairs[0] == 0


def test_circles_are_counted_as_by_brute_force() -> None:
    rng = np.random.default_rng(3)
    beats = {pair: rng.random() < 0.5 for pair in combinations(range(8), 2) if rng.random() < 0.8}
    judgements = [grade(list(pair), 1 if first else 0, 2) for pair, first in beats.items()]
    found = consistency(compiled(judgements, 8)).circles
    circular = triples = 0
    for a, b, c in combinations(range(8), 3):
        if {(a, b), (b, c), (a, c)} <= set(beats):
            triples += 1
            circular += beats[a, b] == beats[b, c] != beats[a, c]
    assert found.pairs[0] == triples > 20
    assert circular > 0
    assert found.value[0] == pytest.approx(1 - 4 * circular / triples)


def test_rankings_hold_no_circles_to_look_for() -> None:
    assert consistency(compiled([order([0, 1, 2], [0, 1, 2])])).circles.pairs[0] == 0


def test_noise_lowers_repeats_and_circles_alike() -> None:
    # Choices turned round with chance e: kappa is (1 - 2 e)^2 by either.
    rng, e = np.random.default_rng(0), 0.15
    judgements = []
    for _ in range(2):
        for a, b in combinations(range(40), 2):
            judgements.append(grade([a, b], int(rng.random() > e), 2))
    twice, once = compiled(judgements, 40), compiled(judgements[: len(judgements) // 2], 40)
    expected = (1 - 2 * e) ** 2
    assert consistency(twice).repeats.value[0] == pytest.approx(expected, abs=0.08)
    assert consistency(once).circles.value[0] == pytest.approx(expected, abs=0.08)


def test_choices_are_held_against_own_ratings() -> None:
    judgements = [grade([i], i, 5, scale="rating") for i in range(4)]
    judgements += [grade([3, 0], 4, 5), grade([1, 2], 4, 5), grade([0, 5], 4, 5)]
    found = consistency(compiled(judgements)).crossed
    assert (found.pairs[0], found.value[0]) == (2, pytest.approx(0))


def test_agreement_with_the_group_leaves_oneself_out() -> None:
    # a and b say the same of four pairs, c the opposite; a said the first twice.
    judgements = []
    for other in range(1, 5):
        judgements += [grade([0, other], 1, 2, who=w) for w in "ab"]
        judgements.append(grade([0, other], 0, 2, who="c"))
    found = consistency(compiled(judgements, people=("a", "b", "c"))).group
    assert found.value == pytest.approx([0, 0, -1])
    assert found.pairs.tolist() == [4, 4, 4]
    again = consistency(compiled([*judgements, grade([0, 1], 1, 2)], people=("a", "b", "c")))
    assert again.group.value[0] == pytest.approx(0)


def test_severity_is_no_dissent() -> None:
    rng = np.random.default_rng(0)
    judgements = []
    for item in range(60):
        level = int(rng.integers(3, 8))
        judgements += [grade([item], level, 11, who=w, scale="rating") for w in "ab"]
        judgements.append(grade([item], level - 3, 11, who="stern", scale="rating"))
    found = consistency(compiled(judgements, 60, ("a", "b", "stern"))).group
    assert found.value[2] > 0.6
    shuffled = [grade([i], int(rng.integers(3, 8)), 11, "d", scale="rating") for i in range(60)]
    people = ("a", "b", "stern", "d")
    assert abs(consistency(compiled(judgements + shuffled, 60, people)).group.value[3]) < 0.3


def test_the_order_of_options_and_of_people_changes_nothing() -> None:
    evidence = mixed(200, people=3)
    whole = consistency(evidence)
    rows = np.random.default_rng(0).permutation(evidence.count)
    # Repeats are compared in the order of the answers, agreement with others in any.
    again = consistency(evidence.take(rows))
    assert again.group.value == pytest.approx(whole.group.value)
    assert again.circles.value == pytest.approx(whole.circles.value, nan_ok=True)


def test_no_answers_tell_nothing() -> None:
    found = consistency(mixed().take([]))
    assert not found.own().known().any()
    assert not found.group.known().any()
