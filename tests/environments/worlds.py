"""Small simulators that break, end or wander, for the tests; found as `module:Name-v0`."""

from __future__ import annotations

import os
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt

HERE = "tests.environments.worlds"


class Counter(gym.Env[npt.NDArray[np.float32], Any]):
    """Observes how often it was stepped; ends by itself after `ends` steps, reward 1 each."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(
        self,
        render_mode: str | None = None,
        ends: int = 3,
        breaks: str = "",
        actions: gym.Space[Any] | None = None,
    ) -> None:
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float32)
        self.action_space = actions or gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.render_mode = render_mode
        self.ends, self.breaks = ends, breaks
        self.count, self.applied = 0, []

    count: int
    applied: list[Any]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        super().reset(seed=seed)
        self.count, self.applied = 0, []
        return self._seen(), {}

    def step(self, action: Any) -> tuple[npt.NDArray[np.float32], float, bool, bool, Any]:
        self.count += 1
        self.applied.append(action)
        return self._seen(), 1.0, self.count >= self.ends, False, {}

    def render(self) -> Any:
        if self.breaks == "crash":
            os.abort()
        return np.full((20, 31, 3), 10 * self.count, dtype=np.uint8)

    def _seen(self) -> npt.NDArray[np.float32]:
        value = float(self.count)
        if self.breaks == "nan" and self.count == 2:
            value = float("nan")
        if self.breaks == "wander":
            value += float(np.random.default_rng().random())
        return np.array([value], dtype=np.float32)


def several() -> gym.Env[Any, Any]:
    """A simulator whose actions are not supported."""
    return Counter(actions=gym.spaces.MultiDiscrete([2, 2]))


def shifted() -> gym.Env[Any, Any]:
    """A simulator whose first category is called 5."""
    return Counter(actions=gym.spaces.Discrete(3, start=5))


gym.register("Counter-v0", entry_point=f"{HERE}:Counter", max_episode_steps=6)
gym.register("Endless-v0", entry_point=f"{HERE}:Counter")
gym.register("Several-v0", entry_point=f"{HERE}:several", max_episode_steps=6)
gym.register("Shifted-v0", entry_point=f"{HERE}:shifted", max_episode_steps=6)
