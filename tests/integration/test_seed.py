"""Crawls begun from a dump: what it has is not asked for, and nothing newer is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from miner.errors import InvalidData, RetryLater, SourceRefused
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.dump import HUB_STATS, Seed, open_seed
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, HubFile, Repo
from miner.pipelines.sources.replay.limits import Trouble
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import (
    AfterRecords,
    ask,
    build,
    copied,
    crawl,
    differences,
    model_names,
    name,
    one,
    record,
    requests,
    run,
    settings_for,
    window,
)
from tests.dumps import write_dump

DAY = "2025-12-01"
LIVE = "2026-01-01 12:00:00.000000"
PROVENANCE = (
    "sweep.*",  # one more, of the dump, and a light one in place of a full one
    "model.observed_at",  # the dump's date
    "model.state_at",  # the light sweep told of gating, not the first record
    "model.record_digest",  # of the dump's row, which says less than the hub's record
    "observation.*",  # files are named by their sweeps
)
"""What a crawl begun from a dump cannot have in common with one of everything."""


def served(catalog: Catalog, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Records as the hub serves them."""
    repos = (catalog.models.find(each) for each in names or catalog.models._repos)
    return [dict(repo.record) for repo in repos if isinstance(repo, Repo)]


def opened(settings: Settings, path: Path | str, day: str | None = DAY) -> Seed:
    return open_seed(settings, str(path), datetime.fromisoformat(day) if day else None)


def seeded(
    settings: Settings, path: Path, bounds: Window | None = None, **choice: Any
) -> Counter[str]:
    return crawl(settings, bounds, seed=opened(settings, path), **choice)


def changed(catalog: Catalog, number: int, **changes: Any) -> None:
    repo = catalog.models.find(name(number))
    assert isinstance(repo, Repo)
    catalog.models.put({**repo.source, **changes})


def events(settings: Settings) -> set[tuple[Any, ...]]:
    return set(ask(settings, "SELECT m.name, e.kind, e.old_value, e.new_value, e.observed_at "
                             "FROM model_event e JOIN model m ON m.id = e.model_id"))  # fmt: skip


def test_of_a_whole_dump_only_the_light_listing_is_asked_for(tmp_path: Path) -> None:
    catalog = build(40, cards=5)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog), group=16)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "seeded", server.endpoint)
        counts = seeded(settings, dump)
        assert counts["seed rows new"] == 40
        assert counts["models new or changed"] == 0
        plain = settings_for(tmp_path / "plain", server.endpoint)
        crawl(plain)
        again = seeded(settings, dump)
    kinds = ask(
        settings, "SELECT kind, record_count, is_complete FROM sweep WHERE subject = 'model'"
    )
    assert kinds[:2] == [("seed", 40, 1), ("light", 40, 1)]
    assert differences(settings.data_dir, plain.data_dir, *PROVENANCE) == []
    assert events(settings) == set()
    assert again["seed rows new"] == again["models new or changed"] == again["cards fetched"] == 0


def test_what_the_dump_lacks_and_what_changed_since_is_fetched(
    tmp_path: Path, store_url: str
) -> None:
    catalog = build(12, cards=4)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog, map(name, range(9))))
    changed(catalog, 2, sha="f" * 40, lastModified="2025-12-24T00:00:00.000Z",
            cardData={"license": "gpl-3.0"}, tags=["license:gpl-3.0"])  # fmt: skip
    changed(catalog, 3, gated="manual")
    catalog.models.rename(name(4), "other/name")
    catalog.models.remove(name(5))
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint, database_url=store_url)
        counts = seeded(settings, dump)
        plain = settings_for(tmp_path / "plain", server.endpoint)
        crawl(plain)
        before = events(settings)
        crawl(settings)
        assert events(settings) == before
    assert counts["models new or changed"] == 1 + 3
    assert before == {
        (name(2), "relicensed", "apache-2.0", "gpl-3.0", LIVE),
        ("other/name", "renamed", name(4), "other/name", LIVE),
        (name(5), "gone", "present", "gone-or-private", one_date(settings, name(5))),
    }
    assert model_names(settings, "state = 'present'") == model_names(plain)
    assert ask(settings, "SELECT alias FROM model_alias") == [(name(4),)]
    dates = ask(settings, "SELECT DISTINCT observed_at FROM model WHERE name = ?", name(1))
    assert dates == [(f"{DAY} 00:00:00.000000",)]


def one_date(settings: Settings, model: str) -> Any:
    return one(settings, "SELECT state_at FROM model WHERE name = ?", model)


def test_gating_that_the_dump_tells_of_is_compared(tmp_path: Path) -> None:
    catalog = build(3)
    rows = pa.Table.from_pylist(
        [{"id": name(number), "gated": "auto" if number else "false"} for number in range(3)]
    )
    path = tmp_path / "dump.parquet"
    pq.write_table(rows, path)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "seeded", server.endpoint)
        seeded(settings, path)
    assert {event[:4] for event in events(settings)} == {
        (name(number), "gated", "auto", "no") for number in (1, 2)
    }


def test_models_without_identity_in_the_dump_are_found_by_name_and_by_redirect(
    tmp_path: Path,
) -> None:
    catalog = build(6, cards=0)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog), without=["_id"])
    catalog.models.rename(name(4), "other/name")
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "seeded", server.endpoint)
        seeded(settings, dump)
    assert one(settings, "SELECT count(*) FROM model WHERE uid IS NULL") == 1
    assert model_names(settings, "state <> 'present'") == {name(4)}
    aliases = "SELECT a.alias, m.name FROM model_alias a JOIN model m ON m.id = a.model_id"
    assert ask(settings, aliases) == [(name(4), "other/name")]


def test_a_dump_that_lacks_columns_saves_nothing_and_costs_no_fact(tmp_path: Path) -> None:
    catalog = build(10, cards=0)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog), without=["tags", "cardData"])
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "seeded", server.endpoint)
        seeded(settings, dump)
        plain = settings_for(tmp_path / "plain", server.endpoint)
        crawl(plain)
    kinds = ask(settings, "SELECT kind FROM sweep WHERE subject = 'model' ORDER BY id")
    assert kinds == [("seed",), ("full",)]
    assert differences(settings.data_dir, plain.data_dir, *PROVENANCE) == []
    assert events(settings) == set()


def test_an_older_dump_writes_over_nothing_and_a_newer_one_over_what_is_older(
    tmp_path: Path,
) -> None:
    catalog = build(8, cards=0)
    older = write_dump(tmp_path / "older.parquet", served(catalog))
    changed(catalog, 1, sha="e" * 40, lastModified="2025-06-01T00:00:00.000Z",
            cardData={"license": "bsd"}, tags=["license:bsd"])  # fmt: skip
    catalog.models.rename(name(2), "other/name")
    catalog.models.remove(name(3))
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
        before = ask(settings, "SELECT * FROM model WHERE name <> ? ORDER BY id", name(3))
        counts = seeded(settings, older)
        assert counts["seed rows not newer than what is held"] == 7
        assert counts["seed rows new"] == 1
        assert ask(settings, "SELECT * FROM model WHERE name <> ? ORDER BY id", name(3)) == before
        assert one(settings, "SELECT state FROM model WHERE name = ?", name(3)) == "gone-or-private"
        changed(catalog, 0, sha="d" * 40, lastModified="2026-01-01T00:00:00.000Z",
                tags=["license:mit"], cardData={"license": "mit"})  # fmt: skip
        newer = write_dump(tmp_path / "newer.parquet", served(catalog))
        newer_counts = crawl(settings, seed=opened(settings, newer, "2026-01-02"))
    assert (newer_counts["seed rows changed"], newer_counts["models new or changed"]) == (1, 0)
    row = ask(settings, "SELECT license, sha FROM model WHERE name = ?", name(0))
    assert row == [("mit", "d" * 40)]


def test_of_duplicates_the_last_counts_and_rows_that_are_none_are_set_aside(tmp_path: Path) -> None:
    catalog = build(3, cards=0)
    rows = served(catalog)
    rows = [rows[0] | {"downloads": 1}, *rows, {"id": "no name"}, {"id": None}]
    dump = write_dump(tmp_path / "dump.parquet", rows, group=1)
    stop = threading.Event()
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        counts = crawl(settings, seed=opened(settings, dump), stop=stop,
                       progress=AfterRecords(6, stop.set))  # fmt: skip
    assert (counts["seed rows new"], counts["seed rows superseded"]) == (3, 1)
    assert one(settings, "SELECT downloads FROM model WHERE name = ?", name(0)) == 1000
    assert ask(settings, "SELECT position, reason FROM rejected_record ORDER BY 1") == [
        (4, "no-name"), (5, "no-name"),
    ]  # fmt: skip


def test_other_types_are_told_record_by_record(tmp_path: Path) -> None:
    path = tmp_path / "dump.parquet"
    pq.write_table(pa.table({"id": [name(0)], "downloads": ["many"], "tags": ["license:mit"],
                             "cardData": ["no: json"], "createdAt": [7]}), path)  # fmt: skip
    numbers = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"id": [1, 2]}), numbers)
    with serving(build(1)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        seeded(settings, path)
        counts = seeded(settings, numbers)
    assert counts["seed rows set aside"] == 2
    fields = ask(settings, "SELECT field, reason FROM rejected_record WHERE name = ?", name(0))
    assert set(fields) == {
        (field, "wrong-type") for field in ("downloads", "cardData", "createdAt")
    }


def test_the_window_of_the_crawl_holds_for_the_dump(tmp_path: Path) -> None:
    catalog = build(20, cards=0)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog))
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        counts = seeded(settings, dump, window(since="2024-01-02", until="2024-01-04"))
    assert counts["seed rows new"] == 8
    assert counts["seed rows outside the window"] == 12
    assert model_names(settings) == {name(number) for number in range(4, 12)}


def test_the_dump_is_observed_on_its_day(tmp_path: Path) -> None:
    catalog = build(5, cards=0)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog))
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        seeded(settings, dump)
    (file,) = (settings.observations_dir / "model").glob("*-seed-*.parquet")
    seen = pl.read_parquet(file)
    assert seen["observed_at"].unique().to_list() == [datetime.fromisoformat(DAY)]
    assert seen["downloads"].sum() == sum(record(number)["downloads"] for number in range(5))
    assert seen["sha"].null_count() == 5


@pytest.mark.parametrize("kill_at", [1, 5_000])
@pytest.mark.soak
def test_a_seed_that_is_broken_off_goes_on(tmp_path: Path, kill_at: int) -> None:
    records = [record(number) for number in range(6_500)]
    dump = write_dump(tmp_path / "dump.parquet", records, group=4_000)
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    for each in records:
        catalog.models.put(each)
    stop = threading.Event()
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        broken = crawl(settings, seed=opened(settings, dump), configs="none", stop=stop,
                       min_downloads=10**9, progress=AfterRecords(kill_at, stop.set))  # fmt: skip
        done = seeded(settings, dump, configs="none", min_downloads=10**9)
        whole = settings_for(tmp_path / "whole", server.endpoint)
        seeded(whole, dump, configs="none", min_downloads=10**9)
    assert 0 < broken["seed rows new"] <= 6_500
    assert broken["seed rows new"] + done["seed rows new"] == 6_500
    assert differences(settings.data_dir, whole.data_dir) == []


@pytest.mark.parametrize("is_there", [True, False], ids=["store", "archive-alone"])
def test_a_store_built_from_the_archive_names_the_dump_it_lacks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, is_there: bool
) -> None:
    catalog = build(30, cards=3)
    dump = write_dump(tmp_path / "dump.parquet", served(catalog, map(name, range(25))))
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        seeded(settings, dump)
        whole = copied(settings, tmp_path / "whole")
        if not is_there:
            (settings.data_dir / "miner.db").unlink()
        parse_archive(settings, Silent())
        [warning] = [line for line in caplog.messages if "--seed" in line]
        assert ("dump.parquet of 2025-12-01" if is_there else "a dump whose name") in warning
        assert one(settings, "SELECT count(*) FROM license_statement") < 30
        seeded(settings, dump)
    lost = differences(settings.data_dir, whole, "sweep.*", "observation.*", "model.observed_at",
                       "model.state_at")  # fmt: skip
    assert lost == []


def test_a_dump_damaged_inside_ends_in_one_message_and_keeps_what_came_before(
    tmp_path: Path,
) -> None:
    catalog = build(0)
    path = write_dump(tmp_path / "dump.parquet", map(record, range(400)), group=200)
    content = bytearray(path.read_bytes())
    second = pq.read_metadata(path).row_group(1).column(3)
    start = second.dictionary_page_offset or second.data_page_offset
    content[start : start + 40] = bytes(40)
    path.write_bytes(content)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        with pytest.raises(InvalidData, match="a part of it is missing"):
            seeded(settings, path)
    assert len(model_names(settings)) in {0, 200}


def _with_dump(catalog: Catalog, path: Path) -> None:
    catalog.datasets.put(
        {"id": "cfahlgren1/hub-stats", "lastModified": "2025-12-20T04:00:00.000Z"},
        files={(CURRENT, "models.parquet"): HubFile(path.read_bytes())},
    )


def test_the_public_dump_is_downloaded_once_dated_and_kept(tmp_path: Path) -> None:
    catalog = build(10, cards=0)
    _with_dump(catalog, write_dump(tmp_path / "dump.parquet", served(catalog)))
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        first = run(settings, "--seed", "hub-stats", "--no-export")
        assert first.returncode == 0, first.stderr
        asked = requests(server, "resolvers")
        seed = open_seed(settings, HUB_STATS)
        again = requests(server, "resolvers") - asked
    assert seed.date == datetime.fromisoformat("2025-12-20T04:00:00")
    assert seed.files[0].path.is_relative_to(settings.data_dir)
    assert again < asked  # only whether it has changed
    assert one(settings, "SELECT count(*) FROM model") == 10
    (arguments,) = ask(settings, "SELECT arguments FROM run WHERE command = 'crawl'")
    assert seed.files[0].sha256 in arguments[0]


@pytest.mark.soak
def test_web_pages_in_place_of_the_public_dump(tmp_path: Path) -> None:
    """Some are got over; where all answers are pages it ends in one message."""
    catalog = build(10, cards=0)
    _with_dump(catalog, write_dump(tmp_path / "dump.parquet", served(catalog)))
    with serving(catalog) as server:
        for seed in range(3):
            settings = settings_for(tmp_path / f"{seed}", server.endpoint, http_attempts=12)
            server.hub.trouble = Trouble(ReplayOptions(rate_page=0.4, seed=seed))
            assert open_seed(settings, HUB_STATS).rows == 10
            assert server.stats()["trouble"]["page"]
        settings = settings_for(tmp_path / "pages", server.endpoint, http_attempts=2)
        server.hub.trouble = Trouble(ReplayOptions(rate_page=1.0))
        done = run(settings, "--seed", "hub-stats", "--no-export")
    assert done.returncode == 11, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be downloaded now" in done.stderr


@pytest.mark.soak
def test_a_hub_without_the_dump_is_told(tmp_path: Path) -> None:
    with serving(build(1)) as server, pytest.raises(SourceRefused, match="does not give the dump"):
        open_seed(settings_for(tmp_path, server.endpoint), HUB_STATS)
    with pytest.raises(RetryLater, match="cannot be downloaded now"):
        open_seed(settings_for(tmp_path, "http://127.0.0.1:9"), HUB_STATS)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [(("--seed", "absent.parquet"), 10, "there is no dump"),
     (("--seed-date", "2026-01-01"), 2, "--seed-date needs --seed"),
     (("--seed", "hub-stats", "--limit", "3"), 2, "does not go with")],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    done = run(settings, *arguments)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert not settings.data_dir.exists()
