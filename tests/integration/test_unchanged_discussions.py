"""Lists of discussions that did not change: asked for by their ETag, answered with 304."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.history import History
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import ask, build, copied, crawl, differences, name, one, settings_for
from tests.fronts import Answer, Front, Meddle, before
from tests.histories import comment, discussion, with_past

ALONE: dict[str, Any] = {"with_discussions": True, "configs": "none", "min_downloads": 0}
UNCHANGED = "discussions: lists not modified (304)"


def first_page(number: int) -> str:
    return f"/api/models/{name(number)}/discussions?p=0"


def hub() -> Catalog:
    """A model with two discussions, and two with none."""
    catalog = build(3)
    with_past(catalog, name(0))
    return catalog


@contextmanager
def fronted(catalog: Catalog) -> Iterator[Front]:
    with serving(catalog) as server, before(server.endpoint) as front:
        yield front


def crawled(front: Front, settings: Settings, **more: Any) -> tuple[dict[str, bool], int]:
    """Crawl; whether each first page was asked for conditionally, and how many had not changed."""
    front.headers.clear()
    counts = crawl(settings, **ALONE, **more)
    asked = {path: "if-none-match" in sent for path, sent in front.headers if path.endswith("p=0")}
    return asked, counts[UNCHANGED]


def states(settings: Settings) -> dict[str, tuple[object, ...]]:
    rows = ask(
        settings,
        "SELECT m.name, h.state, h.reason, h.etag FROM model_history h "
        "JOIN model m ON m.id = h.model_id ORDER BY m.name",
    )
    return {row[0]: row[1:] for row in rows}


def without_etags(settings: Settings, target: Path) -> Settings:
    """A copy of the data directory that knows of no ETag."""
    own = settings_for(copied(settings, target), settings.hf_endpoint)
    with closing(sqlite3.connect(own.data_dir / "miner.db")) as connection, connection:
        connection.execute("UPDATE model_history SET etag = NULL")
    return own


def test_a_second_crawl_gets_304s_and_ends_where_one_without_conditions_does(
    tmp_path: Path,
) -> None:
    catalog = build(4)
    with_past(catalog, name(0))
    catalog.put_history(name(1), History([], None, [discussion(n) for n in range(1, 52)]))
    with fronted(catalog) as front:
        settings = settings_for(tmp_path / "a", front.address)
        assert crawled(front, settings) == ({first_page(n): False for n in range(4)}, 0)
        plain = without_etags(settings, tmp_path / "b")
        catalog.histories[name(0)].discussions[0]["events"].append(comment(3, "It is 4096."))
        catalog.put_history(name(3), History([], None, [discussion(1, comment(1, "Why?"))]))
        catalog.saw(datetime.fromisoformat("2026-01-02T12:00:00"))
        asked = {first_page(n): n != 1 for n in range(4)}  # the second has several pages
        first = one(settings, "SELECT max(id) FROM answer")
        assert crawled(front, settings) == (asked, 1)
        answered = "SELECT url, status FROM answer WHERE kind = 'history' AND id > ? AND url LIKE ?"
        assert dict(ask(settings, answered, first, "%?p=0")) == {
            first_page(0): 200, first_page(1): 200, first_page(2): 304, first_page(3): 200,
        }  # fmt: skip
        assert crawled(front, plain) == (dict.fromkeys(asked, False), 0)
        assert differences(settings.data_dir, plain.data_dir) == []
        catalog.saw(datetime.fromisoformat("2026-01-03T12:00:00"))
        assert crawled(front, settings) == (asked, 3)
        crawled(front, without := without_etags(plain, tmp_path / "c"))
    assert differences(settings.data_dir, without.data_dir) == []
    [(seen,)] = ask(settings, "SELECT DISTINCT substr(observed_at, 1, 10) FROM model_discussion")
    assert seen == "2026-01-03"
    rebuilt = copied(settings, tmp_path / "before")
    parse_archive(settings, Silent())
    assert differences(rebuilt, settings.data_dir) == []
    assert [bool(etag) for _, _, etag in states(settings).values()] == [True, False, True, True]


def test_a_304_is_a_small_record_of_the_archive(tmp_path: Path, store_url: str) -> None:
    catalog = hub()
    with fronted(catalog) as front:
        settings = settings_for(tmp_path / "data", front.address, database_url=store_url)
        crawled(front, settings)
        catalog.saw(datetime.fromisoformat("2026-01-02T12:00:00"))
        assert crawled(front, settings) == ({first_page(n): True for n in range(3)}, 3)
    [(seen,)] = ask(settings, "SELECT DISTINCT observed_at FROM model_discussion")
    assert str(seen).startswith("2026-01-02 12:00:00")
    rows = ask(settings, "SELECT length FROM answer WHERE status = 304")
    assert len(rows) == 3
    assert max(length for (length,) in rows) < 1_500


@pytest.mark.parametrize("etag", [None, f'"{"x" * 10_000}"', "no-quotes"])
def test_what_is_no_etag_is_not_sent_back(tmp_path: Path, etag: str | None) -> None:
    def meddle(path: str, _: int, answer: Answer) -> Answer:
        status, headers, body = answer
        others = {key: text for key, text in headers.items() if key.lower() != "etag"}
        is_list = "/discussions?" in path and etag is not None
        return status, others | ({"ETag": str(etag)} if is_list else {}), body

    with fronted(hub()) as front:
        front.meddle = meddle
        settings = settings_for(tmp_path, front.address)
        for _ in range(2):
            assert crawled(front, settings) == ({first_page(n): False for n in range(3)}, 0)
    assert set(states(settings).values()) == {("fetched", None, None)}


def not_modified(etag: str | None) -> Meddle:
    def meddle(path: str, _: int, answer: Answer) -> Answer:
        named = {"ETag": etag} if etag else {}
        return (304, named, b"") if "/discussions?" in path else answer

    return meddle


def test_a_304_that_was_not_asked_for_says_nothing(tmp_path: Path) -> None:
    with fronted(hub()) as front:
        settings = settings_for(tmp_path, front.address)
        honest, front.meddle = front.meddle, not_modified(None)
        assert crawled(front, settings)[1] == 0
        assert set(states(settings).values()) == {("failed", "status 304", None)}
        front.meddle = honest
        assert crawled(front, settings) == ({first_page(n): False for n in range(3)}, 0)
        assert {state for state, _, _ in states(settings).values()} == {"fetched"}


def test_a_304_of_another_etag_is_asked_for_again(tmp_path: Path) -> None:
    with fronted(hub()) as front:
        settings = settings_for(tmp_path, front.address)
        crawled(front, settings)
        honest, front.meddle = front.meddle, not_modified('W/"another"')
        assert crawled(front, settings)[1] == 0
        assert set(states(settings).values()) == {("failed", "status 304", None)}
        front.meddle = honest
        crawled(front, settings)
        assert {state for state, _, _ in states(settings).values()} == {"fetched"}
        assert one(settings, "SELECT count(*) FROM model_discussion") == 2


def of_first(settings: Settings) -> list[tuple[Any, ...]]:
    return ask(
        settings,
        "SELECT d.title, d.state, d.events_state FROM model_discussion d JOIN model m "
        "ON m.id = d.model_id WHERE m.name = ? AND d.number = 1",
        name(0),
    )


def test_a_crawl_that_is_broken_off_behind_a_new_list_forgets_the_etag_of_the_old(
    tmp_path: Path,
) -> None:
    """The list that comes back to what it was is another than what is stored."""
    catalog, stop = hub(), threading.Event()

    def meddle(path: str, _: int, answer: Answer) -> Answer:
        if path == first_page(0):
            stop.set()
        return answer

    with fronted(catalog) as front:
        settings = settings_for(tmp_path, front.address)
        crawled(front, settings)
        talk = catalog.histories[name(0)].discussions
        talk[0]["status"], front.meddle = "closed", meddle
        crawled(front, settings, stop=stop)
        assert of_first(settings) == [("Question 1", "closed", "not-fetched")]
        assert states(settings)[name(0)][2] is None
        talk[0]["status"] = "open"
        asked, _ = crawled(front, settings)
        assert asked[first_page(0)] is False
    assert of_first(settings) == [("Question 1", "open", "fetched")]


def test_a_discussion_that_changes_behind_its_list_costs_the_etag(tmp_path: Path) -> None:
    catalog = hub()
    talk = catalog.histories[name(0)].discussions

    def meddle(path: str, _: int, answer: Answer) -> Answer:
        if path == first_page(0):
            talk[0]["title"] = "Another title"
        return answer

    with fronted(catalog) as front:
        settings = settings_for(tmp_path, front.address)
        honest, front.meddle = front.meddle, meddle
        crawled(front, settings)
        assert of_first(settings) == [("Another title", "open", "fetched")]
        talk[0]["title"], front.meddle = "Question 1", honest
        asked, unchanged = crawled(front, settings)
        assert (asked[first_page(0)], unchanged) == (False, 2)
    assert of_first(settings) == [("Question 1", "open", "fetched")]


def test_what_an_import_added_is_on_no_list(tmp_path: Path) -> None:
    with fronted(hub()) as front:
        settings = settings_for(tmp_path, front.address)
        crawled(front, settings)
        with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection, connection:
            connection.execute(
                "INSERT INTO model_discussion (model_id, number, kind, state, events_state) "
                "SELECT id, 9, 'discussion', 'open', 'fetched' FROM model WHERE name = ?",
                (name(2),),
            )
        asked, unchanged = crawled(front, settings)
        assert (asked[first_page(2)], unchanged) == (False, 2)
        assert crawled(front, settings)[0][first_page(2)] is False
    assert states(settings)[name(2)] == ("fetched", None, None)


def stopping(stop: threading.Event, place: int) -> Meddle:
    """Ask a crawl to end at the n-th answer on discussions."""
    left = iter(range(place - 1, -1, -1))

    def meddle(path: str, _: int, answer: Answer) -> Answer:
        if "/discussions" in path and next(left, None) == 0:
            stop.set()
        return answer

    return meddle


@pytest.mark.soak
def test_a_second_crawl_that_is_broken_off_ends_where_one_without_conditions_does(
    tmp_path: Path,
) -> None:
    catalog = hub()
    with fronted(catalog) as front:
        first = settings_for(tmp_path / "first", front.address)
        crawled(front, first)
        plain = without_etags(first, tmp_path / "plain")
        catalog.histories[name(0)].discussions[0]["status"] = "closed"
        catalog.put_history(name(1), History([], None, [discussion(n) for n in range(1, 4)]))
        catalog.saw(datetime.fromisoformat("2026-01-02T12:00:00"))
        crawled(front, plain)
        honest = front.meddle
        for place in range(1, 8):  # three lists and four discussions
            settings = settings_for(copied(first, tmp_path / str(place)), front.address)
            stop = threading.Event()
            front.meddle = stopping(stop, place)
            crawl(settings, stop=stop, **ALONE)
            assert stop.is_set()
            front.meddle = honest
            crawled(front, settings)
            assert differences(settings.data_dir, plain.data_dir) == []
            rebuilt = copied(settings, tmp_path / f"before-{place}")
            parse_archive(settings, Silent())
            assert differences(rebuilt, settings.data_dir) == []
