"""The journal of finished stages: what was done, when, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import sqlalchemy as sa

from assent.records import Json
from assent.store import plain
from assent.store.database import Database
from assent.store.tables import run as table


@dataclass(frozen=True, slots=True)
class Run:
    """One finished stage. started, finished: seconds since 1970."""

    stage: str
    round: int
    started: float
    finished: float
    metrics: Mapping[str, float]
    details: Json


@final
class Runs:
    """Rows about finished stages. A stage without a row never happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def finish(
        self,
        stage: str,
        round: int,
        started: float,
        finished: float,
        metrics: Mapping[str, float],
        details: Json,
    ) -> None:
        """Write that a stage is done, in the same transaction as what it made.

        A metric may be NaN: hours of learning are not thrown away for a number.
        """
        with self._database.write() as connection:
            connection.execute(
                sa.insert(table).values(
                    stage=stage,
                    round=round,
                    started=started,
                    finished=finished,
                    metrics=plain.dumps(dict(metrics)),
                    details=plain.dumps(details),
                )
            )

    def series(self, stage: str, round: int) -> list[dict[str, float]]:
        """The curve of a stage's newest run in a round: numbers by name, step by step."""
        newest = self.last(stage, round)
        return [] if newest is None else list(newest.details.get("curve", []))

    def list(self, stage: str | None = None) -> list[Run]:
        """Finished stages, oldest first; of one kind, or all."""
        with self._database.read() as connection:
            rows = connection.execute(self._chosen(stage).order_by(table.c.number))
            return [_record(row) for row in rows]

    def last(self, stage: str | None = None, round: int | None = None) -> Run | None:
        """The newest finished stage; None without any."""
        chosen = self._chosen(stage).order_by(table.c.number.desc()).limit(1)
        if round is not None:
            chosen = chosen.where(table.c.round == round)
        with self._database.read() as connection:
            row = connection.execute(chosen).first()
        return None if row is None else _record(row)

    def _chosen(self, stage: str | None) -> sa.Select[Any]:
        chosen = sa.select(table)
        return chosen if stage is None else chosen.where(table.c.stage == stage)


def _record(row: Any) -> Run:
    return Run(
        stage=row.stage,
        round=row.round,
        started=row.started,
        finished=row.finished,
        metrics=plain.loads(row.metrics),
        details=plain.loads(row.details),
    )
