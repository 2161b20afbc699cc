"""``parse --from-archive``: a store built from the archive alone is the one that was crawled."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.settings import Settings
from tests.commands import run_miner
from tests.crawling import (
    AfterRecords,
    AtStage,
    ask,
    build,
    card,
    copied,
    crawl,
    created,
    differences,
    environment,
    model_names,
    name,
    process,
    record,
    run,
    settings_for,
    window,
)


def assert_rebuilt(settings: Settings, beside: Path) -> None:
    """Build the store again; nothing may differ, and the old one stays beside it."""
    before = copied(settings, beside)
    counts = parse_archive(settings, Silent())
    assert counts["answers: listing"] > 0
    assert not differences(before, settings.data_dir)
    assert (settings.data_dir / "miner.db.before-parse").exists()
    assert not (settings.data_dir / "rebuild").exists()
    answers = ask(settings, "SELECT count(*) FROM answer")[0][0]
    assert answers == sum(1 for _ in ArchiveReader(settings.archive_dir).scan())
    assert ask(settings, "PRAGMA foreign_key_check") == []


def rich(count: int = 1300) -> Catalog:
    catalog = build(count, cards=60)
    for number in range(20, 30):
        catalog.put_card(name(number), card("The same", "apache-2.0"))
    for number in range(100, 130):
        card_data = {"datasets": [f"some/data-{number}", "old-data"], "base_model": "gone/name"}
        catalog.models.put(record(number, siblings=[], cardData=card_data))
        catalog.datasets.put({"id": f"some/data-{number}", "downloads": number})
    catalog.models.put({"id": "old/base", "_id": "a" * 24, "createdAt": "2023-01-01T00:00:00.000Z"})
    catalog.models.redirect("gone/name", "old/base")
    catalog.datasets.redirect("old-data", "some/data-100")
    catalog.models.put(record(31, gated="auto"))
    catalog.put_card(name(32), b"x" * 5_000_000)
    catalog.models.put(record(33, tags=7, createdAt="yesterday"))
    return catalog


def change(catalog: Catalog, number: int = 0, many: int = 20) -> None:
    """Change what a sweep sees, a month later than the time before."""
    catalog.saw(datetime.fromisoformat(f"2026-0{2 + number}-01T12:00:00"))
    first = 200 + 100 * number
    for place in range(first, first + many):
        modified = f"2026-0{1 + number}-10T{place // 60:02d}:{place % 60:02d}:00.000Z"
        changed = {"sha": f"{number + 1}{place:039x}", "lastModified": modified, "siblings": []}
        catalog.models.put(record(place, **changed, cardData={"license": "gpl-3.0"}))
    catalog.remove_model(name(first + 50))
    catalog.rename_model(name(first + 51), f"renamed/{first}")
    # a name passes to another model while others name it as their base
    catalog.rename_model(name(first + 60), f"moved/{first}")
    fields = record(first + 60, _id=f"{first + 1:x}" * 8, createdAt=created(2000), siblings=[])
    catalog.models.put(fields)
    catalog.models.put(record(first + 61, disabled=True, siblings=[]))
    catalog.models.put(record(first + 62, gated="manual", siblings=[]))
    catalog.models.put(record(2100 + number, siblings=[]))
    catalog.models.put(record(2, sha=f"{number + 1}" * 40))
    catalog.put_card(name(2), card(f"Version {number}", "gpl-3.0"))


@pytest.mark.parametrize("since", [None, "2023-12-01"])
@pytest.mark.soak
def test_three_crawls_of_a_changing_hub(tmp_path: Path, since: str | None) -> None:
    catalog = rich()
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings, window(since=since))
        assert_rebuilt(settings, tmp_path / "first")
        change(catalog)
        crawl(settings, window(since=since))
        assert_rebuilt(settings, tmp_path / "second")
        change(catalog, 1, many=600)
        crawl(settings, window(since=since))
    assert ask(settings, "SELECT kind FROM sweep ORDER BY id")[-1] == ("delta",)
    kinds = {kind for [kind] in ask(settings, "SELECT DISTINCT kind FROM model_event")}
    assert kinds == {"new", "renamed", "gated", "gone", "disabled", "relicensed", "revised"}
    assert_rebuilt(settings, tmp_path / "third")
    assert_rebuilt(settings, tmp_path / "fourth")  # a rebuilt store can be built again


@pytest.mark.soak
def test_a_sweep_that_ended_when_it_had_found_all(tmp_path: Path) -> None:
    catalog = build(1500, cards=0)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
        for number in range(600):
            modified = f"2026-01-10T{number // 60:02d}:{number % 60:02d}:00.000Z"
            revised = {"sha": f"{number + 9000:040x}", "lastModified": modified, "siblings": []}
            catalog.models.put(record(number, **revised))
        crawl(settings)
    assert ask(settings, "SELECT kind, page_count FROM sweep ORDER BY id DESC LIMIT 1") == [
        ("delta", 1)
    ]
    assert_rebuilt(settings, tmp_path / "before")


def test_a_crawl_goes_on_from_a_rebuilt_store(tmp_path: Path) -> None:
    catalog = rich()
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
        other = settings_for(copied(settings, tmp_path / "other"), server.endpoint)
        parse_archive(settings, Silent())
        change(catalog)
        before = server.stats()["buckets"]["resolvers"]["requests"]
        crawl(settings)
        assert server.stats()["buckets"]["resolvers"]["requests"] - before <= 4
        crawl(other)
    assert not differences(settings.data_dir, other.data_dir)


@pytest.mark.parametrize(
    "choice",
    [
        {"bounds": window(limit=1100)},
        {"bounds": window(since=created(200), until=created(900))},
        {"bounds": window(modified_since="2024-06-01")},
        {"bounds": window(since=created(200)), "configs": "all", "min_downloads": 500},
    ],
)
def test_windows_and_choices(tmp_path: Path, choice: dict[str, object]) -> None:
    bounds = choice.pop("bounds")
    catalog = rich(2300)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        for number in range(2):
            crawl(settings, bounds, **choice)  # type: ignore[arg-type] # bounds is a window
            change(catalog, number)
    assert_rebuilt(settings, tmp_path / "before")


@pytest.mark.soak
def test_models_that_come_and_go_while_a_killed_crawl_rests(tmp_path: Path) -> None:
    """What a killed crawl had archived but not taken in was read again, and that counts."""
    catalog = rich(2300)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        for number, progress in enumerate(_breaks(settings, catalog)):
            stop = threading.Event()
            progress(stop)
            change(catalog, number)
        crawl(settings)
        change(catalog, 6)
        crawl(settings)
    assert_rebuilt(settings, tmp_path / "before")


def _breaks(settings: Settings, catalog: Catalog) -> list[Callable[[threading.Event], None]]:
    """Crawls that are broken off at a stage; the page behind the last one is archived already."""

    def at(progress: AfterRecords | AtStage) -> Callable[[threading.Event], None]:
        def broken_off(stop: threading.Event) -> None:
            progress._then = stop.set
            crawl(settings, progress=progress, stop=stop)

        return broken_off

    def nothing() -> None:
        """Replaced by the stop."""

    return [
        at(AfterRecords(1, nothing)),
        at(AfterRecords(1, nothing)),
        at(AtStage("cards", nothing)),
        at(AtStage("bases", nothing)),
    ]


def until(running: subprocess.Popen[str], server: ReplayServer, count: int) -> None:
    while running.poll() is None:
        if sum(each["requests"] for each in server.stats()["buckets"].values()) >= count:
            return


@pytest.mark.soak
def test_killed_crawls_of_a_changing_hub(tmp_path: Path) -> None:
    chance = random.Random(5)
    catalog = rich(2300)
    with serving(catalog, ReplayOptions(latency_ms=1)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        for number in range(2):
            for _ in range(3):
                seen = sum(each["requests"] for each in server.stats()["buckets"].values())
                with process(settings, "--no-export") as running:
                    until(running, server, seen + chance.randrange(1, 120))
                    running.kill()
            done = run(settings, "--no-export")
            assert done.returncode == 0, done.stderr
            change(catalog, number, many=600)
    assert_rebuilt(settings, tmp_path / "before")


def test_a_torn_tail_is_passed_over(tmp_path: Path) -> None:
    catalog = rich()
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
    segment = next(settings.archive_dir.glob("*.gz"))
    whole = segment.read_bytes()
    segment.write_bytes(whole + whole[:100])
    assert_rebuilt(settings, tmp_path / "before")
    assert segment.read_bytes() == whole


@pytest.mark.soak
def test_the_command(tmp_path: Path) -> None:
    with serving(rich()) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
    before = copied(settings, tmp_path / "before")
    (settings.data_dir / "miner.db").unlink()
    done = _parse(settings)
    assert done.returncode == 0, done.stderr
    assert not differences(before, settings.data_dir)
    assert len(model_names(settings)) == 1301


def test_without_an_archive_there_is_nothing_to_build_from(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="no archive"):
        parse_archive(settings, Silent())
    done = _parse(settings)
    assert done.returncode == 10
    assert "Traceback" not in done.stderr


def _parse(settings: Settings) -> subprocess.CompletedProcess[str]:
    return run_miner("parse", "--from-archive", env=environment(settings), cwd=os.sep)
