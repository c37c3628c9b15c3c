"""Trajectories of either world as padded tensors with a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from assent.errors import RecordError
from assent.records import Trajectory


@dataclass(frozen=True, slots=True)
class Batch:
    """B episodes side by side, padded at their ends to T steps.

    observations: `[B, T+1, *O]` float32, or int64 token ids.
    actions: `[B, T, *A]` float32, or int64 token ids and categories.
    mask: `[B, T]` bool, True where the policy chose; False on prompts and padding.
    logprobs: `[B, T]` float32 nats when the actions were chosen; 0 off the mask.
    terminated, truncated: `[B]` bool, how each episode ended.
    lengths: `[B]` int64 steps of each episode, those off the mask included.
    """

    observations: Tensor
    actions: Tensor
    mask: Tensor
    logprobs: Tensor
    terminated: Tensor
    truncated: Tensor
    lengths: Tensor

    @staticmethod
    def from_trajectories(trajectories: Sequence[Trajectory], pad: int = 0) -> Batch:
        """The batch of these trajectories, in their order.

        pad: what fills observations and actions after an episode's end.
        """
        if not trajectories:
            raise RecordError("a batch needs at least one trajectory, got none")
        lengths = [each.steps for each in trajectories]
        longest = max(lengths)
        return Batch(
            observations=_padded([t.observations for t in trajectories], longest + 1, pad),
            actions=_padded([t.actions for t in trajectories], longest, pad),
            mask=_padded([t.mask for t in trajectories], longest, 0),
            logprobs=_padded([t.logprobs for t in trajectories], longest, 0),
            terminated=torch.tensor([t.terminated for t in trajectories]),
            truncated=torch.tensor([t.truncated for t in trajectories]),
            lengths=torch.tensor(lengths),
        )

    def __len__(self) -> int:
        """B, the number of rows."""
        return len(self.mask)

    def rows(self, index: Tensor | Sequence[int]) -> Batch:
        """Some of the rows, in the order of `index`."""
        chosen = torch.as_tensor(index, device=self.mask.device)
        return Batch(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        return Batch(**{each.name: getattr(self, each.name).to(device) for each in fields(self)})

    def as_steps(self) -> Batch:
        """Every chosen step as a row of its own, `[N, 1]`, N the Trues of the mask.

        For memoryless policies. Row n belongs to the n-th True of the mask read
        row by row, so `x[batch.mask]` of any `[B, T]` tensor lines up with it.
        A row has two observations, before and after its step.
        """
        row, step = self.mask.nonzero(as_tuple=True)
        last = step == self.lengths[row] - 1
        pair = torch.stack((step, step + 1), dim=1)  # [N, 2]
        return Batch(
            observations=self.observations[row[:, None], pair],  # [N, 2, *O]
            actions=self.actions[row, step].unsqueeze(1),
            mask=torch.ones((len(row), 1), dtype=torch.bool, device=self.mask.device),
            logprobs=self.logprobs[row, step].unsqueeze(1),
            terminated=self.terminated[row] & last,
            truncated=self.truncated[row] & last,
            lengths=torch.ones_like(row),
        )


from_trajectories = Batch.from_trajectories  # for callers that know the module, not the class


def _padded(columns: Sequence[npt.NDArray[Any]], length: int, pad: int) -> Tensor:
    """Columns `[t, ...]` of different t as one tensor `[B, length, ...]`."""
    shapes = {column.shape[1:] for column in columns}
    if len(shapes) > 1:
        raise RecordError(
            f"trajectories of different make in one batch: steps shaped {sorted(shapes)}"
        )
    kind = columns[0].dtype.kind
    # One width for each kind, whatever width the environment or the file used.
    dtype = {"b": np.bool_, "i": np.int64, "u": np.int64}.get(kind, np.float32)
    out = np.full((len(columns), length, *columns[0].shape[1:]), pad, dtype=dtype)
    for row, column in zip(out, columns, strict=True):
        row[: len(column)] = column
    return torch.from_numpy(out)
