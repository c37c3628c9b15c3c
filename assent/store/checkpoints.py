"""Weights that were learnt: rows here, the weights themselves as blobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import sqlalchemy as sa

from assent.errors import CheckpointError, StoreError
from assent.records import Checkpoint, Json, Role, new_id
from assent.store import plain
from assent.store.blobs import Blobs
from assent.store.database import Database
from assent.store.tables import checkpoint as table


@final
class Checkpoints:
    """Rows about checkpoints, and their weights."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def add(
        self,
        role: Role,
        round: int,
        weights: bytes,
        details: Json,
        metrics: Mapping[str, float],
        parent: str | None,
    ) -> Checkpoint:
        """Keep weights and return their checkpoint; on disk when this returns."""
        made = Checkpoint(
            new_id(), role, round, self._blobs.put(weights), details, dict(metrics), parent
        )
        with self._database.write() as connection:
            connection.execute(
                sa.insert(table).values(
                    id=made.id,
                    role=role,
                    round=round,
                    weights=made.weights,
                    details=plain.dumps(details),
                    metrics=plain.dumps(made.metrics),
                    parent=parent,
                )
            )
        return made

    def latest(self, role: Role, round: int | None = None) -> Checkpoint | None:
        """The newest checkpoint of a role, or of a role in one round; None without any."""
        chosen = self._chosen(role)
        if round is not None:
            chosen = chosen.where(table.c.round == round)
        with self._database.read() as connection:
            row = connection.execute(chosen.order_by(table.c.number.desc()).limit(1)).first()
        return None if row is None else _record(row)

    def get(self, id: str) -> Checkpoint:
        """One checkpoint; CheckpointError when there is none of this id."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == id)).first()
        if row is None:
            raise CheckpointError(f"there is no checkpoint {id[:80]!r} in this store")
        return _record(row)

    def list(self, role: Role | None = None) -> list[Checkpoint]:
        """Checkpoints in the order they were made; of one role, or all."""
        chosen = sa.select(table) if role is None else self._chosen(role)
        with self._database.read() as connection:
            return [_record(r) for r in connection.execute(chosen.order_by(table.c.number))]

    def weights(self, checkpoint: Checkpoint) -> bytes:
        """The weights of a checkpoint. Raises CheckpointError when missing or damaged."""
        try:
            return self._blobs.get(checkpoint.weights)
        except StoreError as error:
            raise CheckpointError(
                f"checkpoint {checkpoint.id} ({checkpoint.role}, round {checkpoint.round}): {error}"
            ) from error

    def _chosen(self, role: Role) -> sa.Select[Any]:
        return sa.select(table).where(table.c.role == role)


def _record(row: Any) -> Checkpoint:
    return Checkpoint(
        id=row.id,
        role=row.role,
        round=row.round,
        weights=row.weights,
        details=plain.loads(row.details),
        metrics=plain.loads(row.metrics),
        parent=row.parent,
    )
