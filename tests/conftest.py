"""What tests need from outside: SQLite always; PostgreSQL and Chromium where they are installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from postgresql import installed, started

from assent.store.database import SQLITE_NAME
from assent.store.store import Store, open_store
from assent.store.tables import metadata

DATABASES = ("sqlite", "postgresql")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no process is left with them while the others have ended."""
    longest = ("learning", "browser", "slow")
    items.sort(key=lambda item: [mark not in item.keywords for mark in longest])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser for all tests of a process; Playwright can be started only once in each."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("there is no Chromium on PATH; install Debian's package `chromium`")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str | None]:
    """The URL of a server that lives as long as the tests; None where none is installed."""
    binaries = installed()
    if binaries is None or find_spec("psycopg") is None:
        yield None
        return
    with started(binaries, durable=False) as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> str | None:
    """Where a test's empty project lives: None for SQLite in `tmp_path`, or a PostgreSQL URL."""
    if request.param == "sqlite":
        shutil.copy(sqlite_template, tmp_path / SQLITE_NAME)
        return None
    url: str | None = request.getfixturevalue("postgresql_project")
    if url is None:
        pytest.skip("PostgreSQL is not installed here (initdb and psycopg)")
    empty(url)
    return url


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    """An empty store; every test that takes it runs on both databases."""
    with open_store(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """An empty store in SQLite, for tests of rooms to which the database is all one."""
    shutil.copy(sqlite_template, tmp_path / SQLITE_NAME)
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project's database file: copying it is faster than migrating again."""
    folder = tmp_path_factory.mktemp("template")
    open_store(folder).close()
    return folder / SQLITE_NAME


@pytest.fixture(scope="session")
def postgresql_project(
    postgresql: str | None, tmp_path_factory: pytest.TempPathFactory
) -> str | None:
    """A migrated schema, emptied before each test that uses it."""
    if postgresql is None:
        return None
    url = f"{postgresql}?schema=project"
    open_store(tmp_path_factory.mktemp("project"), url).close()
    return url


def empty(url: str) -> None:
    """Empty every table of the schema, past the triggers that forbid it."""
    import psycopg  # only where there is a server to talk to

    server, schema = url.replace("+psycopg", "").split("?schema=")
    tables = ", ".join(f"{schema}.{table.name}" for table in metadata.sorted_tables)
    with psycopg.connect(server) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode("ascii"))
        connection.execute(f"INSERT INTO {schema}.tally VALUES (1, 0, 0)".encode("ascii"))
