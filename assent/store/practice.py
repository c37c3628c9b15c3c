"""Questions with known answers, and how people answered them. Apart from all real answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import sqlalchemy as sa

from assent.records import Json, new_id
from assent.store import plain
from assent.store.database import Database
from assent.store.tables import practice as table
from assent.store.tables import practice_answer as answers

_NEWEST = sa.select(sa.func.max(table.c.version)).scalar_subquery()
_IN_FORCE = sa.select(table).where(table.c.version == _NEWEST).order_by(table.c.number)


@dataclass(frozen=True, slots=True)
class Exercise:
    """One question with its known answer. content: see `assent.feedback.practice`."""

    id: str
    version: int
    content: Json


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer to an exercise. agreement: with the known answer, 0 to 1."""

    exercise: str
    annotator: str
    answer: Json
    agreement: float
    created_at: float


@final
class Practice:
    """Exercises in versions, and attempts at them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, contents: Sequence[Json], now: float) -> int:
        """Put these exercises in force in place of all before; returns the version.

        The same ones again change nothing, so nobody has to practise anew.
        """
        with self._database.write() as connection:
            version = self._version(connection)
            if [each.content for each in self._in_force(connection)] == list(contents):
                return version
            texts = [plain.dumps(content, finite=True) for content in contents]
            rows = [{"id": new_id(now), "version": version + 1, "content": t} for t in texts]
            # A version without exercises is a version, too: a row that is none says so.
            empty = [{"id": new_id(now), "version": version + 1, "content": "null"}]
            connection.execute(sa.insert(table), rows or empty)
            return version + 1

    def exercises(self) -> list[Exercise]:
        """The exercises in force, in their order."""
        with self._database.read() as connection:
            return self._in_force(connection)

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt; RecordError when there is no such exercise or annotator."""
        with self._database.write() as connection:
            connection.execute(
                sa.insert(answers).values(
                    practice=attempt.exercise,
                    annotator=attempt.annotator,
                    answer=plain.dumps(attempt.answer, finite=True),
                    agreement=attempt.agreement,
                    created_at=attempt.created_at,
                )
            )

    def attempts(self, annotator: str | None = None) -> list[Attempt]:
        """Attempts of one annotator or of all, oldest first."""
        chosen = sa.select(answers).order_by(answers.c.number)
        if annotator is not None:
            chosen = chosen.where(answers.c.annotator == annotator)
        with self._database.read() as connection:
            return [
                Attempt(
                    row.practice,
                    row.annotator,
                    plain.loads(row.answer),
                    float(row.agreement),
                    float(row.created_at),
                )
                for row in connection.execute(chosen)
            ]

    def _version(self, connection: sa.Connection) -> int:
        found = connection.execute(sa.select(sa.func.max(table.c.version))).scalar()
        return 0 if found is None else int(found)

    def _in_force(self, connection: sa.Connection) -> list[Exercise]:
        return [
            Exercise(row.id, int(row.version), plain.loads(row.content))
            for row in connection.execute(_IN_FORCE)
            if row.content != "null"
        ]
