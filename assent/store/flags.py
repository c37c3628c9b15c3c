"""What annotators told the owner about questions: kept for reading, never learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import sqlalchemy as sa

from assent.store.database import Database
from assent.store.tables import flag as table


@dataclass(frozen=True, slots=True)
class Flag:
    """One report. created_at: seconds since 1970. key: chosen by the sender, for sending again.

    id: of the row; empty before it is kept.
    """

    query: str
    annotator: str
    text: str
    created_at: float
    key: str
    id: str = ""


@final
class Flags:
    """Rows about questions that somebody found something wrong with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, flag: Flag) -> None:
        """Keep a report; the same key again changes nothing.

        Raises RecordError when there is no such question or annotator.
        """
        same = (table.c.annotator == flag.annotator) & (table.c.idempotency_key == flag.key)
        with self._database.write() as connection:
            if connection.execute(sa.select(table.c.number).where(same)).first() is None:
                connection.execute(
                    sa.insert(table).values(
                        query=flag.query,
                        annotator=flag.annotator,
                        text=flag.text,
                        created_at=flag.created_at,
                        idempotency_key=flag.key,
                    )
                )

    def list(self) -> list[Flag]:
        """Every report, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.number))
            return [
                Flag(
                    r.query,
                    r.annotator,
                    r.text,
                    float(r.created_at),
                    r.idempotency_key,
                    str(r.number),
                )
                for r in rows
            ]
