"""What a nightly job leans on: the one line of a crawl, and a copy that can be restored."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from miner.db.session import store_lock
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import (
    build,
    crawl,
    differences,
    environment,
    name,
    process,
    record,
    requests,
    run,
    settings_for,
)

NAMES = ["state", "models_read", "new", "changed", "gone", "cards", "set_aside", "partial",
         "fields_set_aside", "requests", "unexpected_errors", "seconds", "duckdb"]  # fmt: skip
OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def _summary(stdout: str) -> dict[str, str]:
    """Read the line; there is no other, and its names are always the same."""
    assert re.fullmatch(r"[^\n]+\n", stdout), stdout
    pairs = [word.partition("=") for word in shlex.split(stdout)]
    assert [key for key, _, _ in pairs] == NAMES
    return {key: value for key, _, value in pairs}


def _assert_line(stdout: str, **expected: Any) -> None:
    summary = _summary(stdout)
    wanted = {key: str(value) for key, value in expected.items()}
    assert {key: summary[key] for key in wanted} == wanted


def _changed(catalog: Catalog, number: int, **changes: Any) -> None:
    repo = catalog.models.find(name(number))
    assert isinstance(repo, Repo)
    catalog.models.put({**repo.source, **changes})


@pytest.mark.soak
def test_each_night_is_told_in_one_line(tmp_path: Path) -> None:
    catalog = build(20, cards=8)
    settings = settings_for(tmp_path / "data dir", "http://unused")
    with serving(catalog) as server:
        settings = settings_for(settings.data_dir, server.endpoint)
        first = run(settings, "--summary")
        _assert_line(
            first.stdout, state="finished", models_read=20, new=20, changed=0, gone=0, cards=8,
            set_aside=0, duckdb=settings.duckdb_path,
        )  # fmt: skip
        asked = sum(requests(server, bucket) for bucket in ("api", "resolvers"))
        assert _summary(first.stdout)["requests"] == str(asked)

        catalog.models.put(record(20, siblings=[]))
        _changed(catalog, 3, gated="manual")
        _changed(catalog, 4, sha="f" * 40, cardData={"license": "gpl-3.0"},
                 lastModified="2025-01-01T00:00:00.000Z")  # fmt: skip
        catalog.models.remove(name(5))
        catalog.saw(datetime.fromisoformat("2026-01-02T12:00:00"))
        second = run(settings, "--summary")
        _assert_line(second.stdout, state="finished", models_read=20, new=1, changed=2, gone=1)


def test_without_the_option_stdout_is_empty(tmp_path: Path) -> None:
    with serving(build(3)) as server:
        done = run(settings_for(tmp_path, server.endpoint))
    assert (done.returncode, done.stdout) == (0, "")


def test_a_crawl_that_fails_is_told_too(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:9", http_attempts=1)
    done = run(settings, "--summary")
    assert done.returncode == 11
    _assert_line(done.stdout, state="failed", models_read=0, new=0)


def test_a_crawl_that_is_refused_is_told_too(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:9")
    with store_lock(settings):
        done = run(settings, "--summary")
    assert done.returncode == 10
    _assert_line(done.stdout, state="failed", new="unknown", requests=0)


def test_a_crawl_that_is_asked_to_end_is_told_too(tmp_path: Path) -> None:
    with serving(build(60), ReplayOptions(latency_ms=100)) as server:
        settings = settings_for(tmp_path, server.endpoint, http_concurrency=1)
        with process(settings, "--summary") as running:
            while requests(server, "resolvers") < 4:
                assert running.poll() is None
            running.terminate()
            stdout, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    _assert_line(stdout, state="interrupted", models_read=60, new=60)


@pytest.fixture
def crawled(tmp_path: Path) -> Settings:
    with serving(build(12)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
    return settings


def _shell(settings: Settings, folder: Path, block: str) -> None:
    """Run a block of the page in a folder, with the miner under test in the path."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "miner").write_text(f'#!/bin/sh\nexec {sys.executable} -m miner "$@"\n')
    (programs / "miner").chmod(0o755)
    env = environment(settings)
    env["PATH"] = f"{programs}:{env['PATH']}"
    subprocess.run(["sh", "-ec", block], cwd=folder, env=env, check=True, capture_output=True)


def _block(starts: str) -> str:
    blocks = re.findall(r"^```sh\n(.*?)^```", OPERATIONS.read_text("utf-8"), re.M | re.S)
    (found,) = (block for block in blocks if block.startswith(starts))
    return str(found)


def test_a_copy_made_as_the_page_says_can_be_restored(crawled: Settings, tmp_path: Path) -> None:
    with serving(build(12)) as server:
        settings = settings_for(crawled.data_dir, server.endpoint)
        _shell(settings, tmp_path, _block("tar --create"))
        crawled.data_dir.rename(tmp_path / "lost")
        crawled.data_dir.mkdir()
        _shell(settings, tmp_path, _block("tar --extract"))  # ends with miner doctor
    assert differences(crawled.data_dir, tmp_path / "lost") == []
    assert crawled.duckdb_path.is_file()


def test_the_archive_alone_is_enough(crawled: Settings, tmp_path: Path) -> None:
    crawled.data_dir.rename(tmp_path / "lost")
    crawled.data_dir.mkdir()
    shutil.copytree(tmp_path / "lost" / "archive", crawled.archive_dir)
    _shell(crawled, tmp_path, _block("miner parse"))
    assert differences(crawled.data_dir, tmp_path / "lost") == []
    assert crawled.duckdb_path.is_file()


@pytest.mark.parametrize(
    "sign",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGHUP, marks=pytest.mark.soak),
        pytest.param(signal.SIGINT, marks=pytest.mark.soak),
    ],
)
def test_a_crawl_that_is_asked_to_end_while_it_exports_is_told_too(
    tmp_path: Path, sign: signal.Signals
) -> None:
    with serving(build(1500, cards=0)) as server:
        settings = settings_for(tmp_path, server.endpoint)
        with process(settings, "--summary") as running:
            while not list(settings.data_dir.glob("*/work.duckdb")):
                assert running.poll() is None
                time.sleep(0.01)
            running.send_signal(sign)
            stdout, stderr = running.communicate(timeout=60)
        assert running.returncode == 0, stderr
        _assert_line(stdout, state="interrupted", models_read=1500)
        assert "miner export" in stderr
        assert "Traceback" not in stderr
        assert not settings.duckdb_path.exists()
        assert not list(settings.data_dir.glob("*/work.duckdb"))


def test_a_hang_up_ends_a_crawl_in_order(tmp_path: Path) -> None:
    with serving(build(60), ReplayOptions(latency_ms=100)) as server:
        settings = settings_for(tmp_path, server.endpoint, http_concurrency=1)
        with process(settings, "--summary") as running:
            while requests(server, "resolvers") < 4:
                assert running.poll() is None
            running.send_signal(signal.SIGHUP)
            stdout, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    _assert_line(stdout, state="interrupted", models_read=60)
