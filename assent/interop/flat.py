"""Answers as tables: a row an answer, or a row a question with what people said on the whole.

Every value is a number, a text, a truth or null; what has structure is JSON in a text, so
that a row fits a line of JSON as well as a column of Parquet.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import IO, Any

from assent import hearing
from assent.errors import ConfigError
from assent.feedback import kind as kinds
from assent.feedback import words
from assent.records import Grade, Query, Target
from assent.store.events import Stretch
from assent.store.store import Store

Row = dict[str, Any]
TOGETHER = 2000  # rows, or questions, that are held at once: a million do not fit everywhere
_PARAMETERS = tuple(
    f"{name}{end}"
    for name in ("sensitivity", "lapse", "position", "severity")
    for end in ("", "_low", "_high")
)
_AXES = tuple(
    f"{name}{end}" for name in ("self_consistency", "agreement") for end in ("", "_low", "_high")
)
_NUMBERS = ("created_at", "read_ms", "decide_ms", "mean_level", "weight", *_PARAMETERS, *_AXES)
# What stands in a column, whatever its first rows hold; all others are texts.
_TYPES = {
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(("round", "guideline_version", "answers", "annotators", "levels"), "whole"),
    **dict.fromkeys(("late", "active"), "truth"),
}


def answers(store: Store) -> Iterator[Row]:
    """Every answer in force, oldest first, with who gave it and how."""
    names = {person.id: person.name for person in store.people.list()}
    for log in store.answers.log_in_parts(TOGETHER):
        events = [event for event, in_force in log if in_force]
        queries = store.questions.many(event.query for event in events)
        for event in events:
            query = queries[event.query]
            assert event.answer is not None, "an answer in force says something"
            yield {
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


def questions(store: Store) -> Iterator[Row]:
    """Every answered question, in the order in which they came, with the sum of its answers.

    said: how often each answer was given, in the order of the question. mean_level: of
    `levels`, 0 is lowest; of a pair, of the first option above the second; null where a
    question asks for several. mean_ranks: of each option, 0 is best.
    """
    event = store.answers.last_event()
    for start in range(0, store.questions.last_number(), TOGETHER):
        for _, query, given in store.answers.asked_from(start, start + TOGETHER, event):
            standing = [each for each in given if each.stood(event)]
            if standing:
                yield _summed(query, standing)


def _summed(query: Query, standing: Sequence[Stretch]) -> Row:
    """A question with the sum of its answers in force."""
    kind, usual = kinds.find(query.kind), tuple(range(len(query.segments)))
    said: Counter[str] = Counter()
    targets: list[Target] = []
    for each in standing:
        answer = json.loads(each.answer)
        said[words.of(query, answer, usual)] += 1
        targets += kind.targets(query, answer)
    return {
        **_asked(query),
        "answers": said.total(),
        "annotators": len({each.annotator for each in standing}),
        "said": _json(dict(said.most_common())),
        **_means(query, targets),
    }


def annotators(store: Store) -> Iterator[Row]:
    """Everybody who may answer, with what the newest fit says of them.

    weight: how much the owner lets their answers count. self_consistency, agreement: beyond
    chance, with oneself and with the others. flags: what stands out, in words.
    """
    checkpoint = store.checkpoints.latest("reward")
    said = checkpoint.details.get("people", []) if checkpoint is not None else []
    fitted = {str(each["annotator"]): each for each in said}
    counts, beliefs = store.answers.counts(), store.decisions.beliefs()
    for person in store.people.list():
        found = fitted.get(person.id, {})
        numbers = {name: found.get(name) for name in _PARAMETERS}
        axes = {
            f"{name}{end}": (found.get(name) or {}).get(end.strip("_") or "value")
            for name in ("self_consistency", "agreement")
            for end in ("", "_low", "_high")
        }
        yield {
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


def parquet(rows: Iterable[Row], file: IO[bytes]) -> None:
    """Write the rows as a Parquet file, some at a time.

    Raises ConfigError when pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet as files
    except ImportError:
        raise ConfigError(
            "Parquet files need pyarrow: `pip install pyarrow`; or take JSON lines"
        ) from None
    types = {"text": pyarrow.string(), "whole": pyarrow.int64(), "truth": pyarrow.bool_()}
    rows = iter(rows)
    writer = None
    while (some := list(islice(rows, TOGETHER))) or writer is None:
        names = list(some[0]) if some else []
        schema = pyarrow.schema(
            [(name, types.get(_TYPES.get(name, "text"), pyarrow.float64())) for name in names]
        )
        writer = writer or files.ParquetWriter(file, schema)
        writer.write_table(pyarrow.Table.from_pylist(some, schema))
    writer.close()


def parquet_is_there() -> bool:
    """Whether tables can be had as Parquet files here."""
    return find_spec("pyarrow") is not None


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as JSON, one a line."""
    return (_json(row) for row in rows)


def _asked(query: Query) -> Row:
    return {
        "query": query.id,
        "kind": query.kind,
        "question": query.question,
        "purpose": query.purpose,
        "round": query.round,
        "options": _json([segment.key for segment in query.segments]),
        # As whoever asked from elsewhere calls them.
        "asked_as": query.options.get("id", query.id.removeprefix(f"{hearing.OUTSIDE}-")),
        **{name: _json_or_none(query.options.get(name)) for name in ("items", "meta")},
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


def _json_or_none(value: Any) -> str | None:
    return None if value is None else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
