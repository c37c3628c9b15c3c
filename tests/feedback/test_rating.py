from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.rating import Rating
from assent.feedback.simulated import SimulatedAnnotator, level_probabilities
from assent.records import Grade
from assent.sections import AskSection
from tests.feedback.queries import query

KIND = Rating()
FIVE = query("rating", 1, {"levels": 5})


def test_a_level_is_a_grade_of_the_one_segment() -> None:
    assert KIND.targets(FIVE, {"level": 3}) == [Grade(FIVE.segments, 3, 5, "rating")]


def test_a_skip_teaches_nothing() -> None:
    assert KIND.targets(FIVE, {"skip": "other"}) == []


@pytest.mark.parametrize("level", [-1, 5, True, 2.0, "2", None, [2], 10**1000])
def test_what_is_no_level_is_refused(level: Any) -> None:
    with pytest.raises(AnswerError, match="whole number from 0 to 4"):
        KIND.check(FIVE, {"level": level})


def test_the_number_behind_a_level_is_kept_and_teaches_nothing() -> None:
    answer = {"level": 3, "given": 86.5}
    assert KIND.check(FIVE, answer) == answer
    assert KIND.targets(FIVE, answer) == KIND.targets(FIVE, {"level": 3})


@pytest.mark.parametrize("given", [True, "4", None, float("nan"), 10**200, [1, 2], {}])
def test_what_is_no_number_behind_a_level_is_refused(given: Any) -> None:
    with pytest.raises(AnswerError, match="finite number"):
        KIND.check(FIVE, {"level": 3, "given": given})


def test_five_levels_come_with_five_anchors() -> None:
    hints = [choice.hint for choice in KIND.form(FIVE).choices]
    assert hints == ["Very bad", "Bad", "Middling", "Good", "Very good"]


def test_other_scales_have_words_at_both_ends() -> None:
    form = KIND.form(query("rating", 1, {"levels": 3}))
    assert [c.hint for c in form.choices] == ["Very bad", "", "Very good"]


def test_a_question_may_bring_anchors_of_its_own() -> None:
    form = KIND.form(query("rating", 1, {"levels": 2, "anchors": ["falls", "stands"]}))
    assert [(c.key, c.label, c.hint, c.answer) for c in form.choices] == [
        ("1", "1", "falls", {"level": 0}),
        ("2", "2", "stands", {"level": 1}),
    ]


@pytest.mark.parametrize("anchors", [["one"], "ab", [1, 2]])
def test_anchors_that_do_not_fit_the_levels_are_refused(anchors: Any) -> None:
    with pytest.raises(QueryError, match="one a level"):
        KIND.form(query("rating", 1, {"levels": 2, "anchors": anchors}))


@pytest.mark.parametrize("levels", [None, 1, 202, True, 5.0])
def test_a_rating_without_a_proper_scale_is_refused(levels: Any) -> None:
    with pytest.raises(QueryError, match="2 to 201"):
        KIND.check(query("rating", 1, {"levels": levels}), {"level": 0})


def test_a_slider_from_elsewhere_is_no_scale_for_the_page() -> None:
    slider = query("rating", 1, {"levels": 101})
    assert KIND.check(slider, {"level": 100}) == {"level": 100}
    with pytest.raises(QueryError, match="keys for 11"):
        KIND.form(slider)


def test_a_scale_may_have_a_name_of_its_own() -> None:
    named = query("rating", 1, {"levels": 3, "scale": "tone"})
    (target,) = KIND.targets(named, {"level": 1})
    assert isinstance(target, Grade)
    assert target.scale == "tone"


def test_the_scale_comes_from_the_settings() -> None:
    assert KIND.options(AskSection(rating_levels=7)) == {"levels": 7}


def test_every_level_of_the_longest_scale_has_a_key() -> None:
    form = KIND.form(query("rating", 1, {"levels": 11}))
    assert len({choice.key for choice in form.choices}) == 11


def test_simulated_ratings_have_the_chances_of_the_cumulative_link() -> None:
    # Logit 2 * 0.5 - 0.7 = 0.3; thresholds 1.5 * log(1/4, 2/3, 3/2, 4).
    annotator = SimulatedAnnotator("k", sensitivity=2.0, severity=0.7, lapse=0.1, position=9.0)
    rng = np.random.default_rng(3)
    utility = np.array([0.5])
    levels = [KIND.simulate(FIVE, utility, annotator, (0,), rng)["level"] for _ in range(20_000)]
    thresholds = np.array([-2.0794415, -0.6081977, 0.6081977, 2.0794415])
    expected = 0.9 * level_probabilities(0.3, thresholds) + 0.1 / 5
    found = np.bincount(levels, minlength=5) / 20_000
    # Four standard errors of a share are at most 0.0142.
    np.testing.assert_allclose(found, expected, atol=0.0142)
