"""Where people differ: question by question, and in the course of time.

The difference of two answers to one question is 0 when they say the same and 1 when they
say the opposite: of grades, their distance on the scale; of orders, the share of pairs of
options in another order, a tie against an order counting half.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from pydantic import BaseModel

from assent.desk import Heard
from assent.records import Grade, Target

MOST = 50  # questions told as disputed
WINDOWS = 12  # points in time
LEAST = 20  # questions in a window: fewer have no interval worth drawing


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


def disputed(heard: Heard) -> list[DisputeOut]:
    """The questions on which people differ most, most first; those that all agree on are left."""
    found = []
    for query_id, pairs in _pairs(heard).items():
        values = [value for _, value in pairs]
        mean = sum(values) / len(values)
        if mean > 0:
            found.append((mean, len(values), query_id))
    answers = _answers(heard)
    return [
        DisputeOut(
            query=query_id,
            kind=heard.queries[query_id].kind,
            question=heard.queries[query_id].question,
            answers=len(answers[query_id]),
            difference=mean,
        )
        for mean, _, query_id in sorted(found, reverse=True)[:MOST]
    ]


def over_time(heard: Heard) -> list[WindowOut]:
    """Agreement, 1 less the difference, in windows of as many questions each, oldest first.

    A question stands where its last answer does. None with fewer than two windows' worth.
    """
    rows = sorted(
        (max(time for time, _ in pairs), 1 - sum(value for _, value in pairs) / len(pairs))
        for pairs in _pairs(heard).values()
    )
    count = min(WINDOWS, len(rows) // LEAST)
    if count < 2:
        return []
    windows = []
    for part in np.array_split(np.array(rows), count):
        values = part[:, 1]
        half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
        mean = float(values.mean())
        windows.append(
            WindowOut(
                start=float(part[0, 0]),
                stop=float(part[-1, 0]),
                value=mean,
                low=max(0.0, mean - half),
                high=min(1.0, mean + half),
                questions=len(values),
            )
        )
    return windows


def _answers(heard: Heard) -> Mapping[str, list[tuple[float, list[Target]]]]:
    """From each question to when each of its answers came, and what it teaches."""
    targets: dict[str, list[Target]] = defaultdict(list)
    for judgement in heard.judgements:
        targets[judgement.feedback].append(judgement.target)
    found: dict[str, list[tuple[float, list[Target]]]] = defaultdict(list)
    for event in heard.events:
        if event.id in targets:
            found[event.query].append((event.created_at, targets[event.id]))
    return found


def _pairs(heard: Heard) -> dict[str, list[tuple[float, float]]]:
    """From each question with two answers to its pairs: when the later came, how they differ."""
    found: dict[str, list[tuple[float, float]]] = {}
    for query_id, given in _answers(heard).items():
        pairs = [
            (max(first[0], second[0]), value)
            for first, second in combinations(given, 2)
            if (value := difference(first[1], second[1])) is not None
        ]
        if pairs:
            found[query_id] = pairs
    return found


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
