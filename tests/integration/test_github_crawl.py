"""Discovery, metadata and scans against a replayed GitHub, with the real client library."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from miner.db.diff import diff_stores
from miner.db.export import export_duckdb
from miner.errors import ConfigurationError, RetryLater, SourceRefused
from miner.pipelines.archive import ArchiveReader
from miner.pipelines.downstream.scan import scan as scan_source_files
from miner.pipelines.github.crawl import scan_stored
from miner.pipelines.github.session import ForgeChoice
from miner.pipelines.progress import Silent
from miner.pipelines.replay.catalog import Catalog
from miner.pipelines.replay.limits import Trouble
from miner.pipelines.replay.options import ReplayOptions
from miner.pipelines.replay.serve import ReplayServer, serving
from miner.queries.loader import macros
from miner.settings import Settings
from tests.crawling import AfterRecords, AtStage, ask, differences, environment, one
from tests.forges import (
    build,
    crawl_forge,
    forge_command,
    forge_settings,
    miner,
    name,
    put,
    requests_of,
    run_forge,
    source,
    tarball,
)

if TYPE_CHECKING:
    from tests.postgres import Postgres


def names_held(settings: Settings, condition: str = "1 = 1") -> set[str]:
    return {row[0] for row in ask(settings, f"SELECT name FROM repository WHERE {condition}")}


def listed(folder: Path, *names: str) -> ForgeChoice:
    """A crawl of listed repositories alone."""
    folder.mkdir(exist_ok=True)
    path = folder / "list.txt"
    path.write_text("".join(f"{each}\n" for each in names))
    return ForgeChoice(repositories=path, with_search=False)


@pytest.mark.slow
def test_every_repository_is_found_once_inside_the_limits(tmp_path: Path) -> None:
    catalog = build(1_150)
    options = ReplayOptions(
        limit_code_search=60, limit_search=30, limit_core=600, limit_graphql=20, window_seconds=1,
        estimate_off=0.2, rate_incomplete=0.2,
    )  # fmt: skip
    with serving(catalog, options) as server:
        settings = forge_settings(tmp_path, server)
        counts = crawl_forge(settings, ForgeChoice(limit=None))
        stats = server.stats()["buckets"]
    assert names_held(settings, "state = 'present'") == {name(number) for number in range(1_150)}
    assert one(settings, "SELECT count(*) FROM repository") == 1_150
    assert counts["scans scanned"] == 1_150
    for resource in ("code_search", "search", "core", "graphql"):
        assert stats[resource]["refused"] == 0
        assert stats[resource]["most_in_a_window"] <= stats[resource]["limit"]
    states = dict(ask(settings, "SELECT state, count(*) FROM search_bin GROUP BY state"))
    assert set(states) == {"split", "whole"}
    # all that one search finds is more than GitHub gives: its parts are whole, and give it all
    base = "transformers from_pretrained language:python"
    files = one(
        settings,
        "SELECT count(DISTINCT repository_id || path) FROM search_hit h JOIN search_bin b "
        "ON b.id = h.bin_id WHERE b.base = ?", base,
    )  # fmt: skip
    assert files == 1_150
    assert one(settings, "SELECT max(page_count) FROM search_bin WHERE base = ?", base) <= 10
    assert one(settings, "SELECT count(*) FROM search_bin WHERE incomplete_results") > 0


def test_a_search_that_cannot_be_parted_is_cut_and_never_whole(tmp_path: Path) -> None:
    catalog = build(0)
    for number in range(1_300):
        put(catalog, number, files={"notes.xyz": source("maker/one")})
    for number in range(1_300, 1_350):
        put(catalog, number, files={"app.py": source("maker/one")})
    stop = threading.Event()
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, progress=AtStage("metadata", stop.set), stop=stop)
    base = "model_name_or_path extension:yaml"
    assert one(settings, "SELECT state FROM search_bin WHERE base = ?", base) == "whole"
    python = "transformers from_pretrained language:python"
    assert one(settings, "SELECT state FROM search_bin WHERE base = ?", python) == "whole"
    assert len(names_held(settings)) == 50


def test_same_size_files_beyond_the_bound_are_cut(tmp_path: Path) -> None:
    catalog = build(0)
    for number in range(1_200):
        put(catalog, number, files={"some/where.py": source("maker/one")})
    stop = threading.Event()
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, progress=AtStage("metadata", stop.set), stop=stop)
    python = "transformers from_pretrained language:python"
    rows = ask(
        settings,
        "SELECT state, reason, lower, upper, extension, filename, distinct_count FROM search_bin "
        "WHERE base = ? AND state = 'cut'", python,
    )  # fmt: skip
    assert rows, "a bin of files of one size cannot be parted by size"
    for state, reason, lower, upper, _, _, distinct in rows:
        assert (state, lower) == ("cut", upper)
        assert "1,000" in reason
        assert distinct == 1_000
    assert not ask(
        settings,
        "SELECT 1 FROM search_bin WHERE state = 'whole' AND total_count > 1000",
    )
    assert 1_000 <= len(names_held(settings)) <= 1_200


def test_metadata_is_what_github_says(tmp_path: Path) -> None:
    catalog = build(3)
    catalog.forge.put(
        {"full_name": "coder/fork", "fork": True, "parent": name(0), "license": "NOASSERTION",
         "topics": ["llm", "peft"], "archived": True, "description": "A fork", "size": 12},
        {"a.py": b"1\n", "b.sh": b"echo\n", "c.py": b"2\n"},
    )  # fmt: skip
    catalog.forge.put({"full_name": "coder/empty"}, {})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, listed(tmp_path / "in", name(0), "coder/fork", "CODER/Empty"))
    columns = "license, is_fork, parent, is_archived, description, topics, languages, stars"
    [row] = ask(settings, f"SELECT {columns} FROM repository WHERE name = 'coder/fork'")
    assert row == (
        "NOASSERTION", 1, name(0), 1, "A fork", '["llm","peft"]', '{"Shell":5,"Python":4}', 0,
    )  # fmt: skip
    assert names_held(settings, "is_empty") == {"coder/empty"}
    assert ask(settings, "SELECT alias FROM repository_alias") == [("CODER/Empty",)]
    assert one(settings, "SELECT scan.state FROM scan JOIN repository r ON r.id = repository_id "
               "WHERE r.name = 'coder/fork'") == "scanned"  # fmt: skip
    seen = pl.read_parquet(settings.observations_dir / "repository")
    assert set(seen["name"]) == {name(0), "coder/fork", "coder/empty"}
    assert seen.filter(pl.col("name") == name(0))["stars"].to_list() == [0]


def test_gone_blocked_and_renamed_are_states(tmp_path: Path) -> None:
    catalog = build(60)
    catalog.forge.put({"full_name": "old/blocked", "state": "blocked"}, {"a.py": b""})
    catalog.forge.put({"full_name": "old/refused", "state": "refused"}, {"a.py": b""})
    catalog.forge.rename(name(5), "moved/away")
    names = [*(name(number) for number in range(60)), "old/blocked", "old/refused", "no/where"]
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        counts = crawl_forge(settings, listed(tmp_path / "in", *names))
    assert names_held(settings, "state = 'gone'") == {"no/where"}
    rows = ask(settings, "SELECT name, reason FROM repository WHERE state = 'blocked' ORDER BY 1")
    assert [row[0] for row in rows] == ["old/blocked", "old/refused"]
    assert ["dmca" in rows[0][1], "tos" in rows[1][1]] == [True, True]
    assert len(names_held(settings, "state = 'present'")) == 60
    assert "moved/away" in names_held(settings)
    assert ask(settings, "SELECT alias FROM repository_alias") == [(name(5),)]
    assert counts["scans scanned"] == 60


def test_renamed_and_deleted_in_mid_crawl(tmp_path: Path) -> None:
    catalog = build(50)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)

        def meddle() -> None:
            catalog.forge.rename(name(3), "moved/three")
            catalog.forge.remove(name(4))

        counts = crawl_forge(settings, progress=AtStage("repositories scanned", meddle))
        assert counts["scans scanned"] == 49
        assert counts["scans gone"] == 1
        crawl_forge(settings)
    assert names_held(settings, "state = 'gone'") == {name(4)}
    assert "moved/three" in names_held(settings, "state = 'present'")
    assert one(settings, "SELECT count(*) FROM repository") == 50
    assert ask(settings, "SELECT alias FROM repository_alias") == [(name(3),)]
    # what was known of it stays, under its new name
    uses = "SELECT u.model FROM model_use u JOIN repository r ON r.id = u.repository_id"
    assert len(ask(settings, f"{uses} WHERE r.name = 'moved/three'")) == 1


def test_a_name_that_passes_to_another_repository(tmp_path: Path) -> None:
    catalog = build(2)
    choice = listed(tmp_path / "in", name(0), name(1))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, choice)
        catalog.forge.remove(name(0))
        put(catalog, 0, id=99, node_id="R_other")
        catalog.forge.rename(name(1), "moved/one")
        put(catalog, 1, id=98, node_id="R_third")
        crawl_forge(settings, choice)
    rows = ask(settings, "SELECT node_id, name, state FROM repository ORDER BY id")
    by_node = {node: (held, state) for node, held, state in rows}
    assert by_node["R_other"] == (name(0), "present")
    assert by_node["R_third"] == (name(1), "present")
    assert [state for node, (_, state) in by_node.items() if node not in {"R_other", "R_third"}] \
        == ["gone", "gone"]  # fmt: skip


def test_a_second_crawl_asks_for_metadata_alone(tmp_path: Path) -> None:
    catalog = build(45)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings)
        tarballs = requests_of(server, "core")
        assert tarballs == 45
        sites = ask(settings, "SELECT * FROM use_site ORDER BY id")
        crawl_forge(settings)
        assert requests_of(server, "core") == tarballs
        assert requests_of(server, "graphql") == 4
        assert ask(settings, "SELECT * FROM use_site ORDER BY id") == sites
        put(
            catalog, 7, files={"app.py": source("maker-2/harbor-07"), "new.py": source("maker/new")}
        )
        counts = crawl_forge(settings)
    assert counts["scans scanned"] == 1
    rows = ask(
        settings,
        "SELECT s.model, s.path, s.first_seen_at IS NOT NULL, s.'commit' = r.head_commit "
        "FROM use_site s JOIN repository r ON r.id = s.repository_id WHERE r.name = ? "
        "ORDER BY s.path", name(7),
    )  # fmt: skip
    assert rows == [("maker-2/harbor-07", "app.py", 1, 1), ("maker/new", "new.py", 1, 1)]
    assert one(settings, "SELECT count(*) FROM scan") == 46


def test_since_is_about_pushes_and_limit_about_repositories(tmp_path: Path) -> None:
    catalog = build(24)
    with serving(catalog) as server:
        from datetime import datetime  # noqa: PLC0415

        settings = forge_settings(tmp_path, server)
        counts = crawl_forge(settings, ForgeChoice(since=datetime.fromisoformat("2025-07-01")))
        assert counts["scans scanned"] == 12
        counts = crawl_forge(settings, ForgeChoice(limit=5))
        assert counts["scans scanned"] == 5


def test_what_was_received_is_in_the_archive(tmp_path: Path) -> None:
    catalog = build(3)
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server, github_tokens=("a-secret-token",))
        crawl_forge(settings)
    answers = [answer for _, answer in ArchiveReader(settings.archive_dir).scan()]
    kinds = {answer.kind for answer in answers}
    assert kinds == {"search", "metadata", "source"}
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
    [(found, told)] = ask(settings, "SELECT state, skipped FROM scan")
    assert found == state
    assert json.loads(told) == skipped
    models = {row[0] for row in ask(settings, "SELECT model FROM model_use")}
    assert models == ({"maker/ok"} if "ok.py" in entries else set())


@pytest.mark.parametrize(
    ("data", "state"),
    [(b"no archive at all", "unreadable"),
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
    assert names_held(settings, "state = 'present'") == {name(number) for number in range(90)}
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


def until(running: subprocess.Popen[str], server: ReplayServer, count: int) -> None:
    while running.poll() is None and counted(server) < count:
        time.sleep(0.002)


def counted(server: ReplayServer) -> int:
    return sum(bucket["requests"] for bucket in server.stats()["buckets"].values())


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_where_an_undisturbed_one_does(tmp_path: Path) -> None:
    chance = random.Random(7)
    catalog = build(1_150)
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
    assert one(killed, "SELECT count(*) FROM scan") == 1_150
    assert ask(killed, "PRAGMA integrity_check") == [("ok",)]


def test_the_commands(tmp_path: Path) -> None:
    catalog = build(4)
    catalog.models.put({"id": "maker-0/harbor-00", "createdAt": "2024-01-01T00:00:00.000Z"})
    catalog.forge.rename(name(1), "moved/one")
    (tmp_path / "names.txt").write_text(f"{name(1)}  # by its old name\nno/where\n")
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        done = run_forge(settings, "--repositories", str(tmp_path / "names.txt"))
        assert done.returncode == 0, done.stderr
        assert "scans scanned" in done.stderr
        assert "uses resolved to a model held" in done.stderr
        shown = miner(settings, "repository", name(1), "--format", "json")
        held: dict[str, Any] = json.loads(shown.stdout)
        assert (held["name"], held["found_by"]) == ("moved/one", "alias")
        [site] = held["sites"]
        assert site["evidence_url"] == (
            f"https://github.com/moved/one/blob/{site['commit']}/app.py#L3"
        )
        told = miner(settings, "repository", "moved/one").stdout
        assert "app.py:3" in told
        assert "maker-1/harbor-01" in told
        again = miner(settings, "scan", name(2), "--format", "jsonl")
        [row] = [json.loads(line) for line in again.stdout.splitlines()]
        assert (row["path"], row["line"], row["model"]) == ("app.py", 3, "maker-2/harbor-02")
        assert (row["resolved"], row["method"]) == (True, "literal")
        assert "app.py:3" in miner(settings, "scan", name(2)).stdout
        nothing = miner(settings, "scan", "no/such/thing here")
        assert nothing.returncode == 10
        assert "nothing at this path" in nothing.stderr
        measured = ask(settings, "SELECT precision FROM method_accuracy WHERE method LIKE 'scan%'")
        assert len(measured) >= 7
        missing = miner(settings, "repository", "project/none")
        assert missing.returncode == 13
        assert "Traceback" not in missing.stderr
        status = json.loads(miner(settings, "status", "--json").stdout)
        assert status["held"]["repositories"]["by_state"] == {"present": 4, "gone": 1}
        doctor = miner(settings, "doctor").stdout
        assert "GITHUB_TOKEN" in doctor
        broken = run_forge(forge_settings(tmp_path / "c", server, github_tokens=()))
        assert broken.returncode == 10
        assert "GITHUB_TOKEN" in broken.stderr
        (tmp_path / "names.txt").write_text("this is no name\n")
        wrong = run_forge(settings, "--repositories", str(tmp_path / "names.txt"))
        assert wrong.returncode == 10
        assert "no name of a repository" in wrong.stderr


def test_cards_lead_to_repositories(tmp_path: Path) -> None:
    from miner.pipelines.replay.catalog import CURRENT, HeldFile  # noqa: PLC0415
    from tests.crawling import crawl, record  # noqa: PLC0415

    catalog: Catalog = build(3)
    card = f"# A model\nCode: https://github.com/{name(2)}.git and https://github.com/topics/llm\n"
    catalog.models.put(record(1), files={(CURRENT, "README.md"): HeldFile(card.encode())})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl(settings)
        counts = crawl_forge(settings, ForgeChoice(with_search=False))
    assert counts["repositories linked by cards"] == 1
    assert names_held(settings, "state = 'present'") == {name(2)}
    [(start, end, linked)] = ask(
        settings, "SELECT span_start, span_end, repository FROM model_repository"
    )
    assert card[start:end] == f"{name(2)}.git"
    assert linked == name(2)
    assert ask(settings, "SELECT source FROM repository_finding") == [("card",)]


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


def test_both_stores_hold_the_same(tmp_path: Path, postgres: Postgres) -> None:
    """What SQLite makes of two crawls with changes in between, PostgreSQL makes too."""
    catalog = build(50)
    catalog.forge.put({"full_name": "some/blocked", "state": "blocked"}, {"a.py": b""})
    choice = listed(tmp_path / "in", *(name(number) for number in range(50)), "some/blocked")
    with serving(catalog) as server, postgres.database() as url:
        stores = [
            forge_settings(tmp_path / "sqlite", server),
            forge_settings(tmp_path / "postgres", server, database_url=url),
        ]
        for settings in stores:
            crawl_forge(settings, replace(choice, with_search=True))
        catalog.forge.rename(name(1), "moved/one")
        catalog.forge.remove(name(2))
        put(catalog, 2, id=99, node_id="R_other")
        put(catalog, 3, files={"app.py": source("maker/new"), "b.py": source("maker/b")})
        for settings in stores:
            counts = crawl_forge(settings, choice)
            assert counts["scans scanned"] == 2
        found = diff_stores(f"sqlite:///{stores[0].data_dir / 'miner.db'}", url)
        assert not [table for table in found if table.count], found
        for settings in stores:
            report = export_duckdb(settings, settings.duckdb_path, macros=macros())
            assert report.row_counts["repository"] == 52
            assert report.row_counts["model_use"] == 52


def test_one_repository_by_name(tmp_path: Path) -> None:
    catalog = build(3)
    catalog.forge.put({"full_name": "some/gone", "state": "gone"}, {"a.py": b""})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)

        def scan(*names: str) -> dict[str, int]:
            return dict(scan_stored(settings, names, Silent(), threading.Event()))

        assert scan(f"https://github.com/{name(0)}")["scans scanned"] == 1
        assert len(ask(settings, "SELECT * FROM model_use")) == 1
        put(catalog, 0, files={"app.py": source("maker/anchor"), "b.py": source("maker/b")})
        catalog.forge.rename(name(1), "moved/one")
        counts = scan(name(0), name(1), "some/gone")
        assert counts["scans scanned"] == 2
        assert counts["not scanned: gone"] == 1
        assert scan(name(0))["scans scanned"] == 1
        with pytest.raises(ConfigurationError, match="no name"):
            scan("no name at all")
    assert len(ask(settings, "SELECT * FROM model_use")) == 3
    assert {row[0] for row in ask(settings, "SELECT command FROM run")} == {"scan"}


def test_source_read_in_processes_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    catalog = build(20)
    broken = b"no archive"
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
    place = "miner.pipelines.github.source.scan"

    def scan(files: Any, **options: Any) -> Any:
        held = list(files)
        if any(b"break me" in (file.data or b"") for file in held):
            raise RecursionError("as deep as it goes")
        return scan_source_files(iter(held), **options)

    monkeypatch.setattr(place, scan)
    catalog = build(10)
    put(catalog, 5, files={"app.py": b"# break me"})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        choice = listed(tmp_path / "in", *(name(number) for number in range(10)))
        counts = crawl_forge(settings, choice)
        assert (counts["scans scanned"], counts["scans failed"]) == (9, 1)
        monkeypatch.setattr(place, scan_source_files)
        assert crawl_forge(settings, choice)["scans scanned"] == 1
    states = dict(ask(settings, "SELECT state, count(*) FROM scan GROUP BY state"))
    assert "failed" not in states


def test_models_that_repositories_use_are_asked_for(tmp_path: Path) -> None:
    """Models before the window, and a renamed one, are held once enough repositories use them."""
    catalog = build(0)
    for model in ("maker/older", "maker/current", "maker/rare"):
        catalog.models.put({"id": model, "createdAt": "2023-01-01T00:00:00.000Z", "downloads": 9})
    catalog.models.redirect("maker/former", "maker/current")
    for number in range(3):
        files = {"a.py": source("maker/older"), "b.py": source("maker/former")}
        put(catalog, number, files=files | ({"c.py": source("maker/rare")} if not number else {}))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        for _ in range(2):
            done = run_forge(settings, "--since", "2024-01")
            assert done.returncode == 0, done.stderr
    rows = ask(settings, "SELECT DISTINCT u.model, m.name FROM model_use u "
               "LEFT JOIN model m ON m.id = u.model_id ORDER BY 1")  # fmt: skip
    assert rows == [
        ("maker/former", "maker/current"), ("maker/older", "maker/older"), ("maker/rare", None),
    ]  # fmt: skip


def test_lines_are_dated_by_the_commit_that_brought_them(tmp_path: Path) -> None:
    catalog = build(0)
    code = source("maker/first") + b"\n" + source("maker/harbor-large")
    put(catalog, 0, files={"app.py": code, "README.md": b"maker/third is good"}, introduced={
        "app.py": [[1, 4, "a" * 40, "2024-03-04T05:06:07+02:00"],
                   [5, 9, "b" * 40, "2025-01-02T00:00:00Z"]]})  # fmt: skip
    put(catalog, 1)
    choice = listed(tmp_path / "in", name(0), name(1))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, choice)
        assert one(settings, "SELECT count(introduced_at) FROM use_site") == 0
        queries = requests_of(server, "graphql")
        counts = crawl_forge(settings, replace(choice, introduced=10))
        assert counts["use sites dated"] == 3
        assert requests_of(server, "graphql") == queries + 3, "metadata, and a query a file"
        dated = ask(
            settings,
            "SELECT model, introduced_commit, introduced_at FROM use_site "
            "WHERE model LIKE 'maker/%' AND role <> 'mention' ORDER BY line",
        )
        assert dated == [
            ("maker/first", "a" * 40, "2024-03-04 03:06:07.000000"),
            ("maker/harbor-large", "b" * 40, "2025-01-02 00:00:00.000000"),
        ]
        # a new commit that leaves the file as it was leaves its dates too, and nothing is asked
        put(catalog, 0, files={"app.py": code, "more.txt": b"words"})
        counts = crawl_forge(settings, replace(choice, introduced=10))
        assert counts["scans scanned"] == 1
        assert counts["use sites dated"] == 0
    assert one(settings, "SELECT count(introduced_at) FROM use_site") == 3
    export_duckdb(settings, settings.duckdb_path, macros=macros())
