"""The store: everything the project knows, in one database and one folder of blobs.

The only room with SQL. Stages, people and the page meet here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import final

from assent.store.answers import Answers
from assent.store.blobs import Blobs
from assent.store.checkpoints import Checkpoints
from assent.store.counts import Counts, Progress, count, progress
from assent.store.database import Database, connect
from assent.store.decisions import Decisions
from assent.store.described import Descriptions
from assent.store.flags import Flags
from assent.store.items import Items
from assent.store.migrate import migrate
from assent.store.people import People
from assent.store.practice import Practice
from assent.store.questions import Questions
from assent.store.runs import Runs
from assent.store.terms import Terms
from assent.store.trajectories import Trajectories

BLOBS_NAME = "blobs"


@final
class Store:
    """A project's rows and blobs. Safe to share between threads; one per process."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self.blobs = blobs
        self.trajectories = Trajectories(database, blobs)
        self.items = Items(database)
        self.described = Descriptions(database)
        self.questions = Questions(database, blobs)
        self.answers = Answers(database)
        self.people = People(database)
        self.terms = Terms(database)
        self.practice = Practice(database)
        self.flags = Flags(database)
        self.decisions = Decisions(database)
        self.checkpoints = Checkpoints(database, blobs)
        self.runs = Runs(database)

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction that every call inside it, in this thread, joins.

        Killed at any instant, all of it is there or nothing is. Keep it short: on SQLite
        nobody else writes meanwhile; make blobs before, and call no network inside.
        """
        with self._database.write():
            yield

    def counts(self, now: float | None = None) -> Counts:
        """How far the project is. now: leases that ended before it are not counted."""
        return count(self._database, now)

    def progress(self) -> Progress:
        """How far the current round is: what everybody is told who asks for questions."""
        return progress(self._database)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(folder: Path, url: str | None = None) -> Store:
    """The store of the project in `folder`, made or brought up to date when needed.

    url: `postgresql+psycopg://user:password@host/name`; None: SQLite in the folder. Blobs
        are in the folder either way. Many projects share one PostgreSQL database, each in
        a schema of its own (see `database.connect`).
    Raises StoreError when the database or the folder cannot be used, ConfigError when the
    URL is wrong.
    """
    database = connect(folder, url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return Store(database, Blobs(folder / BLOBS_NAME))
