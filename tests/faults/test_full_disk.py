"""Disks that fill up under a crawl, here and at the database: one message, and then it goes on."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from miner.pipelines.sources.dump import open_seed
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import command, crawl, environment, one, run, settings_for, window
from tests.disturbed import DAY, assert_equal, assert_failed, from_dump, hub
from tests.postgres import Postgres

_BLOCK = 512


def _run_below(settings: Settings, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``miner crawl`` where no file may become larger: the kernel refuses to write on."""
    limit = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(size // _BLOCK)]
    return subprocess.run(
        [*limit, *command(*arguments)],
        env=environment(settings), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.soak
def test_a_disk_that_takes_no_more_costs_another_run(tmp_path: Path, store_url: str) -> None:
    catalog = hub()
    options = from_dump(catalog, tmp_path / "dump.parquet")
    with serving(catalog) as server:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        assert run(whole, *options).returncode == 0
        settings = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        kinds = ["archive/*"] if "postgres" in store_url else ["archive/*", "miner.db"]
        largest = max(path.stat().st_size for kind in kinds for path in whole.data_dir.glob(kind))
        for part in (0.1, 0.5, 0.8):
            done = _run_below(settings, int(part * largest), *options)
            assert_failed(done, 10, "disk", "same command", "ulimit")
        done = run(settings, *options)
        assert done.returncode == 0, done.stderr
        assert_equal(settings, whole)


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device'
        USING ERRCODE = 'disk_full';
END $$
"""
"""What the server says when a table cannot grow; here of those that a test chooses."""

ON = "BEFORE INSERT ON {} FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"


@pytest.mark.soak
def test_a_database_whose_disk_is_full_costs_another_run(
    tmp_path: Path, postgres: Postgres
) -> None:
    catalog = hub()
    options = from_dump(catalog, tmp_path / "dump.parquet")
    with serving(catalog) as server, postgres.database(with_store=True) as url:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        settings = settings_for(tmp_path / "data", server.endpoint, database_url=url)
        seed = open_seed(whole, options[-3], datetime.fromisoformat(DAY))
        crawl(whole, window(since="2024-01-01"), seed=seed)
        database = url.partition("?")[0].rpartition("/")[2]
        postgres.run(FULL, database=database)
        for table in ("model", "answer", "fetched_file", "dataset"):
            postgres.run(f"CREATE TRIGGER filled {ON.format(table)}", database=database)
            assert_failed(run(settings, *options), 10, "disk", "is full", "same command")
            postgres.run(f"DROP TRIGGER filled ON {table}", database=database)
        assert one(settings, "SELECT count(*) FROM run WHERE state = 'finished'") == 0
        done = run(settings, *options)
        assert done.returncode == 0, done.stderr
        assert_equal(settings, whole)
