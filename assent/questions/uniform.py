"""Every question as likely as any other: the control arm, and the start of a project."""

from __future__ import annotations

import numpy as np

from assent.questions.pool import Pool
from assent.questions.strategy import Choice, Need, Posterior

NAME = "uniform"


def choose(pool: Pool, posterior: Posterior, need: Need, rng: np.random.Generator) -> list[Choice]:
    """Sets drawn uniformly without replacement from all that the pool allows.

    posterior: not looked at.
    """
    total = pool.sets(need.size)
    return [
        Choice(tuple(members), 1 / (total - place), NAME)
        for place, members in enumerate(pool.draw(need.size, need.count, rng).tolist())
    ]
