"""How the source of repositories is read from a replayed GitHub, hostile and damaged too."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miner.errors import SourceRefused
from miner.pipelines.scan.scanner import scan as scan_source_files
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from tests.crawling import ask, differences, one
from tests.forges import build, crawl_forge, forge_settings, listed, name, put, source, tarball


def test_what_was_received_is_in_the_archive(tmp_path: Path) -> None:
    catalog = build(3)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server, github_tokens=("a-secret-token",))
        crawl_forge(settings)
    answers = [answer for _, answer in ArchiveReader(settings.archive_dir).scan()]
    kinds = {answer.kind for answer in answers}
    assert kinds == {"run", "searches", "search", "sweep", "metadata", "source", "scan"}
    kept = {answer.context["path"]: answer for answer in answers if "path" in answer.context}
    assert kept["app.py"].body.startswith(b"from transformers")
    blobs = {row[0] for row in ask(settings, "SELECT blob_sha FROM use_site")}
    assert kept["app.py"].context["blob_sha"] in blobs
    for segment in settings.archive_dir.glob("*"):
        assert b"a-secret-token" not in segment.read_bytes()
    indexed = one(settings, "SELECT count(*) FROM answer")
    assert indexed == len(answers)


@pytest.mark.parametrize(
    ("entries", "state", "skipped"),
    [
        ({"../../evil.py": source("maker/evil"), "ok.py": source("maker/ok")}, "scanned",
         {"unsafe-path": 1}),
        ({"link.py": None, "ok.py": source("maker/ok")}, "scanned", {"symlink": 1}),
        ({"big.py": b"#" * 6_000_000, "ok.py": source("maker/ok")}, "scanned", {"too-large": 1}),
        ({}, "empty", {}),
    ],
)  # fmt: skip
def test_hostile_sources_are_states(
    tmp_path: Path, entries: dict[str, bytes | None], state: str, skipped: dict[str, int]
) -> None:
    catalog = build(0)
    record = {"full_name": "some/one", "head_commit": "1" * 40}
    catalog.forge.put(record, {"x": b""}, tarball=tarball(entries))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, listed(tmp_path / "in", "some/one"))
    [(found, counts)] = ask(settings, "SELECT state, skipped FROM scan")
    assert found == state
    assert json.loads(counts) == skipped
    models = {row[0] for row in ask(settings, "SELECT model FROM model_use")}
    assert models == ({"maker/ok"} if "ok.py" in entries else set())


@pytest.mark.parametrize(
    ("data", "state"),
    [(b"no archive at all", "failed"),
     (gzip.compress(b"no archive at all " * 99, mtime=0), "unreadable"),
     (tarball({"a.py": source("maker/ok"), "b.py": random.Random(1).randbytes(90_000)})[:-20_000],
      "partial")],
)  # fmt: skip
def test_damaged_sources_are_states(tmp_path: Path, data: bytes, state: str) -> None:
    catalog = build(3)
    catalog.forge.put({"full_name": "some/one", "head_commit": "1" * 40}, {"x": b""}, tarball=data)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        counts = crawl_forge(settings, listed(tmp_path / "in", name(0), "some/one", name(1)))
    assert counts["scans scanned"] == 2
    assert counts[f"scans {state}"] == 1


def test_a_source_beyond_the_bound_is_read_in_part(tmp_path: Path) -> None:
    catalog = build(0)
    noise = {f"z{n}.bin": random.Random(n).randbytes(300_000) for n in range(5)}
    catalog.forge.put({"full_name": "some/one"}, {"app.py": source("maker/ok"), **noise})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server, max_tarball_bytes=400_000)
        counts = crawl_forge(settings, listed(tmp_path / "in", "some/one"))
    assert counts["scans too-large"] == 1
    assert ask(settings, "SELECT model FROM model_use") == [("maker/ok",)]


def test_source_from_a_host_that_is_not_configured_is_refused(tmp_path: Path) -> None:
    catalog = build(1)
    with serving(catalog) as server:
        other = server.endpoint.replace("127.0.0.1", "localhost")
        server.hub.forge_app.options = ReplayOptions(source_host=other)
        settings = forge_settings(tmp_path, server)
        with pytest.raises(SourceRefused, match="not configured"):
            crawl_forge(settings, listed(tmp_path / "in", name(0)))
        host = other.removeprefix("http://")
        allowed = forge_settings(tmp_path / "b", server, github_content_hosts=(host,))
        counts = crawl_forge(allowed, listed(tmp_path / "in", name(0)))
    assert counts["scans scanned"] == 1


def test_source_read_in_processes_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    catalog = build(20)
    broken = gzip.compress(b"no archive " * 99)
    catalog.forge.put(
        {"full_name": "some/one", "head_commit": "1" * 40}, {"x": b""}, tarball=broken
    )
    choice = listed(tmp_path / "in", *(name(number) for number in range(20)), "some/one")
    with serving(catalog) as server:
        threads = forge_settings(tmp_path / "a", server)
        crawl_forge(threads, choice)
        processes = forge_settings(tmp_path / "b", server)
        counts = crawl_forge(processes, replace(choice, executor="processes:2"))
    assert counts["scans scanned"] == 20
    assert not differences(threads.data_dir, processes.data_dir)


def test_one_repository_that_breaks_the_scanner_ends_no_crawl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "miner.pipelines.crawl.github.tarball.scan"

    def scan(files: Any, **options: Any) -> Any:
        read_files = list(files)
        if any(b"break me" in (file.data or b"") for file in read_files):
            raise RecursionError("as deep as it goes")
        return scan_source_files(iter(read_files), **options)

    monkeypatch.setattr(place, scan)
    catalog = build(10)
    put(catalog, 5, files={"app.py": b"# break me"})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        choice = replace(
            listed(tmp_path / "in", *(name(number) for number in range(10))), executor="here"
        )
        counts = crawl_forge(settings, choice)
        assert (counts["scans scanned"], counts["scans failed"]) == (9, 1)
        monkeypatch.setattr(place, scan_source_files)
        assert crawl_forge(settings, choice)["scans scanned"] == 1
    states = dict(ask(settings, "SELECT state, count(*) FROM scan GROUP BY state"))
    assert "failed" not in states
