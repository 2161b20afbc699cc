"""Crawls of hubs that limit, fail, lie and change, and crawls that are killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miner.errors import RetryLater
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.limits import Trouble
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
from tests.crawling import (
    AfterRecords,
    AtStage,
    ask,
    build,
    copied,
    crawl,
    differences,
    model_names,
    name,
    one,
    process,
    raw_hub,
    record,
    requests,
    run,
    settings_for,
    window,
)


def filled(settings: Settings) -> tuple[set[str], int]:
    files = one(settings, "SELECT count(*) FROM fetched_file WHERE state = 'fetched'")
    return model_names(settings, "state = 'present'"), files


def assert_failed(done: Any, code: int, *words: str) -> None:
    """One message, its exit code, no traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("miner:")]) == 1
    for word in words:
        assert word in done.stderr


def test_no_window_is_overdrawn(tmp_path: Path) -> None:
    catalog = build(60, cards=45)
    for number in range(20):
        catalog.models.put(
            record(number + 60, siblings=[], cardData={"datasets": [f"some/data-{number}"]})
        )
    options = ReplayOptions(limit_api=8, limit_resolvers=40, window_seconds=1)
    with serving(catalog, options) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings, configs="none")
        stats = server.stats()["buckets"]
    assert len(model_names(settings)) == 80
    assert one(settings, "SELECT count(*) FROM fetched_file WHERE state = 'fetched'") == 45
    assert stats["api"]["requests"] == 21
    assert stats["resolvers"]["requests"] == 90
    for bucket in ("api", "resolvers"):
        assert stats[bucket]["refused"] == 0
        assert stats[bucket]["most_in_a_window"] == stats[bucket]["limit"], "and they are spent"


def meddle(catalog: Catalog) -> None:
    """Change the hub under the crawl."""
    catalog.models.put(record(5000, siblings=[]))
    catalog.models.put(record(50, sha="5" * 40, lastModified="2026-01-15T00:00:00.000Z"))
    catalog.remove_model(name(51))
    catalog.rename_model(name(52), "moved/away")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.soak
def test_a_hub_in_all_kinds_of_trouble(tmp_path: Path, seed: int) -> None:
    catalog = build(2300, cards=80)
    options = ReplayOptions(
        seed=seed, limit_api=10_000, limit_resolvers=10_000, rate_503=0.05, rate_500=0.03,
        rate_429=0.03, rate_stall=0.02, stall_seconds=1.0, rate_cut=0.05, rate_repeat=0.2,
        malformed=True,
    )  # fmt: skip
    with serving(catalog, options) as server:
        settings = settings_for(
            tmp_path, server.endpoint, http_timeout_seconds=0.7, http_attempts=8
        )
        counts = crawl(settings, progress=AfterRecords(1500, lambda: meddle(catalog)))
        met = server.stats()["trouble"]
        crawl(settings)
    assert {kind for kind, count in met.items() if count} >= {"503", "500", "cut"}
    expected = {name(number) for number in [*range(2300), 5000]} - {name(51), name(52)}
    present, files = filled(settings)
    assert present == expected | {"moved/away"}
    assert model_names(settings, "state <> 'present'") == {name(51)}
    assert files == 2 * 79
    # the report names how many records were bad, one a page, and the store says which and why
    pages = one(settings, "SELECT page_count FROM sweep WHERE id = 1")
    assert pages == 3
    assert counts["records set aside"] == counts["pages"] == pages + 1, "and what changed meanwhile"
    rejected = ask(settings, "SELECT reason, detail FROM rejected_record WHERE field = ''")
    assert len(rejected) >= pages
    assert {reason for reason, _ in rejected} <= {"not-an-object", "no-name"}
    report = json.loads(one(settings, "SELECT report FROM run WHERE id = 1"))
    assert report["records set aside"] == 4
    assert report["cards fetched"] + report.get("cards gone", 0) >= 78


def test_files_that_could_not_be_got_are_got_by_the_next_crawl(tmp_path: Path) -> None:
    catalog = build(30)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint, http_attempts=1)

        def ail(rate: float) -> None:
            server.hub.trouble = Trouble(ReplayOptions(rate_503=rate, seed=5))

        counts = crawl(settings, progress=AtStage("cards", lambda: ail(0.3)))
        assert counts["cards failed"] > 0
        failed = one(settings, "SELECT count(*) FROM fetched_file WHERE state = 'failed'")
        assert failed == counts["cards failed"] + counts["configs failed"]
        reasons = ask(settings, "SELECT DISTINCT reason FROM fetched_file WHERE state = 'failed'")
        assert all("503" in reason or "307" in reason for [reason] in reasons)
        ail(0)
        counts = crawl(settings)
        assert counts["cards fetched"] + counts["configs fetched"] == failed
    assert filled(settings)[1] == 60


@pytest.mark.soak
def test_a_hub_that_falls_silent_and_comes_back(tmp_path: Path) -> None:
    catalog = build(2300, cards=20)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "a", server.endpoint, http_attempts=2)
        undisturbed = replace(
            settings, data_dir=tmp_path / "b", database_url=f"sqlite:///{tmp_path / 'b/miner.db'}"
        )
        crawl(undisturbed)

        def fall() -> None:
            server.hub.trouble = Trouble(ReplayOptions(rate_503=1.0))

        for progress in (AfterRecords(1, fall), AtStage("cards", fall), AtStage("configs", fall)):
            with pytest.raises(RetryLater, match=r"503|no request") as caught:
                crawl(settings, progress=progress)
            assert "same command" in caught.value.next_step
            server.hub.trouble = Trouble(ReplayOptions())
        crawl(settings)
    assert not differences(settings.data_dir, undisturbed.data_dir)
    states = [state for [state] in ask(settings, "SELECT state FROM run ORDER BY id")]
    assert states == ["failed", "failed", "failed", "finished"]


def test_an_expired_cursor_begins_the_sweep_anew(tmp_path: Path) -> None:
    catalog = build(2300, cards=0)
    stop = threading.Event()
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        crawl(settings, progress=AfterRecords(1, stop.set), stop=stop)
        assert 0 < len(model_names(settings)) < 2300
        # cursors that do not tell their age are too old from now on
        server.hub.options = ReplayOptions(cursor_life_seconds=3600)
        crawl(settings)
        assert model_names(settings) == {name(number) for number in range(2300)}
        assert ask(settings, "SELECT page_count, record_count, is_complete FROM sweep") == [
            (3, 2300, 1)
        ]
        # where every cursor is too old at once there is no way on
        server.hub.options = ReplayOptions(cursor_life_seconds=0)
        with pytest.raises(RetryLater, match="expired"):
            crawl(settings)


def test_a_page_that_repeats_for_ever_ends_the_crawl_with_a_word(tmp_path: Path) -> None:
    with serving(build(1500, cards=0), ReplayOptions(rate_repeat=1.0)) as server:
        settings = settings_for(tmp_path, server.endpoint)
        for _ in range(2):
            with pytest.raises(RetryLater, match="repeats") as caught:
                crawl(settings)
            assert "page before" in caught.value.kept
        assert not model_names(settings)
        server.hub.trouble = Trouble(ReplayOptions())
        crawl(settings)
    assert len(model_names(settings)) == 1500


def test_pages_in_a_circle_end_the_crawl(tmp_path: Path) -> None:
    pages = [b'[{"_id": "1", "id": "a/1"}]', b'[{"_id": "2", "id": "a/2"}]']
    with raw_hub(pages, circle=True) as endpoint:
        settings = settings_for(tmp_path, endpoint, http_attempts=2)
        with pytest.raises(RetryLater, match="repeats"):
            crawl(settings)


@pytest.mark.soak
def test_a_stop_ends_after_the_batch_in_hand(tmp_path: Path) -> None:
    catalog = build(2300, cards=300)
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        for progress in (
            AfterRecords(1, lambda: None),
            AtStage("cards", lambda: None),
            AfterRecords(1, lambda: None),
            AtStage("configs", lambda: None),
        ):
            stop = threading.Event()
            progress._then = stop.set
            crawl(settings, progress=progress, stop=stop)
        crawl(settings)
    assert filled(settings) == ({name(number) for number in range(2300)}, 600)
    states = [state for [state] in ask(settings, "SELECT state FROM run ORDER BY id")]
    assert states == ["interrupted"] * 4 + ["finished"]
    assert len(ask(settings, "SELECT * FROM sweep")) == 1, "no new sweep for what was left"


def until(running: Any, server: ReplayServer, count: int) -> bool:
    """Wait until the hub has counted so many requests; False if the crawl ended before."""
    while running.poll() is None:
        counted = sum(bucket["requests"] for bucket in server.stats()["buckets"].values())
        if counted >= count:
            return True
        time.sleep(0.002)
    return False


def test_ctrl_c_ends_in_order(tmp_path: Path) -> None:
    catalog = build(1100, cards=60)
    with serving(catalog, ReplayOptions(latency_ms=40)) as server:
        settings = settings_for(tmp_path / "a", server.endpoint)
        with process(settings, "--no-export") as running:
            assert until(running, server, 30)
            running.send_signal(signal.SIGINT)
            _, output = running.communicate(timeout=30)
        assert running.returncode in {0, 130}, output
        assert "Traceback" not in output
        assert "same command" in output
        assert one(settings, "SELECT state FROM run") == "interrupted"
        done = run(settings)
        assert done.returncode == 0, done.stderr
        assert (settings.data_dir / "miner.duckdb").exists()
    assert filled(settings) == ({name(number) for number in range(1100)}, 120)


@pytest.mark.soak
def test_a_kill_while_cards_come_slowly_loses_few(tmp_path: Path) -> None:
    with serving(build(200), ReplayOptions(latency_ms=100)) as server:
        settings = settings_for(tmp_path, server.endpoint)
        with process(settings, "--no-export", "--configs", "none") as running:
            while requests(server, "resolvers") < 150:
                assert running.poll() is None
                time.sleep(0.01)
            running.kill()
            running.communicate()
        asked = requests(server, "resolvers")
        kept = filled(settings)[1]
        assert kept >= 40, f"of {asked} requests"
        crawl(settings, configs="none")
        assert requests(server, "resolvers") == asked + 2 * (200 - kept)
    assert filled(settings)[1] == 200


def test_a_record_that_was_archived_but_not_taken_in_is_asked_for_again(tmp_path: Path) -> None:
    catalog = build(20, cards=0)
    card_data = {"datasets": ["some/data"], "base_model": "old/base"}
    for number in range(5):
        catalog.models.put(record(number, siblings=[], cardData=card_data))
    catalog.models.put({"id": "old/base", "createdAt": "2023-01-01T00:00:00.000Z"})
    catalog.datasets.put({"id": "some/data", "downloads": 9})
    with serving(catalog) as server:
        whole = settings_for(tmp_path / "whole", server.endpoint)
        crawl(whole, window(since="2024-01-01"))
        settings = settings_for(tmp_path / "killed", server.endpoint)
        crawl(settings, window(since="2024-01-01"), with_datasets=False, lookups_from=100)
        # a kill between archive and store: the answers stand in the segment, not in the store
        segment = next(settings.archive_dir.glob("*.gz"))
        answers = [
            (place, answer)
            for place, answer in ArchiveReader(whole.archive_dir).scan()
            if answer.kind == "record"
        ]
        assert len(answers) == 2
        with segment.open("ab") as file:
            for place, _ in answers:
                raw = (whole.archive_dir / place.segment).read_bytes()
                file.write(raw[place.offset : place.offset + place.length])
        crawl(settings, window(since="2024-01-01"))
    assert one(settings, "SELECT downloads FROM dataset") == 9
    assert "old/base" in model_names(settings)


@pytest.mark.soak
def test_a_torn_tail_of_the_archive_costs_nothing(tmp_path: Path) -> None:
    catalog = build(1500, cards=30)
    with serving(catalog) as server:
        undisturbed = settings_for(tmp_path / "undisturbed", server.endpoint)
        crawl(undisturbed)
        settings = settings_for(tmp_path / "torn", server.endpoint)
        stop = threading.Event()
        crawl(settings, progress=AtStage("cards", stop.set), stop=stop)
        segment = next(settings.archive_dir.glob("*.gz"))
        whole = segment.read_bytes()
        segment.write_bytes(whole + whole[-2000:-700] + whole[:500])
        crawl(settings)
        assert not differences(settings.data_dir, undisturbed.data_dir)
        # a tail that is lost although the store knows of it: said, nothing is touched
        segment.write_bytes(segment.read_bytes()[:-10_000])
        done = run(settings)
    assert_failed(done, 13, "parse --from-archive")


@pytest.mark.soak
def test_a_wrong_token_is_one_message(tmp_path: Path) -> None:
    options = ReplayOptions(tokens=frozenset({"hf_good"}))
    with serving(build(10, cards=2), options) as server:
        done = run(settings_for(tmp_path, server.endpoint, hf_token="hf_wrong"))
        assert_failed(done, 12, "HF_TOKEN", "unset HF_TOKEN")
        assert "hf_wrong" not in done.stdout + done.stderr
        assert run(settings_for(tmp_path, server.endpoint, hf_token="hf_good")).returncode == 0


def test_a_token_that_is_revoked_meanwhile_declares_nothing_gone(tmp_path: Path) -> None:
    catalog = build(30)
    with serving(catalog, ReplayOptions(tokens=frozenset({"hf_good"}))) as server:
        settings = settings_for(tmp_path, server.endpoint, hf_token="hf_good")
        crawl(settings, configs="none")
        catalog.remove_model(name(3))

        def revoke() -> None:
            server.hub.options = ReplayOptions(tokens=frozenset({"hf_other"}))

        with pytest.raises(Exception, match="HF_TOKEN"):
            crawl(settings, progress=AtStage("not listed", revoke))
    assert len(model_names(settings, "state = 'present'")) == 30


@pytest.mark.soak
def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:1", http_attempts=2)
    done = run(settings)
    assert_failed(done, 11, "127.0.0.1:1", "same command")
    with serving(build(10, cards=2)) as server:
        assert run(replace(settings, hf_endpoint=server.endpoint)).returncode == 0
    assert len(model_names(settings)) == 10


@pytest.mark.parametrize("text", ["yesterday", "2024-13", "2024-1", "", "24-01-01", "2024-02-30"])
def test_a_date_in_a_wrong_form(tmp_path: Path, text: str) -> None:
    done = run(settings_for(tmp_path / "none", "http://127.0.0.1:1"), "--since", text)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    [line] = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert "2024-01-31" in line
    assert not (tmp_path / "none").exists()


def test_a_file_in_the_place_of_the_data_directory(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    done = run(settings_for(tmp_path / "data", "http://127.0.0.1:1"))
    assert_failed(done, 10, "file in its place", "MINER_DATA_DIR")


def test_a_store_of_a_newer_miner_is_not_touched(tmp_path: Path) -> None:
    with serving(build(10, cards=0)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
        with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '8642'")
            connection.commit()
        before = copied(settings, tmp_path / "before") / "miner.db"
        assert_failed(run(settings), 10, "newer miner")
    assert before.read_bytes() == (settings.data_dir / "miner.db").read_bytes()


def test_two_crawls_at_once(tmp_path: Path) -> None:
    with serving(build(100), ReplayOptions(latency_ms=500)) as server:
        settings = settings_for(tmp_path, server.endpoint)
        with process(settings, "--no-export") as running:
            assert until(running, server, 10)
            assert_failed(run(settings), 10, "another miner", str(running.pid))
