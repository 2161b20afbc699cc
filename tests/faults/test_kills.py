"""Crawls that are killed at any moment, on both stores: where they end, an undisturbed one does."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from miner.pipelines.sources.dump import open_seed
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import ask, build, crawl, one, process, record, run, settings_for, window
from tests.disturbed import CRAWL, DAY, assert_equal, change, from_dump, hub

KILLS = 3
"""Of each kind of crawl on each store: twelve together."""

_SECONDS = "SELECT (julianday(ended_at) - julianday(started_at)) * 86400 FROM run"


def crawls(settings: Settings, condition: str = "true") -> int:
    """Crawls that have begun, or came to their end; 0 where there is no store yet."""
    if settings.database_url.startswith("sqlite"):
        store = settings.data_dir / "miner.db"
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'run'"
        is_there = store.exists() and one(settings, query)
    else:
        is_there = one(settings, "SELECT to_regclass('run')::text") is not None
    return int(one(settings, f"SELECT count(*) FROM run WHERE {condition}")) if is_there else 0


@pytest.mark.slow
@pytest.mark.parametrize("is_seeded", [False, True], ids=["plain", "seeded"])
@pytest.mark.soak
def test_killed_at_any_moment_it_ends_where_an_undisturbed_one_does(
    tmp_path: Path, store_url: str, is_seeded: bool
) -> None:
    chance, catalog = random.Random(20), hub()
    arguments: tuple[str, ...] = CRAWL
    seed = None
    with serving(catalog, ReplayOptions(latency_ms=25)) as server:
        killed = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        whole = settings_for(tmp_path / "whole", server.endpoint)
        if is_seeded:
            arguments = from_dump(catalog, tmp_path / "dump.parquet")
            seed = open_seed(whole, arguments[-3], datetime.fromisoformat(DAY))
        assert run(whole, *arguments).returncode == 0
        seconds = float(one(whole, _SECONDS))
        kills = rounds = 0
        while kills < KILLS:
            before = crawls(killed)
            with process(killed, *arguments) as running:
                while crawls(killed) == before and running.poll() is None:
                    time.sleep(0.01)
                try:
                    _, errors = running.communicate(timeout=chance.uniform(0, seconds))
                except subprocess.TimeoutExpired:
                    running.kill()
                    kills += 1
                else:
                    assert running.returncode == 0, errors
            if crawls(killed, "state = 'finished'") > rounds:
                # it came to its end before its moment: the hub changes, and another crawl begins
                rounds += 1
                change(catalog, rounds)
                crawl(whole, window(since="2024-01-01"), seed=seed)
        done = run(killed, *arguments)
        assert done.returncode == 0, done.stderr
        assert_equal(killed, whole)
    assert crawls(killed, "state = 'finished'") == rounds + 1
    # one that is killed between its last word and its end counts as finished
    assert crawls(killed, "state = 'running'") >= KILLS - rounds


class AfterPageOf(Silent):
    """Sets an event when the first page of a stage was taken in."""

    def __init__(self, stage: str, event: threading.Event) -> None:
        self._stage, self._event = stage, event
        self._is_there = False

    def start(self, stage: str, total: int | None = None) -> None:
        self._is_there = self._stage in stage

    def advance(self, count: int) -> None:
        if self._is_there:
            self._event.set()


@pytest.mark.soak
def test_a_sweep_of_changes_that_was_broken_off_is_ended_though_few_are_left(
    tmp_path: Path, store_url: str
) -> None:
    catalog, stop = build(2300, cards=0), threading.Event()
    with serving(catalog) as server:
        broken = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        whole = settings_for(tmp_path / "whole", server.endpoint)
        for settings in (broken, whole):
            crawl(settings)
        for number in range(1100):  # one page and a tenth: too few are left to be worth a sweep
            moment = f"2026-01-10T{number // 60:02d}:{number % 60:02d}:00.000Z"
            sha = f"{number + 9000:040x}"
            catalog.models.put(record(number, siblings=[], sha=sha, lastModified=moment))
        catalog.saw(datetime.fromisoformat("2026-01-12"))
        crawl(whole)
        crawl(broken, progress=AfterPageOf("delta", stop), stop=stop)
        query = "SELECT page_count, is_complete FROM sweep WHERE kind = 'delta'"
        assert ask(broken, query) == [(1, False)]
        crawl(broken)
        assert_equal(broken, whole)
    assert one(broken, "SELECT page_count FROM sweep WHERE kind = 'delta'") == 2
