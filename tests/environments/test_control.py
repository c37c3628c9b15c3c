"""Any Gymnasium environment becomes one of ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from assent.environments.control import ControlEnvironment
from assent.environments.environment import Context, Episode
from assent.errors import EnvironmentFault
from tests.environments.worlds import HERE

COUNTER = f"{HERE}:Counter-v0"


def walk(environment: ControlEnvironment, steps: int, action: Any = None) -> list[Any]:
    """The outcomes of so many steps with one action."""
    chosen = np.zeros(1, np.float32) if action is None else action
    return [environment.step(chosen) for _ in range(steps)]


def test_the_same_seed_gives_the_same_start() -> None:
    environment = ControlEnvironment("Pendulum-v1")
    first, _ = environment.reset(seed=3)
    environment.reset(seed=4)
    again, _ = environment.reset(seed=3)
    np.testing.assert_array_equal(first, again)


def test_a_fixed_episode_stands_still_after_its_end() -> None:
    environment = ControlEnvironment(COUNTER)
    environment.reset(seed=0)
    outcomes = walk(environment, 6)
    assert [o[0].tolist() for o in outcomes] == [[1, 0], [2, 0], [3, 1], [3, 1], [3, 1], [3, 1]]
    assert [o[1] for o in outcomes] == [1, 1, 1, 0, 0, 0]
    assert [o[2] for o in outcomes] == [False] * 6
    assert [o[3] for o in outcomes] == [False] * 5 + [True]


def test_a_fixed_horizon_may_be_longer_than_the_environments_own_limit() -> None:
    environment = ControlEnvironment(COUNTER, {"ends": 99}, "fixed", 9)
    environment.reset(seed=0)
    assert [o[0].tolist() for o in walk(environment, 9)][-1] == [9, 0]


def test_a_native_episode_ends_as_the_environment_says() -> None:
    environment = ControlEnvironment(COUNTER, horizon="native")
    environment.reset(seed=0)
    assert [o[2:4] for o in walk(environment, 3)] == [(False, False), (False, False), (True, False)]


def test_a_native_episode_is_truncated_at_the_limit() -> None:
    environment = ControlEnvironment(COUNTER, {"ends": 99}, "native", 2)
    environment.reset(seed=0)
    assert [o[2:4] for o in walk(environment, 2)] == [(False, False), (False, True)]


def test_an_action_is_clipped_where_it_is_applied_only() -> None:
    environment = ControlEnvironment(COUNTER)
    environment.reset(seed=0)
    action = np.array([7.0], np.float32)
    environment.step(action)
    simulator: Any = environment._simulator.unwrapped
    assert (simulator.applied[0].tolist(), action.tolist()) == ([1.0], [7.0])


def test_categories_count_from_zero_whatever_the_simulator_calls_them() -> None:
    environment = ControlEnvironment(f"{HERE}:Shifted-v0")
    environment.reset(seed=0)
    environment.step(np.asarray(2))
    simulator: Any = environment._simulator.unwrapped
    assert (environment.spaces.categories, simulator.applied) == (3, [7])


def test_observations_that_are_not_vectors_are_flattened() -> None:
    environment = ControlEnvironment("FrozenLake-v1")
    seen, _ = environment.reset(seed=0)
    assert seen.tolist() == [1.0] + [0.0] * 16  # one of 16 places, and not over


@pytest.mark.parametrize(
    ("id", "options", "says"),
    [
        ("Pendlum-v1", {}, "did you mean Pendulum-v1"),
        ("nowhere:Thing-v0", {}, "cannot be imported"),
        ("Pendulum-v1", {"gravity": 3}, "cannot be made with options"),
        ("Pendulum-v1", {"max_episode_steps": 3}, "environment.horizon_steps"),
        (f"{HERE}:Several-v0", {}, "Box of floats and Discrete are supported"),
        (f"{HERE}:Endless-v0", {}, "no time limit of its own"),
    ],
)
def test_what_cannot_be_made_is_explained(id: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(EnvironmentFault, match=says):
        ControlEnvironment(id, options)


def test_a_missing_package_is_named_with_how_to_install_it() -> None:
    with pytest.raises(EnvironmentFault, match=r"pip install.*box2d"):
        ControlEnvironment("LunarLander-v3")


def test_a_number_that_is_not_finite_is_a_fault() -> None:
    environment = ControlEnvironment(COUNTER, {"breaks": "nan"})
    seen = [environment.reset(seed=0)[0], *(o[0] for o in walk(environment, 2))]
    zeros = [np.zeros(1, np.float32)] * 2
    episode = Episode(0, list(seen), list(zeros), list(zeros), [1.0, 1.0], None, False, True)
    with pytest.raises(EnvironmentFault, match="not finite in the episode of seed 0"):
        environment.assemble(episode, "t", Context())


def test_the_drawing_state_is_the_simulators_own() -> None:
    environment = ControlEnvironment("CartPole-v1")
    seen, _ = environment.reset(seed=1)
    state = environment.state()
    assert state is not None
    np.testing.assert_array_equal(state, seen[:4])
