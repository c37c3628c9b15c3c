"""The log of answers as rows: how an event is written and read, and very many of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from assent.records import Feedback, Query
from assent.store import plain, queries
from assent.store.tables import feedback as table
from assent.store.tables import query

LATER = table.alias("later")
# Answers that nothing has corrected or taken back.
IN_FORCE = sa.and_(table.c.answer.is_not(None), ~sa.exists().where(LATER.c.replaces == table.c.id))
_CHUNK = 5000  # rows a statement
_ASKED = 500  # ids a statement: old builds of SQLite take at most 999 values


class Told(NamedTuple):
    """An answer and its question as JSON texts, for whoever reads very many of them."""

    kind: str
    segments: str
    options: str
    annotator: str
    answer: str
    shown_order: str
    created_at: float


class Stretch(NamedTuple):
    """How long an answer was in force: from its event on, until another, if one ended it.

    answer, timings: as JSON texts.
    """

    number: int
    annotator: str
    answer: str
    created_at: float
    timings: str
    until: int | None

    def stood(self, event: int) -> bool:
        """Whether it was in force after an event."""
        return self.number <= event and (self.until is None or self.until > event)


class Asked(NamedTuple):
    """A question, its number, and every answer to it, oldest first."""

    number: int
    query: Query
    answers: list[Stretch]


_STRETCHES = (
    sa.select(
        query,
        table.c.number.label("event"),
        table.c.annotator,
        table.c.answer,
        table.c.created_at,
        table.c.timings,
        LATER.c.number.label("until"),
    )
    .join(table, table.c.query == query.c.id)
    .join(LATER, LATER.c.replaces == table.c.id, isouter=True)
    .where(table.c.answer.is_not(None), table.c.number <= sa.bindparam("last_event"))
    .order_by(query.c.number, table.c.number)
)
_STRETCHES_OF = _STRETCHES.where(query.c.id.in_(sa.bindparam("ids", expanding=True)))
_STRETCHES_FROM = _STRETCHES.where(
    query.c.number > sa.bindparam("after"), query.c.number <= sa.bindparam("last")
)
_TOUCHED = (
    sa.select(table.c.query)
    .distinct()
    .where(table.c.number > sa.bindparam("after"), table.c.number <= sa.bindparam("last"))
)


def append(
    connection: sa.Connection, given: Sequence[Feedback], last: int, now: float
) -> Counter[str]:
    """Number the answers that are not there yet from `last` on and write them.

    Returns how many of each annotator.
    """
    known = _known(connection, [each.id for each in given])
    new = list({each.id: each for each in given if each.id not in known}.values())
    for start in range(0, len(new), _CHUNK):
        rows = [
            {**row(each), "number": last + number, "idempotency_key": each.id, "received_at": now}
            for number, each in enumerate(new[start : start + _CHUNK], start + 1)
        ]
        connection.execute(sa.insert(table), rows)
    return Counter(each.annotator for each in new)


def by_question(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Annotator and question of every answer in force, oldest first."""
    chosen = sa.select(table.c.annotator, table.c.query).where(IN_FORCE).order_by(table.c.number)
    for found in connection.execute(chosen):
        yield found.annotator, found.query


def told(connection: sa.Connection) -> Iterator[Told]:
    """Every answer in force with its question, oldest first, read one by one."""
    chosen = sa.select(
        query.c.kind,
        query.c.segments,
        query.c.options,
        table.c.annotator,
        table.c.answer,
        table.c.shown_order,
        table.c.created_at,
    ).join(query, query.c.id == table.c.query)
    streaming = connection.execution_options(stream_results=True)
    for found in streaming.execute(chosen.where(IN_FORCE).order_by(table.c.number)):
        yield Told(*found)


def asked_from(connection: sa.Connection, after: int, last: int, event: int) -> list[Asked]:
    """The questions of such numbers that were answered up to an event."""
    given = {"after": after, "last": last, "last_event": event}
    return _asked(connection.execute(_STRETCHES_FROM, given))


def asked_since(connection: sa.Connection, after: int, event: int) -> list[Asked]:
    """The questions that events after one, up to another, are about."""
    touched = list(connection.execute(_TOUCHED, {"after": after, "last": event}).scalars())
    found: list[Asked] = []
    for start in range(0, len(touched), _ASKED):
        given = {"ids": touched[start : start + _ASKED], "last_event": event}
        found += _asked(connection.execute(_STRETCHES_OF, given))
    return found


def _asked(rows: Iterable[Any]) -> list[Asked]:
    """Rows that stand question by question, as questions with their answers."""
    found: list[Asked] = []
    for row in rows:
        if not found or found[-1].number != row.number:
            found.append(Asked(row.number, queries.record(row), []))
        found[-1].answers.append(Stretch(*row[-len(Stretch._fields) :]))
    return found


def record(row: Any) -> Feedback:
    """The event in a row."""
    return Feedback(
        id=row.id,
        query=row.query,
        annotator=row.annotator,
        answer=None if row.answer is None else plain.loads(row.answer),
        shown_order=tuple(plain.loads(row.shown_order)),
        created_at=row.created_at,
        timings=plain.loads(row.timings),
        note=plain.loads(row.note),
        guideline_version=row.guideline_version,
        replaces=row.replaces,
        late=row.late,
    )


def row(feedback: Feedback) -> dict[str, Any]:
    """The row of an event, but for its number, its key and when it came."""
    answer = feedback.answer
    return {
        "id": feedback.id,
        "query": feedback.query,
        "annotator": feedback.annotator,
        "answer": None if answer is None else plain.dumps(answer, finite=True),
        "shown_order": plain.dumps(feedback.shown_order),
        "created_at": feedback.created_at,
        "timings": plain.dumps(dict(feedback.timings), finite=True),
        # As JSON: a note may hold characters that PostgreSQL's text cannot, and is kept all
        # the same.
        "note": plain.dumps(feedback.note),
        "guideline_version": feedback.guideline_version,
        "replaces": feedback.replaces,
        "late": feedback.late,
    }


def _known(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids that are there."""
    found: set[str] = set()
    for start in range(0, len(ids), _ASKED):
        chosen = sa.select(table.c.id).where(table.c.id.in_(ids[start : start + _ASKED]))
        found.update(connection.execute(chosen).scalars())
    return found
