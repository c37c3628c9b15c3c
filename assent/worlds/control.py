"""Control: Gymnasium environments, clips of their simulators, step-by-step rewards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from assent.config import ControlConfig
from assent.environments import controls, demonstrations, replaying, scenes, segments
from assent.environments.control import ControlEnvironment
from assent.environments.environment import Context
from assent.environments.runner import rollout
from assent.errors import DataError
from assent.hearing import Demonstrated
from assent.models.batch import Batch
from assent.models.control import ControlPolicy, step_features
from assent.models.policy import Policy
from assent.records import Checkpoint, Json, Segment, Trajectory
from assent.reward.described import Described
from assent.worlds.world import Acting, Progress

# Learning draws its starts below this number and evaluation above it, so they never meet.
HELD_OUT_STARTS = 2**30


class ControlWorld:
    """A Gymnasium environment as the stages see it."""

    def __init__(self, config: ControlConfig, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._environments: list[ControlEnvironment] = []

    def baseline(self, rng: np.random.Generator) -> Policy:
        """A new network; `rng` is not needed, since torch's generator was set by the stage."""
        first = self._copies()[0]
        settings = self._config.policy
        return ControlPolicy(first.spaces, settings.hidden, settings.initial_log_std)

    def restore(self, checkpoint: Checkpoint, weights: bytes) -> Policy:
        """The policy of a checkpoint."""
        return ControlPolicy.restore(weights, checkpoint.details)

    def demonstrations(self, policy: Policy) -> Sequence[Trajectory]:
        """Episodes from the NPZ file that `imitate.demonstrations` names."""
        name = self._config.imitate.demonstrations
        if name is None:
            return ()
        fixed = self._config.environment.horizon == "fixed"
        return demonstrations.read(self._folder / name, self._copies()[0].spaces, flag=fixed)

    def starts(self, count: int, rng: np.random.Generator, held_out: bool) -> list[int]:
        """Reset seeds; evaluation's come from numbers that learning never draws."""
        low = HELD_OUT_STARTS if held_out else 0
        return [int(seed) for seed in rng.integers(low, low + HELD_OUT_STARTS, count)]

    def act(
        self, acting: Acting, seeds: Sequence[int], rng: np.random.Generator, progress: Progress
    ) -> list[Trajectory]:
        """One episode per seed."""
        return rollout(
            self._copies(),
            acting.policy,
            seeds,
            rng,
            Context(acting.round, acting.checkpoint, acting.now, acting.greedy),
            lambda done, total: progress(done, total, "episodes"),
        )

    def batch(self, trajectories: Sequence[Trajectory]) -> Batch:
        """As they are: after a truncation the episode would have gone on."""
        return Batch.from_trajectories(trajectories)

    def segments(
        self, trajectories: Sequence[Trajectory], count: int, rng: np.random.Generator
    ) -> list[Segment]:
        """Clips of the set length, spread over the trajectories."""
        first = self._copies()[0]
        steps = segments.clip_steps(
            self._config.environment.clip_seconds, first.seconds_per_step, first.horizon_steps
        )
        return segments.cut({t.id: t.steps for t in trajectories}, steps, count, rng)

    def describe_segments(
        self, trajectories: Sequence[Trajectory], chosen: Sequence[Segment]
    ) -> Described:
        """Observation and action at each step of each clip."""
        row = {t.id: i for i, t in enumerate(trajectories)}
        every = self.describe(Batch.from_trajectories(trajectories)).features
        longest = max(s.stop - s.start for s in chosen)
        features = torch.zeros(len(chosen), longest, every.shape[-1])
        mask = torch.zeros(len(chosen), longest, dtype=torch.bool)
        for n, segment in enumerate(chosen):
            length = segment.stop - segment.start
            features[n, :length] = every[row[segment.trajectory], segment.start : segment.stop]
            mask[n, :length] = True
        steps = {t.id: t.steps for t in trajectories}
        phase = np.array([s.start / steps[s.trajectory] for s in chosen])
        return Described(features, mask, (("phase", phase),))

    def describe(self, batch: Batch) -> Described:
        """Observation and action at each step."""
        spaces = self._copies()[0].spaces
        return Described(step_features(spaces, batch.observations, batch.actions), batch.mask)

    def place(self, scores: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Scores are per step already."""
        return torch.where(batch.mask, scores, 0.0)

    def reference(self, batch: Batch) -> torch.Tensor | None:
        """Control is not held near its baseline, which is often an untrained network."""
        return None

    def whole(self, trajectory: Trajectory) -> Segment:
        """The whole episode."""
        return Segment(trajectory.id, 0, trajectory.steps)

    def written(self, model: Trajectory, text: str, id: str) -> Trajectory:
        """Nothing: a body has no words."""
        raise DataError("control has no replies that could be written")

    def play(self, start: Trajectory) -> Json | None:
        """The episode from the start's own seed, steered by keyboard."""
        return controls.play(self._copies()[0], start.seed)

    def demonstrated(self, model: Trajectory, shown: Demonstrated) -> Trajectory:
        """The episode played again, in the environment that it was played in."""
        play = shown.query.options["play"]
        environment = replaying.made(play)
        try:
            if environment.spaces != self._copies()[0].spaces:
                raise DataError(
                    f"{play['environment']} has other observations or actions than this project"
                )
            actions = shown.answer["actions"]
            return replaying.replayed(environment, play, actions, shown.id, model.round)
        finally:
            environment.close()

    def scenes(
        self, trajectories: Sequence[Trajectory], chosen: Sequence[Segment], progress: Progress
    ) -> list[Json]:
        """Drawings from simulator states, or videos where there are none."""
        return scenes.scenes(self._copies()[0], trajectories, chosen, progress)

    def one_group(self) -> bool:
        """Any two clips may be compared."""
        return True

    def _copies(self) -> list[ControlEnvironment]:
        """The environments, made when first needed."""
        if not self._environments:
            section = self._config.environment
            self._environments = [
                ControlEnvironment(
                    section.id, section.options, section.horizon, section.horizon_steps
                )
                for _ in range(section.copies)
            ]
        return self._environments
