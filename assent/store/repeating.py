"""Questions that are asked again: handed only to whoever answered them the first time.

They wait apart from the others. In the queue's order everybody else would have to step over
them, and a bookmark could pass one before its original was answered.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from assent.store import picking
from assent.store.picking import Round, Want

# Most projects have none, and need not look through anybody's answers.
_ANY = sa.text(
    "SELECT 1 FROM slot WHERE state = 0 AND repeats IS NOT NULL AND round = :round LIMIT 1"
)
_AGAIN = sa.text(
    "SELECT s.number, s.query, s.place, s.turn, s.order_seed FROM feedback f "
    "JOIN slot s ON s.repeats = f.query AND s.round = :round "
    "AND s.state = 0 AND s.repeats IS NOT NULL "
    "WHERE f.annotator = :annotator AND f.answer IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM feedback l WHERE l.replaces = f.id) "
    "AND NOT EXISTS (SELECT 1 FROM slot o WHERE o.query = s.query AND o.annotator = :annotator) "
    "AND NOT EXISTS (SELECT 1 FROM feedback g WHERE g.query = s.query "
    "AND g.annotator = :annotator AND g.answer IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM feedback l WHERE l.replaces = g.id)) "
    "ORDER BY s.turn LIMIT :most"
)
_SPARE = 4  # other slots of the same questions


def search(connection: sa.Connection, want: Want, where: Round) -> list[tuple[str, Any]]:
    """Free slots of a round that ask somebody again, each of another question."""
    if want.limit < 1 or connection.execute(_ANY, {"round": where.number}).first() is None:
        return []
    here = {"annotator": want.annotator, "round": where.number, "most": want.limit + _SPARE}
    first: dict[str, Any] = {}
    for row in connection.execute(_AGAIN, here):
        first.setdefault(row.query, row)
    chosen = list(first.values())[: want.limit]
    free = picking.locked(connection, chosen)
    return [(want.annotator, row) for row in chosen if row.number in free]
