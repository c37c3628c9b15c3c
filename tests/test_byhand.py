"""What people played becomes trajectories of the policy's kind, and the baseline imitates them."""

from __future__ import annotations

import time

import numpy as np
import pytest

from assent import byhand, config, desk, hearing, stages, worlds
from assent.desk import Submission
from assent.environments.control import ControlEnvironment
from assent.environments.controls import play
from assent.errors import QueryError
from assent.project import Project
from assent.records import Annotator
from assent.store.store import open_store
from assent.worlds.world import World

TOML = {
    "project": {"name": "hands", "seed": 3},
    "environment": {"world": "control", "id": "CartPole-v1", "horizon_steps": 30, "copies": 2},
    "policy": {"hidden": [16]},
    "imitate": {"epochs": 60, "batch_size": 8},
    "rollout": {"trajectories": 6},
    "ask": {"questions": 4, "kinds": {"demonstration": 1}},
    "evaluate": {"trajectories": 2},
}
RIGHT = 1


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, World]:
    """A project in which somebody was asked to play, and always pushed to the right."""
    folder = tmp_path_factory.mktemp("hands")
    project = Project(folder, config.parse(TOML), open_store(folder))
    world = worlds.make(project)
    stages.imitate(project, world, 0)
    stages.rollout(project, world, 1)
    stages.ask(project, world, 1)
    project.store.people.add(Annotator("ada", "Ada"))
    now = time.time()
    for slot in desk.claim(project.store, "ada", 9, now, 900.0):
        answer = {"actions": [[RIGHT, 6]]}
        sent = Submission(slot.id, slot.lease_token, "ada", slot.query.id, answer, slot.id)
        desk.answer(project.store, sent, now)
    return project, world


def test_a_question_says_how_the_start_of_its_clip_is_played(
    played: tuple[Project, World],
) -> None:
    store = played[0].store
    for query in store.questions.list():
        [start] = store.trajectories.many([query.segments[0].trajectory])
        assert query.options["play"]["seed"] == start.seed
        assert query.options["play"]["environment"] == "CartPole-v1"
        assert query.question == "How should it be done? Play it."


def test_what_was_played_begins_where_the_policy_began(played: tuple[Project, World]) -> None:
    project, world = played
    shown = byhand.demonstrated(project, world, 1)
    told = hearing.demonstrations(project.store)
    starts = project.store.trajectories.many(each.instead_of for each in told)
    assert len(shown) == 4
    for made, start in zip(shown, starts, strict=True):
        assert np.array_equal(made.observations[0], start.observations[0])
        assert made.actions.tolist() == [RIGHT] * 6


def test_what_was_played_is_stored_once_and_never_asked_about(
    played: tuple[Project, World],
) -> None:
    project, world = played
    for _ in range(2):
        byhand.demonstrated(project, world, 1)
    trajectories = project.store.trajectories
    assert len(trajectories.list(purpose="demonstration")) == 4
    assert len(trajectories.list(purpose="rollout")) == 6


def test_the_baseline_learns_what_was_played(played: tuple[Project, World]) -> None:
    project, world = played
    metrics = stages.imitate(project, world, 0)
    checkpoint = project.store.checkpoints.latest("policy", round=0)
    assert checkpoint is not None
    policy = world.restore(checkpoint, project.store.checkpoints.weights(checkpoint))
    seen = [t.observations[0] for t in byhand.demonstrated(project, world, 1)]
    rngs = [np.random.default_rng(n) for n in range(len(seen))]
    chosen = [int(each.action) for each in policy.act(seen, rngs, greedy=True)]
    assert (metrics["imitate/by_people"], metrics["imitate/demonstrations"]) == (4.0, 4.0)
    assert chosen == [RIGHT] * 4


def test_an_answer_that_was_taken_back_is_imitated_no_longer(
    played: tuple[Project, World],
) -> None:
    project, world = played
    first = hearing.demonstrations(project.store)[0]
    desk.undo(project.store, "ada", first.id, "undo", time.time())
    assert first.id not in {t.id for t in byhand.demonstrated(project, world, 1)}


@pytest.mark.parametrize(
    ("id", "keys", "rest"),
    [
        ("CartPole-v1", ["ArrowLeft", "ArrowRight"], None),
        ("MountainCar-v0", ["ArrowLeft", "ArrowRight"], 1),
        ("Acrobot-v1", ["ArrowLeft", "ArrowRight"], 1),
        ("Pendulum-v1", ["ArrowLeft", "ArrowRight"], [0.0]),
        ("Hopper-v5", ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "a", "d"], [0.0] * 3),
    ],
)
def test_every_environment_that_is_drawn_is_steered_by_its_own_keys(
    id: str, keys: list[str], rest: object
) -> None:
    environment = ControlEnvironment(id)
    told = play(environment, 1)
    environment.close()
    assert ([each["key"] for each in told["controls"]], told["rest"]) == (keys, rest)
    assert told["fps"] * told["speed"] <= 30


def test_more_numbers_than_fingers_cannot_be_played() -> None:
    environment = ControlEnvironment("Humanoid-v5")
    with pytest.raises(QueryError, match="more than anybody steers"):
        play(environment, 1)
    environment.close()
