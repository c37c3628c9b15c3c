"""Judgements as frozen arrays, sorted into blocks that NumPy can work on at once.

Orders with the same pattern of ties form one block (see `orders.py` for what the
pattern weighs); grades on the same scale form another. Nothing here evaluates a
likelihood.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from assent.errors import RecordError
from assent.records import Grade, Judgement, Order

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scale:
    """A set of thresholds: its name, whether it reads 1 segment or 2, and its levels."""

    name: str
    segments: int
    levels: int


@dataclass(frozen=True, slots=True)
class OrderBlock:
    """n orders over K options that share one pattern of ties; options stand best first.

    items: `[n, K]` rows of utilities. place: `[n, K]` from 1/2 (shown first) to -1/2 (last).
    remaining: `[F, K]` log of the share of each option that competes in each of the F
        choices which make up the order (Efron's correction; -inf where it is already placed).
    group: `[K]` the rank of each option.
    chosen: `[K]` 1 where placing the option was one of the F choices, else 0.
    log_uniform: log-probability of the answer when every strict order is equally likely.
    """

    items: Integers
    place: Doubles
    annotator: Integers
    judgement: Integers
    group: Integers
    remaining: Doubles
    chosen: Doubles
    log_uniform: float


@dataclass(frozen=True, slots=True)
class GradeBlock:
    """n levels on one scale.

    items: `[n, 1]` or `[n, 2]`. side: `[n]` +1 where the first was shown first, -1 where the
        second was, 0 where that is not known or there is one.
    """

    scale: int
    items: Integers
    side: Doubles
    level: Integers
    annotator: Integers
    judgement: Integers


@dataclass(frozen=True, slots=True)
class Evidence:
    """J judgements about N items by A annotators, compiled.

    weight: `[J]` how often each judgement counts; 1 unless told otherwise.
    question: `[J]` equal for judgements of one question, or of the same set of items;
        held-out answers are split along it.
    reference: channel whose temperature is 1 by definition: 0 orders, m + 1 scale m.
    """

    orders: tuple[OrderBlock, ...]
    grades: tuple[GradeBlock, ...]
    scales: tuple[Scale, ...]
    weight: Doubles
    question: Integers
    items: int
    annotators: int
    reference: int

    @property
    def count(self) -> int:
        """J, the number of judgements."""
        return len(self.weight)

    def blocks(self) -> list[OrderBlock | GradeBlock]:
        """Every block, orders first."""
        return [*self.orders, *self.grades]

    def used(self) -> Integers:
        """The items that some judgement is about, sorted."""
        parts = [block.items.ravel() for block in self.blocks()]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def answers(self) -> Doubles:
        """`[A]` judgements by each annotator, weighted."""
        total = np.zeros(self.annotators)
        for block in self.blocks():
            np.add.at(total, block.annotator, self.weight[block.judgement])
        return total

    def believing(self, belief: npt.ArrayLike) -> Evidence:
        """The same judgements, those of annotator k counting `belief[k]` times as much as before.

        belief: `[A]` at least 0, decided by somebody who knows more of people than the answers
        say. What is learnt of the people themselves stands beside it, untouched.
        Raises RecordError when they are not as many finite numbers.
        """
        share = np.asarray(belief, np.float64)
        good = share.shape == (self.annotators,) and bool((np.isfinite(share) & (share >= 0)).all())
        if not good:
            raise RecordError(
                f"belief in {self.annotators} annotators must be as many finite numbers of at "
                "least 0"
            )
        weight = self.weight.copy()
        for block in self.blocks():
            weight[block.judgement] *= share[block.annotator]
        return replace(self, weight=weight)

    def take(self, index: npt.ArrayLike) -> Evidence:
        """The judgements numbered in `index`, renumbered in that order, on the same scales.

        Raises RecordError when one is named twice; give it a weight of 2 instead.
        """
        chosen = np.asarray(index, np.int64)
        if len(np.unique(chosen)) != len(chosen):
            raise RecordError("judgements taken twice; give them weights instead")
        renumbered = np.full(self.count, -1)
        renumbered[chosen] = np.arange(len(chosen))
        kept = [
            replace(part(b, keep), judgement=renumbered[b.judgement[keep]])
            for b in self.blocks()
            if (keep := np.flatnonzero(renumbered[b.judgement] >= 0)).size
        ]
        return replace(
            self,
            orders=tuple(b for b in kept if isinstance(b, OrderBlock)),
            grades=tuple(b for b in kept if isinstance(b, GradeBlock)),
            weight=self.weight[chosen],
            question=self.question[chosen],
        )


Block = TypeVar("Block", OrderBlock, GradeBlock, OrderBlock | GradeBlock)


def part(block: Block, rows: Integers | slice) -> Block:
    """Some of a block's judgements."""
    items, who, number = block.items[rows], block.annotator[rows], block.judgement[rows]
    if isinstance(block, OrderBlock):
        place = block.place[rows]
        return replace(block, items=items, annotator=who, judgement=number, place=place)
    side, level = block.side[rows], block.level[rows]
    return replace(block, items=items, annotator=who, judgement=number, side=side, level=level)


def compile(
    judgements: Sequence[Judgement],
    items: Mapping[str, int],
    annotators: Mapping[str, int],
    weights: npt.ArrayLike | None = None,
    known: tuple[Scale, ...] = (),
) -> Evidence:
    """The judgements as arrays.

    items: row of utilities of each segment key. annotators: row of each annotator's id.
    weights: `[J]` at least 0; 1 each when absent. known: scales that come first, in this
    order and whether used or not: those of the people who are to be asked about this.
    Raises RecordError when a judgement names a segment or an annotator that is not there,
    or shows something else than its segments.
    """
    weight = np.ones(len(judgements)) if weights is None else np.array(weights, np.float64)
    if weight.shape != (len(judgements),) or not (np.isfinite(weight) & (weight >= 0)).all():
        raise RecordError(
            f"weights of {len(judgements)} judgements must be as many finite numbers of at least 0"
        )
    grades: dict[Scale, list[tuple[int, Judgement]]] = defaultdict(list)
    orders: dict[tuple[tuple[int, ...], bool], list[tuple[int, Judgement]]] = defaultdict(list)
    for number, judgement in enumerate(judgements):
        target = judgement.target
        if isinstance(target, Order):
            sizes = tuple(len(list(same)) for _, same in groupby(sorted(target.ranks)))
            orders[sizes, target.partial].append((number, judgement))
        else:
            scale = Scale(target.scale, len(target.segments), target.levels)
            grades[scale].append((number, judgement))
    new = sorted(set(grades) - set(known), key=lambda s: (s.name, s.segments, s.levels))
    scales = (*known, *new)
    rows = _Rows(items, annotators)
    return Evidence(
        tuple(
            rows.orders(sizes, partial, orders[sizes, partial]) for sizes, partial in sorted(orders)
        ),
        tuple(
            rows.grades(m, scale, grades[scale]) for m, scale in enumerate(scales) if grades[scale]
        ),
        scales,
        weight,
        _questions(judgements, rows),
        max(items.values(), default=-1) + 1,
        max(annotators.values(), default=-1) + 1,
        reference(bool(orders), scales, [len(grades[s]) for s in scales]),
    )


def order_shares(sizes: Sequence[int], partial: bool) -> tuple[Doubles, Doubles, float]:
    """`remaining [F, K]`, `chosen [K]` and `log_uniform` of groups of these sizes, best first.

    Efron (1977): of a group of q that tie, the l-th to be placed competes with all that
    come after the group and with (q - l) / q of every member. A strict last place is no
    choice; the last group of a partial order was never chosen among.
    """
    options = sum(sizes)
    factors: list[Doubles] = []
    chosen = np.zeros(options)
    start = 0
    for number, size in enumerate(sizes):
        last = number == len(sizes) - 1
        if not (last and (partial or size == 1)):
            chosen[start : start + size] = 1
            for placed in range(size):
                share = np.zeros(options)
                share[start + size :] = 1
                share[start : start + size] = 1 - placed / size
                factors.append(share)
        start += size
    with np.errstate(divide="ignore"):
        remaining = np.log(np.array(factors).reshape(-1, options))
    unordered = sizes[-1] if partial else 1
    return remaining, chosen, math.lgamma(unordered + 1) - math.lgamma(options + 1)


class _Rows:
    """Looks segments and annotators up, and says which one is missing."""

    def __init__(self, items: Mapping[str, int], annotators: Mapping[str, int]) -> None:
        self._items = items
        self._annotators = annotators

    def items(self, judgement: Judgement) -> list[int]:
        try:
            return [self._items[segment.key] for segment in judgement.target.segments]
        except KeyError as missing:
            raise RecordError(
                f"judgement of feedback {judgement.feedback} is about segment {missing}, which is "
                "not among the items; give a row for every judged segment"
            ) from None

    def annotator(self, judgement: Judgement) -> int:
        try:
            return self._annotators[judgement.annotator]
        except KeyError:
            raise RecordError(
                f"judgement of feedback {judgement.feedback} is by {judgement.annotator!r}, who is "
                "not among the annotators; give a row for every annotator"
            ) from None

    def orders(
        self, sizes: tuple[int, ...], partial: bool, members: list[tuple[int, Judgement]]
    ) -> OrderBlock:
        items, places = [], []
        for _, judgement in members:
            assert isinstance(judgement.target, Order)
            best_first = sorted(range(sum(sizes)), key=judgement.target.ranks.__getitem__)
            rows, place = self.items(judgement), _places(judgement)
            items.append([rows[i] for i in best_first])
            places.append([place[i] for i in best_first])
        return OrderBlock(
            np.array(items, np.int64),
            np.array(places, np.float64),
            np.array([self.annotator(j) for _, j in members], np.int64),
            np.array([number for number, _ in members], np.int64),
            np.repeat(np.arange(len(sizes)), sizes),
            *order_shares(sizes, partial),
        )

    def grades(self, scale: int, of: Scale, members: list[tuple[int, Judgement]]) -> GradeBlock:
        levels = [j.target.level for _, j in members if isinstance(j.target, Grade)]
        side = [2 * _places(j)[0] if of.segments == 2 else 0.0 for _, j in members]
        return GradeBlock(
            scale,
            np.array([self.items(j) for _, j in members], np.int64),
            np.array(side, np.float64),
            np.array(levels, np.int64),
            np.array([self.annotator(j) for _, j in members], np.int64),
            np.array([number for number, _ in members], np.int64),
        )


def _places(judgement: Judgement) -> list[float]:
    """For each segment 1/2 where it was shown first to -1/2 last; all 0 when not known."""
    count = len(judgement.target.segments)
    if not judgement.shown or count == 1:
        return [0.0] * count
    if sorted(judgement.shown) != list(range(count)):
        raise RecordError(
            f"judgement of feedback {judgement.feedback} shows {judgement.shown}; expected each of "
            f"0 to {count - 1} once, or nothing when the order is not known"
        )
    place = [0.0] * count
    for where, segment in enumerate(judgement.shown):
        place[segment] = 0.5 - where / (count - 1)
    return place


def _questions(judgements: Sequence[Judgement], rows: _Rows) -> Integers:
    seen: dict[tuple[int, ...], int] = {}
    named = [tuple(sorted(rows.items(j))) for j in judgements]
    return np.array([seen.setdefault(name, len(seen)) for name in named], np.int64)


def reference(orders: bool, scales: Sequence[Scale], counts: Sequence[int]) -> int:
    """The channel whose temperature is 1: orders if there are any, else the fullest scale of
    pairs, else the fullest scale. counts: judgements on each scale.
    """
    if orders or not scales:
        return 0
    return 1 + max(range(len(scales)), key=lambda m: (scales[m].segments, counts[m]))
