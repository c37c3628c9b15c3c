"""How far people agree, per kind of question, with the interval or the reason why there is none.

An item is a set of segments: a pair shown the other way round is the same item, its grade
turned round. Of each item is kept what everybody said of it; of each scale, how many items were
given the same answers, from which every statistic follows.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import final

import numpy as np
from pydantic import BaseModel

from assent.feedback import quality
from assent.feedback.quality import Estimate
from assent.records import Grade, Target

# An event's number, its annotator's place, and what was said: a level, or the place of an order.
_ENTRY = Struct("<QII")
_Entry = tuple[int, int, int]
_Said = tuple[int, ...]  # of one item by different people, in order of size
_RANKING = ("order", "ranking")


class AgreementOut(BaseModel):
    """One statistic of one kind. why: the reason when there is no value."""

    kind: str
    statistic: str
    value: float | None
    low: float | None
    high: float | None
    items: int
    why: str


@dataclass(frozen=True, slots=True)
class Taught:
    """What an event teaches. number: of the event."""

    number: int
    annotator: str
    targets: tuple[Target, ...]


_Scale = tuple[str, str]  # whether grade or order, and the name
_Change = tuple[set[int], list[_Entry]]


@final
class Agreement:
    """What was said of every item by answers in force, packed: about 80 bytes an answer."""

    def __init__(self) -> None:
        self._given: dict[bytes, bytes] = {}
        self._people: dict[str, int] = {}
        self._orders: dict[tuple[int, ...], int] = {}
        # By scale: how many items were given the same answers, each person's first; and how
        # often somebody said the one and then the other of one item.
        self._alike: defaultdict[_Scale, Counter[_Said]] = defaultdict(Counter)
        self._again: defaultdict[_Scale, Counter[_Said]] = defaultdict(Counter)

    def change(self, gone: Iterable[Taught], come: Iterable[Taught]) -> None:
        """Some answers are in force no more, others are from now on."""
        changes: dict[tuple[_Scale, bytes], _Change] = {}
        for each in gone:
            for scale, item, _ in self._read(each):
                changes.setdefault((scale, item), (set(), []))[0].add(each.number)
        for each in come:
            who = self._people.setdefault(each.annotator, len(self._people))
            for scale, item, said in self._read(each):
                changes.setdefault((scale, item), (set(), []))[1].append((each.number, who, said))
        for (scale, item), (away, new) in changes.items():
            before = list(_ENTRY.iter_unpack(self._given.get(item, b"")))
            after = sorted([*(e for e in before if e[0] not in away), *new], key=_number)
            self._count(scale, before, -1)
            self._count(scale, after, +1)
            if after:
                self._given[item] = b"".join(_ENTRY.pack(*entry) for entry in after)
            else:
                del self._given[item]

    def rows(self) -> list[AgreementOut]:
        """Agreement on all answers in force."""
        rows: list[AgreementOut] = []
        for scale in sorted(scale for scale, alike in self._alike.items() if alike):
            if scale == _RANKING:
                continue
            told, name = _tally(self._alike[scale]), scale[1]
            alpha = quality.alpha(told, "ordinal", np.random.default_rng(0))
            raw = quality.equal(told, np.random.default_rng(0))
            rows += [
                _row(name, "Krippendorff's alpha", alpha),
                _row(name, "same answer", raw),
            ]
            if self._again[scale]:
                same = quality.equal(_tally(self._again[scale]), np.random.default_rng(0))
                rows.append(_row(name, "same answer when asked again", same))
        if self._alike[_RANKING]:
            rows.append(_row("ranking", "Kendall's tau", self._tau()))
        return rows

    def _read(self, taught: Taught) -> Iterable[tuple[_Scale, bytes, int]]:
        """Scale, item and what was said of it, for every target."""
        for target in taught.targets:
            keys = [segment.key for segment in target.segments]
            if isinstance(target, Grade):
                scale, usual = ("grade", target.scale), sorted(keys)
                said = target.level if keys == usual else target.levels - 1 - target.level
            else:
                scale = _RANKING
                pairs = sorted(zip(keys, target.ranks, strict=True))
                usual = [key for key, _ in pairs]
                ranks = tuple(rank for _, rank in pairs)
                said = self._orders.setdefault(ranks, len(self._orders))
            named = repr((scale, usual)).encode("utf-8", "surrogatepass")
            yield scale, hashlib.blake2b(named, digest_size=16).digest(), said

    def _count(self, scale: _Scale, entries: Iterable[_Entry], sign: int) -> None:
        """Count what one item was given, or count it no more."""
        first: dict[int, int] = {}
        second: dict[int, int] = {}
        for _, who, said in entries:
            if who not in first:
                first[who] = said
            elif who not in second:
                second[who] = said
        if first:
            _add(self._alike[scale], tuple(sorted(first.values())), sign)
        if scale != _RANKING:
            for who, said in second.items():
                _add(self._again[scale], (first[who], said), sign)

    def _tau(self) -> Estimate:
        """Of the orders: those that one item was given are compared with each other."""
        spelled = list(self._orders)
        # As the orders themselves say, not in which order they came.
        sorts = sorted(
            (sorted(spelled[place] for place in said), many)
            for said, many in self._alike[_RANKING].items()
        )
        longest = max(len(order) for orders, _ in sorts for order in orders)
        items = [number for number, (orders, _) in enumerate(sorts) for _ in orders]
        ranks = np.full((len(items), longest), np.nan)
        for row, order in enumerate(order for orders, _ in sorts for order in orders):
            ranks[row, : len(order)] = order
        often = np.array([many for _, many in sorts], np.float64)
        return quality.tau(np.array(items), ranks, np.random.default_rng(0), often)


def _tally(alike: Mapping[_Said, int]) -> quality.Tally:
    """Items that were given the same answers are one sort; one that one person answered is none."""
    twice = {said: many for said, many in alike.items() if len(said) > 1}
    codes = sorted({code for said in twice for code in said})
    counted = Counter[tuple[int, ...]]()
    for said, many in twice.items():
        counted[tuple(said.count(code) for code in codes)] += many
    rows = sorted(counted.items())
    return quality.Tally(
        np.array([row for row, _ in rows], np.float64).reshape(len(rows), len(codes)),
        np.array(codes, np.float64),
        np.array([many for _, many in rows], np.float64),
    )


def _add(counter: Counter[_Said], key: _Said, sign: int) -> None:
    """One more or less; what is there no more is forgotten."""
    counter[key] += sign
    if not counter[key]:
        del counter[key]


def _number(entry: _Entry) -> int:
    return entry[0]


def _row(kind: str, statistic: str, estimate: Estimate) -> AgreementOut:
    return AgreementOut(
        kind=kind,
        statistic=statistic,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        items=estimate.items,
        why=estimate.why,
    )
