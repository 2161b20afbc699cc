"""Parts of a sweep become one file: every model once, as it was seen last, in order."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from miner.db.observations import SCHEMA, Observations, Row

TIME = "2024-05-06 07:08:09.000000"


def row(name: str, uid: str | None, downloads: int) -> Row:
    return {
        "hub": "huggingface", "uid": uid, "name": name, "downloads": downloads,
        "downloads_all_time": None, "likes": 0, "license": None, "gated": "no",
        "is_disabled": False, "sha": "a" * 40, "last_modified_at": TIME, "state": "present",
        "observed_at": TIME, "sweep": "s",
    }  # fmt: skip


def merged(folder: Path, *pages: list[Row]) -> pl.DataFrame:
    observations = Observations(folder)
    for number, rows in enumerate(pages):
        observations.write_part("s", number, rows)
    observations.finish("s")
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["s.parquet"]
    return observations.seen("s").collect()


def test_a_model_that_is_seen_again_stands_once_as_it_was_seen_last(tmp_path: Path) -> None:
    seen = merged(
        tmp_path,
        [row("a/one", "1", 10), row("a/two", "2", 20), row("a/bare", None, 30)],
        [],
        [row("a/two", "2", 21), row("a/bare", None, 31), row("a/two-renamed", "2", 22)],
        [row("a/two", "2", 23)],
    )
    assert seen.select("name", "uid", "downloads").rows() == [
        ("a/one", "1", 10),
        ("a/bare", None, 31),
        ("a/two-renamed", "2", 22),
        ("a/two", "2", 23),
    ]
    assert dict(seen.drop("row").schema) == SCHEMA
    assert seen["row"].to_list() == [0, 1, 2, 3]


@pytest.mark.parametrize("pages", [[], [[]], [[], []]])
def test_a_sweep_that_saw_nothing_is_an_empty_file(tmp_path: Path, pages: list[list[Row]]) -> None:
    assert merged(tmp_path, *pages).drop("row").schema == pl.Schema(SCHEMA)


def test_thousands_of_rows_keep_their_order(tmp_path: Path) -> None:
    pages = [
        [row(f"o/m{n}", f"{n:024x}", n) for n in range(start, start + 500)]
        for start in range(0, 20_000, 500)
    ]
    assert merged(tmp_path, *pages)["downloads"].to_list() == list(range(20_000))
