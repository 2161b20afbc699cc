"""What becomes of repositories on a replayed GitHub: metadata, names, states, dates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from miner.db.diff import diff_stores
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import macros
from tests.crawling import AtStage, ask, one
from tests.forges import (
    build,
    crawl_forge,
    forge_settings,
    listed,
    name,
    put,
    repository_names,
    requests_of,
    source,
)

if TYPE_CHECKING:
    from tests.postgres import Postgres


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
    assert repository_names(settings, "is_empty") == {"coder/empty"}
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
    assert repository_names(settings, "state = 'gone'") == {"no/where"}
    rows = ask(settings, "SELECT name, reason FROM repository WHERE state = 'blocked' ORDER BY 1")
    assert [row[0] for row in rows] == ["old/blocked", "old/refused"]
    assert ["dmca" in rows[0][1], "tos" in rows[1][1]] == [True, True]
    assert len(repository_names(settings, "state = 'present'")) == 60
    assert "moved/away" in repository_names(settings)
    assert ask(settings, "SELECT alias FROM repository_alias") == [(name(5),)]
    assert counts["scans scanned"] == 60


@pytest.mark.soak
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
    assert repository_names(settings, "state = 'gone'") == {name(4)}
    assert "moved/three" in repository_names(settings, "state = 'present'")
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
    by_node = {node: (full_name, state) for node, full_name, state in rows}
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


@pytest.mark.soak
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
