from __future__ import annotations

import numpy as np
import pytest

from assent.answers.plan import KINDS, Outlook, Study, enough, plan
from assent.errors import ConfigError


def quiet(done: int, total: int, text: str) -> None:
    assert 1 <= done <= total


@pytest.mark.parametrize("kind", KINDS)
def test_more_answers_are_worth_more(kind: str) -> None:
    study = Study(8, kind, "3 sharp", (3,), (10, 200), repetitions=2)
    few, many = plan(study, np.random.default_rng(0), quiet)
    assert few.accuracy < many.accuracy
    assert many.accuracy > 0.85


def test_the_same_seed_gives_the_same_plan() -> None:
    study = Study(5, "comparison", "1 sharp, 1 careless", (2, 4), (20,), repetitions=2)
    one, two = (plan(study, np.random.default_rng(3), quiet) for _ in range(2))
    assert one == two
    assert [outlook.people for outlook in one] == [2, 4]


def test_the_fewest_answers_that_are_enough_are_found() -> None:
    found = [
        Outlook(5, 100, 0.7, 0.6, 0.8),
        Outlook(9, 200, 0.9, 0.8, 1),
        Outlook(5, 200, 0.9, 0.8, 1),
    ]
    assert enough(found, 0.9) == found[2]
    assert enough(found, 0.95) is None


@pytest.mark.parametrize(
    "study",
    [
        Study(8, "stars", "3 sharp", (3,), (10,)),
        Study(2, "comparison", "3 sharp", (3,), (10,)),
        Study(8, "comparison", "3 sharp", (0,), (10,)),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(study: Study) -> None:
    with pytest.raises(ConfigError):
        plan(study, np.random.default_rng(0), quiet)
