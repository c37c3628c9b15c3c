"""How far answers can be trusted, counted from the answers alone.

Everything takes tables with one row an annotator and one column an item, NaN
where nothing was answered, or the tally of such a table, and gives an estimate with
a bootstrap interval over items (annotators are who they are; items could have been
others). Items that were given the same answers are one sort, which is counted: what is drawn
anew is how many there are of each, so that a million items cost what their few sorts do.

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
# From `[R, P]` how many items of each sort are in each resample to `[R]` values, NaN: undefined.
Statistic = Callable[[Doubles], Doubles]

RESAMPLES = 1000
_LEAST_RESAMPLES = 200
_DRAWS = 5_000_000  # sorts times resamples; of very many sorts fewer resamples are as good
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


@dataclass(frozen=True, slots=True)
class Tally:
    """How often items of each of P sorts, all answered at least twice, were given each of C codes.

    counts: `[P, C]`. codes: `[C]`, increasing. often: `[P]` how many items are of each sort.
    """

    counts: Doubles
    codes: Doubles
    often: Doubles


def tally(values: Table) -> Tally:
    """The tally of a table `[A, N]`, NaN where missing."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise DataError(f"agreement needs a table [annotators, items], found shape {table.shape}")
    annotators, items = np.nonzero(np.isfinite(table))
    return tally_rows(items, table[annotators, items])


def tally_rows(items: npt.NDArray[np.int64], values: Table) -> Tally:
    """The tally of n answers: the number of each one's item, and what was answered.

    Items with one answer are left out: it can neither agree nor disagree.
    """
    often = np.bincount(items) >= 2 if len(items) else np.empty(0, bool)
    kept = often[items]
    column = np.cumsum(often) - 1
    codes, which = np.unique(np.asarray(values, np.float64)[kept], return_inverse=True)
    counts = np.zeros((int(often.sum()), len(codes)))
    np.add.at(counts, (column[items[kept]], which.reshape(-1)), 1.0)
    counts, often = np.unique(counts, axis=0, return_counts=True)
    return Tally(counts, codes, often.astype(np.float64))


def krippendorff_alpha(values: Table, level: Level, rng: np.random.Generator) -> Estimate:
    """Krippendorff's alpha of a table `[A, N]`, NaN where missing; see `alpha`."""
    return alpha(tally(values), level, rng)


def raw_agreement(values: Table, rng: np.random.Generator) -> Estimate:
    """Share of pairs of answers to one item that are equal; of a table `[A, N]`."""
    return equal(tally(values), rng)


def corrected_agreement(values: Table, rng: np.random.Generator) -> Estimate:
    """Fleiss' kappa of a table `[A, N]`; see `kappa`."""
    return kappa(tally(values), rng)


def alpha(found: Tally, level: Level, rng: np.random.Generator) -> Estimate:
    """Krippendorff's alpha: 1 is perfect, 0 what chance gives, below 0 is systematic dissent.

    nominal: any codes; ordinal: any increasing codes; interval: numbers.
    """
    if level == "interval":
        statistic = _interval_alpha(found.counts, found.codes)
    elif level == "ordinal":
        statistic = _ordinal_alpha(found.counts)
    else:
        statistic = _nominal_alpha(found.counts)
    return _estimate(statistic, found.often, rng, "all answers are the same")


def equal(found: Tally, rng: np.random.Generator) -> Estimate:
    """Share of pairs of answers to one item that are equal, averaged over items."""
    agreed = _agreed(found.counts)
    return _estimate(lambda w: w @ agreed / w.sum(axis=1), found.often, rng, "", least=0.0)


def kappa(found: Tally, rng: np.random.Generator) -> Estimate:
    """Fleiss' kappa: the agreement beyond chance, where everybody answers in the same shares."""
    counts, agreed = found.counts, _agreed(found.counts)

    def beyond(weights: Doubles) -> Doubles:
        observed = weights @ agreed / weights.sum(axis=1)
        shares = weights @ counts
        shares /= shares.sum(axis=1, keepdims=True)
        by_chance = (shares**2).sum(axis=1)
        return _ratio(observed - by_chance, 1 - by_chance)

    return _estimate(beyond, found.often, rng, "all answers are the same")


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
    annotators, items = np.nonzero(np.isfinite(ranks).any(axis=2))
    return tau(items, ranks[annotators, items], rng)


def tau(
    items: npt.NDArray[np.int64],
    ranks: Table,
    rng: np.random.Generator,
    often: Doubles | None = None,
) -> Estimate:
    """Mean of Kendall's tau-b over pairs of rankings of an item, averaged over items.

    items: `[n]` the number of each ranking's item. ranks: `[n, K]` as in `ranking_agreement`.
    often: by an item's number how many there are like it; None: one of each.
    """
    # tau-b is the cosine of two rankings' signs, so that its sum over all pairs of rankings
    # is the square of the sum of their directions, less each with itself.
    signs = _signs(ranks)
    length = np.sqrt((signs**2).sum(axis=1))
    kept = length > 0
    item, which = np.unique(items[kept], return_inverse=True)
    which = which.reshape(-1)
    total = np.zeros((len(item), signs.shape[1]))
    np.add.at(total, which, signs[kept] / length[kept, None])
    count = np.bincount(which, minlength=len(item))
    twice = count >= 2
    count, squares = count[twice], (total[twice] ** 2).sum(axis=1)
    means = (squares - count) / (count * (count - 1))
    many = np.ones(len(means)) if often is None else often[item[twice]]
    # Rounded: means that differ by the order in which they were summed are one sort.
    means, which = np.unique(np.round(means, 12), return_inverse=True)
    sorts: Doubles = np.bincount(which.reshape(-1), many, minlength=len(means)).astype(np.float64)
    return _estimate(lambda w: w @ means / w.sum(axis=1), sorts, rng, "")


def kendall_tau(first: Table, second: Table) -> Doubles:
    """`[N]` Kendall's tau-b between the rows of two tables of ranks, `[N, K]`.

    Options that are NaN in either row are left out; NaN when a row has fewer than
    two options left, or all of them equal.
    """
    unknown = np.isnan(first) | np.isnan(second)
    a, b = (_signs(np.where(unknown, np.nan, ranks)) for ranks in (first, second))
    return _ratio((a * b).sum(axis=1), np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))


def _signs(ranks: Table) -> Doubles:
    """`[n, P]` of every pair of options: which is ranked higher, 0 where tied or not known."""
    table = np.asarray(ranks, dtype=np.float64)
    first, second = np.triu_indices(table.shape[1], 1)
    return np.nan_to_num(np.sign(table[:, first] - table[:, second]))


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


def _estimate(
    statistic: Statistic, often: Doubles, rng: np.random.Generator, why: str, least: float = -1.0
) -> Estimate:
    """The statistic on the items as they are, with an interval over resampled items.

    often: `[P]` how many items are of each sort.

    A resample has items twice. Their answers raise what agreement is expected by chance, so that
    resampled kappas and alphas are too low, the more so the fewer items there are. The interval
    is of percentiles that this bias, as the resamples estimate it, is taken off (Efron and
    Tibshirani 1993, An Introduction to the Bootstrap, ch. 10), within `least` and 1.
    """
    items, sorts = int(often.sum()), len(often)
    if items == 0:
        return Estimate(None, None, None, 0, "no item was answered twice")
    value = float(statistic(often[None])[0])
    if math.isnan(value):
        return Estimate(None, None, None, items, why)
    if items == 1:
        return Estimate(value, None, None, 1, "one item alone has no interval")
    rows = max(1, _CHUNK_CELLS // sorts)
    resamples = min(RESAMPLES, max(_LEAST_RESAMPLES, _DRAWS // sorts))
    values = [
        # As many items as there are, drawn one by one: so many are of each sort.
        statistic(rng.multinomial(items, often / items, min(rows, resamples - start)).astype(float))
        for start in range(0, resamples, rows)
    ]
    drawn = np.concatenate(values)
    drawn = drawn[np.isfinite(drawn)]
    ends = np.quantile(drawn - (drawn.mean() - value), [0.025, 0.975])
    low, high = np.clip(ends, least, 1.0)
    # What is equal but for rounding is equal.
    return Estimate(value, min(float(low), value), max(float(high), value), items)
