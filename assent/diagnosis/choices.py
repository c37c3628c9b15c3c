"""Evidence as flat tables: who preferred which of two items, and who gave which item what level.

Likelihoods weigh an answer as a whole; comparing answers with one another needs them in
pieces that two people, or one person twice, can have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock


@dataclass(frozen=True, slots=True)
class Choices:
    """n preferences between two items, `low` the one of the lower row.

    outcome: 1 where `low` was preferred, -1 where `high` was, 0 a tie. first: 1 where `low` was
    shown first, -1 where `high` was, 0 not known. pair: number of the two items, whichever way
    round. weight: an answer about K items gives K (K - 1) / 2 preferences that weigh 2 / K each.
    alone: True where the answer was about these two only.
    """

    annotator: Integers
    low: Integers
    high: Integers
    outcome: Doubles
    first: Doubles
    judgement: Integers
    weight: Doubles
    alone: npt.NDArray[np.bool_]
    pair: Integers


@dataclass(frozen=True, slots=True)
class Marks:
    """n levels on one scale of single items; value: from 0, the lowest level, to 1."""

    annotator: Integers
    item: Integers
    value: Doubles
    judgement: Integers


def choices(evidence: Evidence, strangers: Sequence[int] = ()) -> Choices:
    """Every preference in the evidence.

    strangers: annotators' rows that stand for many people; theirs are left out.
    """
    parts = [_of_orders(b, a, c) for b in evidence.orders for a, c in _decided(b)]
    middles = [(evidence.scales[g.scale].levels - 1) / 2 for g in evidence.grades]
    parts += [
        _of_grades(g, middle)
        for g, middle in zip(evidence.grades, middles, strict=True)
        if g.items.shape[1] == 2
    ]
    table = np.concatenate([np.empty((8, 0)), *parts], axis=1)
    table = table[:, ~np.isin(table[0], strangers)]
    who, first, second, judgement, alone = (table[r].astype(np.int64) for r in (0, 1, 2, 5, 7))
    turn = np.where(first < second, 1.0, -1.0)
    low, high = np.minimum(first, second), np.maximum(first, second)
    _, pair = np.unique(low * max(evidence.items, 1) + high, return_inverse=True)
    return Choices(
        who,
        low,
        high,
        turn * table[3],
        turn * table[4],
        judgement,
        table[6],
        alone > 0,
        pair.reshape(-1),
    )


def marks(evidence: Evidence, strangers: Sequence[int] = ()) -> list[Marks]:
    """The levels of single items, one table for each scale; see `choices`."""
    found = []
    for block in evidence.grades:
        if block.items.shape[1] == 1:
            kept = ~np.isin(block.annotator, strangers)
            value = block.level[kept] / (evidence.scales[block.scale].levels - 1)
            found.append(
                Marks(block.annotator[kept], block.items[kept, 0], value, block.judgement[kept])
            )
    return found


def _decided(block: OrderBlock) -> list[tuple[int, int]]:
    """Columns of an order that were compared with one another."""
    return [
        (a, b)
        for a, b in combinations(range(block.items.shape[1]), 2)
        if block.group[a] != block.group[b] or block.chosen[a]
    ]


def _of_orders(block: OrderBlock, a: int, b: int) -> Doubles:
    """`[8, n]` annotator, two items, outcome, side, judgement, weight and whether alone."""
    count, options = block.items.shape
    strict = float(block.group[a] != block.group[b])
    return np.stack(
        [
            block.annotator,
            block.items[:, a],
            block.items[:, b],
            np.full(count, strict),
            np.sign(block.place[:, a] - block.place[:, b]),
            block.judgement,
            np.full(count, 2 / options),
            np.full(count, options == 2),
        ]
    )


def _of_grades(block: GradeBlock, middle: float) -> Doubles:
    count = len(block.level)
    return np.stack(
        [
            block.annotator,
            block.items[:, 0],
            block.items[:, 1],
            np.sign(block.level - middle),
            block.side,
            block.judgement,
            np.ones(count),
            np.ones(count),
        ]
    )
