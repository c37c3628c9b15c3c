"""What an algorithm of reinforcement learning can do; PPO is one, a plug-in may be another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from assent.records import Json

if TYPE_CHECKING:
    from torch import Tensor

    from assent.models.batch import Batch


class Algorithm(Protocol):
    """Improves the policy that it was made with; owns its optimiser.

    A plug-in is a callable `(policy, options) -> Algorithm`. It knows tensors
    only: where the rewards come from is not its business.
    """

    def update(
        self,
        batch: Batch,
        rewards: Tensor,
        reference_logprobs: Tensor | None,
        rng: np.random.Generator,
    ) -> dict[str, float]:
        """Learn once from freshly collected episodes; changes the policy; gives metrics.

        rewards: `[B, T]`, 0 where the mask is False.
        reference_logprobs: `[B, T]` nats under the policy to stay near, or None.
        """
        ...

    def state(self) -> tuple[bytes, Json]:
        """Everything but the policy that an exact resume needs: safetensors bytes and values."""
        ...

    def load(self, weights: bytes, details: Json) -> None:
        """Take over a saved state; CheckpointError when it is damaged or another make."""
        ...
