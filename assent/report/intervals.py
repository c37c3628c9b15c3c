"""Intervals of what a report states: a mean, a correlation and a share, each at 95 %.

Percentile bootstrap (Efron and Tibshirani 1993, chapter 13) with resamples drawn
from the `rng` that is passed in; Wilson (1927) for a share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

RESAMPLES = 2000
LEVEL = 0.95
_Z = 1.959964  # the normal distribution's 97.5 % point


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95 % interval; None and None where one observation allows none."""

    value: float
    low: float | None = None
    high: float | None = None

    @staticmethod
    def of(value: float, low: float | None, high: float | None) -> Interval:
        """The interval; none at all when an end is missing or not a number."""
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            return Interval(value)
        return Interval(value, low, high)

    def __str__(self) -> str:
        """The value with its interval in brackets, as tables show it."""
        if self.low is None or self.high is None:
            return short(self.value)
        return f"{short(self.value)} [{short(self.low)}, {short(self.high)}]"


def short(value: float) -> str:
    """A number as people read it: three significant digits, no exponent where one can do without.

    A value that is not finite reads "n/a".
    """
    if not math.isfinite(value):
        return "n/a"
    size = abs(value)
    if size == 0:
        return "0"
    if not 1e-3 <= size < 1e6:
        return f"{value:.2e}"
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:.{digits}f}".replace("-", "−")


def mean(values: Sequence[float], rng: np.random.Generator) -> Interval:
    """The mean of at least one value, with its interval over resampled values."""
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return Interval(float(sample.mean()))
    means = sample[_resamples(len(sample), rng)].mean(axis=1)
    return _percentiles(float(sample.mean()), means)


def rank_correlation(
    pairs: Sequence[tuple[float, float]], rng: np.random.Generator
) -> Interval | None:
    """Spearman's rank correlation of pairs; None for fewer than three or when one side is constant.

    Resamples of which one side is constant are left out.
    """
    if len(pairs) < 3:
        return None
    table = stats.rankdata(np.asarray(pairs, dtype=float), axis=0)  # [N, 2]
    value = _correlations(table[None])[0]
    if math.isnan(value):
        return None
    drawn = stats.rankdata(table[_resamples(len(table), rng)], axis=1)  # [R, N, 2]
    resampled = _correlations(drawn)
    return _percentiles(float(value), resampled[np.isfinite(resampled)])


def share(successes: float, trials: float) -> Interval:
    """A share of at least one trial with Wilson's interval, which stays within 0 and 1."""
    rate = successes / trials
    centre = (rate + _Z**2 / (2 * trials)) / (1 + _Z**2 / trials)
    spread = rate * (1 - rate) / trials + _Z**2 / (4 * trials**2)
    half = _Z * math.sqrt(spread) / (1 + _Z**2 / trials)
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))


def _resamples(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Indices `[R, N]` of items drawn with replacement."""
    return rng.integers(count, size=(RESAMPLES, count))


def _correlations(tables: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Pearson's correlation of each table `[R, N, 2]`; NaN where a column is constant."""
    centred = tables - tables.mean(axis=1, keepdims=True)
    covariance = (centred[..., 0] * centred[..., 1]).sum(axis=1)
    spread = np.sqrt((centred**2).sum(axis=1).prod(axis=1))
    flat = spread < 1e-12
    found: npt.NDArray[np.float64] = np.where(flat, np.nan, covariance / np.where(flat, 1, spread))
    return found


def _percentiles(value: float, drawn: npt.NDArray[np.float64]) -> Interval:
    """The middle 95 % of resampled values around a value."""
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))
