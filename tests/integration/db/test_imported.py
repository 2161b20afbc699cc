"""The way from a snapshot's tables to rows of a store: complete, and with the store's columns."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import pytest

from miner.db import analytics
from miner.db.imported import NOT_IN_SNAPSHOTS, Imported, Origin, prepare
from miner.schema.published import PUBLISHED
from miner.schema.tables import metadata

ORIGIN = Origin({"h": 3}, 5, 7, "snapshot", None, "2022-03-03")
Tables = dict[str, list[dict[str, object]]]


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """All published tables, empty, and a hub."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA published")
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table, "published"))
        yield connection


def imported(connection: duckdb.DuckDBPyConnection, snapshot: Tables) -> Imported:
    """A snapshot of these rows; columns that are not given are null."""
    for table, rows in snapshot.items():
        for row in rows:
            columns = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            connection.execute(
                f'INSERT INTO published."{table}" ({columns}) VALUES ({marks})', list(row.values())
            )
    prepare(connection, "data-2026.01.0", ORIGIN)
    return Imported(connection)


def rows_of(of: Imported, table: str) -> list[dict[str, object]]:
    return [
        dict(zip(columns, row, strict=True)) for columns, rows in of.rows(table) for row in rows
    ]


def test_every_table_of_the_store_is_told_of_or_named_as_not(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    names = imported(tables, {}).tables()
    assert set(names) | NOT_IN_SNAPSHOTS == set(metadata.tables)
    assert not set(names) & NOT_IN_SNAPSHOTS


@pytest.mark.parametrize("name", sorted(set(metadata.tables) - NOT_IN_SNAPSHOTS))
def test_the_columns_are_those_of_the_store(name: str, tables: duckdb.DuckDBPyConnection) -> None:
    found = imported(tables, {}).columns(name)
    table = metadata.tables[name]
    assert set(found) <= set(table.columns.keys())
    assert {column.name for column in table.columns if not column.nullable} <= set(found)


def test_lists_are_put_together_and_what_was_counted_twice_stays_counted(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    snapshot: Tables = {
        "owner": [{"hub": "h", "name": "a"}],
        "model": [
            {"hub": "h", "name": "a/1", "owner": "a", "state": "present", "tag_count": 3,
             "file_count": 2, "license": "mit", "parse_state": "parsed"},
            {"hub": "h", "name": "a/2", "state": "present", "tag_count": 0, "file_count": None},
            {"hub": "h", "name": "a/3", "state": "named"},
        ],
        "model_tag": [{"hub": "h", "model": "a/1", "tag": tag} for tag in ('quote " in it', "b")],
        "model_file": [
            {"hub": "h", "model": "a/1", "path": "README.md"},
            {"hub": "h", "model": "a/1", "path": "w.bin", "size_bytes": 5, "sha256": "f" * 64},
        ],
        "license_statement": [
            {"hub": "h", "subject_kind": "model", "subject": "a/1", "source": "card",
             "position": 0, "canonical": "mit"},
            {"hub": "h", "subject_kind": "model", "subject": "a/1", "source": "tag",
             "position": 0, "canonical": "apache-2.0"},
        ],
    }  # fmt: skip
    first, second, third = rows_of(imported(tables, snapshot), "model")
    assert (first["hub_id"], first["owner_id"], first["run_id"]) == (3, 1, 7)
    assert json.loads(str(first["tags"])) == ["b", 'quote " in it', "b"]
    assert '"path":"README.md"' in str(first["files"])  # as crawls look for it
    assert json.loads(str(first["files"])) == [
        {"path": "README.md"}, {"path": "w.bin", "size_bytes": 5, "sha256": "f" * 64},
    ]  # fmt: skip
    assert first["license"] == "apache-2.0"  # the record's own; the card's word is a statement
    assert (second["tags"], second["files"], second["languages"]) == ("[]", None, None)
    assert (first["record_digest"], third["record_digest"]) == ("snapshot", None)


def test_sweeps_keep_their_numbers_and_say_what_they_saw(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    seen: dict[str, object] = {"hub": "h", "model": "a/1", "sweep": "h-model-full-000004"}
    sweep = {"hub": "h", "subject": "model", "is_complete": True, "page_count": 1,
             "record_count": 1, "rejected_count": 0}  # fmt: skip
    snapshot: Tables = {
        "model": [{"hub": "h", "name": "a/1", "created_at": "2024-01-05 10:00:00"}],
        "model_observation": [seen],
        "sweep": [
            {**sweep, "name": "h-model-full-000004", "kind": "full", "ended_at": "2026-01-01"},
            {**sweep, "name": "h-model-seed-000002", "kind": "seed", "started_at": "2025-12-01"},
        ],
    }
    rows = rows_of(imported(tables, snapshot), "sweep")
    seed, full = sorted(rows, key=lambda row: str(row["kind"]), reverse=True)
    assert (full["id"], seed["id"]) == (4, 2)
    assert json.loads(str(full["window"])) == {"since": "2024-01-05 10:00:00"}
    assert json.loads(str(seed["window"]))["seed"]["name"] == "data-2026.01.0"
    assert full["ended_at"] == "2026-01-01 00:00:00.000000"


def test_parts_of_searches_are_taken_from_their_queries(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    queries = (
        ("code", "from_pretrained extension:py"),
        ("code", "from_pretrained extension:py size:10..20"),
        ("code", "from_pretrained size:10..10 extension:ipynb filename:app"),
        ("repository", "topic:llm pushed:2024-01-01..2024-01-31"),
    )
    snapshot: Tables = {
        "search_bin": [
            {"kind": kind, "query": query, "round": 1, "state": "whole"} for kind, query in queries
        ]
    }
    found = {
        row["query"]: (row["base"], row["lower"], row["upper"], row["extension"], row["filename"])
        for row in rows_of(imported(tables, snapshot), "search_bin")
    }
    assert [found[query] for _, query in queries] == [
        ("from_pretrained extension:py", None, None, None, None),
        ("from_pretrained extension:py", "10", "20", None, None),
        ("from_pretrained", "10", "10", "ipynb", "app"),
        ("topic:llm", "2024-01-01", "2024-01-31", None, None),
    ]


def test_scans_come_in_their_order_and_sites_belong_to_the_one_that_read_them(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    scan = {"repository": "r/1", "scanner_version": "1"}
    snapshot: Tables = {
        "repository": [{"name": "r/1", "state": "present", "scanned_commit": "c2",
                        "scan_state": "failed"}],
        "scan": [
            {**scan, "commit": "c2", "state": "failed", "scanned_at": "2026-01-01"},
            {**scan, "commit": "c1", "state": "scanned", "scanned_at": "2026-01-02"},
        ],
        "use_site": [{"repository": "r/1", "commit": "c1", "path": "a.py", "line": 1}],
        "dependency": [
            {"repository": "r/1", "name": "x",
             "evidence_url": "https://github.com/r/1/blob/c1/req.txt#L1"},
        ],
    }  # fmt: skip
    loaded = imported(tables, snapshot)
    keys = {row["commit"]: row["id"] for row in rows_of(loaded, "scan")}
    assert keys["c2"] == max(keys.values())  # type: ignore[type-var] # keys are numbers
    assert [row["scan_id"] for row in rows_of(loaded, "use_site")] == [keys["c1"]]
    assert [row["scan_id"] for row in rows_of(loaded, "dependency")] == [keys["c1"]]
    assert (loaded.expected("use_site"), loaded.expected("dependency")) == (1, 1)


def test_sites_stay_where_the_scan_that_found_them_was_made_again_and_failed(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    scan = {"repository": "r/1", "scanner_version": "1"}
    snapshot: Tables = {
        "repository": [{"name": "r/1", "state": "present"}],
        "scan": [{**scan, "commit": "c1", "state": "failed", "scanned_at": "2026-01-01"}],
        "use_site": [{"repository": "r/1", "commit": "c1", "path": "a.py", "line": 1}],
    }
    assert len(rows_of(imported(tables, snapshot), "use_site")) == 1
