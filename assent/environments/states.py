"""What a simulator must remember to be drawn later: a small vector for each moment."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Literal

import gymnasium as gym
import numpy as np
import numpy.typing as npt

Family = Literal["cartpole", "pendulum", "acrobot", "mountaincar", "continuous", "mujoco"]
States = npt.NDArray[np.float32]

# By the simulator's own class, so that another id or another wrapper changes nothing.
_CLASSIC: dict[tuple[str, str], Family] = {
    ("gymnasium.envs.classic_control.cartpole", "CartPoleEnv"): "cartpole",
    ("gymnasium.envs.classic_control.pendulum", "PendulumEnv"): "pendulum",
    ("gymnasium.envs.classic_control.acrobot", "AcrobotEnv"): "acrobot",
    ("gymnasium.envs.classic_control.mountain_car", "MountainCarEnv"): "mountaincar",
    (
        "gymnasium.envs.classic_control.continuous_mountain_car",
        "Continuous_MountainCarEnv",
    ): "continuous",
}


def family(environment: gym.Env[Any, Any]) -> Family | None:
    """Which painter can draw this environment; None when it must be filmed."""
    simulator = environment.unwrapped
    known = _CLASSIC.get((type(simulator).__module__, type(simulator).__qualname__))
    if known is not None:
        return known
    # An environment that runs on MuJoCo has imported it; nothing is imported to find out.
    mujoco = sys.modules.get("mujoco")
    if mujoco is not None and isinstance(getattr(simulator, "model", None), mujoco.MjModel):
        return "mujoco"
    return None


def reader(environment: gym.Env[Any, Any]) -> Callable[[], States] | None:
    """Reads the present drawing state: classic control `[S]`, MuJoCo `[nq + nv]`."""
    simulator: Any = environment.unwrapped
    drawn = family(environment)
    if drawn is None:
        return None
    if drawn == "mujoco":
        return lambda: np.concatenate(
            (simulator.data.qpos, simulator.data.qvel), dtype=np.float32, casting="same_kind"
        )
    return lambda: np.array(simulator.state, dtype=np.float32)
