"""What scales are called where people read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assent.likelihood.evidence import Scale


def titles(scales: Sequence[Scale]) -> tuple[str, ...]:
    """A name for each that no other has: where two are called alike, with their levels."""
    often = Counter(scale.name for scale in scales)
    return tuple(
        f"{scale.name} ({scale.levels} levels)" if often[scale.name] > 1 else scale.name
        for scale in scales
    )
