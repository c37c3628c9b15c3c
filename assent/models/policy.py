"""What a policy can do, the same for text and for control.

A decision is one action vector (control) or one whole reply (text). Algorithms
know policies only through this protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from assent.records import Floats, Json

if TYPE_CHECKING:
    from torch import Tensor

    from assent.models.batch import Batch


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing the policy did, and how likely it was to do it.

    action: control: `[*A]` as the policy chose it, before any clipping; text:
        `[n]` the reply's token ids, the end token included.
    logprobs: `[n]` nats; control: n = 1.
    """

    action: npt.NDArray[Any]
    logprobs: Floats


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the policy thinks of a batch; differentiable.

    logprobs: `[B, T]` nats of the batch's actions; 0 where the mask is False.
    entropy: `[B, T]` nats; 0 where the mask is False.
    values: `[B, T+1]` the critic's estimate at every observation, the last included.
    """

    logprobs: Tensor
    entropy: Tensor
    values: Tensor


class Policy(Protocol):
    """Acts, is evaluated, is saved and is loaded."""

    @property
    def memoryless(self) -> bool:
        """Whether a step can be evaluated without the steps before it."""
        ...

    def act(
        self,
        observations: Sequence[npt.NDArray[Any]],
        rngs: Sequence[np.random.Generator],
        greedy: bool = False,
    ) -> list[Decision]:
        """One decision for each observation.

        observations: control: vectors `[O]`; text: `[n]` token ids so far, any n.
        rngs: one stream for each observation, so that what an episode does
            depends on its own stream only and never on who shares the batch.
        greedy: the most likely action in place of a random one; draws nothing.
        """
        ...

    def evaluate(self, batch: Batch) -> Evaluation:
        """Log-probabilities, entropies and values of a batch, with gradients."""
        ...

    def observe(self, batch: Batch) -> None:
        """Move the observation statistics, if there are any, to include a batch.

        Call it between updates only: acting and evaluating must see the same
        statistics, or the first probability ratio is not 1.
        """
        ...

    def features(self, batch: Batch) -> Tensor:
        """What the reward model sees, without gradients: `[B, T, D]`; text: `[B, 1, D]`."""
        ...

    def parameters(self) -> list[dict[str, Any]]:
        """Parameter groups for an optimiser: `{"name": ..., "params": [...]}`."""
        ...

    def state(self) -> tuple[bytes, Json]:
        """Weights as safetensors bytes, and what is needed to rebuild the model."""
        ...

    def load(self, weights: bytes, details: Json) -> None:
        """Take over a saved state; CheckpointError when it is damaged or another make."""
        ...
