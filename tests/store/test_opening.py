"""Opening a store: made when new, brought up to date, quick when it is, clear when it cannot."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from assent.errors import ConfigError, StoreError
from assent.store import migrate
from assent.store.store import Store, open_store
from assent.store.tables import metadata
from tests.store.made import people


def test_a_store_remembers(tmp_path: Path, database_url: str | None) -> None:
    with open_store(tmp_path, database_url) as store:
        people(store, "ada")
    with open_store(tmp_path, database_url) as store:
        assert store.people.get("ada").name == "name of ada"


def test_the_migrations_make_the_tables_that_queries_use(store: Store) -> None:
    with store._database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_opening_what_is_up_to_date_does_not_load_alembic(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from assent.store.store import open_store\n"
        f"open_store(Path({str(tmp_path)!r}))\n"
        "print('alembic' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_many_open_a_new_project_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for store in pool.map(lambda _: open_store(tmp_path), range(8)):
            store.close()
    with open_store(tmp_path) as store:
        assert store.counts().answers == 0


def test_two_projects_share_a_postgresql_database(tmp_path: Path, postgresql: str | None) -> None:
    if postgresql is None:
        pytest.skip("PostgreSQL is not installed here (initdb and psycopg)")
    folders = [tmp_path / "one" / "project", tmp_path / "two" / "project"]
    for folder in folders:
        with ThreadPoolExecutor(4) as pool:
            for opened in pool.map(lambda _, f=folder: open_store(f, postgresql), range(4)):
                opened.close()
    with open_store(folders[0], postgresql) as store:
        people(store, "ada")
    found = []
    for folder in folders:
        with open_store(folder, postgresql) as store:
            found.append(len(store.people.list()))
    assert found == [1, 0]


def test_a_store_of_a_newer_assent_is_left_alone(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store._database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'v9999'"))
    with pytest.raises(StoreError, match=r"another version of assent.*install the newest"):
        open_store(tmp_path)


def test_a_damaged_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "assent.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"damaged.*restore the last backup"):
        open_store(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="check the folder"):
        open_store(tmp_path / "file" / "project")


def test_an_unreachable_server_is_said_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="does not answer; check that it runs") as caught:
        open_store(tmp_path, "postgresql://ada:secret@127.0.0.1:9/x?schema=x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "postgresql://h/x?schema=A%20b"])
def test_a_wrong_url_is_a_wrong_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="expected"):
        open_store(tmp_path, url)


def test_an_acknowledged_answer_is_forced_to_disk(sqlite_store: Store) -> None:
    with sqlite_store._database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "busy_timeout": 30_000,
        "foreign_keys": 1,
    }
