"""What is taken out of a table is taken out of all that repeat it; what is clean is read once."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from miner.db import analytics
from miner.db.snapshot_private import clean
from miner.schema.published import PUBLISHED

SECRET = "hf_" + "Ab1" * 12


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold every published table, with one model and its tag."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS published")
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table, "published"))
        yield connection


def plant(connection: duckdb.DuckDBPyConnection, model: str, tag: str) -> None:
    connection.execute("INSERT INTO published.hub (name) VALUES ('h')")
    connection.execute("INSERT INTO published.model (hub, name) VALUES ('h', ?)", [model])
    connection.execute("INSERT INTO published.model_tag VALUES ('h', ?, ?)", [model, tag])


def held(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "SELECT m.name, t.model, t.tag FROM published.model AS m, published.model_tag AS t"
    ).fetchall()


def test_nothing_is_found_where_nothing_is(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, "a/multi-task-b", "license:mit")
    assert clean(connection) == {}
    assert held(connection) == [("a/multi-task-b", "a/multi-task-b", "license:mit")]


def test_a_name_is_changed_wherever_it_stands(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, f"a/{SECRET}", "license:mit")
    assert clean(connection) == {
        "model.name": {"secret": 1}, "model_tag.model": {"secret": 1},
    }  # fmt: skip
    assert held(connection) == [("a/[secret]", "a/[secret]", "license:mit")]


def test_a_clean_name_does_not_hide_what_stands_beside_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    plant(connection, "a/b", f"key:{SECRET}")
    assert clean(connection) == {"model_tag.tag": {"secret": 1}}
    assert held(connection) == [("a/b", "a/b", "key:[secret]")]


def test_a_name_taken_down_is_sought_where_it_is_no_key(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    plant(connection, "x/gone", "license:mit")
    connection.execute(
        "INSERT INTO published.model_use (repository, hub, model, model_resolved) "
        "VALUES ('r/1', 'h', 'as-written', 'x/gone')"
    )
    assert clean(connection, ["x/gone"]) == {"model_use.model_resolved": {"name taken down": 1}}
