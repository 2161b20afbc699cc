"""Engines: what they set, what they refuse, and who may write."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from miner.cli.failures import as_miner_error
from miner.db.session import open_store, read_store, store_lock
from miner.errors import ConfigurationError, RetryLater, StoreLocked
from miner.settings import Settings, load_settings
from tests.stores import only_postgres, only_sqlite


def _add_hub(connection: Connection, name: str) -> None:
    statement = "INSERT INTO hub VALUES (2, :name, '', '', '', NULL, NULL, NULL, NULL)"
    connection.execute(text(statement), {"name": name})


def _hubs(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM hub ORDER BY name")
        return [str(row[0]) for row in rows]


@only_sqlite
def test_connections_are_set_up_for_many_writes_and_readers(store: Engine) -> None:
    with store.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_rows_stay_when_the_store_is_opened_again(store: Engine, settings: Settings) -> None:
    store.dispose()
    again = open_store(settings)
    assert _hubs(again) == ["acme"]
    again.dispose()


def test_what_is_not_committed_is_gone_tables_too(store: Engine) -> None:
    """The driver's own transactions would leave the new table behind."""
    with store.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE extra (id INTEGER)")
        _add_hub(connection, "other")
        connection.rollback()
        assert "extra" not in inspect(connection).get_table_names()
    assert _hubs(store) == ["acme"]


@only_sqlite
def test_a_writer_has_the_write_lock_from_its_first_statement(
    store: Engine, settings: Settings
) -> None:
    """Otherwise two writers could both read, and one would fail when it comes to write."""
    with store.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        with (
            closing(sqlite3.connect(settings.data_dir / "miner.db", timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")


@only_postgres
def test_transactions_of_writers_come_one_after_the_other(
    store: Engine, settings: Settings
) -> None:
    """As on SQLite; keys are numbered by what is there, so two at once would take the same."""
    other = open_store(settings)
    with store.connect() as first, other.connect() as second:
        second.exec_driver_sql("SET lock_timeout = '50ms'")
        second.commit()
        first.exec_driver_sql("SELECT 1")
        with pytest.raises(DBAPIError, match="lock timeout") as caught:
            second.exec_driver_sql("SELECT 1")
        assert isinstance(as_miner_error(caught.value), RetryLater)
        first.commit()
        second.exec_driver_sql("SELECT 1")
    other.dispose()


@only_postgres
def test_without_its_driver_the_command_that_installs_it_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for act in (open_store, read_store):
        with pytest.raises(ConfigurationError, match="psycopg") as caught:
            act(settings)
        assert caught.value.next_step == "pip install 'miner[postgres]'"


def test_foreign_keys_hold(store: Engine) -> None:
    with store.connect() as connection, pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        connection.exec_driver_sql("INSERT INTO owner (hub_id, name) VALUES (99, 'nobody')")


def test_a_reader_reads_beside_a_writer_and_sees_one_state(
    store: Engine, settings: Settings
) -> None:
    reader = read_store(settings)
    with reader.connect() as reading:
        before = reading.exec_driver_sql("SELECT count(*) FROM hub").scalar()
        with store.begin() as writing:
            _add_hub(writing, "other")
        assert reading.exec_driver_sql("SELECT count(*) FROM hub").scalar() == before == 1
    assert _hubs(reader) == ["acme", "other"]
    reader.dispose()


def test_a_reader_cannot_write(store: Engine, settings: Settings) -> None:
    reader = read_store(settings)
    with reader.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        _add_hub(connection, "other")
    reader.dispose()
    assert _hubs(store) == ["acme"]


def test_reading_makes_no_store_but_says_how_to_get_one(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="no store") as caught:
        read_store(settings)
    assert caught.value.next_step == "miner crawl --since 2024-01"
    with pytest.raises(ConfigurationError, match="no store"):
        open_store(settings, create=False)
    assert not settings.data_dir.exists()


def test_reading_an_empty_database_says_that_it_is_no_store(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "miner.db").touch()
    with pytest.raises(ConfigurationError, match="no store"):
        read_store(settings)
    with pytest.raises(ConfigurationError, match="no store"):
        open_store(settings, create=False)


@pytest.mark.parametrize(
    "url", ["no address", "oracle://host/store", "strange+thing://host/store", "mysql://host/store"]
)
def test_an_address_that_is_of_no_use_is_a_configuration_error(url: str, tmp_path: Path) -> None:
    environment = {"MINER_DATA_DIR": str(tmp_path), "MINER_DATABASE_URL": url}
    with pytest.raises(ConfigurationError) as caught:
        open_store(load_settings(environment))
    assert "MINER_DATABASE_URL" in caught.value.next_step


def test_the_store_can_stand_outside_of_the_data_directory(tmp_path: Path) -> None:
    place = tmp_path / "far" / "away.db"
    environment = {
        "MINER_DATA_DIR": str(tmp_path / "data"),
        "MINER_DATABASE_URL": f"sqlite:///{place}",
    }
    open_store(load_settings(environment)).dispose()
    assert place.exists()
    assert (tmp_path / "data").is_dir()


HOLD = """
import os, sys
from miner.db.session import store_lock
from miner.settings import load_settings
with store_lock(load_settings()):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


def test_the_second_writer_is_told_who_the_first_is(settings: Settings) -> None:
    environment = {
        "MINER_DATA_DIR": str(settings.data_dir), "MINER_DATABASE_URL": settings.database_url
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        pid = holder.stdout.readline().strip()
        with pytest.raises(StoreLocked, match=rf"process {pid}\b"), store_lock(settings):
            pytest.fail("two writers at once")
        holder.kill()
    with (
        store_lock(settings),  # a killed holder leaves nothing that has to be cleaned up
        pytest.raises(StoreLocked, match=rf"process {os.getpid()}\b"),
        store_lock(settings),
    ):
        pytest.fail("two writers at once")
    with store_lock(settings):  # and one that ended in order frees the store
        assert (settings.data_dir / "miner.lock").exists()
