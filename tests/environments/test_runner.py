"""One rollout loop, whatever runs beside an episode."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from assent.environments.control import ControlEnvironment
from assent.environments.environment import Context
from assent.environments.runner import rollout
from assent.models.control import ControlPolicy
from assent.records import Trajectory
from tests.environments.worlds import HERE

COUNTER = f"{HERE}:Counter-v0"


def run(
    id: str, copies: int, seeds: list[int], greedy: bool = False, horizon: str = "fixed"
) -> list[Trajectory]:
    """Episodes of a policy that is the same every time."""
    native = horizon == "native"
    environments = [
        ControlEnvironment(id, horizon="native" if native else "fixed") for _ in range(copies)
    ]
    torch.manual_seed(0)
    policy = ControlPolicy(environments[0].spaces)
    rng = np.random.default_rng(5)
    return rollout(environments, policy, seeds, rng, Context(2, "c", 1.0, greedy))


@pytest.mark.parametrize("id", ["Pendulum-v1", "CartPole-v1", "Hopper-v5"])
def test_the_number_of_copies_changes_nothing(id: str) -> None:
    seeds = [3, 1, 4, 1, 5]
    alone, beside = run(id, 1, seeds, horizon="native"), run(id, 4, seeds, horizon="native")
    for a, b in zip(alone, beside, strict=True):
        assert a.id == b.id
        np.testing.assert_array_equal(a.observations, b.observations)
        np.testing.assert_array_equal(a.actions, b.actions)
        np.testing.assert_array_equal(a.logprobs, b.logprobs)


def test_trajectories_come_in_the_order_of_the_seeds() -> None:
    made = run("CartPole-v1", 3, [9, 2, 7, 5], horizon="native")
    assert [(t.seed, t.group) for t in made] == [(9, "9"), (2, "2"), (7, "7"), (5, "5")]


def test_one_start_gives_different_episodes_to_different_streams() -> None:
    first, second = run("Pendulum-v1", 1, [3, 3])
    np.testing.assert_array_equal(first.observations[0], second.observations[0])
    assert not np.array_equal(first.actions, second.actions)


def test_a_greedy_episode_depends_on_its_start_alone() -> None:
    first, second = run("Pendulum-v1", 1, [3, 3], greedy=True)
    np.testing.assert_array_equal(first.observations, second.observations)


def test_the_record_says_where_it_comes_from_and_what_it_earned() -> None:
    (made,) = run(COUNTER, 1, [0])
    assert made.environment_reward is not None
    assert (made.round, made.checkpoint, made.steps) == (2, "c", 6)
    assert made.environment_reward.tolist() == [1, 1, 1, 0, 0, 0]
    assert (made.terminated, made.truncated, made.states) == (False, True, None)


def test_a_native_end_is_kept_apart_from_a_cut() -> None:
    (made,) = run(COUNTER, 1, [0], horizon="native")
    assert (made.terminated, made.truncated, made.steps) == (True, False, 3)


def test_no_step_of_one_episode_leaks_into_the_next() -> None:
    made = run(COUNTER, 1, [0, 1], horizon="native")
    assert [t.observations[:, 0].tolist() for t in made] == [[0, 1, 2, 3]] * 2


def test_progress_counts_the_episodes() -> None:
    environment = ControlEnvironment(COUNTER)
    told: list[tuple[int, int]] = []
    policy = ControlPolicy(environment.spaces)
    rng = np.random.default_rng(0)
    progress = lambda *counts: told.append(counts)  # noqa: E731
    rollout([environment], policy, [1, 2], rng, Context(), progress=progress)
    assert told == [(1, 2), (2, 2)]


def test_no_seeds_give_no_trajectories() -> None:
    assert run(COUNTER, 2, []) == []
