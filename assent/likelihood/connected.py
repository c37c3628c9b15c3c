"""Items by connected component: normal distributions whose items depend within one alone.

Replies to one prompt are compared with each other and with nothing else, so that most sets of
comparisons fall into many small components. Matrices between the items of each component are
kept one after another in one flat array, components of one size are worked on together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from assent.likelihood.evidence import Doubles, Integers


@dataclass(frozen=True, slots=True)
class Normal:
    """N numbers around 0 that depend on one another within components.

    label: `[N]` the component of each. precision: the components' matrices, flat.
    """

    label: Integers
    precision: Doubles

    def draws(self, noise: Doubles) -> Doubles:
        """`[S, N]` draws from standard normal noise `[S, N]`."""
        return Connected(self.label).coloured(self.precision, noise)


def labels(items: int, links: Sequence[Integers]) -> Integers:
    """`[N]` which component each item is in; links: `[n, K]` items that belong together."""
    ends = [(row[:, 0], row[:, k]) for row in links for k in range(1, row.shape[1])]
    none = np.empty(0, np.int64)
    one, other = (np.concatenate([none, *side]) for side in (zip(*ends) if ends else ((), ())))  # noqa: B905
    graph = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(items, items))
    found: Integers = connected_components(graph.tocsr(), directed=False)[1].astype(np.int64)
    return found


class Connected:
    """Flat matrices between the items of each component."""

    def __init__(self, label: Integers) -> None:
        """label: `[N]` from 0 up, none left out."""
        size = np.bincount(label)
        order = np.argsort(label, kind="stable")
        start = np.cumsum(size) - size
        squares = size.astype(np.int64) ** 2
        self._width = size[label]
        self._place = np.empty(len(label), np.int64)
        self._place[order] = np.arange(len(label)) - start[label[order]]
        self._base = (np.cumsum(squares) - squares)[label]
        self.size = int(squares.sum())
        self._groups = []
        for width in np.unique(size).tolist():
            members = order[start[size == width][:, None] + np.arange(width)]
            self._groups.append((members, self.at(members[:, :, None], members[:, None, :])))

    def at(self, one: Integers, other: Integers) -> Integers:
        """Where the entries of pairs of items of one component are."""
        found: Integers = self._base[one] + self._place[one] * self._width[one] + self._place[other]
        return found

    def diagonal(self) -> Integers:
        """`[N]` where the entries of each item with itself are."""
        every = np.arange(len(self._place))
        return self.at(every, every)

    def inverse(self, flat: Doubles) -> Doubles:
        """The inverse of every component's matrix."""
        found = np.empty_like(flat)
        for _, cells in self._groups:
            found[cells] = np.linalg.inv(flat[cells])
        return found

    def times(self, flat: Doubles, vector: Doubles) -> Doubles:
        """`[N]` the matrices times a vector `[N]`."""
        found = np.empty_like(vector)
        for members, cells in self._groups:
            found[members] = (flat[cells] @ vector[members][..., None])[..., 0]
        return found

    def coloured(self, precision: Doubles, noise: Doubles) -> Doubles:
        """`[S, N]` white noise `[S, N]` as draws with these precisions."""
        found = np.empty_like(noise)
        for members, cells in self._groups:
            root = np.linalg.cholesky(precision[cells]).transpose(0, 2, 1)
            white = np.moveaxis(noise[:, members], 0, -1)
            found[:, members] = np.moveaxis(np.linalg.solve(root, white), -1, 0)
        return found
