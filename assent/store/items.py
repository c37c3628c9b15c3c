"""Things that people judged elsewhere: a response under its prompt, known by its content.

They have no steps, so they are no trajectories; questions about them name them by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import sqlalchemy as sa

from assent.store import plain
from assent.store.database import Database
from assent.store.tables import entry, item

_CHUNK = 5000  # rows a statement


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that has a worth.

    id: follows from the content. name: what it was called where it was first met.
    prompt, response: plain JSON values, either may be None.
    """

    id: str
    name: str
    prompt: Any
    response: Any


@final
class Items:
    """Rows about items, and the names under which files speak of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, items: Iterable[Item], entries: Mapping[str, Sequence[str]]) -> None:
        """Keep items, and entries: a name with its items' ids. What is known stays as it is."""
        things = [
            {
                "id": each.id,
                "name": each.name,
                "prompt": plain.dumps(each.prompt),
                "response": plain.dumps(each.response),
            }
            for each in items
        ]
        names = [{"name": name, "items": plain.dumps(list(of))} for name, of in entries.items()]
        with self._database.write() as connection:
            for start in range(0, len(things), _CHUNK):
                connection.execute(
                    sa.text(
                        "INSERT INTO item (id, name, prompt, response) VALUES "
                        "(:id, :name, :prompt, :response) ON CONFLICT (id) DO NOTHING"
                    ),
                    things[start : start + _CHUNK],
                )
            for start in range(0, len(names), _CHUNK):
                connection.execute(
                    sa.text(
                        "INSERT INTO entry (name, items) VALUES (:name, :items) "
                        "ON CONFLICT (name) DO NOTHING"
                    ),
                    names[start : start + _CHUNK],
                )

    def list(self) -> list[Item]:
        """Every item, in the order they came."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(item).order_by(item.c.number))
            return [
                Item(row.id, row.name, plain.loads(row.prompt), plain.loads(row.response))
                for row in rows
            ]

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """From the ids of a few items to their names; of others, nothing."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(item.c.id, item.c.name).where(item.c.id.in_(list(ids)))
            )
            return {row.id: row.name for row in rows}

    def entries(self) -> dict[str, tuple[str, ...]]:
        """From the name that a file uses to the ids of its items."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(entry).order_by(entry.c.number))
            return {row.name: tuple(plain.loads(row.items)) for row in rows}
