"""A data directory that this user may only read: everything that only reads works."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from miner.db.session import store_lock
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import build, crawl, environment, name, settings_for

_DROP_FROM_BOUNDING_SET, _IGNORES_RIGHTS = 24, 1


def as_a_stranger() -> None:
    """Let what is executed next obey the rights of files, also where the tests run as root."""
    ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, _IGNORES_RIGHTS, 0, 0, 0)


def miner(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "miner", *arguments],
        env=environment(settings), capture_output=True, text=True, check=False,
        preexec_fn=as_a_stranger,
    )  # fmt: skip


def allow(folder: Path, *, writing: bool) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod((0o755 if writing else 0o555) if path.is_dir() else 0o444 | writing << 7)


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Settings]:
    """A crawled data directory without the right to write."""
    with serving(build(12)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
        allow(settings.data_dir, writing=False)
        yield settings
        allow(settings.data_dir, writing=True)


def test_what_only_reads_works(foreign: Settings, tmp_path: Path) -> None:
    before = sorted(foreign.data_dir.iterdir())
    for arguments in (["status"], ["model", name(3)]):
        done = miner(foreign, *arguments)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    target = tmp_path / "elsewhere.duckdb"
    done = miner(foreign, "export", "--duckdb", str(target))
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM model").fetchall() == [(12,)]
    assert sorted(foreign.data_dir.iterdir()) == before
    done = miner(foreign, "doctor")
    assert "12 models" in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_what_writes_says_so(foreign: Settings) -> None:
    done = miner(foreign, "crawl")
    assert done.returncode == 10, done.stderr
    assert "Traceback" not in done.stderr
    assert "MINER_DATA_DIR" in done.stderr


def test_a_store_that_was_not_closed_in_order_is_not_read_as_it_was_before(
    foreign: Settings,
) -> None:
    allow(foreign.data_dir, writing=True)
    store = foreign.data_dir / "miner.db"
    log_file = store.with_name("miner.db-wal")
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE model SET downloads = 7")
        connection.commit()
        kept = log_file.read_bytes()
    shutil.copy(store, foreign.data_dir / "copy")
    log_file.write_bytes(kept)
    allow(foreign.data_dir, writing=False)
    done = miner(foreign, "status")
    assert done.returncode == 10, done.stderr
    assert "not closed in order" in done.stderr
    assert "MINER_DATA_DIR=COPY" in done.stderr


def test_it_is_read_while_its_owner_writes(foreign: Settings) -> None:
    allow(foreign.data_dir, writing=True)
    with store_lock(foreign), closing(sqlite3.connect(foreign.data_dir / "miner.db")) as writer:
        writer.execute("UPDATE model SET downloads = 7")
        writer.commit()
        allow(foreign.data_dir, writing=False)
        done = miner(foreign, "status", "--json")
        allow(foreign.data_dir, writing=True)
    assert done.returncode == 0, done.stderr
    assert f'"writing_process": {os.getpid()}' in done.stdout
