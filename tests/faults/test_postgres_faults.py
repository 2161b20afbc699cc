"""PostgreSQL that stops, refuses or cannot be reached."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miner.db.diff import diff_stores
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
from tests.crawling import (
    build,
    crawl,
    one,
    process,
    record,
    run,
    settings_for,
    window,
)
from tests.postgres import Postgres

CRAWL = ("--since", "2024-01", "--no-export")


def _catalog() -> Catalog:
    catalog = build(2300, cards=60)
    for number in range(100, 130):
        card_data = {"datasets": [f"some/data-{number}"], "base_model": "old/base"}
        catalog.models.put(record(number, siblings=[], cardData=card_data))
        catalog.datasets.put({"id": f"some/data-{number}"})
    catalog.models.put({"id": "old/base", "createdAt": "2023-01-01T00:00:00.000Z"})
    return catalog


def _counted(server: ReplayServer) -> int:
    return sum(bucket["requests"] for bucket in server.stats()["buckets"].values())


def _until(running: subprocess.Popen[str], server: ReplayServer, count: int) -> None:
    """Wait until the hub has counted so many requests, or the crawl has ended."""
    while running.poll() is None and _counted(server) < count:
        time.sleep(0.005)


def _assert_failed(done: Any, code: int, *words: str) -> None:
    """One message, its exit code, what to do, no traceback, no password."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("miner:")]) == 1
    assert "  next  " in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.fixture
def undisturbed(tmp_path: Path) -> Callable[[Catalog], Settings]:
    """Crawls a hub into a store on SQLite, from begin to end."""

    def make(catalog: Catalog) -> Settings:
        with serving(catalog) as server:
            settings = settings_for(tmp_path / "undisturbed", server.endpoint)
            crawl(settings, window(since="2024-01-01"))
        return settings

    return make


def _assert_equal(settings: Settings, other: Settings) -> None:
    found = diff_stores(settings.database_url, other.database_url)
    assert [table for table in found if table.count] == []
    assert one(settings, "SELECT count(*) FROM model") > 2000


@pytest.mark.slow
@pytest.mark.parametrize("requests", [1, 4, 40])
@pytest.mark.soak
def test_a_server_that_restarts_in_mid_run_costs_a_second_run(
    postgres: Postgres,
    tmp_path: Path,
    undisturbed: Callable[[Catalog], Settings],
    requests: int,
) -> None:
    catalog = _catalog()
    whole = undisturbed(catalog)
    with postgres.database() as url, serving(catalog, ReplayOptions(latency_ms=60)) as server:
        settings = settings_for(tmp_path / "cut", server.endpoint, database_url=url)
        with process(settings, *CRAWL) as running:
            _until(running, server, requests)
            postgres.restart()
            output, errors = running.communicate(timeout=120)
        ended = subprocess.CompletedProcess([], running.returncode, output, errors)
        _assert_failed(ended, 11, "PostgreSQL", "run the same command again", "kept")
        done = run(settings, *CRAWL)
        assert done.returncode == 0, done.stderr
        _assert_equal(settings, whole)


@pytest.fixture
def guarded(postgres: Postgres) -> Iterator[str]:
    """A role that has to give a password, s3cret."""
    rules = Path(postgres.server.pgdata) / "pg_hba.conf"
    before = rules.read_text()
    postgres.run("CREATE ROLE guarded LOGIN PASSWORD 's3cret'")
    rules.write_text("local all guarded scram-sha-256\n" + before)
    postgres.run("SELECT pg_reload_conf()")
    yield "guarded"
    rules.write_text(before)
    postgres.run("SELECT pg_reload_conf()", "DROP ROLE guarded")


def test_a_password_is_asked_for_and_never_shown(
    postgres: Postgres, guarded: str, tmp_path: Path
) -> None:
    with postgres.database(with_store=True) as url:
        settings = settings_for(tmp_path, "http://127.0.0.1:9", database_url=url)
        for password in (":wrong-s3cret", "", ":s3cret-too"):
            address = url.replace("postgres@", f"{guarded}{password}@")
            done = run(replace(settings, database_url=address))
            _assert_failed(done, 10, "refuses the login", "MINER_DATABASE_URL")
        right = url.replace("postgres@", f"{guarded}:s3cret@")
        _assert_failed(run(replace(settings, database_url=right)), 10, "permission denied")


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("postgresql://LOGIN@127.0.0.1:1/store", 11, "cannot be reached"),
        ("postgres://LOGIN@/store?host=/nowhere/at/all", 11, "cannot be reached"),
        ("postgresql://LOGIN@host:port/store", 10, "port is no number"),
        ("postgresql://LOGIN@127.0.0.1:1/store?strange=1", 10, "address of the store"),
        ("postgresql+asyncpg://LOGIN@host/store", 10, "SQLite or PostgreSQL"),
        ("mysql://LOGIN@host/store", 10, "SQLite or PostgreSQL"),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path: Path, address: str, code: int, words: str) -> None:
    url = address.replace("LOGIN", "user:s3cret")  # no file may hold an address with a password
    settings = settings_for(tmp_path, "http://127.0.0.1:9", database_url=url)
    _assert_failed(run(settings), code, words)


def test_a_database_that_is_not_there(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url("nowhere")
    settings = settings_for(tmp_path, "http://127.0.0.1:9", database_url=url)
    _assert_failed(run(settings), 10, "refuses the login", '"nowhere" does not exist')


def test_every_spelling_of_the_scheme_is_the_same_store(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.database(with_store=True) as url:
        rest = url.partition("://")[2]
        for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
            found = diff_stores(f"{scheme}://{rest}", url)
            assert not [table for table in found if table.count]
