"""What PPO learns from one collection, in minibatches of whole episodes or of single steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from assent.models.batch import Batch


@dataclass(frozen=True, slots=True)
class Lesson:
    """Episodes or steps and what to learn from them; all but the batch are `[B, T]`.

    returns, values: in the critic's units (see ReturnScale).
    """

    batch: Batch
    advantages: Tensor
    returns: Tensor
    values: Tensor

    def rows(self, index: Tensor) -> Lesson:
        """Some rows, cut to the longest of them."""
        batch = cut(self.batch.rows(index))
        steps = batch.mask.shape[1]
        columns = (self.advantages, self.returns, self.values)
        return Lesson(batch, *(column[index, :steps] for column in columns))

    def as_steps(self) -> Lesson:
        """Every chosen step as a row of its own, `[N, 1]`."""
        mask = self.batch.mask
        columns = (self.advantages, self.returns, self.values)
        return Lesson(self.batch.as_steps(), *(column[mask][:, None] for column in columns))

    def side_by_side(self) -> Lesson:
        """Rows of one step as one row of many, `[1, N]`, for memoryless policies only.

        The critic then values N + 1 observations in place of 2 N: the one after a
        step is not needed once the advantages are known.
        """
        batch = self.batch
        columns = (self.advantages, self.returns, self.values)
        row = Batch(
            observations=torch.cat((batch.observations[:, 0], batch.observations[-1:, 1]))[None],
            actions=batch.actions.transpose(0, 1),
            mask=batch.mask.T,
            logprobs=batch.logprobs.T,
            terminated=batch.terminated[-1:],
            truncated=batch.truncated[-1:],
            lengths=batch.lengths.sum(0, keepdim=True),
        )
        return Lesson(row, *(column.T for column in columns))


def minibatches(
    lesson: Lesson, size: int, memoryless: bool, rng: np.random.Generator
) -> Iterator[Lesson]:
    """All rows (memoryless: all chosen steps) once, shuffled; sizes differ by one at most."""
    if memoryless:
        lesson = lesson.as_steps()
    rows = len(lesson.batch)
    order = torch.from_numpy(rng.permutation(rows)).to(lesson.batch.mask.device)
    # Equal parts: a last part of a few rows would give a few rows a whole step of Adam.
    for index in order.tensor_split(math.ceil(rows / size)):
        part = lesson.rows(index)
        yield part.side_by_side() if memoryless else part


def cut(batch: Batch) -> Batch:
    """The batch without the columns that are padding in every row."""
    steps = int(batch.lengths.max())
    if steps == batch.mask.shape[1]:
        return batch
    return replace(
        batch,
        observations=batch.observations[:, : steps + 1],
        actions=batch.actions[:, :steps],
        mask=batch.mask[:, :steps],
        logprobs=batch.logprobs[:, :steps],
    )
