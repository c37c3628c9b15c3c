"""Events of the log as rows: how one is written, how it is read back, and which are in force."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from assent.records import Feedback
from assent.store import plain
from assent.store.tables import feedback as table

LATER = table.alias("later")
# Answers that nothing has corrected or taken back.
IN_FORCE = sa.and_(table.c.answer.is_not(None), ~sa.exists().where(LATER.c.replaces == table.c.id))


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
