"""Bring a database to this version's tables, whatever version it has.

Alembic is imported only when there is something to do: opening a store that is
up to date must not cost a web server half a second.
"""

from __future__ import annotations

from importlib.resources import as_file, files

import sqlalchemy as sa

from assent.errors import StoreError
from assent.store.database import Database

# The last file in migrations/versions; a test checks that it is.
HEAD = "v0010"

# Two processes that open a new PostgreSQL project at once take turns on this key.
_LOCK = 0x617373656E74  # "assent"


def migrate(database: Database) -> None:
    """Create or update the tables; all of it happens, or nothing.

    Raises StoreError when the database was made by a newer assent.
    """
    with database.read() as connection:
        if _version(connection) == HEAD:
            return
    with database.write() as connection:
        if database.schema is not None:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            connection.execute(sa.schema.CreateSchema(database.schema, if_not_exists=True))
        if _version(connection) != HEAD:  # nobody did it while we waited
            _upgrade(connection, database.where)


def _version(connection: sa.Connection) -> str | None:
    """The version that the database says it has; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: sa.Connection, where: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    with as_file(files("assent.store") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"{where} was made by another version of assent ({error}); "
                "install the newest one, nothing was changed"
            ) from error
