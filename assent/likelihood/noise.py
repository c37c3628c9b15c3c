"""Standard normal numbers that are spread evenly: fewer of them do."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from assent.likelihood.evidence import Doubles


def stratified(draws: int, count: int, rng: np.random.Generator) -> Doubles:
    """`[draws, count]` standard normal, every column spread evenly (Latin hypercube)."""
    place = rng.permuted(np.broadcast_to(np.arange(draws)[:, None], (draws, count)), axis=0)
    normal: Doubles = ndtri((place + 0.5) / draws)
    return normal / normal[:, :1].std() if draws > 1 and count else normal
