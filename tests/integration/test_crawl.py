"""Whole crawls of small hubs on loopback: what is held afterwards, and what a change leads to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from miner.db.session import read_store
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
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
    model_names,
    name,
    one,
    record,
    requests,
    settings_for,
    window,
)
from tests.stores import only_sqlite

LATER = datetime.fromisoformat("2026-02-01T12:00:00")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def store_kind(request: pytest.FixtureRequest) -> str:
    """As everywhere; what crawls again and again does so on PostgreSQL in ``make soak``."""
    return str(request.param)


@pytest.fixture
def serve(
    tmp_path: Path, store_url: str
) -> Iterator[Callable[[Catalog], tuple[ReplayServer, Settings]]]:
    """Serve a catalog until the test ends."""
    running: list[object] = []

    def start(catalog: Catalog, **options: object) -> tuple[ReplayServer, Settings]:
        server = serving(catalog, ReplayOptions(**options))  # type: ignore[arg-type] # of the test
        running.append(server)
        hub = server.__enter__()
        return hub, settings_for(tmp_path / "data", hub.endpoint, database_url=store_url)

    yield start
    for server in running:
        server.__exit__(None, None, None)  # type: ignore[attr-defined] # a context manager


Serve = Callable[..., tuple[ReplayServer, Settings]]


def events(settings: Settings) -> set[tuple[str, str, str | None, str | None]]:
    rows = ask(
        settings,
        "SELECT m.name, e.kind, e.old_value, e.new_value FROM model_event e "
        "JOIN model m ON m.id = e.model_id",
    )
    return {(row[0], row[1], row[2], row[3]) for row in rows}


def aliases(settings: Settings) -> set[tuple[str, str, str]]:
    rows = ask(
        settings,
        "SELECT a.alias, m.name, a.source FROM model_alias a JOIN model m ON m.id = a.model_id",
    )
    return {(row[0], row[1], row[2]) for row in rows}


def file_states(settings: Settings, path: str = "README.md") -> dict[str, str]:
    rows = ask(
        settings,
        "SELECT m.name, f.state FROM fetched_file f JOIN model m ON m.id = f.model_id "
        "WHERE f.path = ?",
        path,
    )
    return {row[0]: row[1] for row in rows}


def test_a_full_crawl_holds_everything_or_says_why(serve: Serve) -> None:
    catalog = build(1300, cards=60)
    for number in (1200, 1201):
        fields = record(number, siblings=[])
        del fields["createdAt"]
        catalog.models.put(fields)
    catalog.models.put(record(10, gated="manual"))
    catalog.models.put(record(11, disabled=True))
    catalog.models.put(record(1202))  # lists a card that is not there
    catalog.put_card(name(12), b"x" * 5_000_000)
    _, settings = serve(catalog)
    counts = crawl(settings, configs="all")
    assert model_names(settings) == {name(number) for number in range(1300)}
    assert model_names(settings, "created_at IS NULL") == {name(1200), name(1201)}
    assert counts["models read"] == 1300
    assert counts["records set aside"] == 0
    states = file_states(settings)
    assert states.pop(name(10)) == "gated"
    assert states.pop(name(12)) == "too-large"
    assert states.pop(name(1202)) == "missing"
    assert one(settings, "SELECT state FROM model WHERE name = ?", name(11)) == "disabled"
    wanted = {name(number) for number in range(60)} - {name(10), name(11), name(12)}
    assert states == dict.fromkeys(wanted, "fetched")
    assert counts["cards fetched"] == len(wanted)
    assert file_states(settings, "config.json")[name(5)] == "fetched"
    context = "SELECT c.context_length FROM model_config c JOIN model m ON m.id = c.model_id "
    assert one(settings, context + "WHERE m.name = ?", name(5)) == 1005
    reason = one(settings, "SELECT reason FROM fetched_file WHERE state = 'gated' LIMIT 1")
    assert "authenticated" in reason
    # every fact is one click from its evidence: bytes in the archive, by the blob's answer
    segment, offset = ask(
        settings,
        "SELECT a.segment, a.offset FROM fetched_file f JOIN model m ON m.id = f.model_id "
        "JOIN answer a ON a.id = f.answer_id WHERE m.name = ? AND f.path = 'README.md'",
        name(7),
    )[0]
    body = ArchiveReader(settings.archive_dir).read(segment, offset).body
    assert body == card("Model 7")
    start, end = ask(
        settings,
        "SELECT l.span_start, l.span_end FROM license_statement l JOIN model m "
        "ON m.id = l.model_id WHERE m.name = ? AND l.source = 'card'",
        name(7),
    )[0]
    assert body.decode()[start:end] == "mit"


def test_what_a_record_says_is_what_is_held(serve: Serve) -> None:
    _, settings = serve(build(40, cards=0))
    crawl(settings)
    row = ask(
        settings,
        "SELECT uid, sha, created_at, last_modified_at, downloads, downloads_all_time, likes, "
        "gated, is_private, is_disabled, pipeline_tag, library_name, license, tags, languages, "
        "observed_at FROM model WHERE name = ?",
        name(20),
    )[0]
    assert row == (
        f"{20:024x}", f"{20:040x}", "2024-01-06 00:00:00.000000", "2024-01-07 00:00:00.000000",
        980, 5020, 2, "no", 0, 0, "text-generation", "transformers", "apache-2.0",
        '["transformers","license:apache-2.0"]', '["en"]', "2026-01-01 12:00:00.000000",
    )  # fmt: skip
    edges = ask(
        settings,
        "SELECT c.name, e.parent, p.name, e.source FROM model_edge e JOIN model c "
        "ON c.id = e.child_id LEFT JOIN model p ON p.id = e.parent_id",
    )
    bases = {number: max(0, number - 10) for number in range(0, 40, 5)}
    assert set(edges) == {
        (name(child), name(base), name(base), "declared") for child, base in bases.items()
    }


@only_sqlite
def test_a_second_crawl_changes_nothing_but_the_observations(serve: Serve, tmp_path: Path) -> None:
    server, settings = serve(build(1300, cards=30))
    crawl(settings)
    before = copied(settings, tmp_path / "before")
    files = requests(server, "resolvers")
    counts = crawl(settings)
    assert requests(server, "resolvers") == files, "no file is asked for again"
    assert counts["models new or changed"] == 0
    found = differences(before, settings.data_dir)
    assert {diff.table for diff in found} == {
        "sweep",
        "observations/model/huggingface-model-light-000002.parquet",
    }
    assert {(diff.only_a, diff.only_b, diff.differing) for diff in found} == {
        (0, 1, 0),
        (0, 1300, 0),
    }
    assert ask(settings, "SELECT kind, is_complete, record_count, rejected_count FROM sweep") == [
        ("full", 1, 1300, 0),
        ("light", 1, 1300, 0),
    ]
    assert not ask(settings, "SELECT * FROM crawl_cursor")
    assert not ask(settings, "SELECT * FROM model_event")


def test_since_reads_newest_first_and_stops(serve: Serve) -> None:
    catalog = build(3500, cards=0)
    catalog.saw(datetime.fromisoformat("2026-12-01"))
    server, settings = serve(catalog)
    crawl(settings, window(since=created(2100)))
    assert model_names(settings, "created_at IS NOT NULL") >= {name(n) for n in range(2100, 3500)}
    assert model_names(settings, f"created_at < '{created(2100).replace('T', ' ')[:19]}'") == set()
    pages = one(settings, "SELECT page_count FROM sweep")
    assert pages == 3, "two pages to the first older model, one look at the newest"
    assert requests(server, "api") <= 6


@pytest.mark.parametrize("padding", [0, 600])
def test_models_created_meanwhile_are_found_by_a_look(serve: Serve, padding: int) -> None:
    """Large pages are read in another process; the page behind the window is dropped unread."""
    catalog = build(2500, cards=0)
    card_data = {"license": "mit", "padding": "x" * padding}
    for number in range(2500):
        catalog.models.put(record(number, siblings=[], cardData=card_data))

    def add() -> None:
        for number in (2600, 2601):
            catalog.models.put(record(number, siblings=[]))

    _, settings = serve(catalog)
    crawl(settings, window(since=created(600)), progress=AfterRecords(1, add))
    expected = {name(number) for number in [*range(600, 2500), 2600, 2601]}
    assert model_names(settings) == expected
    assert one(settings, "SELECT record_count FROM sweep") == len(expected)
    archived = ArchiveReader(settings.archive_dir).scan()
    kept = [(answer.url, answer.body) for _, answer in archived if answer.kind == "listing"]
    assert len(kept) == 3
    for url, body in kept:
        ids = [item["id"] for item in json.loads(body)]
        assert (name(2499) in ids) is ("cursor" not in url)


def test_the_look_ends_although_the_newest_model_went_away(serve: Serve) -> None:
    catalog = build(2500, cards=0)
    _, settings = serve(catalog)
    progress = AfterRecords(1, lambda: catalog.remove_model(name(2499)))
    crawl(settings, window(since=created(100)), progress=progress)
    assert model_names(settings, "state = 'present'") >= {name(n) for n in range(100, 2499)}
    assert one(settings, "SELECT is_complete FROM sweep") == 1


@pytest.mark.parametrize("since", [None, created(50)])
def test_until(serve: Serve, since: str | None) -> None:
    _, settings = serve(build(200, cards=0))
    crawl(settings, window(since=since, until=created(150)), lookups_from=1000)
    first = 50 if since else 0
    assert model_names(settings) == {name(number) for number in range(first, 150)}


def test_limit(serve: Serve) -> None:
    _, settings = serve(build(1500, cards=0))
    crawl(settings, window(limit=1200), lookups_from=1000)
    assert model_names(settings) == {name(number) for number in range(1200)}
    assert one(settings, "SELECT is_complete FROM sweep") == 0
    crawl(settings, window(limit=10, since=created(100)), lookups_from=1000)
    assert model_names(settings) >= {name(number) for number in range(1490, 1500)}
    assert not ask(settings, "SELECT * FROM crawl_cursor")


def test_modified_since(serve: Serve) -> None:
    catalog = build(300, cards=0)
    catalog.models.put(record(7, siblings=[], lastModified="2025-06-01T00:00:00.000Z"))
    _, settings = serve(catalog)
    crawl(settings, window(modified_since="2024-03-01"), lookups_from=1000)
    first = next(n for n in range(300) if created(n + 4) >= "2024-03-01")
    assert model_names(settings) == {name(7), *(name(number) for number in range(first, 300))}
    assert ask(settings, "SELECT kind, is_complete FROM sweep") == [("delta", 1)]


def test_min_downloads_and_configs(serve: Serve) -> None:
    catalog = build(30)
    catalog.models.put(record(3, config={"model_type": "llama"}))
    catalog.models.put(record(4, config={"model_type": "qwen3_moe"}))
    catalog.models.put(record(5, downloads=None, config={"model_type": "llama"}))
    _, settings = serve(catalog)
    crawl(settings, min_downloads=990, configs="none")
    assert set(file_states(settings)) == {name(number) for number in range(11)} - {name(5)}
    assert not file_states(settings, "config.json")
    crawl(settings, min_downloads=990, configs="needed")
    assert set(file_states(settings, "config.json")) == {
        name(number) for number in range(11) if number not in {3, 5}
    }
    crawl(settings, min_downloads=0, configs="all")
    assert set(file_states(settings, "config.json")) == model_names(settings)
    assert set(file_states(settings)) == model_names(settings)


def test_a_blob_that_is_held_is_not_fetched_again(serve: Serve) -> None:
    catalog = build(50)
    for number in range(20):
        catalog.put_card(name(number), card("The same"))
    server, settings = serve(catalog)
    crawl(settings, configs="none")
    assert requests(server, "resolvers") == 50 + 30 + 1, "20 equal cards are one blob"
    assert one(settings, "SELECT count(DISTINCT blob_sha) FROM fetched_file") == 31
    assert set(file_states(settings).values()) == {"fetched"}
    query = "SELECT count(*) FROM license_statement WHERE source = 'card' AND is_chosen"
    assert one(settings, query) == 50
    # new revisions with cards that are held: one request each, and the second hop saved
    for number in range(5):
        catalog.models.put(record(number, sha=f"{number + 900:040x}"))
    catalog.models.put(record(50))
    catalog.put_card(name(50), card("The same"))
    crawl(settings, configs="none")
    assert requests(server, "resolvers") == 50 + 30 + 1 + 6
    assert file_states(settings)[name(50)] == "fetched"
    assert one(settings, "SELECT count(DISTINCT blob_sha) FROM fetched_file") == 31
    assert one(settings, query) == 51


def test_cards_that_change_while_they_are_fetched(serve: Serve) -> None:
    catalog = build(20)

    def change() -> None:
        catalog.models.put(record(1, gated="auto"))
        catalog.models.put(record(2, disabled=True))
        catalog.remove_model(name(3))
        catalog.rename_model(name(4), "moved/away")
        catalog.models.put(record(5, sha="f" * 40))

    _, settings = serve(catalog)
    crawl(settings, progress=AtStage("cards", change))
    states = file_states(settings)
    assert [states[name(number)] for number in range(6)] == [
        "fetched", "gated", "disabled", "gone", "fetched", "missing",
    ]  # fmt: skip
    crawl(settings)
    states = file_states(settings)
    assert states["moved/away"] == "fetched"
    assert states[name(5)] == "fetched"


def change(catalog: Catalog) -> None:
    """Everything that can happen to a model between two crawls."""
    catalog.saw(LATER)
    catalog.models.put(record(2000, siblings=[]))
    catalog.models.put(
        record(1, sha="1" * 40, lastModified="2026-01-15T00:00:00.000Z",
               cardData={"license": "gpl-3.0", "base_model": name(3)})
    )  # fmt: skip
    catalog.models.put(record(2, gated="auto"))
    catalog.remove_model(name(3))
    catalog.rename_model(name(4), "new-owner/new-name")
    catalog.models.put(record(5, disabled=True))
    catalog.models.put(record(6, downloads=77))
    # the name passes to another model; the old one is renamed, or gone
    catalog.rename_model(name(7), "renamed/seven")
    catalog.models.put(record(7, _id="7" * 24, createdAt=created(2001), siblings=[]))
    catalog.remove_model(name(8))
    catalog.models.put(record(8, _id="8" * 24, createdAt=created(2002), siblings=[]))


def changed_as_planted(settings: Settings) -> None:
    assert events(settings) == {
        (name(2000), "new", None, name(2000)),
        (name(1), "relicensed", "mit", "gpl-3.0"),
        (name(1), "revised", f"{1:040x}", "1" * 40),
        (name(2), "gated", "no", "auto"),
        (name(3), "gone", "present", "gone-or-private"),
        ("new-owner/new-name", "renamed", name(4), "new-owner/new-name"),
        (name(5), "disabled", "present", "disabled"),
        ("renamed/seven", "renamed", name(7), "renamed/seven"),
        (name(7), "new", None, name(7)),
        (f"{name(8)}@{8:024x}", "gone", "present", "gone"),
        (name(8), "new", None, name(8)),
    }
    assert ask(settings, "SELECT DISTINCT observed_at FROM model_event") == [
        ("2026-02-01 12:00:00.000000",)
    ]
    assert aliases(settings) == {
        (name(4), "new-owner/new-name", "rename"),
        (name(7), "renamed/seven", "rename"),
        (name(8), f"{name(8)}@{8:024x}", "rename"),
    }
    by_uid = {row[0]: row[1:] for row in ask(settings, "SELECT uid, name, state, gated FROM model")}
    assert by_uid[f"{3:024x}"] == (name(3), "gone-or-private", "no")
    assert by_uid[f"{4:024x}"] == ("new-owner/new-name", "present", "no")
    assert by_uid[f"{7:024x}"] == ("renamed/seven", "present", "no")
    assert by_uid["7" * 24] == (name(7), "present", "no")
    assert by_uid["8" * 24] == (name(8), "present", "no")
    assert by_uid[f"{2:024x}"] == (name(2), "present", "auto")
    assert one(settings, "SELECT downloads FROM model WHERE name = ?", name(6)) == 77
    bases = "SELECT parent FROM model_edge e JOIN model m ON m.id = e.child_id WHERE m.name = ?"
    assert ask(settings, bases, name(1)) == [(name(3),)]


@pytest.mark.parametrize("since", [None, "2023-12-01"])
@pytest.mark.parametrize("count", [100, 1500])
def test_what_changed_between_two_crawls_is_found_and_dated(
    serve: Serve, since: str | None, count: int
) -> None:
    catalog = build(count, cards=20)
    server, settings = serve(catalog)
    crawl(settings, window(since=since))
    assert not events(settings)
    change(catalog)
    before = requests(server, "api")
    counts = crawl(settings, window(since=since))
    changed_as_planted(settings)
    assert counts["models new or changed"] == 4
    pages = count // 1000 + 1
    assert requests(server, "api") - before <= 2 * pages + 4 + 2, "what did not change is not read"
    states = file_states(settings)
    assert states[name(1)] == "fetched"
    revision = "SELECT revision FROM fetched_file f JOIN model m ON m.id = f.model_id "
    assert (
        one(settings, revision + "WHERE m.name = ? AND f.path = 'README.md'", name(1)) == "1" * 40
    )
    # a third crawl finds nothing more
    seen = events(settings)
    crawl(settings, window(since=since))
    assert events(settings) == seen


def test_what_came_back_is_said(serve: Serve) -> None:
    catalog = build(30, cards=0)
    _, settings = serve(catalog)
    crawl(settings)
    catalog.remove_model(name(3))
    catalog.models.put(record(4, disabled=True, siblings=[]))
    crawl(settings)
    catalog.models.put(record(3, siblings=[]))
    catalog.models.put(record(4, siblings=[]))
    catalog.saw(LATER)
    crawl(settings)
    assert {event for event in events(settings) if event[1] != "gone"} == {
        (name(3), "returned", "gone-or-private", "present"),
        (name(4), "disabled", "present", "disabled"),
        (name(4), "disabled", "disabled", "present"),
    }
    assert model_names(settings, "state <> 'present'") == set()


def test_many_changes_are_read_from_the_listing(serve: Serve) -> None:
    catalog = build(1500, cards=0)
    server, settings = serve(catalog)
    crawl(settings)
    for number in range(700):
        modified = f"2026-01-10T{number // 60:02d}:{number % 60:02d}:00.000Z"
        catalog.models.put(record(number, sha=f"{number + 9000:040x}", lastModified=modified))
    catalog.saw(datetime.fromisoformat("2026-01-12"))
    before = requests(server, "api")
    counts = crawl(settings, min_downloads=10_000)
    assert counts["models new or changed"] == 700
    assert requests(server, "api") - before <= 2 + 2 + 1, "and a look at what changed meanwhile"
    kind = "SELECT count(*) FROM model_event WHERE kind = 'revised'"
    assert one(settings, kind) == 700
    assert ask(settings, "SELECT kind, is_complete, ended_at IS NULL FROM sweep") == [
        ("full", 1, 0), ("light", 1, 0), ("delta", 1, 0),
    ]  # fmt: skip


def test_with_a_token_a_model_that_is_missing_is_gone(tmp_path: Path) -> None:
    catalog = build(30, cards=0)
    with serving(catalog, ReplayOptions(tokens=frozenset({"hf_good"}))) as server:
        settings = settings_for(tmp_path, server.endpoint, hf_token="hf_good")
        crawl(settings)
        catalog.remove_model(name(3))
        crawl(settings)
    assert model_names(settings, "state = 'gone'") == {name(3)}
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"hf_good" not in kept, "the token is written nowhere"
    for _, answer in ArchiveReader(settings.archive_dir).scan():
        assert "hf_good" not in json.dumps([dict(answer.headers), dict(answer.context)])


def test_bases_and_datasets_are_looked_up(serve: Serve) -> None:
    catalog = build(20, cards=0)
    catalog.models.put({"id": "old/base", "_id": "a" * 24, "createdAt": created(0),
                        "cardData": {"base_model": "old/root"}})  # fmt: skip
    catalog.models.put({"id": "old/root", "_id": "b" * 24, "createdAt": created(0)})
    catalog.models.redirect("gone/name", "old/base")
    catalog.datasets.put(
        {"id": "some/data", "_id": "c" * 24, "downloads": 5, "usedStorage": 99,
         "tags": ["license:cc-by-4.0", "size_categories:1K<n<10K"]}
    )  # fmt: skip
    catalog.datasets.redirect("old-data", "some/data")
    for number in range(10, 14):
        card_data = {"base_model": "gone/name", "datasets": ["old-data", "some/data", "not/there"]}
        catalog.models.put(record(number, siblings=[], cardData=card_data))
    catalog.models.put(record(14, siblings=[], cardData={"base_model": "rarely/named"}))
    catalog.models.put(record(15, siblings=[], cardData={"base_model": "../../etc/passwd"}))
    server, settings = serve(catalog)
    counts = crawl(settings, window(since=created(5)), lookups_from=3)
    assert counts["bases renamed"] == 1
    assert counts["datasets found"] == 1
    assert counts["datasets renamed"] == 1
    assert counts["datasets gone-or-private"] == 1
    assert aliases(settings) == {("gone/name", "old/base", "redirect")}
    assert model_names(settings, "name LIKE 'old/%'") == {"old/base"}, "one child is too few"
    crawl(settings, window(since=created(5)), lookups_from=1)
    assert model_names(settings, "name LIKE 'old/%'") == {"old/base", "old/root"}
    chain = ask(
        settings,
        "SELECT p.name, count(*) FROM model_edge e JOIN model p ON p.id = e.parent_id "
        "WHERE p.name LIKE 'old/%' GROUP BY p.name",
    )
    assert dict(chain) == {"old/base": 4, "old/root": 1}
    data = ask(settings, "SELECT name, downloads, used_storage_bytes, license, size_category "
                         "FROM dataset")  # fmt: skip
    assert data == [("some/data", 5, 99, "cc-by-4.0", "1K<n<10K")]
    uses = ask(
        settings,
        "SELECT u.dataset, d.name, count(*) FROM model_dataset u LEFT JOIN dataset d "
        "ON d.id = u.dataset_id WHERE u.is_chosen GROUP BY 1, 2 ORDER BY 1",
    )
    assert uses == [
        ("not/there", None, 4), ("old-data", "some/data", 4), ("some/data", "some/data", 4),
    ]  # fmt: skip
    asked = requests(server, "api")
    crawl(settings, window(since=created(5)), lookups_from=1)
    assert requests(server, "api") == asked + 2, "one page, and the dataset that is held"


def test_the_store_is_whole_and_can_be_read_meanwhile(serve: Serve) -> None:
    catalog = build(1200, cards=10)
    _, settings = serve(catalog)
    seen: list[int] = []

    def look() -> None:
        engine = read_store(settings)
        with engine.connect() as connection:
            seen.append(int(connection.exec_driver_sql("SELECT count(*) FROM model").scalar() or 0))
        engine.dispose()

    crawl(settings, progress=AtStage("cards", look))
    assert seen == [1200]
    if settings.database_url.startswith("sqlite"):
        assert ask(settings, "PRAGMA foreign_key_check") == []
        assert ask(settings, "PRAGMA integrity_check") == [("ok",)]
    assert ask(settings, "SELECT state FROM run") == [("finished",)]
