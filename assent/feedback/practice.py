"""Questions with known answers, and how near an answer comes to the known one.

An exercise is plain: `kind`, `question`, `scenes` (hashes, in shown order), `options`,
`answer`, in which options are called A, B, C, ... as they are shown, and `because`.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from assent.errors import QueryError
from assent.feedback import kind as kinds
from assent.records import Grade, Json, Order, Query, Segment, Target

RIGHT = 0.75  # agreement from which an answer is called right: one level of five beside is
_LETTERS = "ABCDEF"


def question(id: str, content: Json) -> Query:
    """The exercise as a question; its segments are places of the exercise itself.

    Raises ConfigError when there is no such kind, QueryError when it does not fit its kind.
    """
    segments = tuple(Segment(id, place, place + 1) for place in range(len(content["scenes"])))
    kind = kinds.find(content["kind"])
    made = Query(
        id,
        content["kind"],
        segments,
        content["question"] or kind.question,
        "practice",
        1.0,
        purpose="gold",
        options=content["options"],
    )
    kind.form(made)
    return made


def known(query: Query, content: Json) -> Json:
    """The known answer, checked, with the segments' keys in place of letters.

    Raises AnswerError when it is none, QueryError when nothing can be compared with it.
    """
    names = {letter: s.key for letter, s in zip(_LETTERS, query.segments, strict=False)}
    answer = content["answer"]
    kind = kinds.find(query.kind)
    checked = kind.check(query, answer if len(query.segments) == 1 else _named(answer, names))
    if "skip" not in checked and not kind.targets(query, checked):
        raise QueryError(
            f"{query.kind} has no answer that another could be compared with; practise with "
            "comparison, ranking, rating, approval, attributes or rate_then_rank"
        )
    return checked


def agreement(query: Query, right: Json, given: Json) -> float:
    """How near an answer comes to the known one, from 0 to 1.

    Pairs: 1 for the same side, however strongly, 1/2 where one says that they are equal.
    Levels: the distance in units of the scale. Orders: the share of pairs in the same order.
    Where neither teaches anything, as two skips, they agree; where only one does, they do not.
    """
    kind = kinds.find(query.kind)
    wanted, found = kind.targets(query, right), kind.targets(query, given)
    if not wanted or not found:
        return float(not wanted and not found)
    return sum(_near(each, found) for each in wanted) / len(wanted)


def _near(wanted: Target, found: list[Target]) -> float:
    """Agreement of a target with the one among others that speaks of the same."""
    for other in found:
        if wanted.segments != other.segments:
            continue
        if isinstance(wanted, Grade) and isinstance(other, Grade) and wanted.scale == other.scale:
            return _grades(wanted, other)
        if isinstance(wanted, Order) and isinstance(other, Order):
            return _orders(wanted, other)
    return 0.0


def _grades(one: Grade, other: Grade) -> float:
    if len(one.segments) == 1:
        return 1 - abs(one.level - other.level) / (one.levels - 1)
    middle = (one.levels - 1) / 2
    return 1 - abs(_sign(one.level - middle) - _sign(other.level - middle)) / 2


def _orders(one: Order, other: Order) -> float:
    pairs = list(combinations(range(len(one.segments)), 2))
    apart = sum(
        abs(_sign(one.ranks[i] - one.ranks[j]) - _sign(other.ranks[i] - other.ranks[j])) / 2
        for i, j in pairs
    )
    return 1 - apart / len(pairs)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _named(value: Any, names: dict[str, str]) -> Any:
    """The same value with keys in place of letters, wherever they stand."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {names.get(name, name): _named(each, names) for name, each in value.items()}
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    return value
