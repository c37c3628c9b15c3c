"""Where people differ: question by question, and in the course of time.

The difference of two answers to one question is 0 when they say the same and 1 when they
say the opposite: of grades, their distance on the scale; of orders, the share of pairs of
options in another order, a tie against an order counting half. Of each question is kept how
far its answers differ on average, in columns by the question's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from assent.records import Grade, Query, Target

MOST = 50  # questions told as disputed
WINDOWS = 12  # points in time
LEAST = 20  # questions in a window: fewer have no interval worth drawing
MOST_COMPARED = 50  # different answers to one question, the oldest; each is compared with each

Doubles = npt.NDArray[np.float64]


class DisputeOut(BaseModel):
    """A question on which people differ. difference: of two of its answers, on average."""

    query: str
    kind: str
    question: str
    answers: int
    difference: float


class WindowOut(BaseModel):
    """Agreement over a stretch of time, with its 95 % interval over questions.

    start, stop: seconds since 1970, of its first and last answer.
    """

    start: float
    stop: float
    value: float
    low: float
    high: float
    questions: int


def difference(one: Sequence[Target], other: Sequence[Target]) -> float | None:
    """Of two answers to one question; None where they cannot be compared, as with a skip."""
    # One answer may teach more than another, such as an order of what it found equal; what
    # both teach stands first.
    found = [_of_targets(a, b) for a, b in zip(one, other, strict=False)]
    known = [value for value in found if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Given:
    """One answer that people gave to a question: what it teaches, how often, and when last."""

    targets: Sequence[Target]
    times: int
    last: float


@dataclass(frozen=True, slots=True)
class Apart:
    """How far the answers to a question differ. last: when the last that was compared came."""

    difference: float
    pairs: int
    last: float


def apart(given: Sequence[Given]) -> Apart | None:
    """Of every two answers to a question, on average; None where none can be compared."""
    total, pairs, last = 0.0, 0, 0.0
    some = given[:MOST_COMPARED]
    for each in some:
        if each.times > 1 and difference(each.targets, each.targets) is not None:
            pairs += each.times * (each.times - 1) // 2
            last = max(last, each.last)
    for one, other in combinations(some, 2):
        value = difference(one.targets, other.targets)
        if value is not None:
            total += value * one.times * other.times
            pairs += one.times * other.times
            last = max(last, one.last, other.last)
    return Apart(total / pairs, pairs, last) if pairs else None


@final
class Disputes:
    """How far the answers to each question differ, by the question's number."""

    def __init__(self) -> None:
        # Difference, pairs, last; no pairs where nothing can be compared. And answers.
        self._columns = np.zeros((4, 1024))

    def put(self, number: int, found: Apart | None, answers: int) -> None:
        """How far the answers to a question differ now. answers: of which something is learnt."""
        while number >= self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.zeros_like(self._columns)], axis=1)
        if found is None:
            self._columns[:, number] = 0.0
        else:
            self._columns[:, number] = found.difference, found.pairs, found.last, answers

    def most(self) -> list[int]:
        """The numbers of the questions on which people differ most, most first.

        Of those that differ alike, the ones with more answers to compare come first, then the
        newest. Those that all agree on are left out.
        """
        differences, pairs = self._columns[:2]
        found = np.flatnonzero(differences > 0)
        # Sorting a million questions for fifty would take long: what cannot be among them goes.
        found = found[differences[found] >= _nth(differences[found], MOST)]
        alike = differences[found] == differences[found].min(initial=np.inf)
        left = MOST - int((~alike).sum())
        found = found[~alike | (pairs[found] >= _nth(pairs[found[alike]], left))]
        order = np.lexsort((found, pairs[found], differences[found]))[::-1][:MOST]
        return [int(number) for number in found[order]]

    def told(self, number: int, query: Query) -> DisputeOut:
        """One of them, as the owner reads it."""
        difference, _, _, answers = self._columns[:, number]
        return DisputeOut(
            query=query.id,
            kind=query.kind,
            question=query.question,
            answers=int(answers),
            difference=float(difference),
        )

    def over_time(self) -> list[WindowOut]:
        """Agreement, 1 less the difference, in windows of as many questions each, oldest first.

        A question stands where its last answer does. Windows that end in one minute are one:
        between them there is no course. None with fewer than two windows' worth.
        """
        differences, pairs, last, _ = self._columns
        known = np.flatnonzero(pairs)
        order = known[np.lexsort((1 - differences[known], last[known]))]
        count = min(WINDOWS, len(order) // LEAST)
        if count < 2:
            return []
        parts: list[Doubles] = []
        for part in np.array_split(np.stack([last[order], 1 - differences[order]], axis=1), count):
            if parts and _minute(parts[-1]) == _minute(part):
                parts[-1] = np.concatenate([parts[-1], part])
            else:
                parts.append(part)
        return [_window(part) for part in parts] if len(parts) > 1 else []


def _nth(values: Doubles, n: int) -> float:
    """The n-th largest; the least there can be where there are not so many."""
    return float(np.partition(values, -n)[-n]) if len(values) > n else -np.inf


def _window(part: Doubles) -> WindowOut:
    """Some questions' agreement. part: `[N, 2]` when each stands, and how far it is agreed on."""
    values = part[:, 1]
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
    mean = float(values.mean())
    return WindowOut(
        start=float(part[0, 0]),
        stop=float(part[-1, 0]),
        value=mean,
        low=max(0.0, mean - half),
        high=min(1.0, mean + half),
        questions=len(values),
    )


def _minute(part: Doubles) -> int:
    """In which minute a window ends."""
    return int(part[-1, 0] // 60)


def _of_targets(one: Target, other: Target) -> float | None:
    if isinstance(one, Grade) and isinstance(other, Grade):
        if (one.scale, one.segments) != (other.scale, other.segments):
            return None
        return abs(one.level - other.level) / (one.levels - 1)
    if isinstance(one, Grade) or isinstance(other, Grade):
        return None
    rank = {segment.key: rank for segment, rank in zip(other.segments, other.ranks, strict=True)}
    mine = [(segment.key, rank) for segment, rank in zip(one.segments, one.ranks, strict=True)]
    costs = [
        abs(_sign(a - b) - _sign(rank[first] - rank[second])) / 2
        for (first, a), (second, b) in combinations(mine, 2)
        if first in rank and second in rank
    ]
    return sum(costs) / len(costs) if costs else None


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
