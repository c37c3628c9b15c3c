from __future__ import annotations

import numpy as np
import pytest

from assent.answers.ceilings import Ceiling, of_answers, of_pairs
from assent.likelihood.prediction import Predicted
from assent.reward.measures import ceiling
from tests.likelihood.crowd import compiled, grade, order

U = np.array([2.0, 1.0, 0.0, -1.0, -2.0, -3.0])


def predicted(
    items: list[list[int]], answers: list[tuple[int, ...]], chances: list[list[float]]
) -> Predicted:
    """What was foretold; which answer was given plays no part in a ceiling."""
    count = len(items)
    given = np.zeros(count, np.int64)
    told = np.array(chances)
    return Predicted(np.arange(count), np.array(items), tuple(answers), told, told[:, 0], given)


def told(found: Ceiling | None) -> object:
    return None if found is None else (found.value, found.by)


def test_the_ceiling_of_two_answers_is_the_known_one() -> None:
    assert ceiling(0.75, 2) == pytest.approx((1 + 0.5**0.5) / 2)


def test_the_ceiling_of_more_answers_solves_its_equation() -> None:
    best = ceiling(0.4, 5)
    assert best**2 + (1 - best) ** 2 / 4 == pytest.approx(0.4)
    assert ceiling(0.0, 5) == pytest.approx(1 / 5)


def test_two_annotators_tell_the_ceiling_of_pairs() -> None:
    judgements = []
    for other in range(1, 6):
        for who in "abcdef":
            judgements.append(grade([0, other], 0 if (who, other) == ("f", 1) else 4, who=who))
    judgements += [grade([1, 2], 4, who="a"), grade([1, 2], 2, who="b")]  # a tie is no opinion
    evidence = compiled(judgements, people=tuple("abcdef"))
    # Each of five pairs has 15 pairs of opinions; the one who differs is in five of them.
    found = of_pairs([], evidence, U)
    assert found is not None
    assert found.by == "annotators"
    # Ties count half, whatever the reward says: 1 of 32 answers is one.
    assert found.value == pytest.approx(31 / 32 * ceiling(70 / 75, 2) + 1 / 64)


def test_without_overlap_the_model_tells_the_ceiling_of_pairs() -> None:
    # Of levels worse, tie, better: right with .7 + .2 / 2, and the other way round .2 + .3 / 2.
    part = predicted([[0, 1], [3, 2]], [(0,), (1,), (2,)], [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
    found = of_pairs([part], compiled([grade([0, 1], 4)]), U)
    assert told(found) == (pytest.approx((0.8 + 0.65) / 2), "model")


def test_the_model_tells_the_ceiling_of_pairs_in_rankings() -> None:
    # Of items 0 1 2 in two orders: 0 1 2, and 2 1 0 with .25; each pair is right with .75.
    part = predicted([[0, 1, 2]], [(0, 1, 2), (2, 1, 0)], [[0.75, 0.25]])
    found = of_pairs([part], compiled([order([0, 1, 2], [0, 1, 2])]), U)
    assert told(found) == (pytest.approx(0.75), "model")


def test_repeats_tell_the_ceiling_of_answers() -> None:
    # Thirty items rated twice by one annotator, six of them differently.
    judgements = []
    for item in range(30):
        judgements.append(grade([item], 2, 5, scale="rating"))
        judgements.append(grade([item], 2 if item >= 6 else 3, 5, scale="rating"))
    evidence = compiled(judgements, 30)
    part = predicted([[0]], [(level,) for level in range(5)], [[0.2] * 5])
    assert told(of_answers([part], evidence)) == (pytest.approx(ceiling(0.8, 5)), "repeats")
    assert told(of_answers([part], evidence, strangers=(0,))) == (pytest.approx(0.2), "model")


def test_without_repeats_the_model_tells_the_ceiling_of_answers() -> None:
    part = predicted([[0], [1]], [(0,), (1,)], [[0.9, 0.1], [0.4, 0.6]])
    found = of_answers([part], compiled([grade([0], 1, 2, scale="approval")]))
    assert told(found) == (pytest.approx(0.75), "model")


def test_orders_too_long_to_list_tell_nothing() -> None:
    part = Predicted(
        np.arange(1), np.arange(5)[None], (), np.empty((1, 0)), np.ones(1), np.array([-1])
    )
    evidence = compiled([order([0, 1, 2, 3, 4], [0, 1, 2, 3, 4])])
    assert (of_answers([part], evidence), of_pairs([part], evidence, U)) == (None, None)
