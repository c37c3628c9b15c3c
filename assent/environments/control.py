"""Any Gymnasium environment as one of ours: vectors in, actions out, a record at the end.

With `horizon="fixed"` every episode has exactly `horizon_steps` steps. An episode
that ends sooner stands still: its last observation is repeated and the reward is
zero, so that its length tells a learnt reward nothing (control's oldest leak is
the sign of the reward, which an early end alone gives away). Whether the episode
is over is the last number of every observation, 0 or 1, in this mode always: no
list of environments that can end has to be kept. At the horizon it is truncated.
With `horizon="native"` the episode ends as the environment says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from assent.environments import simulator, states
from assent.environments.environment import Context, Episode
from assent.errors import EnvironmentFault
from assent.records import Floats, Json, Trajectory


class ControlEnvironment:
    """A simulator that Gymnasium makes by name.

    spaces: what a policy needs to know. horizon_steps: the longest episode.
    fps: steps a second in real time. family: which painter draws it, or None.
    film: prepare for `picture`.
    """

    def __init__(
        self,
        id: str,
        options: Mapping[str, Any] | None = None,
        horizon: Literal["fixed", "native"] = "fixed",
        horizon_steps: int | None = None,
        film: bool = False,
    ) -> None:
        limit = simulator.own_limit(id) if horizon_steps is None else horizon_steps
        if limit is None:
            raise EnvironmentFault(
                f"{id} has no time limit of its own; set environment.horizon_steps"
            )
        self.id = id
        self.options = dict(options or {})
        self.horizon: Literal["fixed", "native"] = horizon
        self.horizon_steps = limit
        self._fixed = horizon == "fixed"
        self._film = film
        self._simulator = simulator.make(
            id, self.options, simulator.NO_LIMIT if self._fixed else limit, film
        )
        self.spaces = simulator.spaces_of(self._simulator, id, flag=self._fixed)
        self.fps = simulator.frames_per_second(self._simulator)
        self.family = states.family(self._simulator)
        self._read_state = states.reader(self._simulator)
        self._apply = _applied(self._simulator.action_space)
        self._vector = isinstance(self._simulator.observation_space, gym.spaces.Box)
        self._over = False
        self._steps = 0
        self._last: Floats = np.zeros(self.spaces.observation, dtype=np.float32)

    @property
    def seconds_per_step(self) -> float:
        """Real time between two steps."""
        return 1.0 / self.fps

    @property
    def standing_still(self) -> bool:
        """Whether the episode has ended by itself, and only the clock goes on."""
        return self._over

    def model(self) -> Any | None:
        """The simulator's MuJoCo model, where it has one."""
        if self.family != "mujoco":
            return None
        return self._simulator.unwrapped.model  # type: ignore[attr-defined]

    def reset(self, *, seed: int) -> tuple[Floats, Json]:
        """The first observation `[O]` of the episode that `seed` names."""
        seen, extra = self._simulator.reset(seed=seed)
        if self._film and self.family == "mujoco":
            simulator.cheapen(self._simulator)
        self._over = False
        self._steps = 0
        self._last = self._observation(seen)
        return self._last, extra

    def step(self, action: npt.NDArray[Any]) -> tuple[Floats, float, bool, bool, Json]:
        """One step; a vector is clipped to the action box here and nowhere else."""
        self._steps += 1
        at_horizon = self._steps >= self.horizon_steps
        if self._over:
            return self._last, 0.0, False, at_horizon, {}
        seen, reward, terminated, truncated, extra = self._simulator.step(self._apply(action))
        if self._fixed:
            self._over = bool(terminated or truncated)
            terminated, truncated = False, at_horizon
        self._last = self._observation(seen)
        return self._last, float(reward), bool(terminated), bool(truncated), extra

    def state(self) -> Floats | None:
        """What draws this moment, float32; None for an environment that must be filmed."""
        return None if self._read_state is None else self._read_state()

    def picture(self) -> npt.NDArray[np.uint8]:
        """This moment as the simulator renders it, RGB `[h, w, 3]`; needs `film`."""
        picture = simulator.picture(self._simulator)
        if picture is None:
            raise EnvironmentFault(f"{self.id} gives no RGB picture; another render mode is needed")
        return picture

    def assemble(self, episode: Episode, id: str, context: Context) -> Trajectory:
        """The record of an episode; its group is its start seed.

        Raises EnvironmentFault when the simulator gave a number that is not finite.
        """
        observations = np.stack(episode.observations)
        rewards = np.array(episode.rewards, dtype=np.float32)
        if not (np.isfinite(observations).all() and np.isfinite(rewards).all()):
            raise EnvironmentFault(
                f"{self.id} gave an observation or reward that is not finite in the episode of "
                f"seed {episode.seed}; the simulation diverged: bound the actions or its time step"
            )
        return Trajectory(
            id=id,
            observations=observations,
            actions=np.stack(episode.actions),
            logprobs=np.concatenate(episode.logprobs),
            mask=np.ones(len(rewards), dtype=np.bool_),
            terminated=episode.terminated,
            truncated=episode.truncated,
            group=str(episode.seed),
            seed=episode.seed,
            round=context.round,
            checkpoint=context.checkpoint,
            states=None if episode.states is None else np.stack(episode.states),
            environment_reward=rewards,
        )

    def ended_at(self, trajectory: Trajectory) -> int | None:
        """The first observation after which nothing moves any more; None when there is none."""
        if not self._fixed:
            return trajectory.steps if trajectory.terminated else None
        over = np.flatnonzero(trajectory.observations[:, -1] > 0.5)
        return int(over[0]) if len(over) else None

    def close(self) -> None:
        """Close the simulator."""
        self._simulator.close()

    def _observation(self, seen: Any) -> Floats:
        """What the policy is given: one float32 vector, with the flag in fixed mode."""
        space = self._simulator.observation_space
        flat: Any = seen if self._vector else gym.spaces.flatten(space, seen)
        vector = np.empty(self.spaces.observation, dtype=np.float32)
        if self._fixed:
            vector[:-1] = np.ravel(flat)
            vector[-1] = self._over
        else:
            vector[:] = np.ravel(flat)
        return vector


def _applied(space: gym.Space[Any]) -> Any:
    """From an action as the policy chose it to one that the simulator takes."""
    if isinstance(space, gym.spaces.Discrete):
        first = int(space.start)
        return lambda action: first + int(action)
    assert isinstance(space, gym.spaces.Box)
    low, high, shape, dtype = space.low, space.high, space.shape, space.dtype
    # np.clip is four times slower on arrays this small.
    return lambda action: np.minimum(np.maximum(action.reshape(shape), low), high).astype(
        dtype, copy=False
    )
