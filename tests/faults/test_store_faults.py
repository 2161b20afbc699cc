"""What a user sees when the store cannot be used: one message, its exit code, no traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from miner.cli.failures import as_miner_error
from miner.db.session import open_store, read_store
from miner.db.upsert import insert
from miner.errors import ConfigurationError, RetryLater
from miner.schema.tables import metadata
from miner.settings import Settings, load_settings
from tests.commands import run_miner


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"MINER_DATA_DIR": str(tmp_path / "data")})


def _miner(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MINER_DATA_DIR": str(data_dir), "MINER_CONFIG": os.devnull}
    return run_miner(*arguments, env=env)


def _assert_failed(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 10, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "  next  " in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_store_of_a_newer_schema_is_refused_and_not_touched(settings: Settings) -> None:
    open_store(settings).dispose()
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '8642'")
        connection.commit()
    before = (settings.data_dir / "miner.db").read_bytes()
    done = _miner(settings.data_dir, "db", "upgrade")
    _assert_failed(done, "newer miner", "8642", "not touched")
    with pytest.raises(ConfigurationError, match="newer miner"):
        read_store(settings)
    assert (settings.data_dir / "miner.db").read_bytes() == before


def test_a_file_that_is_no_database_is_named_as_damaged(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "miner.db").write_bytes(b"no database, a text of some length\n" * 99)
    _assert_failed(_miner(settings.data_dir, "db", "upgrade"), "damaged")


def test_a_database_of_something_else_is_left_alone(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        connection.execute("CREATE TABLE recipe (id INTEGER)")
    _assert_failed(_miner(settings.data_dir, "db", "upgrade"), "something else", "recipe")
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("recipe",)]


@pytest.mark.parametrize("below", ["", "below", "far/below"])
def test_a_file_in_the_place_of_a_folder_is_named(settings: Settings, below: str) -> None:
    settings.data_dir.write_text("a file")
    done = _miner(settings.data_dir / below, "db", "upgrade")
    _assert_failed(done, "file in its place", str(settings.data_dir), "MINER_DATA_DIR")


def test_a_place_where_nobody_can_make_a_folder_is_named() -> None:
    """Not even root can make one there."""
    _assert_failed(_miner(Path("/proc/miner"), "db", "upgrade"), "/proc/miner", "MINER_DATA_DIR")


def test_a_folder_in_the_place_of_the_file_cannot_be_opened(settings: Settings) -> None:
    (settings.data_dir / "miner.db").mkdir(parents=True)
    _assert_failed(_miner(settings.data_dir, "db", "upgrade"), "cannot be written")


def test_a_store_that_another_program_holds_is_tried_again_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miner.db.session._PRAGMAS", ("PRAGMA busy_timeout=50",))
    engine = open_store(settings)
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Exception, match="locked") as caught, engine.begin():
            pytest.fail("two writers at once")
    engine.dispose()
    assert isinstance(as_miner_error(caught.value), RetryLater)


def test_a_killed_writer_loses_only_what_was_not_committed(settings: Settings) -> None:
    code = """
import os, signal
from miner.db.session import open_store
from miner.settings import load_settings
add = "INSERT INTO hub (name, title, home_page, terms_url) VALUES (?, '', '', '')"
engine = open_store(load_settings())
with engine.begin() as connection:
    connection.exec_driver_sql(add, ("kept",))
with engine.begin() as connection:
    connection.exec_driver_sql(add, ("lost",))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "MINER_DATA_DIR": str(settings.data_dir)}
    done = subprocess.run([sys.executable, "-c", code], check=False, env=environment)
    assert done.returncode == -9
    hub = metadata.tables["hub"]
    engine = open_store(settings)
    with engine.begin() as connection:
        assert connection.execute(hub.select()).scalars().all() == [1]
        insert(connection, hub, [{"name": "lost", "title": "", "home_page": "", "terms_url": ""}])
    engine.dispose()
