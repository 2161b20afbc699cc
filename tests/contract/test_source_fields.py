"""A column of the store has the value of the field that its description names.

Each field of a record gets a value of its own, by its path; what is stored is compared with the
value at the path that the column's description names. Two names swapped, in the description or in
what reads the record, make a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Connection, DateTime, Integer, Table, insert, select

from miner.db.session import open_store
from miner.pipelines.intake import datasets, models, repositories
from miner.pipelines.intake.batch import Batch
from miner.pipelines.sources.github import repository_records
from miner.pipelines.sources.hubs.huggingface import records
from miner.schema.tables import metadata
from miner.schema.tables.base import source_fields
from miner.settings import load_settings

MODEL, DATASET = metadata.tables["model"], metadata.tables["dataset"]
REPOSITORY = metadata.tables["repository"]
NOW = "2026-01-02 03:04:05.000000"

WRITTEN: dict[str, Any] = {
    "id": "acme/one",
    "gated": "manual",
    "private": True,
    "disabled": False,
    "cardData.license": "other",
    "cardData.license_link": "https://acme.example/license",
    "cardData.language": ["de", "en"],
    "cardData.size_categories": ["1K<n<10K"],
    "siblings": [{"rfilename": "a.bin"}, {"rfilename": "b.bin"}],
    "safetensors.parameters": {"BF16": 7},
    "nameWithOwner": "acme/code",
    "parent.nameWithOwner": "acme/parent",
    "isFork": True,
    "isArchived": False,
    "isEmpty": None,
    "full_name": "acme/code",
    "fork": True,
    "archived": False,
    "languages.edges": [{"size": 7, "node": {"name": "Python"}}],
    "repositoryTopics.nodes": [{"topic": {"name": "a topic"}}],
}
"""Values that have to be of a certain kind, by path; any other field gets one with its path."""

STORED: dict[str, Any] = {
    "siblings": [{"path": "a.bin"}, {"path": "b.bin"}],
    "cardData.size_categories": "1K<n<10K",
    "languages.edges": {"Python": 7},
    "repositoryTopics.nodes": ["a topic"],
}
"""What the store has of those that are not copied as they are."""

REST = {
    "node_id": "node_id", "name": "full_name", "description": "description",
    "license": "license.spdx_id", "license_key": "license.key", "stars": "stargazers_count",
    "forks": "forks_count", "is_fork": "fork", "is_archived": "archived",
    "created_at": "created_at", "pushed_at": "pushed_at", "default_branch": "default_branch",
    "size_kilobytes": "size", "primary_language": "language",
}  # fmt: skip
"""Column → field of GitHub's REST API, which names many of them in another way."""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_store(load_settings({"MINER_DATA_DIR": str(tmp_path)}))
    with engine.begin() as opened:
        hub = {"id": 1, "name": "huggingface", "title": "", "home_page": "", "terms_url": ""}
        opened.execute(insert(metadata.tables["hub"]).values(hub))
        run = {"id": 1, "command": "crawl", "state": "running", "arguments": {},
               "code_version": "", "started_at": datetime.fromisoformat(NOW)}  # fmt: skip
        opened.execute(insert(metadata.tables["run"]).values(run))
        yield opened
    engine.dispose()


def paths(table: Table) -> dict[str, str]:
    """Column → path of the field that it is read from."""
    return {column: field.path for column, field in source_fields(table).items()}


def value_of(column: Column[Any], path: str, number: int) -> Any:
    """A value of a field that no other field has, as a record spells it."""
    if path in WRITTEN:
        return WRITTEN[path]
    if isinstance(column.type, DateTime):
        return f"{datetime(2024, 1, 1) + timedelta(days=number):%Y-%m-%dT%H:%M:%S.000Z}"  # noqa: DTZ001
    if isinstance(column.type, Integer):
        return 1000 + number
    assert not isinstance(column.type, Boolean), f"{path}: say in WRITTEN which it is"
    return [f"a {path}"] if isinstance(column.type, JSON) else f"a {path}"


def record_of(table: Table, fields: Mapping[str, str], first: int = 0) -> dict[str, Any]:
    """A record with a value at the path of every column."""
    record: dict[str, Any] = {}
    for number, (column, path) in enumerate(fields.items(), first):
        *parents, name = path.split(".")
        place = record
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = value_of(table.c[column], path, number)
    return record


def expected(table: Table, fields: Mapping[str, str], first: int = 0) -> dict[str, Any]:
    """What the store has to have of such a record."""
    found = {}
    for number, (column, path) in enumerate(fields.items(), first):
        value = STORED.get(path, value_of(table.c[column], path, number))
        is_time = isinstance(table.c[column].type, DateTime)
        found[column] = datetime.fromisoformat(value).replace(tzinfo=None) if is_time else value
    return found


def stored(connection: Connection, table: Table, fields: Mapping[str, str]) -> dict[str, Any]:
    """What the store has of the only row of a table."""
    row = connection.execute(select(*(table.c[column] for column in fields))).one()
    return dict(row._mapping)


def batch(connection: Connection) -> Batch:
    """A transaction's setting."""
    return Batch(connection, hub_id=1, run_id=1, observed_at=NOW, answer_id=None)


def test_columns_of_a_model_have_the_values_of_their_fields(connection: Connection) -> None:
    fields = paths(MODEL)
    facts = records.read_model(record_of(MODEL, fields))
    assert facts.problems == []
    models.write_models(batch(connection), [facts])
    assert stored(connection, MODEL, fields) == expected(MODEL, fields)


def test_light_records_change_the_volatile_columns_and_no_others(connection: Connection) -> None:
    fields = paths(MODEL)
    models.write_models(batch(connection), [records.read_model(record_of(MODEL, fields))])
    volatile = {name: fields[name] for name, of in source_fields(MODEL).items() if of.is_volatile}
    record = record_of(MODEL, {"uid": "_id", "name": "id", "sha": "sha"})
    changed = {**record, **record_of(MODEL, volatile, first=500)}
    models.write_light(batch(connection), [records.read_light(changed)])
    after = {**expected(MODEL, fields), **expected(MODEL, volatile, first=500)}
    assert stored(connection, MODEL, fields) == after


def test_columns_of_a_dataset_have_the_values_of_their_fields(connection: Connection) -> None:
    fields = paths(DATASET)
    datasets.write_datasets(batch(connection), [records.read_dataset(record_of(DATASET, fields))])
    assert stored(connection, DATASET, fields) == expected(DATASET, fields)


@pytest.mark.parametrize(
    ("read", "fields"),
    [
        (repository_records.read_node, paths(REPOSITORY)),
        (repository_records.read_record, REST),
    ],
)
def test_columns_of_a_repository_have_the_values_of_their_fields(
    connection: Connection, read: Any, fields: dict[str, str]
) -> None:
    facts = read(record_of(REPOSITORY, fields))
    context = repositories.IngestContext(connection, run_id=1, observed_at=NOW)
    repositories.write_repositories(context, {facts.name: facts}, None)
    assert stored(connection, REPOSITORY, fields) == expected(REPOSITORY, fields)


@pytest.mark.parametrize(
    ("table", "copied"),
    [(MODEL, (*records.MODEL, *records.VOLATILE)), (DATASET, records.DATASET)],
)
def test_every_plain_field_that_is_described_is_read(
    table: Table, copied: tuple[records.Copied, ...]
) -> None:
    """A field of the top level is copied by the hub's folder, unless it has to be understood."""
    understood = {"_id", "id", "tags", "siblings"}
    plain = {
        (column, path)
        for column, path in paths(table).items()
        if "." not in path and path not in understood
    }
    assert {(one.column, one.field) for one in copied} == plain


def test_the_description_says_which_columns_are_volatile() -> None:
    described = {name for name, of in source_fields(MODEL).items() if of.is_volatile}
    assert {one.column for one in records.VOLATILE} == described
