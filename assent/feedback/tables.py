"""From judgements to the tables that agreement is counted in.

An item is a set of segments: a pair shown the other way round is the same item,
its grade turned round.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assent.records import Grade, Judgement, Order

Doubles = npt.NDArray[np.float64]
Item = tuple[str, ...]


def grades(judgements: Sequence[Judgement], scale: str) -> tuple[list[str], Doubles]:
    """The annotators, and `[A, N]` their first levels on a scale; NaN where none was given."""
    first: dict[tuple[str, Item], int] = {}
    for annotator, item, level in _levels(judgements, scale):
        first.setdefault((annotator, item), level)
    people = sorted({annotator for annotator, _ in first})
    row = {annotator: number for number, annotator in enumerate(people)}
    column = {item: number for number, item in enumerate(sorted({item for _, item in first}))}
    table = np.full((len(row), len(column)), np.nan)
    for (annotator, item), level in first.items():
        table[row[annotator], column[item]] = level
    return people, table


def repeats(
    judgements: Sequence[Judgement], scale: str, annotator: str | None = None
) -> tuple[Doubles, Doubles]:
    """`[N]` the first and `[N]` the second level of every item that somebody graded twice.

    judgements: in the order in which they were made. annotator: None takes everybody.
    """
    given: dict[tuple[str, Item], list[int]] = {}
    for who, item, level in _levels(judgements, scale):
        if annotator is None or who == annotator:
            given.setdefault((who, item), []).append(level)
    twice = np.array([levels[:2] for levels in given.values() if len(levels) > 1], dtype=float)
    return (twice[:, 0], twice[:, 1]) if len(twice) else (np.empty(0), np.empty(0))


def orders(judgements: Sequence[Judgement]) -> tuple[list[str], Doubles]:
    """The annotators, and `[A, N, K]` their first ranks of each item; NaN where there is none.

    K is the largest item's; an item's options stand in the order of their keys.
    """
    first: dict[tuple[str, Item], tuple[int, ...]] = {}
    for judgement in judgements:
        target = judgement.target
        if isinstance(target, Order):
            keys = [segment.key for segment in target.segments]
            item, ranks = zip(*sorted(zip(keys, target.ranks, strict=True)), strict=True)
            first.setdefault((judgement.annotator, item), ranks)
    people = sorted({annotator for annotator, _ in first})
    row = {annotator: number for number, annotator in enumerate(people)}
    column = {item: number for number, item in enumerate(sorted({item for _, item in first}))}
    table = np.full((len(row), len(column), max(map(len, column), default=0)), np.nan)
    for (annotator, item), ranks in first.items():
        table[row[annotator], column[item], : len(ranks)] = ranks
    return people, table


def _levels(judgements: Sequence[Judgement], scale: str) -> list[tuple[str, Item, int]]:
    """Annotator, item and level of every grade on a scale; pairs in the order of their keys."""
    rows = []
    for judgement in judgements:
        target = judgement.target
        if not isinstance(target, Grade) or target.scale != scale:
            continue
        keys = tuple(segment.key for segment in target.segments)
        turned = keys != tuple(sorted(keys))
        level = target.levels - 1 - target.level if turned else target.level
        rows.append((judgement.annotator, tuple(sorted(keys)), level))
    return rows
