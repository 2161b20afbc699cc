"""Histories and discussions that are killed on the way, or that strangers wrote with ill will."""

from __future__ import annotations

import random
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from miner.db.diff import diff_stores
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.history import History
from miner.pipelines.sources.replay.limits import Trouble
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.schema.tables import metadata
from miner.settings import Settings
from tests.crawling import (
    AtStage,
    ask,
    build,
    copied,
    crawl,
    differences,
    name,
    one,
    process,
    run,
    settings_for,
)
from tests.histories import comment, discussion, event, with_past

BOTH: dict[str, Any] = {"with_history": True, "with_discussions": True, "configs": "none"}
HOSTILE = "# <script>alert(1)</script>\x00\x1b[31m\u202e [x](javascript:1) " + "![" * 500


class Stopping(History):
    """Asks a crawl to end when a tree was served."""

    stop: threading.Event

    def files(self, place: int) -> Any:
        if place > 0 and hasattr(self, "stop"):
            self.stop.set()
        return super().files(place)


def hub(models: int = 2) -> Catalog:
    catalog = build(models)
    for number in range(models):
        with_past(catalog, name(number), model=number)
    return catalog


def test_a_history_that_was_broken_off_ends_where_an_undisturbed_one_does(tmp_path: Path) -> None:
    catalog, stop = hub(), threading.Event()
    with serving(catalog) as server:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        crawl(whole, **BOTH)
        past = catalog.histories[name(0)]
        stopping = Stopping(past.commits, past.refs, past.discussions)
        stopping.stop = stop
        catalog.histories[name(0)] = stopping
        broken = settings_for(tmp_path / "broken", server.endpoint)
        crawl(broken, stop=stop, **BOTH)
        assert one(broken, "SELECT count(*) FROM model_commit") > 0
        assert one(broken, "SELECT count(*) FROM model_history") == 0
        crawl(broken, **BOTH)
    assert differences(broken.data_dir, whole.data_dir) == []


@pytest.mark.soak
def test_pages_in_place_of_answers_are_asked_for_again(tmp_path: Path) -> None:
    def ail(rate: float) -> None:
        server.hub.trouble = Trouble(ReplayOptions(rate_page=rate, seed=5))

    with serving(hub(4)) as server:
        clean = settings_for(tmp_path / "clean", server.endpoint)
        crawl(clean, **BOTH)
        settings = settings_for(tmp_path / "pages", server.endpoint, http_attempts=1)
        counts = crawl(settings, progress=AtStage("histories", lambda: ail(0.2)), **BOTH)
        assert counts["histories: changes failed"] > 0
        assert counts["discussions: discussions failed"] > 0
        ail(0)
        crawl(settings, **BOTH)
    found = differences(settings.data_dir, clean.data_dir, "sweep.*")  # it has one more
    assert [each for each in found if each.table in metadata.tables] == []


def test_what_was_gated_is_asked_for_when_it_is_open(tmp_path: Path) -> None:
    catalog = hub(1)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        for gating, state in (("auto", "gated"), (False, "fetched")):
            model = catalog.models.find(name(0))
            assert not isinstance(model, str | None)
            catalog.models.put({**model.source, "gated": gating}, files=model.files)
            crawl(settings, **BOTH)
            query = "SELECT state FROM model_history WHERE kind = 'changes'"
            assert one(settings, query) == state


@pytest.mark.soak
def test_killed_ten_times_it_ends_where_an_undisturbed_one_does(
    tmp_path: Path, store_url: str
) -> None:
    chance, arguments = random.Random(16), ("--history", "--discussions", "--configs", "none")
    with serving(hub(24), ReplayOptions(latency_ms=25)) as server:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        assert run(whole, *arguments).returncode == 0
        seconds = float(one(whole, "SELECT (julianday(ended_at) - julianday(started_at)) * 86400 "
                                   "FROM run"))  # fmt: skip
        killed = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        for _ in range(10):
            with process(killed, *arguments) as running:
                try:
                    running.communicate(timeout=1 + chance.uniform(0, seconds / 4))
                except subprocess.TimeoutExpired:
                    running.kill()
        done = run(killed, *arguments)
        assert done.returncode == 0, done.stderr
    places = (killed.database_url, whole.database_url)
    assert [found for found in diff_stores(*places) if found.count] == []
    if store_url.startswith("sqlite"):
        before = copied(killed, tmp_path / "before")
        parse_archive(killed, Silent())
        assert differences(before, killed.data_dir) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store of a hub whose people, and whose answers, mean no good."""
    catalog = build(4)
    with_past(catalog, name(1), model=1)
    gated = catalog.models.find(name(1))
    assert gated is not None
    assert not isinstance(gated, str)
    catalog.models.put({**gated.source, "gated": "manual"}, files=gated.files)
    many = [comment(number, f"Comment {number}") for number in range(10_000)]
    odd: list[Any] = [
        7, None, [], {"type": 5, "id": ["x"], "createdAt": "never", "data": 7},
        comment(1, HOSTILE), comment(2, "gone", hidden=True, latest=None),
        comment(3, "by nobody", None), comment(3, "the same event again"),
        event(4, "status-change", status="on fire"), event(5, "commit", oid=7, subject={}),
        {**comment(6, "a name that is none"), "author": {"name": "Ada <ada@acme.example>"}},
        comment(8, "x" * 300_000),
    ]  # fmt: skip
    repeated = [discussion(number % 30 + 10) for number in range(120)]
    talk = [discussion(1, *many), discussion(2, *odd, author=None, status=None), *repeated]
    catalog.put_history(name(0), History(with_past(catalog, name(0)).commits, None, talk))
    broken = History(
        [{"id": "no sha", "date": 7, "files": {}}, *catalog.histories[name(0)].commits]
    )
    catalog.histories[name(2)] = broken
    with serving(catalog) as server:
        settings = settings_for(tmp_path_factory.mktemp("hostile"), server.endpoint)
        crawl(settings, **BOTH)
    return settings


OF_FIRST = f"model_id = (SELECT id FROM model WHERE name = '{name(0)}')"


def test_ten_thousand_events_are_read(hostile: Settings) -> None:
    query = "SELECT event_count, events_state FROM model_discussion WHERE number = 1"
    assert ask(hostile, f"{query} AND {OF_FIRST}") == [(10_000, "fetched")]


def test_odd_events_cost_themselves_alone(hostile: Settings) -> None:
    rows = ask(
        hostile,
        "SELECT kind, author, substr(text, 1, 20), is_hidden, new_state, sha FROM discussion_event "
        f"WHERE number = 2 AND {OF_FIRST} ORDER BY position",
    )
    assert [row[0] for row in rows] == [
        "other", "comment", "comment", "comment", "status-change", "commit", "comment", "comment",
    ]  # fmt: skip
    assert rows[2][2:4] == (None, 1)
    assert rows[3][1:3] == ("ada", "the same event again")
    assert rows[4][4] == "unknown"
    assert rows[6][1] is None
    assert one(hostile, "SELECT max(length(text)) FROM discussion_event") == 200_000
    assert "\x00" not in str(
        one(hostile, "SELECT text FROM discussion_event WHERE text LIKE '# <script>%'")
    )
    query = "SELECT author, state FROM model_discussion WHERE number = 2"
    assert ask(hostile, f"{query} AND {OF_FIRST}") == [(None, "unknown")]


def test_pages_that_repeat_end(hostile: Settings) -> None:
    assert one(hostile, "SELECT count(*) FROM model_discussion WHERE number >= 10") == 30


def test_what_is_gated_has_a_state(hostile: Settings) -> None:
    rows = ask(
        hostile,
        "SELECT h.kind, h.state FROM model_history h JOIN model m ON m.id = h.model_id "
        "WHERE m.name = ? ORDER BY h.kind",
        name(1),
    )
    assert rows == [
        ("changes", "gated"), ("commits", "gated"), ("discussions", "fetched"), ("refs", "gated"),
    ]  # fmt: skip
