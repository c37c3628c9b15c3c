from dataclasses import replace

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.comparison import Comparison
from assent.feedback.simulated import SimulatedAnnotator, level_probabilities
from assent.records import Grade, Json
from assent.sections import AskSection
from tests.feedback.queries import A, B, query

KIND = Comparison()
PAIR = query("comparison", 2)


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ({"choice": A, "strength": "much"}, 4),
        ({"choice": A, "strength": "some"}, 3),
        ({"choice": A}, 3),
        ({"choice": "tie"}, 2),
        ({"choice": "both_bad"}, 2),
        ({"choice": B}, 1),
        ({"choice": B, "strength": "much"}, 0),
    ],
)
def test_an_answer_is_a_level_of_the_first_above_the_second(answer: Json, level: int) -> None:
    assert KIND.targets(PAIR, answer) == [Grade(PAIR.segments, level, 5, "comparison")]


def test_choosing_a_segment_means_the_same_wherever_the_query_lists_it() -> None:
    turned = replace(PAIR, segments=PAIR.segments[::-1])
    assert KIND.targets(turned, {"choice": A}) == [Grade(turned.segments, 1, 5, "comparison")]


@pytest.mark.parametrize(
    ("levels", "answer", "level"),
    [
        (3, {"choice": A}, 2),
        (3, {"choice": "tie"}, 1),
        (3, {"choice": B}, 0),
        (2, {"choice": A}, 1),
        (2, {"choice": B}, 0),
    ],
)
def test_a_question_may_offer_fewer_levels(levels: int, answer: Json, level: int) -> None:
    fewer = query("comparison", 2, {"levels": levels})
    assert KIND.check(fewer, answer) == answer
    assert KIND.targets(fewer, answer) == [Grade(fewer.segments, level, levels, "comparison")]


@pytest.mark.parametrize(
    ("levels", "answer"), [(2, {"choice": "tie"}), (3, {"choice": A, "strength": "much"})]
)
def test_a_level_that_was_not_offered_is_refused(levels: int, answer: Json) -> None:
    with pytest.raises(AnswerError):
        KIND.check(query("comparison", 2, {"levels": levels}), answer)


@pytest.mark.parametrize("levels", [4, True, [5]])
def test_other_numbers_of_levels_are_no_comparison(levels: object) -> None:
    with pytest.raises(QueryError, match="2, 3 or 5"):
        KIND.check(query("comparison", 2, {"levels": levels}), {"choice": A})


@pytest.mark.parametrize("levels", [2, 3])
def test_simulated_choices_keep_to_what_is_offered(levels: int) -> None:
    fewer = query("comparison", 2, {"levels": levels})
    rng = np.random.default_rng(0)
    utilities = np.array([0.2, 0.0])
    answers = [
        KIND.simulate(fewer, utilities, SimulatedAnnotator("k"), (0, 1), rng) for _ in range(50)
    ]
    assert [KIND.check(fewer, answer) for answer in answers] == answers


def test_a_skip_teaches_nothing() -> None:
    assert KIND.targets(PAIR, {"skip": "cannot_tell"}) == []


def test_a_choice_without_a_strength_is_some() -> None:
    assert KIND.check(PAIR, {"choice": B}) == {"choice": B, "strength": "some"}


@pytest.mark.parametrize(
    "answer",
    [
        {"choice": "left"},
        {"choice": "c:0:3"},
        {"choice": 0},
        {"choice": A, "strength": "very"},
        {"choice": A, "strength": True},
        {"choice": A, "strength": None},
        {"choice": "tie", "strength": "much"},
        {"choice": A, "level": 1},
        {"strength": "much"},
    ],
)
def test_what_is_no_choice_is_refused(answer: Json) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(PAIR, answer)


def test_the_form_has_two_buttons_a_segment_and_three_for_both() -> None:
    form = KIND.form(PAIR)
    assert [(c.key, c.segment, c.answer) for c in form.choices] == [
        ("place", A, {"choice": A, "strength": "some"}),
        ("shift+place", A, {"choice": A, "strength": "much"}),
        ("place", B, {"choice": B, "strength": "some"}),
        ("shift+place", B, {"choice": B, "strength": "much"}),
        ("t", None, {"choice": "tie"}),
        ("b", None, {"choice": "both_bad"}),
        ("c", None, {"skip": "cannot_tell"}),
    ]


def test_who_cannot_tell_teaches_nothing() -> None:
    assert KIND.targets(PAIR, KIND.form(PAIR).choices[-1].answer) == []


def test_both_bad_disapproves_of_each_only_where_the_owner_says_so() -> None:
    strict = query("comparison", 2, KIND.options(AskSection(both_bad_disapproves=True)))
    tie = Grade(PAIR.segments, 2, 5, "comparison")
    low = [Grade((segment,), 0, 2, "approval") for segment in PAIR.segments]
    assert KIND.targets(PAIR, {"choice": "both_bad"}) == [tie]
    assert KIND.targets(strict, {"choice": "both_bad"}) == [tie, *low]
    assert KIND.targets(strict, {"choice": "tie"}) == [tie]


def test_by_default_a_comparison_carries_nothing() -> None:
    assert KIND.options(AskSection()) == {}


def test_three_segments_are_no_comparison() -> None:
    with pytest.raises(QueryError, match=r"needs 2 segments, got 3 .*ranking"):
        KIND.form(query("comparison", 3))


@pytest.mark.parametrize(("shown", "side"), [((0, 1), 1.0), ((1, 0), -1.0)])
def test_simulated_answers_have_the_chances_of_the_cumulative_link(
    shown: tuple[int, int], side: float
) -> None:
    # Logit 1.5 * (0.4 - -0.2) = 0.9, plus 0.8 for whichever is shown first.
    annotator = SimulatedAnnotator("k", sensitivity=1.5, lapse=0.1, position=0.8)
    rng = np.random.default_rng(1)
    utilities = np.array([0.4, -0.2])
    levels = [_level(KIND.simulate(PAIR, utilities, annotator, shown, rng)) for _ in range(20_000)]
    found = np.bincount(levels, minlength=5) / 20_000
    thresholds = np.array([-2.5, -0.6, 0.6, 2.5])
    expected = 0.9 * level_probabilities(0.9 + 0.8 * side, thresholds) + 0.1 / 5
    # Four standard errors of a share are at most 4 * sqrt(0.25 / 20000) = 0.0142.
    np.testing.assert_allclose(found, expected, atol=0.0142)


def test_a_tie_of_two_bad_ones_is_called_both_bad() -> None:
    annotator = SimulatedAnnotator("k", lapse=0.0, tie=50.0, much=60.0)
    rng = np.random.default_rng(0)
    bad = KIND.simulate(PAIR, np.array([-1.2, -1.1]), annotator, (0, 1), rng)
    good = KIND.simulate(PAIR, np.array([-1.2, 0.0]), annotator, (0, 1), rng)
    assert (bad, good) == ({"choice": "both_bad"}, {"choice": "tie"})


def _level(answer: Json) -> int:
    target = KIND.targets(PAIR, answer)[0]
    assert isinstance(target, Grade)
    return target.level
