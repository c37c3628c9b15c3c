"""How far answers can be trusted, counted from the answers alone.

Everything takes tables with one row an annotator and one column an item, NaN
where nothing was answered, and gives an estimate with a bootstrap interval over
items (annotators are who they are; items could have been others). Sums are
arranged so that a thousand resamples are a few matrix products.

Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; Fleiss (1971),
Measuring nominal scale agreement among many raters; Kendall (1945), The treatment
of ties in ranking problems.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from assent.errors import DataError

Doubles = npt.NDArray[np.float64]
Table = npt.NDArray[np.floating[Any]]
Level = Literal["nominal", "ordinal", "interval"]
# From `[R, N]` how often each item is in each resample to `[R]` values, NaN: undefined.
Statistic = Callable[[Doubles], Doubles]

RESAMPLES = 1000
_CHUNK_CELLS = 4_000_000  # of a resample matrix held at once, 32 MB


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, or the reason why there is none.

    items: how many items the value rests on.
    """

    value: float | None
    low: float | None
    high: float | None
    items: int
    why: str = ""


def krippendorff_alpha(values: Table, level: Level, rng: np.random.Generator) -> Estimate:
    """Krippendorff's alpha: 1 is perfect, 0 what chance gives, below 0 is systematic dissent.

    values: `[A, N]`, NaN where missing; nominal: any codes; ordinal: any increasing
        codes; interval: numbers.
    """
    columns = _pairable(values)
    counts, codes = _counts(columns)
    if level == "interval":
        statistic = _interval_alpha(counts, codes)
    elif level == "ordinal":
        statistic = _ordinal_alpha(counts)
    else:
        statistic = _nominal_alpha(counts)
    return _estimate(statistic, columns.shape[1], rng, "all answers are the same")


def raw_agreement(values: Table, rng: np.random.Generator) -> Estimate:
    """Share of pairs of answers to one item that are equal, averaged over items."""
    columns = _pairable(values)
    agreed = _agreed(_counts(columns)[0])
    return _estimate(lambda w: w @ agreed / w.sum(axis=1), columns.shape[1], rng, "")


def corrected_agreement(values: Table, rng: np.random.Generator) -> Estimate:
    """Fleiss' kappa: the agreement beyond chance, where everybody answers in the same shares."""
    columns = _pairable(values)
    counts, _ = _counts(columns)
    agreed = _agreed(counts)

    def kappa(weights: Doubles) -> Doubles:
        observed = weights @ agreed / weights.sum(axis=1)
        shares = weights @ counts
        shares /= shares.sum(axis=1, keepdims=True)
        by_chance = (shares**2).sum(axis=1)
        return _ratio(observed - by_chance, 1 - by_chance)

    return _estimate(kappa, columns.shape[1], rng, "all answers are the same")


def self_consistency(first: Table, again: Table, rng: np.random.Generator) -> Estimate:
    """Share of repeated questions that were answered as before.

    first, again: `[N]` the same annotator's answers to the same items.
    """
    return raw_agreement(np.stack([first, again]), rng)


def ranking_agreement(ranks: Table, rng: np.random.Generator) -> Estimate:
    """Mean of Kendall's tau-b over pairs of annotators of an item, averaged over items.

    ranks: `[A, N, K]`, 0 is best, equal is a tie; NaN past an item's options and
        where an annotator did not rank the item.
    """
    annotators, items = ranks.shape[:2]
    total, pairs = np.zeros(items), np.zeros(items)
    for one in range(annotators):
        for other in range(one):
            tau = kendall_tau(ranks[one], ranks[other])
            known = np.isfinite(tau)
            total[known] += tau[known]
            pairs += known
    judged = pairs > 0
    means = total[judged] / pairs[judged]
    return _estimate(lambda w: w @ means / w.sum(axis=1), int(judged.sum()), rng, "")


def kendall_tau(first: Table, second: Table) -> Doubles:
    """`[N]` Kendall's tau-b between the rows of two tables of ranks, `[N, K]`.

    Options that are NaN in either row are left out; NaN when a row has fewer than
    two options left, or all of them equal.
    """
    upper = np.triu_indices(first.shape[1], 1)
    signs = []
    for ranks in (first, second):
        difference = np.asarray(ranks, dtype=np.float64)
        signs.append(np.sign(difference[:, upper[0]] - difference[:, upper[1]]))
    known = np.isfinite(signs[0]) & np.isfinite(signs[1])
    a, b = (np.where(known, sign, 0.0) for sign in signs)
    return _ratio((a * b).sum(axis=1), np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))


def _pairable(values: Table) -> Doubles:
    """The columns with at least two answers: one alone can neither agree nor disagree."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise DataError(f"agreement needs a table [annotators, items], found shape {table.shape}")
    return table[:, np.isfinite(table).sum(axis=0) >= 2]


def _counts(columns: Doubles) -> tuple[Doubles, Doubles]:
    """`[N, C]` how often each item was given each code, and `[C]` the codes, increasing."""
    annotators, items = np.nonzero(np.isfinite(columns))
    codes, which = np.unique(columns[annotators, items], return_inverse=True)
    counts = np.zeros((columns.shape[1], len(codes)))
    np.add.at(counts, (items, which.reshape(-1)), 1.0)
    return counts, codes


def _agreed(counts: Doubles) -> Doubles:
    """`[N]` share of an item's pairs of answers that are equal."""
    answers = counts.sum(axis=1)
    agreed: Doubles = (counts * (counts - 1)).sum(axis=1) / (answers * (answers - 1))
    return agreed


def _nominal_alpha(counts: Doubles) -> Statistic:
    """1 - D_o / D_e with a disagreement of 1 between any two codes."""
    answers = counts.sum(axis=1)
    unequal = (answers**2 - (counts**2).sum(axis=1)) / (answers - 1)

    def alpha(weights: Doubles) -> Doubles:
        total, marginal = weights @ answers, weights @ counts
        expected = (total**2 - (marginal**2).sum(axis=1)) / (total - 1)
        return 1 - _ratio(weights @ unequal, expected)

    return alpha


def _interval_alpha(counts: Doubles, codes: Doubles) -> Statistic:
    """1 - D_o / D_e with squared differences, from sums of first and second powers."""
    # Alpha does not change with origin; near zero the powers lose no digits.
    centred = codes - codes.mean() if len(codes) else codes
    answers, sums, squares = counts.sum(axis=1), counts @ centred, counts @ centred**2
    unequal = 2 * (answers * squares - sums**2) / (answers - 1)

    def alpha(weights: Doubles) -> Doubles:
        total = weights @ answers
        expected = 2 * (total * (weights @ squares) - (weights @ sums) ** 2) / (total - 1)
        return 1 - _ratio(weights @ unequal, expected)

    return alpha


def _ordinal_alpha(counts: Doubles) -> Statistic:
    """The interval alpha of mid-ranks among all answers of the resample.

    Krippendorff's sum of the counts from c to k, less half of both ends, is the
    difference of the mid-ranks of c and k.
    """
    answers = counts.sum(axis=1)

    def alpha(weights: Doubles) -> Doubles:
        marginal = weights @ counts  # [R, C]
        total = weights @ answers
        # Centred, so that sums of squares lose no digits.
        middle = np.cumsum(marginal, axis=1) - marginal / 2 - total[:, None] / 2
        sums, squares = middle @ counts.T, middle**2 @ counts.T  # [R, N]
        unequal = 2 * (answers * squares - sums**2) / (answers - 1)
        spread = total * (marginal * middle**2).sum(axis=1)
        expected = 2 * (spread - (marginal * middle).sum(axis=1) ** 2) / (total - 1)
        return 1 - _ratio((weights * unequal).sum(axis=1), expected)

    return alpha


def _ratio(top: Doubles, bottom: Doubles) -> Doubles:
    """top / bottom, NaN where there is nothing to divide by."""
    empty = np.abs(bottom) < 1e-12
    ratio: Doubles = np.where(empty, np.nan, top / np.where(empty, 1.0, bottom))
    return ratio


def _estimate(statistic: Statistic, items: int, rng: np.random.Generator, why: str) -> Estimate:
    """The statistic on the items as they are, with a percentile interval over resampled items."""
    if items == 0:
        return Estimate(None, None, None, 0, "no item was answered twice")
    value = float(statistic(np.ones((1, items)))[0])
    if math.isnan(value):
        return Estimate(None, None, None, items, why)
    if items == 1:
        return Estimate(value, None, None, 1, "one item alone has no interval")
    # A resample is a draw of how often each item is taken.
    rows = max(1, _CHUNK_CELLS // items)
    even = np.full(items, 1 / items)
    values = [
        statistic(rng.multinomial(items, even, size=min(rows, RESAMPLES - start)).astype(float))
        for start in range(0, RESAMPLES, rows)
    ]
    drawn = np.concatenate(values)
    low, high = np.quantile(drawn[np.isfinite(drawn)], [0.025, 0.975])
    return Estimate(value, float(low), float(high), items)
