"""What the owner decided about people and reports: a log, in which the last word counts.

Nothing here touches an answer. A decision is taken back by another one, never deleted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, final

import sqlalchemy as sa

from assent.errors import RecordError
from assent.store import plain
from assent.store.database import Database
from assent.store.tables import decision as table

# believe: how much somebody's answers count, 0 to 1. retrain: practise anew, from then on.
# pause: 1 until it is 0 again. settle: a report is dealt with; 0 opens it again.
Verb = Literal["believe", "retrain", "pause", "settle"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. about: an annotator's id, or a report's. created_at: seconds since 1970."""

    verb: Verb
    about: str
    value: float
    reason: str
    created_at: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and 0 <= self.value <= 1):
            raise RecordError(f"a decision to {self.verb} needs 0 to 1, got {self.value}")


@final
class Decisions:
    """Rows about what was decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, decision: Decision) -> None:
        """Keep a decision; it is in force from now on."""
        with self._database.write() as connection:
            connection.execute(
                sa.insert(table).values(
                    verb=decision.verb,
                    about=decision.about,
                    value=decision.value,
                    reason=plain.dumps(decision.reason),
                    created_at=decision.created_at,
                )
            )

    def list(self, about: str) -> list[Decision]:
        """Everything that was decided about somebody or something, oldest first."""
        chosen = sa.select(table).where(table.c.about == about).order_by(table.c.number)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(chosen)]

    def in_force(self, verb: Verb) -> dict[str, Decision]:
        """The last decision of a kind about each, by what it is about."""
        newest = sa.select(sa.func.max(table.c.number)).where(table.c.verb == verb)
        chosen = sa.select(table).where(table.c.number.in_(newest.group_by(table.c.about)))
        with self._database.read() as connection:
            return {row.about: _record(row) for row in connection.execute(chosen)}

    def beliefs(self) -> dict[str, float]:
        """How much each annotator's answers count, of those that count less than 1."""
        return {
            about: each.value for about, each in self.in_force("believe").items() if each.value < 1
        }


def _record(row: Any) -> Decision:
    return Decision(
        row.verb, row.about, float(row.value), plain.loads(row.reason), float(row.created_at)
    )
