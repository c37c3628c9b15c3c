from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from assent.diagnosis.axes import standings, unreliable
from assent.diagnosis.consistency import Consistency
from assent.diagnosis.crowd import diagnose
from assent.diagnosis.drift import drift
from assent.diagnosis.flags import described, flags
from assent.diagnosis.habits import alike, sameness
from assent.diagnosis.kappas import Kappas, counted
from assent.likelihood.annotators import uncertainty
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.people import People, typical
from tests.likelihood.crowd import compiled, grade, mixed, order
from tests.likelihood.test_joint import UTILITIES


def agreed(values: list[float], pairs: int = 200) -> Kappas:
    """Kappas of these values, from coins."""
    away = (1 - np.array(values)) / 2
    count = np.full(len(values), pairs)
    return counted(away, np.full(len(values), 0.5), count.astype(float), count)


def placed(own: list[float], group: list[float], pairs: int = 200) -> list[str]:
    nobody = agreed([0.0] * len(own), 0)
    found = Consistency(agreed(own, pairs), nobody, nobody, nobody, agreed(group))
    return [stands.name for stands in standings(found, np.random.default_rng(0))]


def test_both_axes_together_tell_five_kinds_apart() -> None:
    own = [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.2, 0.0]
    group = [0.8, 0.8, 0.8, 0.8, 0.3, -0.7, 0.37, 0.0]
    names = ["expert"] * 4 + ["dissenter", "inverted", "careless", "random"]
    assert placed(own, group) == names


def test_noise_that_explains_all_disagreement_is_no_dissent() -> None:
    # Two who answer alike but for noise agree to the geometric mean of their consistencies.
    assert placed([0.9, 0.9, 0.9, 0.6], [0.8, 0.8, 0.8, 0.8 * (0.6 / 0.9) ** 0.5])[3] == "expert"


def test_repeats_and_circles_are_two_witnesses() -> None:
    nobody, own = agreed([0.0] * 4, 0), agreed([0.9, 0.9, 0.9, 0.3], 20)
    once = Consistency(own, nobody, nobody, nobody, nobody)
    twice = Consistency(own, nobody, own, nobody, nobody)
    chance = unreliable(once)[3]
    assert 0.5 < chance < 0.95
    assert unreliable(twice)[3] == pytest.approx(chance**2 / (chance**2 + (1 - chance) ** 2))
    assert np.isnan(unreliable(Consistency(nobody, nobody, nobody, nobody, own))).all()


def test_with_few_repeats_nobody_is_put_anywhere() -> None:
    assert placed([0.9] * 4, [0.8, 0.8, 0.8, 0.1], pairs=5) == [""] * 4


def test_where_nobody_agrees_nobody_dissents() -> None:
    assert placed([0.9] * 4, [0.0, 0.02, 0.01, -0.01]) == [""] * 4


def rated(
    moves: list[float], fades: list[float], count: int, rng: np.random.Generator
) -> tuple[Evidence, Doubles, People]:
    """Ratings by people who change by so much from first to last, and the truth about them."""
    utilities = rng.normal(0, 2, 40)
    names = tuple(f"a{k}" for k in range(len(moves)))
    judgements = []
    for name, move, fade in zip(names, moves, fades, strict=True):
        for number in range(count):
            along = number / (count - 1) - 0.5
            item = int(rng.integers(40))
            seen = np.exp(fade * along) * utilities[item] - move * along + rng.logistic()
            level = int((seen > np.array([-2.0, -0.7, 0.7, 2.0])).sum())
            judgements.append(grade([item], level, 5, name, scale="rating"))
    evidence = compiled(judgements, 40, names)
    people = replace(typical(evidence), thresholds=(np.array([-2.0, -0.7, 0.7, 2.0]),))
    return evidence, utilities, replace(people, lapse=np.full(len(names), 1e-3))


def test_drift_is_estimated_with_its_error() -> None:
    moves, fades = [0.0, 2.0, -2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, -1.5, 1.0, 0.0]
    evidence, utilities, people = rated(moves, fades, 600, np.random.default_rng(0))
    found = drift(evidence, utilities, people)
    assert found.severity == pytest.approx(moves, abs=0.6)
    assert found.sensitivity == pytest.approx(fades, abs=0.5)
    assert (found.chances[1, 0], found.chances[2, 1]) > (0.95, 0.95)
    assert (found.chances[3, 2], found.chances[4, 3]) > (0.95, 0.95)
    assert found.chances[[0, 5]].max() < 0.5


def test_among_many_who_stay_the_same_none_seems_to_drift() -> None:
    evidence, utilities, people = rated([0.0] * 60, [0.0] * 60, 60, np.random.default_rng(1))
    assert (drift(evidence, utilities, people).chances > 0.95).sum() == 0


@pytest.mark.parametrize("seed", range(4))
def test_who_drifts_alone_is_not_made_like_the_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    evidence, utilities, people = rated([4.0] + [0.0] * 9, [0.0] * 10, 150, rng)
    found = drift(evidence, utilities, people)
    assert found.severity[0] == pytest.approx(4, abs=3 * found.severity_error[0])
    assert found.chances[0, 0] > 0.95
    assert found.chances[1:].max() < 0.95


def test_drift_goes_along_time() -> None:
    moves, fades = [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    evidence, utilities, people = rated(moves, fades, 400, np.random.default_rng(2))
    backwards = -np.arange(evidence.count, dtype=float)
    there = drift(evidence, utilities, people).severity
    back = drift(evidence, utilities, people, backwards).severity
    assert there[0] > 0.6
    assert back == pytest.approx(-there, abs=0.05)


def test_few_answers_say_nothing_of_drift() -> None:
    found = drift(mixed(12), UTILITIES, typical(mixed(12)))
    assert np.isnan(found.severity).all()
    assert (found.chances == 0).all()


def test_the_same_answer_always_is_told_where_others_differ() -> None:
    rng = np.random.default_rng(0)
    judgements = [grade([0], 3, 5, "same", scale="rating") for _ in range(60)]
    judgements += [grade([1], int(rng.integers(5)), 5, "a", scale="rating") for _ in range(60)]
    found = sameness(compiled(judgements, people=("a", "same")))
    assert found.probability[1] > 0.95 > 0.05 > found.probability[0]
    assert (found.share[1], found.words[1]) == (
        1.0,
        "level 4 of 5 on the scale rating",
    )


def test_where_everybody_gives_the_same_answer_nobody_stands_out() -> None:
    judgements = [grade([0], 1, 2, w, scale="approval") for w in "ab" for _ in range(60)]
    assert sameness(compiled(judgements, people=("a", "b"))).probability.max() < 0.5


def test_what_many_of_the_others_do_stands_out_in_nobody() -> None:
    rng = np.random.default_rng(0)
    often = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 0.9, "e": 0.7, "f": 0.4, "g": 0.9, "h": 0.6}
    judgements = []
    for who, share in often.items():
        for _ in range(60):
            level = 5 if rng.random() < share else int(rng.integers(5))
            judgements.append(grade([0], level, 6, who, scale="rating"))
    assert sameness(compiled(judgements, people=tuple(often))).probability.max() < 0.5
    # Where nobody else does, it does.
    kept = [each for each in judgements if each.annotator not in "bc"]
    alone = sameness(compiled(kept, people=tuple(w for w in often if w not in "bc")))
    assert (alone.probability > 0.95).tolist() == [True, False, False, False, False, False]


def test_always_the_option_shown_first_is_read_from_the_screen() -> None:
    rng = np.random.default_rng(0)
    judgements = []
    for number in range(120):
        shown, who = [(0, 1), (1, 0)][int(rng.integers(2))], "ab"[number % 2]
        level = (4 if shown[0] == 0 else 0) if who == "b" else int(rng.integers(5))
        judgements.append(grade([0, 1], level, 5, who, shown))
    found = sameness(compiled(judgements, people=("a", "b")))
    told = "the option shown first on the scale comparison"
    assert (found.probability[1] > 0.95, found.words[1]) == (True, told)


def test_a_favourite_side_stands_out_even_where_many_have_it() -> None:
    rng = np.random.default_rng(0)
    judgements = []
    for number in range(600):
        who, shown = "abcdefghij"[number % 10], [(0, 1), (1, 0)][int(rng.integers(2))]
        first = who in "abcd" or rng.random() < 0.5
        judgements.append(grade([0, 1], int(first == (shown[0] == 0)), 2, who, shown))
    found = sameness(compiled(judgements, people=tuple("abcdefghij")))
    assert (found.probability > 0.95).tolist() == [True] * 4 + [False] * 6


def test_who_copies_is_hinted_at_and_who_only_agrees_is_not() -> None:
    rng = np.random.default_rng(0)
    utilities = rng.normal(0, 1.5, 80)
    judgements = []
    for item in range(80):
        drawn = [utilities[item] + rng.logistic() for _ in range(4)]
        drawn[3] = drawn[2]  # the last copies the one before
        for name, seen in zip("abcd", drawn, strict=True):
            level = int((seen > np.array([-1.5, -0.5, 0.5, 1.5])).sum())
            judgements.append(grade([item], level, 5, name, scale="rating"))
    evidence = compiled(judgements, 80, tuple("abcd"))
    (found,) = alike(evidence, utilities, typical(evidence))
    assert (found.first, found.second, found.items) == (2, 3, 80)
    assert found.correlation > 0.9


def test_described_people_have_intervals_and_plain_values() -> None:
    evidence = mixed(200)
    people = typical(evidence)
    errors = uncertainty(evidence, UTILITIES, people)
    found = diagnose(evidence, UTILITIES, people)
    row = described(people, errors, evidence.answers(), found)[0]
    reach = norm.ppf(0.975) * errors.sensitivity[0]
    assert row["sensitivity_low"] == pytest.approx(1 - reach, abs=1e-3)
    assert 0 <= row["lapse_low"] <= row["lapse"] <= row["lapse_high"] <= 1
    assert row["self_consistency"]["pairs"] > 0
    assert row["ratings_against_choices"]["pairs"] > 0
    assert row["agreement"]["low"] <= row["agreement"]["value"] <= row["agreement"]["high"]


def test_severity_is_counted_from_the_middle_rater() -> None:
    # One far too lenient rater shifts the mean, not the middle one.
    judgements = [grade([i % 6], i % 5, 5, w, scale="rating") for w in "abcd" for i in range(40)]
    evidence = compiled(judgements, people=tuple("abcd"))
    people = replace(typical(evidence), severity=np.array([3.0, 3.0, 3.0, -9.0]))
    errors = replace(uncertainty(evidence, UTILITIES, typical(evidence)), severity=np.full(4, 0.1))
    found = diagnose(evidence, UTILITIES, people)
    names = [[f.name for f in flags(people, errors, k, found)] for k in range(4)]
    assert "severe" not in names[0]
    assert "lenient" in names[3]


def test_two_with_nothing_but_rankings_are_diagnosed() -> None:
    judgements = [order([0, 1, 2], [0, 1, 2], who=w) for w in "ab" for _ in range(3)]
    evidence = compiled(judgements, people=("a", "b"))
    found = diagnose(evidence, UTILITIES, typical(evidence))
    assert found.consistency.repeats.value == pytest.approx([1, 1])
    assert found.standings[0].name == ""


def test_without_any_answer_nothing_is_told() -> None:
    evidence = mixed().take([])
    found = diagnose(evidence, UTILITIES, typical(evidence))
    assert [row["self_consistency"]["value"] for row in found.described()] == [None] * 3
