from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.rate_then_rank import RateThenRank
from assent.feedback.simulated import SimulatedAnnotator
from assent.records import Grade, Order
from assent.testing import check_feedback_kind
from tests.feedback.queries import A, B, C, D, query

KIND = RateThenRank()
FOUR = query("rate_then_rank", 4, {"levels": 5})
LEVELS = {A: 2, B: 4, C: 2, D: 2}


@pytest.mark.parametrize("size", [2, 3, 6])
def test_the_contract(size: int) -> None:
    check_feedback_kind(
        KIND, query("rate_then_rank", size, {"levels": 5}), np.random.default_rng(0)
    )


def test_grades_and_an_order_of_those_that_share_a_level() -> None:
    found = KIND.targets(FOUR, {"levels": LEVELS, "ranking": [[B], [D], [A, C]]})
    a, b, c, d = FOUR.segments
    assert found == [
        Grade((a,), 2, 5, "rate_then_rank"),
        Grade((b,), 4, 5, "rate_then_rank"),
        Grade((c,), 2, 5, "rate_then_rank"),
        Grade((d,), 2, 5, "rate_then_rank"),
        Order((a, c, d), (1, 1, 0)),
    ]


def test_different_levels_need_no_ranking() -> None:
    given = KIND.check(FOUR, {"levels": {A: 0, B: 4, C: 2, D: 1}})
    assert given["ranking"] == [[B], [C], [D], [A]]
    assert all(isinstance(target, Grade) for target in KIND.targets(FOUR, given))


def test_equals_come_back_in_the_questions_order() -> None:
    given = KIND.check(FOUR, {"levels": LEVELS, "ranking": [[B], [D, C, A]]})
    assert given["ranking"] == [[B], [A, C, D]]


@pytest.mark.parametrize(
    "ranking",
    [
        None,
        [],
        [[B], [D], [A]],
        [[B], [D], [A, C, C]],
        [[B], [D], [A, "x"]],
        [[B], [D], [A, 1]],
        [[D], [B], [A, C]],  # before one of a higher level
        [[B, D], [A, C]],  # equal although of two levels
        [[B], [D], [[A], [C]]],
        [[B]] * 100,
    ],
)
def test_a_ranking_that_is_none_or_contradicts_the_levels_is_refused(ranking: Any) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(FOUR, {"levels": LEVELS, "ranking": ranking})


def test_equals_must_have_been_compared() -> None:
    with pytest.raises(AnswerError, match="each segment once"):
        KIND.check(FOUR, {"levels": LEVELS})


@pytest.mark.parametrize("levels", [None, {}, {A: 1}, {**LEVELS, A: 5}, {**LEVELS, "x": 1}, [1]])
def test_what_is_not_a_level_for_each_is_refused(levels: Any) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(FOUR, {"levels": levels, "ranking": [[A], [B], [C], [D]]})


@pytest.mark.parametrize("size", [1, 7])
def test_a_group_has_two_to_six(size: int) -> None:
    with pytest.raises(QueryError, match="2 to 6 segments"):
        KIND.form(query("rate_then_rank", size, {"levels": 5}))


def test_place_pulls_on_simulated_orders_but_not_on_levels() -> None:
    annotator = SimulatedAnnotator("k", sensitivity=1.0, lapse=0.0, position=2.0)
    pair = query("rate_then_rank", 2, {"levels": 2})
    rng = np.random.default_rng(2)
    first = level = asked = 0
    for _ in range(4000):
        given = KIND.simulate(pair, np.zeros(2), annotator, (1, 0), rng)
        level += given["levels"][A]
        if given["levels"][A] == given["levels"][B]:
            asked += 1
            first += given["ranking"][0] == [B]
    # B stood first: chance 1 / (1 + e^-2) = 0.881; a level of 1 has chance 1/2.
    assert abs(first / asked - 0.881) < 4 * np.sqrt(0.25 / asked)
    assert abs(level / 4000 - 0.5) < 4 * np.sqrt(0.25 / 4000)
