"""A replayed GitHub that limits, fails or falls silent, and a crawl that is stopped or killed."""

from __future__ import annotations

import logging
import random
import subprocess
import threading
import time
from pathlib import Path

import pytest

from miner.errors import ConfigurationError, RetryLater, SourceRefused
from miner.pipelines.sources.replay.limits import Trouble
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from tests.crawling import AfterRecords, AtStage, ask, differences, environment, one
from tests.forges import (
    build,
    counted,
    crawl_forge,
    forge_command,
    forge_settings,
    listed,
    name,
    repository_names,
    run_forge,
    until,
)


@pytest.mark.slow
def test_a_github_in_all_kinds_of_trouble(tmp_path: Path) -> None:
    catalog = build(90)
    options = ReplayOptions(
        seed=3, rate_503=0.06, rate_500=0.04, rate_429=0.04, rate_cut=0.06, secondary_seconds=1,
        limit_core=10_000, most_aliases=15,
    )  # fmt: skip
    with serving(catalog, options) as server:
        settings = forge_settings(tmp_path, server, http_attempts=8)
        crawl_forge(settings, listed(tmp_path / "in", *(name(number) for number in range(90))))
        met = server.stats()["trouble"]
    assert {kind for kind, count in met.items() if count} >= {"503", "500", "429", "cut"}
    assert repository_names(settings, "state = 'present'") == {name(number) for number in range(90)}
    assert one(settings, "SELECT count(*) FROM scan WHERE state = 'scanned'") == 90


def test_several_tokens_take_turns(tmp_path: Path) -> None:
    catalog = build(60)
    options = ReplayOptions(limit_core=10, limit_code_search=60, window_seconds=1)
    with serving(catalog, options) as server:
        settings = forge_settings(tmp_path, server, github_tokens=("one", "two", "three"))
        crawl_forge(settings)
        stats = server.stats()["buckets"]
    assert one(settings, "SELECT count(*) FROM scan") == 60
    assert all(bucket["refused"] == 0 for bucket in stats.values())


def test_a_token_that_is_not_accepted_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(build(2), ReplayOptions(tokens=frozenset({"good"}))) as server:
        settings = forge_settings(tmp_path, server, github_tokens=("bad", "good"))
        with caplog.at_level(logging.WARNING):
            crawl_forge(settings, listed(tmp_path / "in", name(0)))
        assert "token 1" in caplog.text
        assert "bad" not in caplog.text
        wrong = forge_settings(tmp_path / "b", server, github_tokens=("bad",))
        with pytest.raises(SourceRefused, match="none of the tokens"):
            crawl_forge(wrong, listed(tmp_path / "in", name(0)))
    with pytest.raises(ConfigurationError, match="GITHUB_TOKEN"):
        crawl_forge(forge_settings(tmp_path / "c", server, github_tokens=()))


def test_no_wait_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = ReplayOptions(limit_core=4, window_seconds=2)
    with serving(build(9), options) as server, caplog.at_level(logging.INFO):
        crawl_forge(forge_settings(tmp_path, server),
                    listed(tmp_path / "in", *(name(n) for n in range(9))))  # fmt: skip
    waits = [record.message for record in caplog.records if "waiting until" in record.message]
    assert waits
    assert all("UTC" in line and "'core'" in line for line in waits)


@pytest.mark.soak
def test_github_that_falls_silent_ends_the_crawl_with_a_word(tmp_path: Path) -> None:
    catalog = build(30)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server, http_attempts=2)
        undisturbed = forge_settings(tmp_path / "b", server)
        crawl_forge(undisturbed)

        def fall() -> None:
            server.hub.forge_app.trouble = Trouble(ReplayOptions(rate_503=1.0))

        for progress in (
            AfterRecords(5, fall),
            AtStage("metadata", fall),
            AtStage("scanned", fall),
        ):
            with pytest.raises(RetryLater) as caught:
                crawl_forge(settings, progress=progress)
            assert "same command" in caught.value.next_step
            server.hub.forge_app.trouble = Trouble(ReplayOptions())
        crawl_forge(settings)
    assert not differences(settings.data_dir, undisturbed.data_dir)


def test_a_stop_ends_after_the_batch_in_hand(tmp_path: Path) -> None:
    catalog = build(80)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        for stage in ("searches of code", "metadata", "scanned"):
            stop = threading.Event()
            crawl_forge(settings, progress=AtStage(stage, stop.set), stop=stop)
        crawl_forge(settings)
    assert one(settings, "SELECT count(*) FROM scan") == 80
    states = [state for [state] in ask(settings, "SELECT state FROM run ORDER BY id")]
    assert states == ["interrupted"] * 3 + ["finished"]


@pytest.mark.soak
def test_killed_at_any_moment_it_ends_where_an_undisturbed_one_does(tmp_path: Path) -> None:
    chance = random.Random(7)
    catalog = build(400)
    with serving(catalog, ReplayOptions(latency_ms=1)) as server:
        killed = forge_settings(tmp_path / "killed", server)
        undisturbed = forge_settings(tmp_path / "undisturbed", server)
        before = counted(server)
        done = run_forge(undisturbed)
        assert done.returncode == 0, done.stderr
        span = counted(server) - before
        kills = 0
        for _ in range(6):
            begun = counted(server)
            with subprocess.Popen(
                forge_command(), env=environment(killed), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True,
            ) as running:  # fmt: skip
                until(running, server, begun + chance.randrange(1, span // 3))
                time.sleep(chance.uniform(0, 0.02))
                if running.poll() is None:
                    running.kill()
                    kills += 1
                running.communicate()
        done = run_forge(killed)
        assert done.returncode == 0, done.stderr
    assert kills >= 4
    found = differences(killed.data_dir, undisturbed.data_dir, "sweep.*")
    assert not found, found
    assert one(killed, "SELECT count(*) FROM scan") == 400
    assert ask(killed, "PRAGMA integrity_check") == [("ok",)]
