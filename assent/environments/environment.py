"""What an environment can do, the same for text and for control.

The signatures of `reset` and `step` are Gymnasium's. An environment also says
what is needed to draw the moment, and makes the record of an episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt

from assent.records import Floats, Json, Trajectory


@dataclass(frozen=True, slots=True)
class Context:
    """Where trajectories come from.

    now: seconds since 1970; the trajectories' ids sort by it.
    greedy: the policy took its most likely actions instead of sampled ones.
    """

    round: int = 0
    checkpoint: str | None = None
    now: float = 0.0
    greedy: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """What the rollout loop saw, one entry a decision.

    observations: T+1; actions, logprobs, rewards: T.
    logprobs: each `[n]`, n = 1 in control and the reply's tokens in text.
    states: T+1 drawing states, or None when the environment has none.
    """

    seed: int
    observations: list[npt.NDArray[Any]]
    actions: list[npt.NDArray[Any]]
    logprobs: list[Floats]
    rewards: list[float]
    states: list[npt.NDArray[Any]] | None
    terminated: bool
    truncated: bool


class Environment(Protocol):
    """A world that a policy acts in, one episode after another."""

    def reset(self, *, seed: int) -> tuple[npt.NDArray[Any], Json]:
        """The first observation of the episode that `seed` names: same seed, same start."""
        ...

    def step(self, action: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], float, bool, bool, Json]:
        """Next observation, reward, terminated, truncated, further information."""
        ...

    def state(self) -> npt.NDArray[Any] | None:
        """What is needed to draw this moment, a new array; None when there is no such thing."""
        ...

    def assemble(self, episode: Episode, id: str, context: Context) -> Trajectory:
        """The record of the episode that has just ended.

        Called before the next `reset`, so what the environment remembers of the
        episode is still there. The rewards go to `environment_reward`.
        """
        ...

    def close(self) -> None:
        """Give back windows, files and memory; nothing may be called afterwards."""
        ...
