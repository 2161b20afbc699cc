"""A hub whose crawl has every stage, and what holds after a crawl of it was disturbed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from miner.db.diff import diff_stores
from miner.pipelines.sources.replay.catalog import Catalog
from miner.settings import Settings
from tests.crawling import ask, build, name, one, record
from tests.dumps import write_dump

DAY = "2025-12-01"
CRAWL = ("--since", "2024-01", "--no-export", "--lookups-from", "3")


def hub() -> Catalog:
    """A hub whose crawl has every stage: pages, cards, configs, bases and datasets looked up."""
    catalog = build(2300, cards=40)
    for number in range(100, 130):
        card_data = {"datasets": [f"some/data-{number}"], "base_model": "old/base"}
        catalog.models.put(record(number, siblings=[], cardData=card_data))
        catalog.datasets.put({"id": f"some/data-{number}"})
    catalog.models.put({"id": "old/base", "createdAt": "2023-01-01T00:00:00.000Z"})
    return catalog


def change(catalog: Catalog, times: int) -> None:
    """What makes a further crawl do all that it can do: more changes than are asked for singly."""
    for number in range(600):
        moment = f"2026-01-{10 + times:02d}T{number // 60:02d}:{number % 60:02d}:00.000Z"
        revision: dict[str, Any] = {
            "sha": f"{number + 9000 * times:040x}", "lastModified": moment,
        }  # fmt: skip
        if number >= 10:
            revision["siblings"] = []
        catalog.models.put(record(number, **revision))
    first = 700 + 60 * times
    for number in range(first, first + 10):
        catalog.remove_model(name(number))
        catalog.rename_model(name(number + 20), f"renamed/{number}")
        catalog.models.put(record(number + 3000, siblings=[]))


def dump_of(catalog: Catalog, path: Path) -> Path:
    """A dump of some days before: three in four models, older numbers of downloads."""
    records = [
        dict(repo.record) | {"downloads": 7, "lastModified": "2023-06-01T00:00:00.000Z"}
        if number % 100 == 0
        else dict(repo.record)
        for number, repo in enumerate(catalog.models.order("id", descending=False).repos)
        if number % 4
    ]
    return write_dump(path, records, group=500)


def from_dump(catalog: Catalog, path: Path) -> tuple[str, ...]:
    """Arguments of a crawl that begins from a dump, which is written first."""
    return (*CRAWL, "--seed", str(dump_of(catalog, path)), "--seed-date", DAY)


def assert_equal(a: Settings, b: Settings) -> None:
    """The stores, and on SQLite the observations too, are the same."""
    is_file = a.database_url.startswith("sqlite")
    places = (a.data_dir, b.data_dir) if is_file else (a.database_url, b.database_url)
    found = diff_stores(*map(str, places))
    assert [table for table in found if table.count] == []
    assert one(a, "SELECT count(*) FROM model") > 2000
    assert not ask(a, "SELECT * FROM crawl_cursor")
    if is_file:
        assert ask(a, "PRAGMA integrity_check") == [("ok",)]


def assert_failed(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One message, its exit code, what to do, no traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("miner:")]) == 1
    assert "  next  " in done.stderr
    for word in words:
        assert word in done.stderr
