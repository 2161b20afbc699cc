"""Every hub that the registry finds: complete, resumable, idempotent, tolerant, with evidence."""

from __future__ import annotations

import importlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import duckdb
import pytest

from miner.pipelines.crawl.open import opened
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.crawl.run import CrawlChoice, crawl_hub
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.hubs import hub_class, hub_names, hub_profile
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.records.payload import blob_sha
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.settings import Settings
from tests.contract.hubs.base import StandIn
from tests.crawling import (
    AtStage,
    ask,
    copied,
    differences,
    model_names,
    one,
    process,
    run,
    settings_for,
)

pytestmark = pytest.mark.parametrize("name", hub_names())

_CLOCKS = ("*.observed_at", "*.sweep", "sweep.*", "observation.*")


def stand_in(name: str) -> StandIn:
    module = importlib.import_module(f"tests.contract.hubs.{name.replace('-', '_')}")
    return cast(StandIn, module.StandIn())


@contextmanager
def served(
    folder: Path, hub: StandIn, options: ReplayOptions | None = None
) -> Iterator[tuple[Settings, ReplayServer]]:
    """A stand-in on loopback, and settings that lead to it."""
    with serving(hub.catalog, options or ReplayOptions()) as server:
        yield settings_to(folder, server), server


def settings_to(folder: Path, server: ReplayServer) -> Settings:
    changes: dict[str, Any] = {
        "hf_token": "a-token", "github_api_url": server.github_url, "github_tokens": ("a-token",),
        "services": (("MODELSCOPE_ENDPOINT", server.endpoint),),
    }  # fmt: skip
    return settings_for(folder, server.endpoint, **changes)


def crawl(settings: Settings, name: str, stop_at: str = "") -> dict[str, int]:
    """Crawl a hub; with ``stop_at`` until a stage of that name begins."""
    stop = threading.Event()
    progress = AtStage(stop_at, stop.set) if stop_at else Silent()
    with opened(settings, {}, progress, stop, name) as under_way:
        assert crawl_hub(under_way, CrawlChoice(Window(), min_downloads=0)) is not stop.is_set()
    return dict(under_way.counts)


def requests(server: ReplayServer) -> int:
    return sum(int(bucket["requests"]) for bucket in server.stats()["buckets"].values())


def later(hub: StandIn) -> None:
    """Let the hub answer a day later."""
    hub.catalog.saw((hub.catalog.date or datetime.fromisoformat("2026-01-01")) + timedelta(days=1))


def test_it_tells_of_itself(name: str) -> None:
    profile = hub_profile(name)
    assert profile is not None
    assert profile.name == hub_class(name).name == name
    for address in (profile.home_page, profile.terms_url):
        assert urlsplit(address).scheme == "https"
        assert urlsplit(address).netloc
    assert profile.title
    assert profile.hourly_requests > 0
    assert profile.metadata_license is None or profile.metadata_license.strip()
    pages = (profile.model_page, profile.revision_page, profile.file_page)
    for page, places in zip(pages, (1, 2, 3), strict=True):
        assert page is None or (page.startswith("https://") and page.count("{") == places)


def test_a_crawl_finds_every_model_once(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, _):
        counts = crawl(settings, name)
    assert model_names(settings) == hub.names()
    assert counts["models read"] == len(hub.names())
    assert {state for [state] in ask(settings, "SELECT state FROM model")} == {"present"}
    assert ask(settings, "SELECT name, title FROM hub") == [(name, hub_class(name).profile.title)]
    whole = "SELECT count(*) FROM sweep WHERE is_complete AND subject = 'model'"
    assert one(settings, whole) == 1
    assert one(settings, "SELECT count(*) FROM model_event") == 0, "what was there is not new"
    assert one(settings, "SELECT count(*) FROM crawl_cursor") == 0


def test_a_second_crawl_changes_nothing_and_fetches_no_file_again(
    tmp_path: Path, name: str
) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, server):
        crawl(settings, name)
        before, sent = copied(settings, tmp_path / "before"), requests(server)
        size = sum(path.stat().st_size for path in settings.archive_dir.iterdir())
        later(hub)
        crawl(settings, name)
        again = requests(server) - sent
    assert not differences(before, settings.data_dir, *_CLOCKS)
    assert one(settings, "SELECT count(*) FROM model_event") == 0
    assert again < sent
    grown = sum(path.stat().st_size for path in settings.archive_dir.iterdir())
    assert grown < 2 * size, "the same content is not kept twice"


def test_changes_are_found_and_dated(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, _):
        crawl(settings, name)
        later(hub)
        added, removed = hub.add(), hub.remove()
        crawl(settings, name)
        assert model_names(settings, "state = 'present'") == hub.names()
        assert model_names(settings, "state = 'gone'") == {removed}
        later(hub)
        hub.bring_back()
        crawl(settings, name)
    assert model_names(settings, "state = 'present'") == hub.names()
    events = ask(
        settings,
        "SELECT m.name, e.kind, substr(e.observed_at, 1, 10) FROM model_event e "
        "JOIN model m ON m.id = e.model_id WHERE e.kind IN ('new', 'gone', 'returned')",
    )
    assert sorted(events) == sorted(
        [(added, "new", "2026-01-02"), (removed, "gone", "2026-01-02"),
         (removed, "returned", "2026-01-03")]
    )  # fmt: skip


def test_what_cannot_be_used_is_set_aside_with_its_reason(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, _):
        crawl(settings, name)
        later(hub)
        reasons = hub.spoil()
        crawl(settings, name)
    found = {reason for [reason] in ask(settings, "SELECT reason FROM rejected_record")}
    assert reasons <= found
    assert model_names(settings, "state = 'present'") == hub.names(), "it takes nothing else along"


def test_every_fact_has_evidence(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, _):
        crawl(settings, name)
    report = export_duckdb(settings, settings.duckdb_path, macros=())
    with duckdb.connect(str(report.target), read_only=True) as connection:
        models = connection.execute("SELECT hub, name, evidence_url FROM model").fetchall()
        facts = connection.execute(
            "SELECT evidence_url FROM license_statement UNION ALL "
            "SELECT evidence_url FROM model_paper UNION ALL "
            "SELECT evidence_url FROM model_card WHERE state = 'fetched'"
        ).fetchall()
    assert {model for _, model, _ in models} == hub.names()
    assert {hub for hub, _, _ in models} == {name}
    for address in (*(row[2] for row in models), *(row[0] for row in facts)):
        assert urlsplit(str(address)).scheme == "https", address
    assert facts
    reader = ArchiveReader(settings.archive_dir)
    cards = ask(
        settings,
        "SELECT f.blob_sha, a.segment, a.offset FROM fetched_file f JOIN answer a "
        "ON a.id = f.answer_id WHERE f.state = 'fetched'",
    )
    assert cards
    for blob, segment, offset in cards:
        assert blob_sha(reader.read(segment, offset).body) == blob


def test_a_store_is_built_again_from_the_archive(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, _):
        crawl(settings, name)
        later(hub)
        hub.add()
        hub.remove()
        hub.spoil()
        crawl(settings, name)
    before = copied(settings, tmp_path / "before")
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)
    answers = one(settings, "SELECT count(*) FROM answer")
    assert answers == sum(1 for _ in ArchiveReader(settings.archive_dir).scan())


def test_an_archive_is_served_as_the_hub_that_it_came_from(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub) as (settings, _):
        crawl(settings, name)
    with serving(load_catalog([settings.archive_dir])) as server:
        again = settings_to(tmp_path / "again", server)
        crawl(again, name)
    assert not differences(settings.data_dir, again.data_dir, "rejected_record.*")


@pytest.mark.soak
def test_it_stays_inside_the_limits(tmp_path: Path, name: str) -> None:
    hub = stand_in(name)
    with served(tmp_path / "data", hub, hub.tight) as (settings, server):
        crawl(settings, name)
        buckets = server.stats()["buckets"]
    assert model_names(settings) == hub.names()
    limited = {key: bucket for key, bucket in buckets.items() if bucket["limit"]}
    assert any(bucket["requests"] > 2 * bucket["limit"] for bucket in limited.values())
    for bucket in limited.values():
        assert bucket["refused"] == 0
        assert bucket["most_in_a_window"] <= bucket["limit"]


@pytest.mark.soak
def test_killed_at_any_moment_it_ends_where_an_undisturbed_one_does(
    tmp_path: Path, name: str
) -> None:
    hub = stand_in(name)
    with served(tmp_path / "whole", hub) as (settings, server):
        crawl(settings, name)
        needed = requests(server)
    with served(tmp_path / "killed", hub, ReplayOptions(latency_ms=15)) as (killed, server):
        for moment in itertools.accumulate([max(1, needed // 5)] * 4):
            with process(killed, "--hub", name, "--no-github", "--no-export") as running:
                while running.poll() is None and requests(server) < moment:
                    time.sleep(0.002)
                running.kill()
                running.wait()
        done = run(killed, "--hub", name, "--no-github", "--no-export")
        assert done.returncode == 0, done.stderr
    assert not differences(settings.data_dir, killed.data_dir)


def test_two_hubs_in_one_store_leave_each_other_alone(tmp_path: Path, name: str) -> None:
    hubs = {each: stand_in(each) for each in hub_names()}
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:1")
    for each in [name, *(other for other in hubs if other != name), name]:
        with serving(hubs[each].catalog) as server:
            settings = settings_to(tmp_path / "data", server)
            crawl(settings, each)
    for each, hub in hubs.items():
        models = ask(
            settings,
            "SELECT m.name, m.state FROM model m JOIN hub h ON h.id = m.hub_id WHERE h.name = ?",
            each,
        )
        assert models == [(model, "present") for model in sorted(hub.names())] or (
            dict(models) == dict.fromkeys(hub.names(), "present")
        )
    before = copied(settings, tmp_path / "before")
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)
