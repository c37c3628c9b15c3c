"""What a strategy is: from a pool and a posterior to the questions worth asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assent.questions.pool import Pool

Posterior = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Need:
    """How many questions are wanted, of how many segments each.

    random_share: of the questions that are drawn uniformly whatever the strategy
        thinks: the control arm, for calibration and for judging the strategy.
    """

    size: int
    count: int
    random_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One question that was chosen.

    members: indices into the pool, in random order.
    probability: of this set when it was drawn, among the candidates left; above 0.
    strategy: what drew it; `uniform` for the control arm of every strategy.
    """

    members: tuple[int, ...]
    probability: float
    strategy: str


class Strategy(Protocol):
    """Chooses questions. Never the same set twice, never two segments that look alike."""

    def __call__(
        self, pool: Pool, posterior: Posterior, need: Need, rng: np.random.Generator
    ) -> list[Choice]:
        """At most `need.count` choices; fewer when the pool has no more.

        posterior: `[E, N]` what each member of the ensemble thinks of each segment,
            in logits; E = 0 while nobody has answered.
        """
