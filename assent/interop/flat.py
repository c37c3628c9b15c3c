"""Answers as tables: a row an answer, or a row a question with what people said on the whole.

Every value is a number, a text, a truth or null; what has structure is JSON in a text, so
that a row fits a line of JSON as well as a column of Parquet.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from assent import desk
from assent.errors import ConfigError
from assent.feedback import words
from assent.records import Grade, Query, Target
from assent.store.store import Store

Row = dict[str, Any]
_PARAMETERS = tuple(
    f"{name}{end}"
    for name in ("sensitivity", "lapse", "position", "severity")
    for end in ("", "_low", "_high")
)


def answers(store: Store) -> list[Row]:
    """Every answer in force, oldest first, with who gave it and how."""
    heard = desk.hear(store)
    names = {person.id: person.name for person in store.people.list()}
    rows = []
    for event in heard.events:
        query = heard.queries[event.query]
        assert event.answer is not None, "an answer in force says something"
        rows.append(
            {
                "feedback": event.id,
                **_asked(query),
                "annotator": event.annotator,
                "name": names.get(event.annotator, ""),
                "words": words.of(query, event.answer, event.shown_order),
                "answer": _json(event.answer),
                "shown": _json([query.segments[index].key for index in event.shown_order]),
                "created_at": event.created_at,
                "read_ms": event.timings.get("read"),
                "decide_ms": event.timings.get("decide"),
                "note": event.note,
                "guideline_version": event.guideline_version,
                "late": event.late,
            }
        )
    return rows


def questions(store: Store) -> list[Row]:
    """Every answered question with the sum of its answers.

    said: how often each answer was given, in the order of the question. mean_level: of
    `levels`, 0 is lowest; of a pair, of the first option above the second; null where a
    question asks for several. mean_ranks: of each option, 0 is best.
    """
    heard = desk.hear(store)
    targets: dict[str, list[Target]] = defaultdict(list)
    event_of = {event.id: event for event in heard.events}
    for judgement in heard.judgements:
        targets[event_of[judgement.feedback].query].append(judgement.target)
    said: dict[str, Counter[str]] = defaultdict(Counter)
    people: dict[str, set[str]] = defaultdict(set)
    for event in heard.events:
        query = heard.queries[event.query]
        assert event.answer is not None, "an answer in force says something"
        usual = tuple(range(len(query.segments)))
        said[query.id][words.of(query, event.answer, usual)] += 1
        people[query.id].add(event.annotator)
    return [
        {
            **_asked(query),
            "answers": said[query.id].total(),
            "annotators": len(people[query.id]),
            "said": _json(dict(said[query.id].most_common())),
            **_means(query, targets[query.id]),
        }
        for query in heard.queries.values()
    ]


def annotators(store: Store) -> list[Row]:
    """Everybody who may answer, with what the newest fit says of them.

    weight: how much the owner lets their answers count. self_consistency, agreement: beyond
    chance, with oneself and with the others. flags: what stands out, in words.
    """
    checkpoint = store.checkpoints.latest("reward")
    said = checkpoint.details.get("people", []) if checkpoint is not None else []
    fitted = {str(each["annotator"]): each for each in said}
    counts, beliefs = store.answers.counts(), store.decisions.beliefs()
    rows = []
    for person in store.people.list():
        found = fitted.get(person.id, {})
        numbers = {name: found.get(name) for name in _PARAMETERS}
        axes = {
            f"{name}{end}": (found.get(name) or {}).get(end.strip("_") or "value")
            for name in ("self_consistency", "agreement")
            for end in ("", "_low", "_high")
        }
        rows.append(
            {
                "annotator": person.id,
                "name": person.name,
                "species": person.species,
                "active": person.active,
                "answers": counts.get(person.id, 0),
                "weight": beliefs.get(person.id, 1.0),
                **numbers,
                **axes,
                "standing": found.get("standing", ""),
                "flags": found.get("flag", ""),
            }
        )
    return rows


def parquet(rows: Sequence[Row]) -> bytes:
    """The rows as a Parquet file. Raises ConfigError when pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet as files
    except ImportError:
        raise ConfigError(
            "Parquet files need pyarrow: `pip install pyarrow`; or take JSON lines"
        ) from None
    file = BytesIO()
    files.write_table(pyarrow.Table.from_pylist(list(rows)), file)
    return file.getvalue()


def parquet_is_there() -> bool:
    """Whether tables can be had as Parquet files here."""
    return find_spec("pyarrow") is not None


def lines(rows: Sequence[Row]) -> str:
    """The rows as JSON, one a line."""
    return "".join(_json(row) + "\n" for row in rows)


def _asked(query: Query) -> Row:
    return {
        "query": query.id,
        "kind": query.kind,
        "question": query.question,
        "purpose": query.purpose,
        "round": query.round,
        "options": _json([segment.key for segment in query.segments]),
    }


def _means(query: Query, targets: Sequence[Target]) -> Row:
    levels = [target for target in targets if isinstance(target, Grade)]
    # A mean over several attributes, or over several options, would be of nothing in particular.
    if len({(level.scale, level.segments) for level in levels}) > 1:
        levels = []
    orders = [target for target in targets if not isinstance(target, Grade)]
    ranks: dict[str, list[int]] = defaultdict(list)
    for order in orders:
        for segment, rank in zip(order.segments, order.ranks, strict=True):
            ranks[segment.key].append(rank)
    means = [
        sum(given) / len(given) if (given := ranks[segment.key]) else None
        for segment in query.segments
    ]
    return {
        "mean_level": sum(each.level for each in levels) / len(levels) if levels else None,
        "levels": levels[0].levels if levels else None,
        "mean_ranks": _json(means) if orders else None,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
