"""Numbers that describe items to a model: a vector, or what was observed and done at each step."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from assent.errors import StoreError
from assent.store.database import Database
from assent.store.tables import described

_CHUNK = 1000  # rows a statement
Numbers = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Described:
    """An item in numbers.

    observations: `[T, O]`, or `[T + 1, O]` with the last one; a plain vector of features is
    one row. actions: `[T, A]`; A = 0 where nothing was done, as in a vector.
    phase: where in its episode a clip began, 0 to 1; None where nobody knows.
    """

    observations: Numbers
    actions: Numbers
    phase: float | None = None

    @property
    def vector(self) -> bool:
        """Whether this is a vector of features, and no clip."""
        return len(self.observations) == 1 and self.actions.shape[1] == 0

    def words(self) -> str:
        """How many numbers there are, for messages."""
        if self.vector:
            return f"{self.observations.shape[1]} features"
        return f"steps of {self.observations.shape[1]} and {self.actions.shape[1]} numbers"

    def widths(self) -> tuple[bool, int, int]:
        """What items that are fitted together must have in common."""
        return self.vector, self.observations.shape[1], self.actions.shape[1]


@final
class Descriptions:
    """Rows of numbers, by the id of their item."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, found: Mapping[str, Described]) -> None:
        """Keep them. What is known stays as it is."""
        rows = [
            {
                "item": item,
                "observations": _packed(each.observations),
                "actions": _packed(each.actions),
                "phase": each.phase,
            }
            for item, each in found.items()
        ]
        with self._database.write() as connection:
            for start in range(0, len(rows), _CHUNK):
                connection.execute(
                    sa.text(
                        "INSERT INTO described (item, observations, actions, phase) VALUES "
                        "(:item, :observations, :actions, :phase) ON CONFLICT (item) DO NOTHING"
                    ),
                    rows[start : start + _CHUNK],
                )

    def all(self) -> dict[str, Described]:
        """Every item's numbers, by its id."""
        with self._database.read() as connection:
            return dict(_unpacked(connection.execute(sa.select(described))))


def _unpacked(rows: Iterable[Any]) -> Iterable[tuple[str, Described]]:
    for row in rows:
        try:
            arrays = [
                np.load(io.BytesIO(content), allow_pickle=False)
                for content in (row.observations, row.actions)
            ]
        except (ValueError, OSError) as error:
            raise StoreError(
                f"the numbers of item {row.item} are damaged ({error}); import them again"
            ) from None
        yield row.item, Described(arrays[0], arrays[1], row.phase)


def _packed(array: Numbers) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
