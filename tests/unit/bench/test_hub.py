"""The bench at full size: what it checks of a store, and what it writes of its measurements."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench import hub as bench
from tests.bench.hub import HubRun, Stage
from tests.bench.synthetic.hub import SyntheticHub

SIZE = 2_000
HUB = SyntheticHub(SIZE, seed=1, epoch=1)
REVISED = range(51, SIZE, 100)
NEW = range(SIZE, SIZE + 14)


def store(folder: Path, changes: dict[str, list[int]]) -> Path:
    """Return a store that tells of changes, by kind and number of the model."""
    path = folder / "miner.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE model (id INTEGER PRIMARY KEY, uid TEXT)")
        connection.execute("CREATE TABLE model_event (model_id INTEGER, kind TEXT)")
        connection.executemany(
            "INSERT INTO model VALUES (?, ?)", [(n, HUB.uid(n)) for n in range(HUB.total)]
        )
        connection.executemany(
            "INSERT INTO model_event VALUES (?, ?)",
            [(number, kind) for kind, numbers in changes.items() for number in numbers],
        )
        connection.commit()
    return path


def planted() -> dict[str, list[int]]:
    return {"new": list(NEW), "revised": list(REVISED), "gone": [561, 1561], "renamed": [1071]}


def test_what_was_planted_is_what_is_found(tmp_path: Path) -> None:
    assert bench.check_changes(store(tmp_path, planted()), HUB) == {
        "gone": 2, "new": 14, "renamed": 1, "revised": 20,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("gone", [561]),  # one is missing
        ("gone", [561, 1561, 1561]),  # one is told twice
        ("gone", [561, 1560]),  # another one
        ("gated", [5]),  # none was planted at this size
        ("relicensed", [5]),
    ],
)
def test_any_other_change_is_an_error(tmp_path: Path, kind: str, numbers: list[int]) -> None:
    with pytest.raises(RuntimeError, match=f"{kind}: "):
        bench.check_changes(store(tmp_path, {**planted(), kind: numbers}), HUB)


def test_the_parts_of_a_data_directory_are_told_apart(tmp_path: Path) -> None:
    for name, size in {
        "miner.db": 10, "miner.db-wal": 5, "archive/000001.warc.gz": 7, "archive/000002.warc.gz": 1,
        "observations/model/s.parquet": 3, "miner.duckdb": 2, "miner.lock": 99,
    }.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    assert bench.on_disk(tmp_path) == {
        "store": 15, "archive": 8, "observations": 3, "DuckDB file": 2,
    }  # fmt: skip


def hub_run(size: int, seconds: float) -> HubRun:
    disk = {"store": 10**9, "archive": 2 * 10**8, "observations": 10**7, "DuckDB file": 0}
    stages = [
        Stage("full sweep", seconds, size, size // 1000, 512 * 2**20, disk),
        Stage("of it derivations", seconds / 10, size, 0, 0, disk),
        Stage("export", seconds / 2, size, 0, 2**30, disk),
    ]
    return HubRun(size, stages, {"new": size // 100}, {"a/quick": 0.1, "b/slow": 0.75})


def test_the_tables_say_what_was_measured(tmp_path: Path) -> None:
    runs = [hub_run(100_000, 10), hub_run(1_000_000, 120)]
    text = bench.render(runs, "the command")
    assert "| full sweep | 1,000,000 | 120.0 | 8,333 | 1.20 | 512 | 1,000 | 200 | 10 | 0 |" in text
    assert "| export | 100,000 | 5.0 | 20,000 |  | 1,024 |" in text
    assert "| all | 1,000,000 | 180.0 | 5,556 | 1.20 | 1,024 |" in text
    assert "| full sweep | 1,000,000 | 1,000 | 5.0 | 10.0 |" in text
    assert "1,000,000 models: all together 3.0 minutes, at most 1,024 MiB" in text
    assert "`b/slow`, 0.75 s" in text
    assert "| 1,000,000 | export | 0.20 | 1.00 | 0.01 | 0.00 | 1.00 |" in bench.render_disk(runs)


def test_measurements_are_read_back(tmp_path: Path) -> None:
    assert bench._load(tmp_path) is None
    bench._save(hub_run(1000, 1), tmp_path)
    assert bench._load(tmp_path) == hub_run(1000, 1)
