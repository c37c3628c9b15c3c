"""The owner's weight of a person's answers: it matters to the fit, and is undone at any time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assent import beliefs, crowd, standing
from assent.answers import reward, stored
from assent.errors import AccessError, ConfigError, DataError
from assent.interop.collection import Collection
from assent.project import AnswersProject, open_answers
from tests.answers.made import WORTH, pairs
from tests.answers.test_commands import run

NOW = 1_700_000_000.0


@pytest.fixture
def project(tmp_path: Path) -> Iterator[AnswersProject]:
    """Six people about eight essays; the last four prefer the worse."""
    made = filled(tmp_path / "essays", pairs(240, inverted=4))
    yield made
    made.store.close()


def filled(folder: Path, collection: Collection) -> AnswersProject:
    run("init", "answers", folder)
    made = open_answers(folder)
    stored.take_in(made.store, collection, NOW)
    return made


def worths(project: AnswersProject) -> dict[str, float]:
    reward.learn(project)
    return {row["name"]: row["mean"] for row in reward.scores(project.store, 0)}


def truth(found: dict[str, float]) -> float:
    """Correlation with the essays' own worth."""
    means = [found[f"essay-{number}"] for number in range(len(WORTH))]
    return float(np.corrcoef(means, WORTH)[0, 1])


def disbelieve(project: AnswersProject, weight: float) -> None:
    for person in project.store.people.list():
        if person.name in ("p2", "p3", "p4", "p5"):
            beliefs.believe(project.store, f"{person.name}={weight}", "prefers the worse", NOW)


def test_a_fit_hears_somebody_less_and_everybody_again_once_that_is_taken_back(
    project: AnswersProject,
) -> None:
    before = worths(project)
    disbelieve(project, 0.1)
    less = worths(project)
    disbelieve(project, 1.0)
    after = worths(project)
    assert (truth(less) > 0.9, truth(before) < 0) == (True, True)
    assert after == before


@pytest.mark.parametrize("count", [240, 60])  # often and seldom judged: fitted in different ways
def test_a_weight_of_nothing_is_a_fit_without_the_answers(tmp_path: Path, count: int) -> None:
    every = pairs(count, inverted=3)
    kept = tuple(each for each in every.answers if each.annotator in ("p0", "p1", "p2"))
    found = []
    for name, collection in (("six", every), ("three", replace(every, answers=kept))):
        made = filled(tmp_path / name, collection)
        for who in ("p3", "p4", "p5") if name == "six" else ():
            beliefs.believe(made.store, f"{who}=0", "", NOW)
        reward.learn(made)
        found.append({each["name"]: each for each in reward.scores(made.store, 0)})
        made.store.close()
    # The two start their search at different places, and end a twentieth of an error apart.
    apart = [abs(one["mean"] - found[1][n]["mean"]) / one["sd"] for n, one in found[0].items()]
    assert max(apart) < 0.05


def test_who_is_believed_less_is_told_with_the_reason(project: AnswersProject) -> None:
    worths(project)
    disbelieve(project, 0.25)
    told = "\n".join(crowd.lines(standing.people(project.store)))
    assert "answers count 0.25 times: prefers the worse" in told


def test_no_answer_is_touched(project: AnswersProject) -> None:
    before = project.store.answers.all()
    disbelieve(project, 0.0)
    assert project.store.answers.all() == before


def test_believing_nobody_at_all_is_an_error_that_says_what_to_do(
    project: AnswersProject,
) -> None:
    for person in project.store.people.list():
        beliefs.believe(project.store, f"{person.id}=0", "", NOW)
    with pytest.raises(DataError, match="believe somebody again"):
        reward.learn(project)


@pytest.mark.parametrize("wish", ["p1", "p1=", "p1=2", "p1=-1", "p1=nan", "=0.5", "p1=x"])
def test_a_wish_that_says_nothing_clear_is_refused(project: AnswersProject, wish: str) -> None:
    with pytest.raises(ConfigError, match="NAME=WEIGHT"):
        beliefs.believe(project.store, wish, "", NOW)


def test_a_name_that_nobody_has_is_refused(project: AnswersProject) -> None:
    with pytest.raises(AccessError, match="nobody called 'zoe'"):
        beliefs.believe(project.store, "zoe=0.5", "", NOW)
