"""Datasets that models name: records into rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Column, MetaData, Table, Text, text

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, table_of
from miner.pipelines.intake.statements import LICENSE, write_licenses
from miner.pipelines.sources.records.facts import DatasetFacts
from miner.schema import tables
from miner.schema.tables.base import source_fields
from miner.schema.vocab import ModelState

DATASET = table_of(tables.HubDataset)
_ALIAS = table_of(tables.DatasetAlias)
_NOT_STATED: db.Row = {name: None for name in source_fields(DATASET) if name not in {"uid", "name"}}
_UNREAD = text("UPDATE dataset_card SET rules_version = NULL WHERE dataset_id = :key")
_UNLISTED = "used_storage_bytes"
"""What a single record has and a listing has not: what was known stays."""


def write_datasets(batch: Batch, facts: Sequence[DatasetFacts]) -> int:
    """Write datasets' records; what did not change is not written.

    Returns:
        How many rows were written.
    """
    facts = list({item.uid or item.name: item for item in facts}.values())
    facts = list({item.name: item for item in facts}.values())
    stored = _stored(batch, facts)
    new = iter(db.next_ids(batch.connection, DATASET, len(facts)))
    rows: list[db.Row] = []
    written: dict[int, DatasetFacts] = {}
    for item in facts:
        known = stored.get(item.uid or "") or stored.get(item.name)
        values = {**_NOT_STATED, **item.values, "name": item.name}
        if known is not None:
            if values[_UNLISTED] is None:
                values[_UNLISTED] = known[_UNLISTED]
            if all(known[column] == value for column, value in values.items()):
                continue
        key = next(new) if known is None else int(known["id"])
        if known is not None and known["name"] != item.name:
            write_alias(batch, known["name"], key)
        written[key] = item
        rows.append(
            {
                **values,
                "id": key,
                "hub_id": batch.hub_id,
                "uid": item.uid or (known["uid"] if known else None),
                "observed_at": batch.observed_at,
                "answer_id": batch.answer_id,
                "run_id": batch.run_id,
            }
        )
    db.upsert(batch.connection, DATASET, rows, key=("id",))
    db.delete_where_in(batch.connection, LICENSE, "dataset_id", list(written))
    if written:  # what their cards state is read again, beside what is declared now
        batch.connection.execute(_UNREAD, [{"key": key} for key in written])
    write_licenses(batch, ((None, key, item.licenses) for key, item in written.items()))
    return len(rows)


def keep_named(batch: Batch, facts: Sequence[DatasetFacts]) -> list[DatasetFacts]:
    """Return the datasets that models name, or that are stored already."""
    named = db.select_rows(
        batch.connection, _names(batch), ("name",), "name", [item.name for item in facts]
    )
    wanted = {row["name"] for row in named} | _stored(batch, facts).keys()
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
    """Write that a dataset is unavailable under this name; what is known of it stays."""
    known = dataset_id(batch, name)
    row: db.Row = {
        "id": db.next_ids(batch.connection, DATASET, 1)[0] if known is None else known,
        "hub_id": batch.hub_id,
        "name": name,
        "state": state.value,
        "observed_at": batch.observed_at,
        "answer_id": batch.answer_id,
        "run_id": batch.run_id,
    }
    db.upsert(batch.connection, DATASET, [row], key=("id",), update=("state", "observed_at"))


def write_alias(batch: Batch, alias: str, dataset_id: int) -> None:
    """Write another name of a dataset: a former one, or one that redirects."""
    row: db.Row = {
        "hub_id": batch.hub_id,
        "alias": alias,
        "dataset_id": dataset_id,
        "observed_at": batch.observed_at,
    }
    rows = db.numbered(batch.connection, _ALIAS, [row])
    db.upsert(batch.connection, _ALIAS, rows, key=("hub_id", "alias"), update=("dataset_id",))


def ids_of_datasets(batch: Batch, names: Sequence[str]) -> dict[str, int]:
    """Return the surrogate keys of the datasets that are stored under these names."""
    where = {"hub_id": batch.hub_id}
    rows = db.select_rows(batch.connection, DATASET, ("name", "id"), "name", names, where=where)
    return {row["name"]: int(row["id"]) for row in rows}


def dataset_id(batch: Batch, name: str) -> int | None:
    """Return the surrogate key of the dataset that has this name."""
    return ids_of_datasets(batch, [name]).get(name)


def _stored(batch: Batch, facts: Sequence[DatasetFacts]) -> dict[str, db.Row]:
    """Return the rows that the store has, by identity and by name."""
    columns = ("id", "uid", "name", "state", *_NOT_STATED)
    find = partial(
        db.select_rows, batch.connection, DATASET, columns, where={"hub_id": batch.hub_id}
    )
    rows = find("name", [item.name for item in facts])
    if uids := [item.uid for item in facts if item.uid]:
        rows += find("uid", uids)
    found = {row["name"]: row for row in rows}
    return found | {row["uid"]: row for row in rows if row["uid"]}
