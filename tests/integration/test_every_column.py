"""Every column goes from the store to an export, a snapshot, and a store seeded from that.

The store holds one row a table, a value in every column. What is published of it has to be the same
after the way through a snapshot, column by column, both ways.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, Table, insert

from miner.db.imported import Imported
from miner.db.plain import published_classes
from miner.db.session import open_store
from miner.pipelines.derive.licenses.chain_judge import open_judge
from miner.pipelines.snapshot.export_store import export_parquet
from miner.pipelines.sources.hubs import hub_profile
from miner.pipelines.sources.hubs.profile import PROFILE_COLUMNS
from miner.schema.dictionary import members
from miner.schema.published import PUBLISHED
from miner.schema.published.base import how
from miner.schema.tables import metadata
from miner.settings import Settings, load_settings
from tests.seeding import seed
from tests.snapshots import make

Rows = dict[str, list[dict[str, Any]]]
NAME = "data-2026.11.0"
SHA = "0123456789abcdef0123456789abcdef01234567"

VALUES: dict[str, Any] = {
    **{f"hub.{name}": getattr(hub_profile("huggingface"), name) for name in PROFILE_COLUMNS},
    "owner.name": "acme",
    "model.name": "acme/one",
    "model.sha": SHA,
    "model.files": [{"path": "README.md", "size_bytes": 7, "sha256": "a" * 64}],
    "model.safetensors_dtypes": {"BF16": 7},
    "dataset.name": "acme/data",
    "dataset.sha": SHA,
    "fetched_file.path": "README.md",
    "fetched_file.revision": SHA,
    "fetched_file.state": "fetched",
    "fetched_file.parse_state": "parsed",
    "fetched_file.blob_sha": SHA,
    "model_edge.parent": "acme/one",
    "model_dataset.dataset": "acme/data",
    "model_repository.repository": "acme/code",
    "repository.name": "acme/code",
    "repository.node_id": "R_1",
    "repository.head_commit": SHA,
    "repository.languages": {"Python": 7},
    "paper.arxiv_id": "2401.00001",
    "sweep.name": "huggingface-model-full-000001",
    "sweep.subject": "model",
    "repository_sweep.name": "github-repository-000001",
    "scan.commit": SHA,
    "scan.skipped": {"too-large": 1},
    "use_site.commit": SHA,
    "use_site.hub": "huggingface",
    "use_site.model": "acme/one",
    "model_use.hub": "huggingface",
    "model_use.model": "acme/one",
    "model_use.roles": {"use": 1},
    "extracted_field.field": "base_model",
    "extracted_field.qualifiers": {"relation": "finetune"},
    "search_bin.query": "from_pretrained size:0..9",
    "search_bin.base": "from_pretrained",
    "search_bin.kind": "code",
    "repository_link.kind": "paper",
    "run.command": "crawl",
    "run.state": "finished",
    "model_architecture.evidence": [
        {"source": "config", "method": "config-keys", "is_moe": True, "state": "read",
         "reasons": ["a reason"], "confidence": 1.0}
    ],
    "license_statement.scope": "weights",
    "license_statement.source": "declared",
    "license_statement.position": 0,
    "license_statement.dataset_id": None,
    "extracted_field.named_dataset_id": None,
    "sweep.window": {},
}  # fmt: skip
"""Values that have to be of a certain kind; any other column gets one with its own name in it."""

OTHER_ROWS = {
    "run": "the run that seeds the store is one more",
    "sweep": "so is the sweep that stands for the snapshot",
}
"""Published tables that have other rows in a seeded store, and why."""


def value_of(table: Table, column: Column[Any], position: int) -> Any:
    """A value for a column, never null."""
    key = f"{table.name}.{column.name}"
    if key in VALUES:
        return VALUES[key]
    if column.primary_key or column.foreign_keys:
        return 1
    if vocabulary := how(column).vocabulary:
        return members(vocabulary)[0]
    kinds: list[tuple[type, Any]] = [
        (JSON, [f"a {column.name}"]),
        (Boolean, True),
        (DateTime, datetime(2026, 1, 2, 3, position % 60)),  # noqa: DTZ001  the store's times
        (Date, date(2026, 1, 1)),
        (Float, 0.5),
        (Integer, position + 1),
    ]
    return next((value for kind, value in kinds if isinstance(column.type, kind)), f"a {key}")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store with one row a table and a value in every column."""
    settings = load_settings({"MINER_DATA_DIR": str(tmp_path_factory.mktemp("filled"))})
    with open_store(settings).begin() as connection:
        for table in metadata.sorted_tables:
            row = {
                column.name: value_of(table, column, position)
                for position, column in enumerate(table.columns)
            }
            connection.execute(insert(table).values(row))
    return settings


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


@pytest.mark.parametrize("column", ["likes", "sha", "architectures"])
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
