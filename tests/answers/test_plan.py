from __future__ import annotations

from dataclasses import replace

import pytest

from assent.answers.plan import KINDS, Outlook, Study, enough, plan
from assent.answers.tables import enough as words
from assent.errors import ConfigError
from assent.feedback.simulated import PRESETS


def quiet(done: int, total: int, text: str) -> None:
    assert 1 <= done <= total


@pytest.mark.parametrize("kind", KINDS)
def test_more_answers_are_worth_more(kind: str) -> None:
    study = Study(8, (kind,), "3 sharp", (3,), (10, 200), repetitions=2)
    few, many = plan(study, 0, quiet)
    assert few.accuracy < many.accuracy
    assert many.accuracy > 0.85


def test_the_same_seed_gives_the_same_plan() -> None:
    study = Study(5, ("comparison",), "1 sharp, 1 careless", (2, 4), (20,), repetitions=2)
    one, two = (plan(study, 3, quiet) for _ in range(2))
    assert one == two
    assert [outlook.people for outlook in one] == [2, 4]


def test_a_kind_planned_beside_another_is_planned_as_alone() -> None:
    both = plan(Study(5, ("rating", "ranking"), "2 sharp", (2,), (20,), 2), 0, quiet)
    alone = plan(Study(5, ("ranking",), "2 sharp", (2,), (20,), 2), 0, quiet)
    assert both[1:] == alone


def test_the_fewest_answers_that_are_enough_are_found() -> None:
    found = [
        Outlook("rating", 5, 100, 0.7, 0.6, 0.8),
        Outlook("rating", 9, 200, 0.95, 0.9, 1),
        Outlook("rating", 5, 200, 0.95, 0.9, 1),
    ]
    assert enough(found, 0.9) == found[2]
    assert enough(found, 0.95) is None
    assert "40 each" in words(found, found[2], 0.9)
    assert "lower end of its interval, 0.900" in words(found, found[2], 0.9)
    assert "best is 0.950" in words(found, None, 0.99)


def test_what_reaches_the_accuracy_by_luck_is_not_enough() -> None:
    found = [Outlook("rating", 5, 100, 0.92, 0.85, 0.99)]
    assert enough(found, 0.9) is None
    assert "the mean is 0.920" in words(found, None, 0.9)
    assert "down to 0.850; plan with more --answers, or more --repetitions" in words(
        found, None, 0.9
    )


def test_an_interval_of_few_repetitions_is_students() -> None:
    study = Study(6, ("comparison",), "3 sharp", (3,), (40,), 2)
    (two,) = plan(study, 0, quiet)
    halves = []
    for each in plan(replace(study, repetitions=1), 0, quiet):
        assert (each.low, each.high) == (None, None)
        assert "one repetition" in words([each], enough([each], 0.5), 0.5)
        halves.append(each.accuracy)
    # Of two values the mean is off by half their difference, and t is 12.706.
    assert two.low == pytest.approx(
        max(two.accuracy - 12.7062 * abs(two.accuracy - halves[0]), 0), abs=1e-4
    )


def test_people_worse_than_chance_are_no_case_for_more_answers() -> None:
    found = plan(Study(6, ("comparison",), "3 inverted", (3,), (20, 200), 3), 0, quiet)
    told = words(found, enough(found, 0.9), 0.9)
    assert "another --crowd" in told
    assert "more --answers" not in told


@pytest.mark.parametrize("accuracy", [0, 2, -1, float("nan")])
def test_an_accuracy_that_no_share_can_be_is_refused(accuracy: float) -> None:
    with pytest.raises(ConfigError, match="share of pairs"):
        enough([Outlook("rating", 5, 100, 0.7, 0.6, 0.8)], accuracy)


def test_where_answers_take_time_the_quickest_is_enough() -> None:
    study = Study(6, ("comparison", "ranking"), "3 sharp", (3,), (600,), 1, seconds=(4.0, 60.0))
    found = plan(study, 0, quiet)
    assert [outlook.hours for outlook in found] == [600 * 4 / 3600, 600 * 60 / 3600]
    assert enough(found, 0.5) == found[0]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_kind_of_person_can_be_planned_with(preset: str) -> None:
    (outlook,) = plan(Study(5, ("comparison",), f"1 {preset}", (2,), (30,), 1), 0, quiet)
    assert 0 <= outlook.accuracy <= 1


def test_careless_people_are_worth_less_than_sharp_ones() -> None:
    accuracies = [
        plan(Study(10, ("comparison",), crowd, (4,), (120,), 4), 0, quiet)[0].accuracy
        for crowd in ("1 sharp", "1 careless")
    ]
    assert accuracies[0] > accuracies[1] + 0.05


@pytest.mark.parametrize(
    ("study", "told"),
    [
        (Study(8, ("stars",), "3 sharp", (3,), (10,)), "one of comparison"),
        (Study(2, ("comparison",), "3 sharp", (3,), (10,)), "3 or more items"),
        (Study(3, ("ranking",), "3 sharp", (3,), (10,)), "4 or more items"),
        (Study(8, ("comparison",), "3 sharp", (0,), (10,)), "some people"),
        (Study(8, ("comparison",), "3 sharp", (3,), (10,), 0), "repetitions"),
        (Study(8, ("comparison",), "3 sharp", (3,), (10,), 1, (1.0, 2.0)), "one for each kind"),
        (Study(8, ("comparison",), "3 sharp", (3,), (10,), 1, (-1.0,)), "above 0"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(study: Study, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        plan(study, 0, quiet)
