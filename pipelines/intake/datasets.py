"""Datasets that models name: records into rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, MetaData, Table, Text

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, table_of
from miner.pipelines.intake.statements import LICENSE, write_licenses
from miner.pipelines.sources.records.facts import DatasetFacts
from miner.schema import tables
from miner.schema.vocab import ModelState

DATASET = table_of(tables.Dataset)
_ALIAS = table_of(tables.DatasetAlias)
_VALUES = (
    "state", "created_at", "last_modified_at", "sha", "downloads", "likes", "gated", "license",
    "size_category", "used_storage_bytes", "tags",
)  # fmt: skip
_UNLISTED = "used_storage_bytes"
"""What a single record has and a listing has not: what was known stays."""

_WRITTEN = ("id", "hub_id", "uid", "name", *_VALUES, "observed_at", "answer_id", "run_id")


def write_datasets(batch: Batch, facts: Sequence[DatasetFacts]) -> int:
    """Write datasets' records; what did not change is not written.

    Returns:
        How many rows were written.
    """
    facts = list({item.uid or item.name: item for item in facts}.values())
    facts = list({item.name: item for item in facts}.values())
    held = _held(batch, facts)
    new = iter(db.next_ids(batch.connection, DATASET, len(facts)))
    rows: list[tuple[object, ...]] = []
    written: dict[int, DatasetFacts] = {}
    for item in facts:
        known = held.get(item.uid or "") or held.get(item.name)
        values = tuple(
            known[3 + place] if column == _UNLISTED and known and value is None else value
            for place, column in enumerate(_VALUES)
            for value in (item.values[column],)
        )
        if known is not None and known[3:] == values and known[2] == item.name:
            continue
        key = next(new) if known is None else int(str(known[0]))
        if known is not None and known[2] != item.name:
            write_alias(batch, str(known[2]), key)
        written[key] = item
        rows.append(
            (key, batch.hub_id, item.uid or (known[1] if known else None), item.name, *values,
             batch.observed_at, batch.answer_id, batch.run_id)
        )  # fmt: skip
    db.upsert(batch.connection, DATASET, _WRITTEN, rows, key=("id",))
    db.delete_where_in(batch.connection, LICENSE, "dataset_id", list(written))
    write_licenses(batch, ((None, key, item.licenses) for key, item in written.items()))
    return len(rows)


def keep_named(batch: Batch, facts: Sequence[DatasetFacts]) -> list[DatasetFacts]:
    """Return the datasets that models name, or that are held already."""
    named = db.select_in(
        batch.connection, _names(batch), ("name",), "name", [item.name for item in facts]
    )
    wanted = {str(row[0]) for row in named} | _held(batch, facts).keys()
    return [item for item in facts if item.name in wanted or (item.uid or "") in wanted]


def _names(batch: Batch) -> Table:
    """Return a temporary table of the names that models use, made once a sweep."""
    table = Table(f"named_dataset_{batch.sweep_id}", MetaData(), Column("name", Text))
    batch.connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table.name} AS "
        "SELECT DISTINCT dataset AS name FROM model_dataset"
    )
    batch.connection.exec_driver_sql(
        f"CREATE INDEX IF NOT EXISTS ix_{table.name} ON {table.name} (name)"
    )
    return table


def write_absent(batch: Batch, name: str, state: ModelState) -> None:
    """Write that a dataset of this name is not to be had; a known one keeps what is held of it."""
    known = _held(batch, [DatasetFacts(name, None, {}, [], [])]).get(name)
    key = db.next_ids(batch.connection, DATASET, 1)[0] if known is None else known[0]
    db.upsert(
        batch.connection,
        DATASET,
        ("id", "hub_id", "name", "state", "observed_at", "answer_id", "run_id"),
        [(key, batch.hub_id, name, state.value, batch.observed_at, batch.answer_id,
          batch.run_id)],
        key=("id",),
        update=("state", "observed_at"),
    )  # fmt: skip


def write_alias(batch: Batch, alias: str, dataset_id: int) -> None:
    """Write another name of a dataset: a former one, or one that redirects."""
    db.upsert(
        batch.connection,
        _ALIAS,
        ("id", "hub_id", "alias", "dataset_id", "observed_at"),
        [(*db.next_ids(batch.connection, _ALIAS, 1), batch.hub_id, alias, dataset_id,
          batch.observed_at)],
        key=("hub_id", "alias"),
        update=("dataset_id",),
    )  # fmt: skip


def dataset_id(batch: Batch, name: str) -> int | None:
    """Return the surrogate key of a dataset held under this name."""
    known = _held(batch, [DatasetFacts(name, None, {}, [], [])]).get(name)
    return None if known is None else int(str(known[0]))


def _held(batch: Batch, facts: Sequence[DatasetFacts]) -> dict[str, tuple[object, ...]]:
    """Return the rows held, by identity and by name."""
    columns = ("id", "uid", "name", *_VALUES)
    where = {"hub_id": batch.hub_id}
    names = [item.name for item in facts]
    uids = [item.uid for item in facts if item.uid]
    rows = db.select_in(batch.connection, DATASET, columns, "name", names, where=where)
    if uids:
        rows += db.select_in(batch.connection, DATASET, columns, "uid", uids, where=where)
    found: dict[str, tuple[object, ...]] = {}
    for row in rows:
        found[str(row[2])] = row
        if row[1]:
            found[str(row[1])] = row
    return found
