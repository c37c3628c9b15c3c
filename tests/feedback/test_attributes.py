from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.attributes import Attributes
from assent.feedback.simulated import SimulatedAnnotator, level_probabilities
from assent.records import Grade
from assent.sections import AskSection
from assent.testing import check_feedback_kind
from tests.feedback.queries import query

KIND = Attributes()
OPTIONS = {"levels": 5, "attributes": ["Helpful", "Clear"]}
ONE = query("attributes", 1, OPTIONS)


def test_the_contract() -> None:
    check_feedback_kind(KIND, ONE, np.random.default_rng(0))


def test_each_attribute_is_a_grade_on_a_scale_of_its_own() -> None:
    assert KIND.targets(ONE, {"levels": {"Clear": 1, "Helpful": 4}}) == [
        Grade(ONE.segments, 4, 5, "attributes Helpful"),
        Grade(ONE.segments, 1, 5, "attributes Clear"),
    ]


def test_levels_come_back_in_the_questions_order() -> None:
    given = KIND.check(ONE, {"levels": {"Clear": 1, "Helpful": 4}})
    assert list(given["levels"]) == ["Helpful", "Clear"]


@pytest.mark.parametrize(
    "levels",
    [
        None,
        [],
        {},
        {"Helpful": 1},
        {"Helpful": 1, "Clear": 5},
        {"Helpful": 1, "Clear": True},
        {"Helpful": 1, "Clear": 1, "More": 1},
        {"Helpful": 1, "Clear": None},
    ],
)
def test_what_is_not_a_level_for_each_is_refused(levels: Any) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(ONE, {"levels": levels})


@pytest.mark.parametrize("names", [None, [], ["a", "a"], [""], [1], ["x"] * 13, "ab"])
def test_attributes_that_cannot_be_asked_are_refused(names: Any) -> None:
    with pytest.raises(QueryError, match=r"ask\.attributes"):
        KIND.form(query("attributes", 1, {"levels": 5, "attributes": names}))


def test_the_form_has_a_row_an_attribute_and_a_key_a_level() -> None:
    form = KIND.form(ONE)
    assert ([row.name for row in form.rows], [c.key for c in form.choices], form.layout) == (
        ["Helpful", "Clear"],
        ["1", "2", "3", "4", "5"],
        "rate",
    )


def test_the_settings_name_attributes_and_levels() -> None:
    ask = AskSection(attributes=("Safe",), rating_levels=7)
    assert KIND.options(ask) == {"levels": 7, "attributes": ["Safe"]}


def test_simulated_levels_have_the_chances_of_the_cumulative_link() -> None:
    # Logit 2 * 0.5 - 0.3 = 0.7 for either attribute.
    annotator = SimulatedAnnotator("k", sensitivity=2.0, severity=0.3, lapse=0.1)
    rng = np.random.default_rng(3)
    drawn = [
        list(KIND.simulate(ONE, np.array([0.5]), annotator, (0,), rng)["levels"].values())
        for _ in range(10_000)
    ]
    expected = 0.9 * level_probabilities(0.7, annotator.rating_thresholds(5)) + 0.1 / 5
    for column in np.array(drawn).T:
        # Four standard errors of a share are at most 4 * sqrt(0.25 / 10000) = 0.02.
        np.testing.assert_allclose(np.bincount(column, minlength=5) / 10_000, expected, atol=0.02)
