"""What questions can be made of: segments, and which of them may stand side by side.

Segments that look the same are one: a question between two of them cannot be
answered, and the same question twice teaches nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.errors import DataError
from assent.records import Segment

Members = npt.NDArray[np.intp]

# In standard deviations of a feature: what batching does to a float32, with room to spare.
_SAME = 1e-4
_PROJECTIONS = 4


@dataclass(frozen=True, slots=True)
class Pool:
    """N segments that questions are made of.

    groups: one name a segment; only segments of one group are put side by side.
    features: `[N, D]`, or None; segments of a group with equal rows count once.
    asked: sets of indices that were asked about before and are not drawn; each of distinct
        segments of one group.
    distinct: for each group, the indices of its distinct segments.
    """

    segments: tuple[Segment, ...]
    groups: tuple[str, ...]
    features: npt.NDArray[np.floating[Any]] | None = None
    asked: frozenset[frozenset[int]] = frozenset()
    distinct: tuple[Members, ...] = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.segments)
        rows = size if self.features is None else len(self.features)
        if len(self.groups) != size or rows != size:
            raise DataError(
                f"pool of {size} segments has {len(self.groups)} groups and {rows} rows of "
                "features; one each a segment expected"
            )
        object.__setattr__(self, "distinct", _distinct(self.groups, self.features))

    def sets(self, size: int) -> int:
        """How many different questions of `size` segments there are that were not asked."""
        gone = sum(len(members) == size for members in self.asked)
        return sum(math.comb(len(group), size) for group in self.distinct) - gone

    def draw(self, size: int, count: int, rng: np.random.Generator) -> Members:
        """`[C, size]` different new sets, drawn uniformly without replacement; C <= count.

        Rows are in order of drawing, members in random order.
        """
        total = self.sets(size)
        if total == 0 or count < 1:
            return np.empty((0, size), dtype=np.intp)
        if total <= 4 * count + 3 * len(self.asked):  # few enough to write them all down
            every = self._new(np.array(list(self._all(size)), dtype=np.intp).reshape(-1, size))
            drawn = every[rng.permutation(len(every))[:count]]
        else:
            drawn = np.empty((0, size), dtype=np.intp)
            while len(drawn) < count:
                more = np.concatenate([drawn, self._new(self._some(size, count, rng))])
                first = np.unique(more, axis=0, return_index=True)[1]
                drawn = more[np.sort(first)][:count]
        members: Members = rng.permuted(drawn, axis=1)
        return members

    def _new(self, drawn: Members) -> Members:
        """Those of some sets that were not asked about."""
        if not self.asked:
            return drawn
        new = [frozenset(members) not in self.asked for members in drawn.tolist()]
        kept: Members = drawn[np.array(new, dtype=bool)]
        return kept

    def _all(self, size: int) -> Iterator[tuple[int, ...]]:
        """Every set, members increasing."""
        for group in self.distinct:
            for members in combinations(group.tolist(), size):
                yield tuple(sorted(members))

    def _some(self, size: int, count: int, rng: np.random.Generator) -> Members:
        """`[count, size]` sets drawn with replacement, members increasing.

        Floyd's sampling, all rows at once: step s draws a place up to n - size + s,
        and takes the last one where the drawn one is in the set already.
        """
        lengths = np.array([len(group) for group in self.distinct])
        weights = np.array([float(math.comb(n, size)) for n in lengths])
        group = rng.choice(len(weights), size=count, p=weights / weights.sum())
        length = lengths[group]
        places = np.full((count, size), -1)
        for step in range(size):
            last = length - size + step
            place = rng.integers(0, last + 1)
            taken = (places == place[:, None]).any(axis=1)
            places[:, step] = np.where(taken, last, place)
        starts = np.cumsum(lengths) - lengths
        members: Members = np.sort(
            np.concatenate(self.distinct)[starts[group][:, None] + places], axis=1
        )
        return members


def _distinct(
    groups: tuple[str, ...], features: npt.NDArray[np.floating[Any]] | None
) -> tuple[Members, ...]:
    """The first of each kind of segment, group by group, in order of first appearance."""
    looks = np.arange(len(groups)) if features is None else _looks(np.asarray(features))
    found: dict[str, dict[int, int]] = {}
    for index, (group, look) in enumerate(zip(groups, looks.tolist(), strict=True)):
        found.setdefault(group, {}).setdefault(look, index)
    return tuple(np.array(list(firsts.values()), dtype=np.intp) for firsts in found.values())


def _looks(features: npt.NDArray[Any]) -> Members:
    """`[N]` a number for each distinct row, rows that differ by rounding being one.

    Rounding a row to a grid would part equals that lie on both sides of a line, so
    rows are sorted along fixed random directions and parted at gaps instead.
    """
    rows = features.reshape(len(features), -1).astype(np.float64)
    look = np.zeros(len(rows), dtype=np.intp)
    if not np.isfinite(rows).all():
        raise DataError("a segment has a feature that is not finite; leave that segment out")
    if len(rows) < 2:
        return look
    spread = rows.std(axis=0)
    # What is constant but for a float32's rounding must not be blown up to unit size.
    varies = spread > 1e-6 * np.abs(rows).max(axis=0)
    scaled = (rows[:, varies] - rows[:, varies].mean(axis=0)) / spread[varies]
    # The seed is a constant: what looks the same must not depend on a project's randomness.
    directions = np.random.default_rng(0).standard_normal((scaled.shape[1], _PROJECTIONS))
    for place in (scaled @ directions).T / max(1, scaled.shape[1]) ** 0.5:
        order = np.lexsort((place, look))
        parted = (np.diff(look[order]) != 0) | (np.diff(place[order]) > _SAME)
        look[order] = np.concatenate([[0], np.cumsum(parted)])
    return look
