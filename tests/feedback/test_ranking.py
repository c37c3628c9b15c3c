from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.ranking import Ranking
from assent.feedback.simulated import SimulatedAnnotator
from assent.records import Order
from tests.feedback.queries import A, B, C, D, query

KIND = Ranking()
FOUR = query("ranking", 4)


def test_a_ranking_with_a_tie_is_one_order() -> None:
    answer = {"ranking": [[C], [A, D], [B]]}
    assert KIND.targets(FOUR, answer) == [Order(FOUR.segments, (1, 2, 0, 1))]


def test_the_order_of_the_query_does_not_change_anybodys_rank() -> None:
    turned = replace(FOUR, segments=FOUR.segments[::-1])
    answer = {"ranking": [[C], [A, D], [B]]}
    assert KIND.targets(turned, answer) == [Order(turned.segments, (1, 0, 2, 1))]


def test_equals_are_written_in_the_querys_order() -> None:
    assert KIND.check(FOUR, {"ranking": [[D, A], [C, B]]}) == {"ranking": [[A, D], [B, C]]}


def test_a_skip_teaches_nothing() -> None:
    assert KIND.targets(FOUR, {"skip": "other"}) == []


@pytest.mark.parametrize(
    ("ranking", "complaint"),
    [
        ([[A], [B], [C]], f"missing: {D}"),
        ([[A, B], [C, D], [A]], "came twice"),
        ([[A, A], [B], [C], [D]], "came twice"),
        ([[A], [B], [C], ["x:0:3"]], "keys out of"),
        ([[A], [B], [C], [True]], "keys out of"),
        ([[A], [B], [], [C, D]], "each segment"),
        ([A, B, C, D], "each segment"),
        ([[A], [B], [C], [D], []], "each segment"),
        ("abcd", "each segment"),
        ({"0": A}, "each segment"),
    ],
)
def test_what_is_no_ranking_is_refused(ranking: Any, complaint: str) -> None:
    with pytest.raises(AnswerError, match=complaint):
        KIND.check(FOUR, {"ranking": ranking})


@pytest.mark.parametrize("size", [1, 7])
def test_one_segment_or_seven_are_no_ranking(size: int) -> None:
    with pytest.raises(QueryError, match="needs 2 to 6 segments"):
        KIND.form(query("ranking", size))


def test_an_order_from_elsewhere_may_be_longer_than_the_page_shows() -> None:
    eight = query("ranking", 8)
    groups = [[segment.key] for segment in eight.segments]
    assert KIND.check(eight, {"ranking": groups}) == {"ranking": groups}


def test_the_form_ranks_by_the_number_of_the_place() -> None:
    form = KIND.form(FOUR)
    assert (form.layout, form.choices, form.place_keys) == ("rank", (), ("1", "2", "3", "4"))


def test_simulated_rankings_have_the_chances_of_plackett_luce() -> None:
    # The place bonus of position 1 is 0.5, 0, -0.5 from the first place to the last.
    annotator = SimulatedAnnotator("k", sensitivity=2.0, lapse=0.2, position=1.0)
    three, rng = query("ranking", 3), np.random.default_rng(2)
    utilities, shown = np.array([0.3, 0.0, -0.4]), (2, 0, 1)
    scores = 2.0 * utilities + np.array([0.0, -0.5, 0.5])
    draws = 20_000
    found: dict[tuple[str, ...], int] = {}
    for _ in range(draws):
        answer = KIND.simulate(three, utilities, annotator, shown, rng)
        order = tuple(group[0] for group in answer["ranking"])
        found[order] = found.get(order, 0) + 1
    for permutation in permutations(range(3)):
        weights = np.exp(scores[list(permutation)])
        chance = weights[0] / weights.sum() * weights[1] / weights[1:].sum()
        keys = tuple(three.segments[index].key for index in permutation)
        # Four standard errors of a share are at most 0.0142.
        assert found[keys] / draws == pytest.approx(0.8 * chance + 0.2 / 6, abs=0.0142)
