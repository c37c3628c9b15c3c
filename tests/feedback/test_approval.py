import math
from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.approval import Approval
from assent.feedback.simulated import SimulatedAnnotator
from assent.records import Grade
from tests.feedback.queries import query

KIND = Approval()
ONE = query("approval", 1)


@pytest.mark.parametrize("level", [0, 1])
def test_an_approval_is_a_grade_of_two_levels(level: int) -> None:
    assert KIND.targets(ONE, {"level": level}) == [Grade(ONE.segments, level, 2, "approval")]


def test_a_skip_teaches_nothing() -> None:
    assert KIND.targets(ONE, {"skip": "other"}) == []


@pytest.mark.parametrize("level", [2, -1, True, False, 1.0, "1", None])
def test_what_is_no_level_is_refused(level: Any) -> None:
    with pytest.raises(AnswerError, match="whole number from 0 to 1"):
        KIND.check(ONE, {"level": level})


def test_two_segments_are_no_approval() -> None:
    with pytest.raises(QueryError, match="needs 1 segments, got 2"):
        KIND.form(query("approval", 2))


def test_bad_is_under_the_left_hand_and_good_under_the_right() -> None:
    assert [(c.key, c.answer) for c in KIND.form(ONE).choices] == [
        ("f", {"level": 0}),
        ("j", {"level": 1}),
    ]


def test_simulated_approvals_have_the_chance_of_the_logistic_link() -> None:
    annotator = SimulatedAnnotator("k", sensitivity=2.0, severity=0.5, lapse=0.2)
    rng = np.random.default_rng(4)
    answers = [
        KIND.simulate(ONE, np.array([1.0]), annotator, (0,), rng)["level"] for _ in range(20_000)
    ]
    expected = 0.8 / (1 + math.exp(-(2.0 * 1.0 - 0.5))) + 0.2 / 2
    # Four standard errors of a share are at most 0.0142.
    assert sum(answers) / 20_000 == pytest.approx(expected, abs=0.0142)
