"""The running mean and spread of returns, so that a critic learns in units of 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from assent.algorithms import functional
from assent.records import Json

# Weight of an update's returns among all before; the first updates are averaged evenly.
_SHARE_OF_NEW = 0.1


@dataclass(frozen=True, slots=True)
class ReturnScale:
    """Mean and variance of the returns so far, older ones forgotten exponentially.

    A critic answers in these units, so neither the loss, its clip nor the
    learning rate depends on the unit of the reward. When the statistics move,
    what the critic says moves along. Before the first update, and while returns
    do not vary, it has no say: every value is the mean.
    """

    mean: float = 0.0
    variance: float = 0.0
    updates: int = 0

    @property
    def spread(self) -> float:
        """The standard deviation, in reward units."""
        return math.sqrt(self.variance)

    def including(self, returns: Tensor, mask: Tensor) -> ReturnScale:
        """The statistics with one more update's returns, `[B, T]`."""
        mean = functional.masked_mean(returns, mask).item()
        variance = functional.masked_var(returns, mask).item()
        share = max(1 / (self.updates + 1), _SHARE_OF_NEW)
        middle = (1 - share) * self.mean + share * mean
        old = self.variance + (self.mean - middle) ** 2
        new = variance + (mean - middle) ** 2
        return ReturnScale(middle, (1 - share) * old + share * new, self.updates + 1)

    def natural(self, values: Tensor) -> Tensor:
        """From the critic's units to the reward's."""
        return values * self.spread + self.mean

    def normal(self, values: Tensor) -> Tensor:
        """From the reward's units to the critic's."""
        return (values - self.mean) / (self.spread or 1.0)

    def state(self) -> Json:
        """Plain values for a checkpoint."""
        return {"mean": self.mean, "variance": self.variance, "updates": self.updates}

    @staticmethod
    def load(state: Json) -> ReturnScale:
        """From what `state` gave; KeyError or ValueError when it is not that."""
        return ReturnScale(float(state["mean"]), float(state["variance"]), int(state["updates"]))
