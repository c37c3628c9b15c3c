"""One database, SQLite or PostgreSQL, with short units of reading and writing.

Every write unit starts with BEGIN IMMEDIATE on SQLite: a transaction that reads
first and writes later would be refused at once, without waiting (SQLITE_BUSY_SNAPSHOT).
Nothing outside this room sees a connection.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy import event

from assent.errors import ConfigError, StoreError
from assent.records import new_id
from assent.store.faults import database_fault, disk_fault

SQLITE_NAME = "assent.db"
SCHEMA_NOTE = "store.json"
BUSY_SECONDS = 30
_SCHEMA_PATTERN = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@final
class Database:
    """Connections to one project's tables, and the units that use them."""

    def __init__(self, engine: sa.Engine, where: str, schema: str | None = None) -> None:
        self.engine = engine
        self.where = where
        self.schema = schema
        self.sqlite = engine.dialect.name == "sqlite"
        self._local = threading.local()
        # SQLite has one writer at a time and makes the others poll; a lock in this
        # process lets its threads queue instead.
        self._writer = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is on disk when the block ends, or nothing is.

        A nested block joins the outer one; when it fails, only its own part is undone
        and the outer block may go on.
        Raises StoreError when the database or the disk cannot do it, RecordError when a
        row contradicts what is there.
        """
        outer: sa.Connection | None = getattr(self._local, "connection", None)
        if outer is not None:
            with self._translated(), outer.begin_nested():
                yield outer
            return
        with self._turn(), self._translated(), self.engine.connect() as connection:
            writing = connection.execution_options(assent_write=True)
            with writing.begin():
                self._local.connection = writing
                try:
                    yield writing
                finally:
                    self._local.connection = None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view; inside a write unit of this thread, that unit's own view."""
        outer: sa.Connection | None = getattr(self._local, "connection", None)
        if outer is not None:
            with self._translated():
                yield outer
            return
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    def in_parts(
        self, chosen: sa.Select[Any], by: sa.Column[Any], many: int
    ) -> Iterator[Sequence[sa.Row[Any]]]:
        """What is chosen, in the order of a column that no two rows share, so many rows at a time.

        Each part is read by itself: nothing is held while the caller is busy with it.
        """
        part = chosen.order_by(by).limit(many)
        after = part
        while True:
            with self.read() as connection:
                rows = connection.execute(after).all()
            if not rows:
                return
            yield rows
            after = part.where(by > rows[-1]._mapping[by])

    def close(self) -> None:
        """Close every connection; the store cannot be used after it."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise StoreError(
                f"{self.where}: another thread has been writing for {BUSY_SECONDS} s; try again"
            )
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, UnicodeEncodeError) as error:
            raise database_fault(error, self.where) from error


def connect(folder: Path, url: str | None) -> Database:
    """The database of the project in `folder`; nothing is created in it yet.

    url: None for SQLite in the folder, else `postgresql+psycopg://user:password@host/name`.
    On PostgreSQL each project has a schema of its own, so that many share one database:
    `?schema=name` in the URL, else a name made once and kept in `folder/store.json`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_fault(error, str(folder)) from error
    if url is None:
        return _sqlite(folder / SQLITE_NAME)
    return _postgresql(folder, url)


def _sqlite(path: Path) -> Database:
    try:
        # Sessions and answers are nobody else's: SQLite gives its other files the same rights.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise disk_fault(error, str(path)) from error
    engine = sa.create_engine(
        f"sqlite:///{path}", pool_size=8, max_overflow=56, connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        # busy_timeout comes first: switching to WAL needs a lock that another may hold.
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",  # an acknowledged answer survives a power cut
            "foreign_keys = ON",
            "recursive_triggers = ON",  # else INSERT OR REPLACE deletes past the triggers
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("assent_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return Database(engine, str(path))


def _postgresql(folder: Path, url: str) -> Database:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigError(
            "project.store is not a database URL; expected postgresql+psycopg://user@host/name"
        ) from None
    if parsed.get_backend_name() != "postgresql":
        raise ConfigError(
            f"project.store begins with {parsed.drivername!r}; expected postgresql+psycopg://, "
            "or no setting at all for SQLite in the folder"
        )
    schema = parsed.query.get("schema") or _kept_schema(folder)
    if not isinstance(schema, str) or not _SCHEMA_PATTERN.fullmatch(schema):
        raise ConfigError(
            f"schema {schema!r} in project.store; expected small letters, digits and _"
        )
    parsed = parsed.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
    options = (
        f"-c search_path={schema} -c synchronous_commit=on -c lock_timeout={BUSY_SECONDS * 1000}"
    )
    try:
        engine = sa.create_engine(
            parsed,
            pool_size=8,
            max_overflow=24,
            pool_pre_ping=True,  # a restarted server is found before a transaction starts
            connect_args={"options": options, "connect_timeout": 10},
        )
    except ImportError:
        raise ConfigError(
            "project.store is PostgreSQL, but psycopg is not installed; "
            "run `pip install 'assent[postgres]'`"
        ) from None
    return Database(engine, parsed.render_as_string(hide_password=True), schema)


def _kept_schema(folder: Path) -> str:
    """The schema's name in `store.json`, made by whoever comes first."""
    path = folder / SCHEMA_NOTE
    try:
        if not path.exists():
            name = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower())[:30]
            note = json.dumps({"schema": f"assent_{name}_{new_id()[-8:]}"})
            draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
            draft.write_text(note, "ascii")
            try:
                os.link(draft, path)  # fails when another process was first; then theirs holds
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return str(json.loads(path.read_text("ascii"))["schema"])
    except OSError as error:
        raise disk_fault(error, str(path)) from error
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            f'{path} does not name a schema; expected {{"schema": "..."}}; restore the file, '
            "or put ?schema=NAME into project.store"
        ) from None
