"""What changes while a long sweep runs is in the store when the same crawl ends."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import (
    AfterRecords,
    ask,
    build,
    crawl,
    created,
    model_names,
    name,
    one,
    record,
    settings_for,
    window,
)

COUNT = 1500
MEANWHILE = "2026-01-01T13:00:00.000Z"  # an hour after the date of the hub's answers


def change(catalog: Catalog) -> None:
    """Revise models of the first and the last page, one outside the window, and create one."""
    for number in (1, 60, 1400):
        catalog.models.put(record(number, sha="9" * 40, lastModified=MEANWHILE, siblings=[]))
    catalog.models.put(
        record(9000, createdAt=MEANWHILE, lastModified=MEANWHILE, siblings=[], _id="f" * 24)
    )


@pytest.mark.parametrize("since", [None, created(50)], ids=["everything", "since"])
def test_what_changes_meanwhile_is_read_by_the_same_crawl(
    tmp_path: Path, since: str | None
) -> None:
    bounds = window(since=since) if since else None
    catalog = build(COUNT, cards=0)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        late = AfterRecords(1, lambda: change(catalog))
        counts = crawl(settings, bounds, progress=late, configs="none", lookups_from=1000)
        asked = server.stats()["buckets"]["api"]["requests"]
        assert counts["models read"] <= COUNT + 1, "each is counted once"
        revised = {1, 60, 1400} if since is None else {60, 1400}
        assert model_names(settings, f"sha = '{'9' * 40}'") == {name(number) for number in revised}
        assert name(9000) in model_names(settings)
        assert (name(1) in model_names(settings)) is (since is None)
        kinds = [kind for [kind] in ask(settings, "SELECT kind FROM sweep ORDER BY id")]
        assert kinds == ["full", "delta"]
        crawl(settings, bounds, configs="none", lookups_from=1000)
        events = one(settings, "SELECT count(*) FROM model_event WHERE kind = 'new'")
    assert asked <= 7, "two pages, two looks at heads, one to close; and pages asked for ahead"
    assert events <= 1, "that of the model that was created meanwhile"


def test_a_closing_pass_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    catalog = build(COUNT, cards=0)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        stop = threading.Event()

        def end() -> None:
            change(catalog)
            stop.set()

        crawl(settings, progress=AfterRecords(COUNT, end), stop=stop)
        for _ in range(2):
            crawl(settings)
            assert one(settings, "SELECT count(*) FROM crawl_cursor") == 0
        sweeps = ask(settings, "SELECT kind, is_complete FROM sweep ORDER BY id")
    assert sweeps[:2] == [("full", 1), ("delta", 1)]
    assert len(model_names(settings, f"sha = '{'9' * 40}'")) == 3


def test_a_closing_pass_that_was_left_for_days_does_not_stay(tmp_path: Path) -> None:
    catalog = build(COUNT, cards=0)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings, progress=AfterRecords(1, lambda: change(catalog)))
        _break_off(settings)
        crawl(settings)
    assert one(settings, "SELECT count(*) FROM crawl_cursor") == 0
    assert one(settings, "SELECT count(*) FROM sweep WHERE ended_at IS NULL") == 0


def test_where_nothing_changed_there_is_no_sweep(tmp_path: Path) -> None:
    with serving(build(COUNT, cards=0)) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings)
        asked = server.stats()["buckets"]["api"]["requests"]
    assert ask(settings, "SELECT kind FROM sweep") == [("full",)]
    assert asked == 3, "two pages and the look at what changed"


def _break_off(settings: Settings) -> None:
    """Make the store one whose last sweep of changes was not ended."""
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        connection.execute("UPDATE sweep SET is_complete = 0, ended_at = NULL WHERE kind = 'delta'")
        connection.execute(
            "INSERT INTO crawl_cursor (sweep_id, next_url, page, phase, kept) "
            "SELECT id, '/api/models', 1, 'main', 0 FROM sweep WHERE kind = 'delta'"
        )
        assert connection.total_changes == 2
        connection.commit()
