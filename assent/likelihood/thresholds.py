"""Where one level of a scale ends and the next begins, for the crowd and for each annotator.

The crowd's rise, and those of a difference of two items are symmetric about 0. An annotator
has gaps of their own, the crowd's times exp(stretch + own): a stretch that all gaps share, and
what sets each gap apart. Thresholds of single items keep the crowd's mean; where they lie as a
whole is the annotator's severity. Fitting is in free numbers: the lowest threshold and the
logarithms of the gaps.
"""

from __future__ import annotations

import numpy as np

from assent.likelihood.evidence import Doubles, Scale

SMALLEST_GAP = 1e-4  # logits; keeps a level that nobody used possible


def usual(scale: Scale) -> Doubles:
    """Thresholds that a logistic spread of opinions would use about equally, `[levels - 1]`."""
    level = np.arange(1, scale.levels)
    thresholds: Doubles = 1.5 * np.log(level / (scale.levels - level))
    return thresholds


def gap_count(scale: Scale) -> int:
    """How many gaps are free; a difference has them on one side, and from 0 to the first."""
    return (scale.levels - 1) // 2 if scale.segments == 2 else scale.levels - 2


def own_count(scale: Scale) -> int:
    """How many numbers set an annotator's gaps apart; of one gap the stretch says all."""
    count = gap_count(scale)
    return count if count > 1 else 0


def own(crowd: Doubles, scale: Scale, stretch: Doubles, apart: Doubles) -> Doubles:
    """`[A, levels - 1]` each annotator's thresholds; stretch: `[A]`, apart: `[A, own_count]`."""
    gaps = _gaps(crowd, scale) * _widths(scale, stretch, apart)
    if scale.segments == 2:
        upper = np.cumsum(gaps, 1)
        middle = np.zeros((len(gaps), (scale.levels - 1) % 2))
        return np.hstack([-upper[:, ::-1], middle, upper])
    raised = np.hstack([np.zeros((len(gaps), 1)), np.cumsum(gaps, 1)])
    centred: Doubles = crowd.mean() + raised - raised.mean(1, keepdims=True)
    return centred


def own_gradient(
    crowd: Doubles, scale: Scale, stretch: Doubles, apart: Doubles, by: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """The derivative by the crowd's thresholds, stretch and apart, from that by `own`'s."""
    widths = _widths(scale, stretch, apart)
    if scale.segments == 2:
        count = widths.shape[1]
        raised = by[:, by.shape[1] - count :] - by[:, :count][:, ::-1]
        by_gap = _summed_from_above(raised)
        by_crowd = np.zeros(len(crowd))
    else:
        by_gap = _summed_from_above((by - by.mean(1, keepdims=True))[:, 1:])
        by_crowd = np.full(len(crowd), by.sum() / max(len(crowd), 1))
    of_crowd = (by_gap * widths).sum(0)
    by_crowd[len(crowd) - len(of_crowd) :] += of_crowd
    # Each gap counts from the threshold below; the first of a difference from 0.
    below = of_crowd[scale.segments - 1 :]
    ends = len(crowd) - 1 if len(below) else 0
    by_crowd[ends - len(below) : ends] -= below
    by_log = by_gap * _gaps(crowd, scale) * widths
    return by_crowd, by_log.sum(1), by_log if apart.shape[1] else apart


def gap_sizes(crowd: Doubles, scale: Scale, stretch: Doubles, apart: Doubles) -> Doubles:
    """`[A, gap_count]` each annotator's gaps in logits."""
    sizes: Doubles = _gaps(crowd, scale) * _widths(scale, stretch, apart)
    return sizes


def leverage(scale: Scale) -> Doubles:
    """`[levels + 1, gap_count]` how far each threshold moves when a gap grows by a logit.

    The first and the last row are the ends of the scale, which stand still.
    """
    unit = np.arange(scale.levels - 1, dtype=np.float64)
    if scale.segments == 2:
        half = np.arange(1, gap_count(scale) + 1, dtype=np.float64)
        unit = np.concatenate([-half[::-1], np.zeros((scale.levels - 1) % 2), half])
    count = len(unit)
    still = np.zeros((count, gap_count(scale)))
    moved = own_gradient(unit, scale, np.zeros(count), still, np.eye(count))[2]
    return np.pad(moved, ((1, 1), (0, 0)))


def free(thresholds: Doubles, scale: Scale) -> Doubles:
    """The unconstrained numbers behind rising (and for pairs symmetric) thresholds."""
    logs: Doubles = np.log(np.maximum(_gaps(thresholds, scale) - SMALLEST_GAP, 1e-12))
    return logs if scale.segments == 2 else np.concatenate([thresholds[:1], logs])


def bound(numbers: Doubles, scale: Scale) -> Doubles:
    """The thresholds `[levels - 1]` of free numbers; the inverse of `free`."""
    if scale.segments == 2:
        upper = np.cumsum(np.exp(numbers) + SMALLEST_GAP)
        middle = np.zeros((scale.levels - 1) % 2)
        return np.concatenate([-upper[::-1], middle, upper])
    gaps = np.exp(numbers[1:]) + SMALLEST_GAP
    return np.concatenate([numbers[:1], numbers[0] + np.cumsum(gaps)])


def free_gradient(numbers: Doubles, scale: Scale, by: Doubles) -> Doubles:
    """The derivative by `free`'s numbers from the one by thresholds."""
    if scale.segments == 2:
        count = len(numbers)
        folded = by[len(by) - count :] - by[:count][::-1]
        return np.exp(numbers) * np.cumsum(folded[::-1])[::-1]
    tail = np.cumsum(by[::-1])[::-1]
    return np.concatenate([tail[:1], np.exp(numbers[1:]) * tail[1:]])


def _gaps(thresholds: Doubles, scale: Scale) -> Doubles:
    """`[gap_count]` distances from each threshold to the next."""
    if scale.segments == 1:
        return np.diff(thresholds)
    upper = thresholds[len(thresholds) - gap_count(scale) :]
    return np.diff(upper, prepend=0.0)


def _widths(scale: Scale, stretch: Doubles, apart: Doubles) -> Doubles:
    """`[A, gap_count]` what the crowd's gaps are multiplied with."""
    widths = np.repeat(stretch[:, None], gap_count(scale), 1)
    return np.exp(widths + apart if apart.shape[1] else widths)


def _summed_from_above(values: Doubles) -> Doubles:
    """`[A, n]` of each column and all after it."""
    total: Doubles = np.cumsum(values[:, ::-1], 1)[:, ::-1]
    return total
