"""Questions as rows: how one is written, and how it is read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from assent.recent import Recent
from assent.records import Query, Segment
from assent.store import plain
from assent.store.tables import query as table

_CHUNK = 500  # SQLite takes at most 999 values in one statement on old builds
_SOME = sa.select(table).where(table.c.id.in_(sa.bindparam("ids", expanding=True)))


def load(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Query]:
    """The questions among these ids that exist, by id."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Query] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(_SOME, {"ids": wanted[start : start + _CHUNK]})
        found.update((row.id, record(row)) for row in rows)
    return found


def load_recent(
    connection: sa.Connection, ids: Iterable[str], recent: Recent[str, Query]
) -> dict[str, Query]:
    """As `load`, for questions that people are at: a question's row never changes."""
    wanted = set(ids)
    found = recent.some(wanted)
    if len(found) < len(wanted):
        new = load(connection, wanted - found.keys())
        recent.keep(new)
        found |= new
    return found


def known(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids that are there."""
    found: set[str] = set()
    for start in range(0, len(ids), _CHUNK):
        chosen = sa.select(table.c.id).where(table.c.id.in_(ids[start : start + _CHUNK]))
        found.update(connection.execute(chosen).scalars())
    return found


def record(row: Any) -> Query:
    """The question in a row."""
    return Query(
        id=row.id,
        kind=row.kind,
        segments=tuple(Segment(*parts) for parts in plain.loads(row.segments)),
        question=row.question,
        strategy=row.strategy,
        selection_probability=row.selection_probability,
        answers_wanted=row.answers_wanted,
        purpose=row.purpose,
        round=row.round,
        options=plain.loads(row.options),
    )


def row(query: Query) -> dict[str, Any]:
    """The row of a question."""
    return {
        "id": query.id,
        "kind": query.kind,
        "segments": plain.dumps([[s.trajectory, s.start, s.stop] for s in query.segments]),
        "question": query.question,
        "strategy": query.strategy,
        "selection_probability": query.selection_probability,
        "answers_wanted": query.answers_wanted,
        "purpose": query.purpose,
        "round": query.round,
        "options": plain.dumps(query.options),
    }
