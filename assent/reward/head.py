"""What a reward is made of, networks or weights: scores of steps by every member."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from assent.records import Json


class Head(Protocol):
    """E members over features `[N, H, D]` with a mask `[N, H]`."""

    def __call__(self, features: Tensor, mask: Tensor) -> Tensor:
        """Scores of every step, `[E, N, H]`; 0 on padding."""
        ...

    def utilities(self, features: Tensor, mask: Tensor) -> Tensor:
        """`[E, N]` of whole segments, 0 on average over those learnt from."""
        ...

    def state(self) -> tuple[bytes, Json]:
        """Weights as safetensors, and what is needed to build the head again."""
        ...
