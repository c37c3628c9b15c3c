"""The one rollout loop: episodes of any environment under any policy.

Every episode has its own random stream and its own reset seed, so the result
depends neither on how many environments there are nor on their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.environments.environment import Context, Environment, Episode
from assent.models.policy import Decision, Policy
from assent.records import Floats, Trajectory, new_id

Progress = Callable[[int, int], None]


def rollout(
    environments: Sequence[Environment],
    policy: Policy,
    seeds: Sequence[int],
    rng: np.random.Generator,
    context: Context,
    progress: Progress | None = None,
) -> list[Trajectory]:
    """One episode for each seed, in the order of the seeds.

    environments: stepped side by side; each is reset for the next seed when its
        episode ends. Any number gives the same trajectories.
    rng: gives every episode its own stream (`rng.spawn`).
    progress: called with (episodes ended, episodes wanted) after each episode.
    """
    waiting = iter(enumerate(zip(seeds, rng.spawn(len(seeds)), strict=True)))
    done: dict[int, Trajectory] = {}
    live = [run for run in (_start(each, waiting) for each in environments) if run is not None]
    while live:
        decisions = policy.act(
            [run.observations[-1] for run in live], [run.rng for run in live], context.greedy
        )
        still: list[_Run] = []
        for run, decision in zip(live, decisions, strict=True):
            if not run.step(decision):
                still.append(run)
                continue
            done[run.index] = run.finish(context)
            if progress is not None:
                progress(len(done), len(seeds))
            following = _start(run.environment, waiting)
            if following is not None:
                still.append(following)
        live = still
    return [done[index] for index in range(len(seeds))]


@dataclass(slots=True)
class _Run:
    """An episode under way."""

    index: int
    seed: int
    rng: np.random.Generator
    entropy: bytes
    environment: Environment
    observations: list[npt.NDArray[Any]]
    states: list[npt.NDArray[Any]] | None
    actions: list[npt.NDArray[Any]] = field(default_factory=list)
    logprobs: list[Floats] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    terminated: bool = False
    truncated: bool = False

    def step(self, decision: Decision) -> bool:
        """Whether the episode ended with this decision."""
        observation, reward, self.terminated, self.truncated, _ = self.environment.step(
            decision.action
        )
        self.observations.append(observation)
        self.actions.append(decision.action)
        self.logprobs.append(decision.logprobs)
        self.rewards.append(reward)
        if self.states is not None:
            state = self.environment.state()
            assert state is not None, "an environment has drawing states always or never"
            self.states.append(state)
        return self.terminated or self.truncated

    def finish(self, context: Context) -> Trajectory:
        """The record of the ended episode."""
        episode = Episode(
            seed=self.seed,
            observations=self.observations,
            actions=self.actions,
            logprobs=self.logprobs,
            rewards=self.rewards,
            states=self.states,
            terminated=self.terminated,
            # Gymnasium allows both at once; an episode that ended by itself was not cut.
            truncated=self.truncated and not self.terminated,
        )
        return self.environment.assemble(episode, new_id(context.now, self.entropy), context)


def _start(
    environment: Environment,
    waiting: Iterator[tuple[int, tuple[int, np.random.Generator]]],
) -> _Run | None:
    """The next waiting episode, begun in this environment; None when none is left."""
    following = next(waiting, None)
    if following is None:
        return None
    index, (seed, rng) = following
    entropy = rng.bytes(10)
    observation, _ = environment.reset(seed=seed)
    state = environment.state()
    return _Run(
        index=index,
        seed=seed,
        rng=rng,
        entropy=entropy,
        environment=environment,
        observations=[observation],
        states=None if state is None else [state],
    )
