"""Every column goes from the store to an export, a snapshot, and a store seeded from that.

The store holds one row a table, a value in every column. What is published of it has to be the same
after the way through a snapshot, column by column, both ways.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from miner.db.imported import Imported
from miner.db.plain import published_classes
from miner.pipelines.derive.licenses.chain_judge import open_judge
from miner.pipelines.snapshot.export_store import export_parquet
from miner.schema.published import PUBLISHED
from miner.settings import Settings, load_settings
from tests.filled import fill
from tests.seeding import seed
from tests.snapshots import make

Rows = dict[str, list[dict[str, Any]]]
NAME = "data-2026.11.0"

OTHER_ROWS = {
    "run": "the run that seeds the store is one more",
    "sweep": "so is the sweep that stands for the snapshot",
}
"""Published tables that have other rows in a seeded store, and why."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store with one row a table and a value in every column."""
    return fill(tmp_path_factory.mktemp("filled"))


def rows(folder: Path) -> Rows:
    """The rows of an export by table."""
    found: Rows = {}
    with duckdb.connect() as connection:
        for table in PUBLISHED:
            relation = connection.sql(f"FROM read_parquet('{folder}/{table}.parquet')")
            found[table] = [
                dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()
            ]
    return found


def exported(settings: Settings, folder: Path) -> Rows:
    """What an export of a store holds."""
    export_parquet(settings, folder, judge=open_judge("miner"))
    return rows(folder)


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    """The columns whose values differ, with both; all of them where rows were lost or added."""
    columns = (before or after or [{}])[0]
    values = {
        name: ([row[name] for row in before], [row[name] for row in after]) for name in columns
    }
    return {name: pair for name, pair in values.items() if pair[0] != pair[1]}


def test_every_column_survives_export_snapshot_and_seed(filled: Settings, tmp_path: Path) -> None:
    before = exported(filled, tmp_path / "before")
    empty = [
        f"{name}.{column.name}"
        for name in published_classes()
        for column in PUBLISHED[name].columns
        if all(row[column.name] in (None, []) for row in before[name])
    ]
    assert empty == ["hub.metadata_license"], "columns in which nothing would be noticed"
    assert lost(before, filled, tmp_path) == {}


@pytest.mark.parametrize(
    "column",
    [
        "likes",
        pytest.param("sha", marks=pytest.mark.soak),
        pytest.param("architectures", marks=pytest.mark.soak),
    ],
)
def test_a_column_that_the_import_leaves_out_is_noticed(
    column: str, filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exported(filled, tmp_path / "before")
    describe = Imported._describe

    def without(of: Imported, table: str, *arguments: Any) -> list[tuple[str, str]]:
        found = describe(of, table, *arguments)
        return [pair for pair in found if table != "model" or pair[0] != column]

    monkeypatch.setattr(Imported, "_describe", without)
    assert lost(before, filled, tmp_path) != {}


def lost(before: Rows, filled: Settings, folder: Path) -> dict[str, dict[str, Any]]:
    """What differs in a store that is seeded from a snapshot of the filled one, by table."""
    snapshot = make(filled, folder / NAME).folder
    seeded = load_settings({"MINER_DATA_DIR": str(folder / "seeded")})
    seed(seeded, snapshot)
    after = exported(seeded, folder / "after")
    different = {name: differences(before[name], after[name]) for name in PUBLISHED}
    return {name: found for name, found in different.items() if found and name not in OTHER_ROWS}
