"""What tests need from outside: SQLite always; PostgreSQL and Chromium where they are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assent.store.database import SQLITE_NAME
from assent.store.store import Store, open_store
from assent.store.tables import metadata

DATABASES = ("sqlite", "postgresql")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no process is left with them while the others have ended."""
    items.sort(key=lambda item: "learning" not in item.keywords)


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
    binaries = _binaries()
    if binaries is None or find_spec("psycopg") is None:
        yield None
        return
    # Not in pytest's folders: the server's own user must be able to enter.
    home = Path(tempfile.mkdtemp(prefix="assent-postgresql-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
    port = _free_port()

    def call(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(home / "data"), *arguments]
        with (home / "calls.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, user=user, cwd=home)

    settings = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        call("initdb", "-U", "assent", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        call("pg_ctl", "-l", str(home / "server.log"), "-w", "-o", settings, "start")
        yield f"postgresql+psycopg://assent@127.0.0.1:{port}/postgres"
        call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


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
    _empty(url)
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


def _empty(url: str) -> None:
    """Empty every table of the schema, past the triggers that forbid it."""
    import psycopg  # only where there is a server to talk to

    server, schema = url.replace("+psycopg", "").split("?schema=")
    tables = ", ".join(f"{schema}.{table.name}" for table in metadata.sorted_tables)
    with psycopg.connect(server) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode("ascii"))
        connection.execute(f"INSERT INTO {schema}.tally VALUES (1, 0, 0)".encode("ascii"))


def _binaries() -> Path | None:
    """The folder of the newest PostgreSQL server's programs."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
    )
    found = installed[-1] if installed else shutil.which("initdb")
    return Path(found).parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
