"""A clock of the machine that jumps: answers carry the hub's own, and nothing else is believed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from miner.db.diff import diff_stores
from miner.pipelines.sources.dump import open_seed
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import AtStage, ask, crawl, settings_for, window
from tests.disturbed import DAY, assert_equal, dump_of, hub

BACK, FORTH = timedelta(days=-900), timedelta(days=3)
SINCE = window(since="2024-01-01")


def stages(is_seeded: bool) -> tuple[str, ...]:
    return (*(("seed", "light", "delta") if is_seeded else ("full",)), "cards", "datasets")


class Jumping(AtStage):
    """Moves the clock when a stage begins, and may end the crawl with it."""

    def __init__(
        self,
        stage: str,
        clock: time_machine.Traveller,
        jump: timedelta,
        stop: threading.Event | None = None,
    ) -> None:
        def then() -> None:
            clock.shift(jump)
            if stop is not None:
                stop.set()

        super().__init__(stage, then)


@pytest.mark.parametrize("is_seeded", [False, True], ids=["plain", "seeded"])
@pytest.mark.soak
def test_it_may_jump_in_mid_run(tmp_path: Path, store_url: str, is_seeded: bool) -> None:
    """Years back when a stage begins, with an end to the crawl; then forth again in mid-run."""
    catalog = hub()
    dump = dump_of(catalog, tmp_path / "dump.parquet")
    with serving(catalog) as server:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        seed = open_seed(whole, str(dump), datetime.fromisoformat(DAY)) if is_seeded else None
        crawl(whole, SINCE, seed=seed)
        settings = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        with time_machine.travel(datetime.now(UTC)) as clock:
            for stage in stages(is_seeded):
                stop = threading.Event()
                shown = Jumping(stage, clock, BACK, stop)
                crawl(settings, SINCE, seed=seed, progress=shown, stop=stop)
                clock.shift(-BACK)
            crawl(settings, SINCE, seed=seed, progress=Jumping("resolving", clock, FORTH))
        assert_equal(settings, whole)
    ended = [state for [state] in ask(settings, "SELECT state FROM run ORDER BY id")]
    assert ended == ["interrupted"] * len(stages(is_seeded)) + ["finished"]


@pytest.mark.soak
def test_one_that_jumps_forth_after_a_kill_costs_a_sweep(tmp_path: Path, store_url: str) -> None:
    """What is left of a crawl counts for a day; then it begins with a sweep, and finds the same."""
    catalog = hub()
    dump = dump_of(catalog, tmp_path / "dump.parquet")
    with serving(catalog) as server:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        seed = open_seed(whole, str(dump), datetime.fromisoformat(DAY))
        crawl(whole, SINCE, seed=seed)
        settings = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        with time_machine.travel(datetime.now(UTC)) as clock:
            for stage in ("light", "cards"):
                stop = threading.Event()
                shown = Jumping(stage, clock, FORTH, stop)
                crawl(settings, SINCE, seed=seed, progress=shown, stop=stop)
            crawl(settings, SINCE, seed=seed)
    assert _differing(settings, whole) == []
    kinds = [kind for [kind] in ask(settings, "SELECT kind FROM sweep WHERE kind <> 'full'")]
    assert kinds.count("light") == 2


def _differing(a: Settings, b: Settings) -> list[str]:
    """Tables that differ, sweeps left out."""
    found = diff_stores(a.database_url, b.database_url, ignore=["sweep.*"])
    return [table.table for table in found if table.count]
