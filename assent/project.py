"""A project on disk: its settings, its store, and the lock of the process that runs it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assent import config as settings
from assent.config import AnswersConfig, AnyConfig, Config
from assent.errors import BusyError, ConfigError
from assent.store.store import Store, open_store

LOCK_NAME = "run.lock"
GUIDELINE_NAME = "guideline.md"
TERMS_NAME = "consent.md"  # what annotators agree to beside what the page says by itself


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project lives, what it was told and what it knows."""

    folder: Path
    config: Config
    store: Store


@dataclass(frozen=True, slots=True)
class AnswersProject:
    """A project that has only items and answers."""

    folder: Path
    config: AnswersConfig
    store: Store


def open_any(folder: Path) -> Project | AnswersProject:
    """The project in `folder`, of whichever world. Raises as `open_project`."""
    folder = folder.resolve()
    config = settings.load_any(folder)
    store = _open(folder, config)
    if isinstance(config, AnswersConfig):
        return AnswersProject(folder, config, store)
    return Project(folder, config, store)


def open_answers(folder: Path) -> AnswersProject:
    """The project for answers in `folder`. Raises ConfigError when it is another world's."""
    found = open_any(folder)
    if isinstance(found, Project):
        raise ConfigError(
            f"project {found.config.project.name} is for {found.config.environment.world}; this "
            "verb is for projects of items and answers: `assent init answers DIR` makes one"
        )
    return found


def open_project(folder: Path) -> Project:
    """The project in `folder`, its store migrated to the current schema.

    Raises ConfigError when the settings are wrong, StoreError when the store cannot be reached.
    """
    folder = folder.resolve()
    config = settings.load(folder)
    return Project(folder, config, _open(folder, config))


def _open(folder: Path, config: AnyConfig) -> Store:
    store = open_store(folder, config.project.store)
    guideline = folder / GUIDELINE_NAME
    # The file is the first version; later ones are written on the owner's page.
    if store.people.guideline().version == 0 and guideline.exists():
        store.people.set_guideline(guideline.read_text("utf-8"))
    terms = folder / TERMS_NAME
    if terms.exists():
        store.terms.change(terms.read_text("utf-8").strip())
    return store


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep the project for this process; the lock goes with the process, however it ends.

    Raises BusyError naming the process that has it.
    """
    path = folder / LOCK_NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise BusyError(
                f"project {folder} is already run by process {holder}; stop that one first, or "
                "use `assent status` and `assent serve`, which may run beside it"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)
