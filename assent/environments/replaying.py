"""Episodes that people played: begun from a seed and steered by what they held, step by step.

The same seed and the same actions give the same episode, so the actions are all that is kept
of one; what was seen comes from playing them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from assent.environments.control import ControlEnvironment
from assent.environments.environment import Context, Episode
from assent.errors import EnvironmentFault
from assent.records import Json, Trajectory

Held = Sequence[Sequence[Any]]  # [action, steps] one after another


def made(play: Json) -> ControlEnvironment:
    """The environment that a question's `play` options name."""
    return ControlEnvironment(
        str(play["environment"]),
        dict(play["options"]),
        play["horizon"],
        int(play["horizon_steps"]),
    )


@final
class Playing:
    """One episode under way. Its environment is nobody else's until it is over."""

    def __init__(self, environment: ControlEnvironment, play: Json) -> None:
        """Begin the episode that the play's seed names."""
        self._environment = environment
        self._most = int(play["steps"])
        self._rewards: list[float] = []
        self._seed = int(play["seed"])
        self._terminated = self._truncated = False
        observation, _ = environment.reset(seed=self._seed)
        self._observations: list[npt.NDArray[Any]] = [observation]
        self.states = [self._state()]
        self.actions: list[npt.NDArray[Any]] = []

    @property
    def over(self) -> bool:
        """Whether no further step can be played."""
        still = self._environment.standing_still
        return self._terminated or self._truncated or still or len(self.actions) >= self._most

    def step(self, action: Any) -> None:
        """One step. Raises EnvironmentFault after the end, or when the simulation diverged."""
        if self.over:
            raise EnvironmentFault("the episode is over; send it, or begin again")
        discrete = self._environment.spaces.discrete
        chosen = np.array(action, np.int64 if discrete else np.float32)
        seen, reward, self._terminated, self._truncated, _ = self._environment.step(chosen)
        if not (np.isfinite(seen).all() and np.isfinite(reward)):
            raise EnvironmentFault("the simulation diverged under these actions; begin again")
        self._observations.append(seen)
        self._rewards.append(float(reward))
        self.actions.append(chosen)
        self.states.append(self._state())

    def trajectory(self, id: str, round: int) -> Trajectory:
        """The record of what was played so far; cut where the person stopped."""
        steps = len(self.actions)
        episode = Episode(
            seed=self._seed,
            observations=self._observations,
            actions=self.actions,
            logprobs=[np.zeros(1, np.float32)] * steps,
            rewards=self._rewards,
            states=self.states,
            terminated=self._terminated,
            truncated=not self._terminated,
        )
        return self._environment.assemble(episode, id, Context(round))

    def _state(self) -> npt.NDArray[Any]:
        state = self._environment.state()
        assert state is not None, "only what can be drawn is played"
        return state


def held(actions: Held) -> Iterator[Any]:
    """Every step's action, from runs of `[action, steps]`."""
    for action, steps in actions:
        yield from [action] * int(steps)


def replayed(
    environment: ControlEnvironment, play: Json, actions: Held, id: str, round: int
) -> Trajectory:
    """The trajectory of an episode that was played.

    Raises EnvironmentFault where it ends before its actions do: another version of the
    simulator, or other settings, than it was played with.
    """
    playing = Playing(environment, play)
    for action in held(actions):
        playing.step(action)
    return playing.trajectory(id, round)
