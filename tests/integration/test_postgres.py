"""A store on PostgreSQL holds what one on SQLite holds, and exports what that exports."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from miner.db.diff import TableDiff, diff_stores
from miner.db.session import open_store
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import macros
from miner.schema.published import PUBLISHED
from miner.settings import Settings
from tests.commands import run_miner
from tests.crawling import (
    ask,
    build,
    crawl,
    environment,
    name,
    process,
    record,
    requests,
    run,
    settings_for,
    window,
)
from tests.postgres import Postgres


def _catalog() -> Catalog:
    """A hub that fills every table, with words that the two databases could take differently."""
    catalog = build(300, cards=20)
    for number in range(40, 60):
        card_data = {"datasets": ["some/Data", "SOME/data", "Été"], "base_model": name(3).upper()}
        tags = ["arxiv:2301.00001", "MoE", "100%_:x", "ü\u0000'\"\\"]
        files = [{"rfilename": "readme.md"}]
        catalog.models.put(record(number, cardData=card_data, tags=tags, siblings=files))
    catalog.models.put(record(301, downloads="many", siblings=[]))
    catalog.datasets.put({"id": "some/Data", "tags": ["size_categories:n<1K"]})
    return catalog


def _change(catalog: Catalog) -> None:
    for number in range(100, 110):
        later = {"sha": f"{number + 9000:040x}", "lastModified": "2026-01-10T00:00:00.000Z"}
        catalog.models.put(record(number, siblings=[], gated="auto", **later))
        catalog.remove_model(name(number + 20))
        catalog.rename_model(name(number + 40), f"renamed/{number}")
        catalog.models.put(record(number + 400, siblings=[]))


@dataclass(frozen=True)
class Pair:
    """The same crawls into a store of each kind."""

    sqlite: Settings
    postgres: Settings

    def differences(self) -> list[TableDiff]:
        tables = diff_stores(self.sqlite.database_url, self.postgres.database_url)
        assert sum(table.rows_a for table in tables)
        return [table for table in tables if table.count]


@pytest.fixture(scope="module")
def pair(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    catalog, folder = _catalog(), tmp_path_factory.mktemp("pair")
    with postgres.database() as url, serving(catalog) as server:
        made = Pair(
            settings_for(folder / "a", server.endpoint),
            settings_for(folder / "b", server.endpoint, database_url=url),
        )
        for settings in (made.sqlite, made.postgres):
            crawl(settings, configs="all", lookups_from=1)
        assert not made.differences()
        _change(catalog)
        for settings in (made.sqlite, made.postgres):
            crawl(settings, configs="all", lookups_from=1)
        yield made


def test_both_stores_hold_the_same(pair: Pair) -> None:
    assert not pair.differences()
    kinds = {row[0] for row in ask(pair.postgres, "SELECT DISTINCT kind FROM model_event")}
    assert {"new", "renamed", "gone", "gated", "revised"} <= kinds
    for table in ("model_edge", "model_dataset", "model_paper", "license_statement", "dataset",
                  "model_alias", "rejected_record", "model_config", "owner"):  # fmt: skip
        assert ask(pair.postgres, f"SELECT 1 FROM {table} LIMIT 1"), table


def test_the_command_finds_no_difference_and_finds_one(pair: Pair, postgres: Postgres) -> None:
    def diff() -> subprocess.CompletedProcess[str]:
        return _miner(pair.postgres, "db", "diff", pair.sqlite.database_url,
                      pair.postgres.database_url)  # fmt: skip

    done = diff()
    assert done.returncode == 0, done.stderr
    for change, code in (("likes + 1", 14), ("likes - 1", 0)):
        statement = f"UPDATE model SET likes = {change} WHERE name = '{name(0)}'"
        postgres.run(statement, database=_database(pair.postgres))
        done = diff()
        assert done.returncode == code
        assert ("likes" in done.stdout) is (code == 14)


def test_both_export_the_same_table_by_table(pair: Pair, tmp_path: Path) -> None:
    files = [
        export_duckdb(settings, tmp_path / f"{place}.duckdb", macros=macros()).target
        for place, settings in enumerate((pair.sqlite, pair.postgres))
    ]
    a, b = (_tables(file) for file in files)
    assert a.keys() == b.keys() == PUBLISHED.keys()
    for table in a.keys() - {"run"}:  # each has its own clock
        assert a[table] == b[table], table
    assert len(a["model"]) > 300
    assert a["model_event"]
    assert len(a["run"]) == len(b["run"]) == 2


@pytest.mark.shared
@pytest.mark.soak
def test_both_hold_the_reference_corpus(
    shared_dir: Path, postgres: Postgres, tmp_path: Path
) -> None:
    catalog = load_catalog([shared_dir / "hub-corpus"])
    with postgres.database() as url, serving(catalog) as server:
        made = Pair(
            settings_for(tmp_path / "a", server.endpoint),
            settings_for(tmp_path / "b", server.endpoint, database_url=url),
        )
        for settings in (made.sqlite, made.postgres):
            crawl(settings, window(since="2000-01-01"), min_downloads=500)
        assert not made.differences()


@pytest.mark.soak
def test_a_role_that_only_reads_is_enough_to_ask_and_to_export(
    pair: Pair, postgres: Postgres, tmp_path: Path
) -> None:
    database = _database(pair.postgres)
    postgres.run("CREATE ROLE reader LOGIN", "GRANT pg_read_all_data TO reader")
    try:
        reading = replace(
            pair.postgres, data_dir=tmp_path / "data", database_url=postgres.url(database, "reader")
        )
        before = _counts(pair.postgres)
        for words in (["export"], ["query", "models/by_month"], ["model", name(0)], ["status"]):
            done = _miner(reading, *words)
            assert done.returncode == 0, (words, done.stderr)
        _assert_failed(_miner(reading, "model", "owner-0/modl-0000"), 13, f"near: {name(0)}")
        beside = replace(reading, data_dir=pair.postgres.data_dir)  # where the archive is
        _assert_failed(run(beside, "--no-export"), 10, "permission denied", "GRANT")
        assert _counts(pair.postgres) == before
    finally:
        postgres.run("DROP ROLE reader")


def test_a_role_without_rights_is_told_so(pair: Pair, postgres: Postgres, tmp_path: Path) -> None:
    postgres.run("CREATE ROLE stranger LOGIN")
    try:
        with postgres.database() as empty:
            for database, *words in (
                (_database(pair.postgres), "permission denied for table", "GRANT"),
                (empty.partition("@/")[2].partition("?")[0], "may not change it", "owner"),
            ):
                url = postgres.url(database, "stranger")
                settings = replace(pair.postgres, data_dir=tmp_path, database_url=url)
                done = _miner(settings, "db", "upgrade")
                _assert_failed(done, 10, *words)
    finally:
        postgres.run("DROP ROLE stranger")


def test_of_two_crawls_from_two_machines_the_second_is_refused(
    postgres: Postgres, tmp_path: Path
) -> None:
    options = ReplayOptions(latency_ms=500)
    with postgres.database() as url, serving(build(100), options) as server:
        one, other = (
            settings_for(tmp_path / place, server.endpoint, database_url=url) for place in "ab"
        )
        with process(one, "--no-export") as running:
            while requests(server, "api") < 1:
                assert running.poll() is None
                time.sleep(0.05)
            _assert_failed(run(other), 10, "another miner", f"process {running.pid} on", "wait for")


def test_a_database_that_is_not_miners_is_left_alone(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.database() as url:
        settings = settings_for(tmp_path, "http://127.0.0.1:9", database_url=url)
        postgres.run("CREATE TABLE recipe (id INTEGER)", database=_database(settings))
        _assert_failed(_miner(settings, "db", "upgrade"), 10, "something else", "recipe")
        assert ask(settings, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]


def test_a_store_in_a_schema_of_its_own(postgres: Postgres, tmp_path: Path) -> None:
    """Two stores in one database do not lock each other out."""
    with postgres.database() as url:
        database = _database(settings_for(tmp_path, "http://127.0.0.1:9", database_url=url))
        postgres.run("CREATE SCHEMA mine", database=database)
        own = postgres.url(database, options="-c search_path=mine")
        settings = settings_for(tmp_path, "http://127.0.0.1:9", database_url=own)
        open_store(settings).dispose()
        found = ask(settings, "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'model'")
        assert found == [("mine",)]
        report = export_duckdb(settings, tmp_path / "own.duckdb", macros=())
        assert report.row_counts["model"] == 0


def _miner(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return run_miner(*words, env=environment(settings))


def _assert_failed(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "  next  " in done.stderr
    for word in words:
        assert word in done.stderr


def _database(settings: Settings) -> str:
    return settings.database_url.rpartition("?")[0].rpartition("/")[2]


def _counts(settings: Settings) -> list[tuple[Any, ...]]:
    return ask(settings, "SELECT count(*), (SELECT count(*) FROM run) FROM model")


def _tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {table: connection.execute(f"FROM {table}").fetchall() for table in PUBLISHED}
