"""What a stage needs to know of a world: how to act in it, cut it, show it and describe it.

The two worlds, control and text, differ only here. Every stage is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from assent.hearing import Demonstrated
from assent.models.batch import Batch
from assent.models.policy import Policy
from assent.records import Checkpoint, Json, Segment, Trajectory
from assent.reward.described import Described

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, when and how.

    now: seconds since 1970, written into the ids of the trajectories.
    """

    policy: Policy
    round: int
    checkpoint: str | None
    greedy: bool = False
    now: float = 0.0


class World(Protocol):
    """Everything that differs between control and text."""

    def baseline(self, rng: np.random.Generator) -> Policy:
        """An untrained policy, or the pretrained model that the settings name."""

    def restore(self, checkpoint: Checkpoint, weights: bytes) -> Policy:
        """The policy of a checkpoint. Raises CheckpointError when it is damaged."""

    def demonstrations(self, policy: Policy) -> Sequence[Trajectory]:
        """What the baseline imitates; empty when the settings name nothing."""

    def starts(self, count: int, rng: np.random.Generator, held_out: bool) -> list[int]:
        """Seeds of `count` episodes. held_out: starts that learning never sees."""

    def act(
        self, acting: Acting, seeds: Sequence[int], rng: np.random.Generator, progress: Progress
    ) -> list[Trajectory]:
        """One trajectory per seed."""

    def batch(self, trajectories: Sequence[Trajectory]) -> Batch:
        """Trajectories to learn from; whether their ends are final is the world's to say."""

    def segments(
        self, trajectories: Sequence[Trajectory], count: int, rng: np.random.Generator
    ) -> list[Segment]:
        """At most `count` pieces of behaviour that people can judge, without repeats."""

    def describe_segments(
        self, trajectories: Sequence[Trajectory], segments: Sequence[Segment]
    ) -> Described:
        """What the reward model sees of each segment; `[N, H, D]`."""

    def describe(self, batch: Batch) -> Described:
        """What the reward model sees of whole trajectories; `[B, H, D]`."""

    def place(self, scores: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Scores `[B, H]` of `describe` as rewards per step `[B, T]`."""

    def reference(self, batch: Batch) -> torch.Tensor | None:
        """Log-probabilities `[B, T]` under the baseline; None when it is not needed."""

    def whole(self, trajectory: Trajectory) -> Segment:
        """All that a person should see of one trajectory."""

    def written(self, model: Trajectory, text: str, id: str) -> Trajectory:
        """What the policy would have done to say `text` where `model` said something else.

        Raises DataError when the policy could not read it.
        """

    def play(self, start: Trajectory) -> Json | None:
        """What a question needs so that a person can play from where `start` began.

        None where there is nothing to play. Raises QueryError where a keyboard cannot.
        """

    def demonstrated(self, model: Trajectory, shown: Demonstrated) -> Trajectory:
        """What the policy would have done to do what a person showed in place of `model`.

        Raises DataError or EnvironmentFault when it could not.
        """

    def scenes(
        self, trajectories: Sequence[Trajectory], segments: Sequence[Segment], progress: Progress
    ) -> list[Json]:
        """What a person will see of each segment."""

    def one_group(self) -> bool:
        """Whether any two segments may be compared (control), or only those of one group."""
