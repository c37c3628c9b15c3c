"""What annotators agree to before they answer, in the owner's own words, version by version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import sqlalchemy as sa

from assent.store.database import Database
from assent.store.tables import terms as table

_ADD = sa.text(
    "INSERT INTO terms (version, markdown) VALUES (:version, :markdown) "
    "ON CONFLICT (version) DO NOTHING"
)
BUILT_IN = 1  # the version of what the page says by itself; the owner's begin after it


@dataclass(frozen=True, slots=True)
class Agreed:
    """A version of the terms. markdown: the owner's words beside the page's own; may be empty."""

    version: int
    markdown: str


@final
class Terms:
    """Rows about the terms; none is ever changed, for people agreed to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[Agreed]:
        """Every version, the page's own first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.version))
            return [Agreed(BUILT_IN, ""), *(Agreed(row.version, row.markdown) for row in rows)]

    def current(self) -> Agreed:
        """The version in force."""
        return self.list()[-1]

    def change(self, markdown: str) -> Agreed:
        """Make these words the terms; a new version only where they differ."""
        with self._database.write() as connection:
            newest = self.current()
            if newest.markdown == markdown:
                return newest
            changed = Agreed(newest.version + 1, markdown)
            # Servers that start at once all find the same file.
            connection.execute(_ADD, {"version": changed.version, "markdown": markdown})
            return changed
