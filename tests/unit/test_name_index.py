"""The index of names leads to every row of a model, in whatever order a table stands."""

from __future__ import annotations

import duckdb
import pytest

from miner.db import analytics
from miner.queries.records.name_index import PLACES, NameIndex

MODELS = 9_000


@pytest.fixture(params=["name", "name DESC", "hash(name)", "position % 2, name"])
def connection(request: pytest.FixtureRequest) -> duckdb.DuckDBPyConnection:
    """Return tables of many names, in an order."""
    opened = analytics.open_empty()
    opened.execute(
        "CREATE TEMP TABLE made AS SELECT 'o/m' || lpad(i::VARCHAR, 5, '0') AS name, i AS position "
        f"FROM range({MODELS}) AS numbers (i)"
    )
    for statement in (
        "INSERT INTO model BY NAME SELECT 'h' AS hub, name FROM made",
        "INSERT INTO model_tag BY NAME SELECT 'h' AS hub, name AS model, 't' || tag AS tag "
        "FROM made, range(2) AS tags (tag) WHERE position % 3 > 0",
        "INSERT INTO model_edge BY NAME SELECT 'h' AS hub, name AS child, "
        "'o/m' || lpad((position // 2)::VARCHAR, 5, '0') AS parent FROM made WHERE position > 0",
    ):
        opened.execute(f"{statement} ORDER BY {request.param}")
    return opened


def test_every_row_is_found(connection: duckdb.DuckDBPyConnection) -> None:
    index = NameIndex(connection)
    for part, table, column in (
        ("facts", "model", "name"), ("tags", "model_tag", "model"),
        ("bases_tree", "model_edge", "child"), ("derivatives", "model_edge", "parent"),
    ):  # fmt: skip
        for number in (0, 1, 2, 2_047, 2_048, 4_500, MODELS - 1):
            name = f"o/m{number:05}"
            (name_hash,) = connection.execute("SELECT hash('h', ?)", [name]).fetchall()[0]
            everywhere = f"SELECT count(*) FROM {table} AS edge WHERE {column} = ?"
            there = index.condition(part, [("h", name, name_hash)])
            (expected,) = connection.execute(everywhere, [name]).fetchall()[0]
            (found,) = connection.execute(
                f"SELECT count(*) FROM {table} AS edge WHERE {column} = $name AND {there.sql}",
                {"name": name, **there.values},
            ).fetchall()[0]
            assert found == expected, (part, name)
            may = index.may_have(part, name_hash)
            assert may if expected or PLACES[part].is_common else not may


def test_names_in_order_take_few_rows() -> None:
    opened = analytics.open_empty()
    opened.execute(
        "INSERT INTO model BY NAME SELECT 'h' AS hub, 'o/m' || lpad(i::VARCHAR, 5, '0') AS name "
        f"FROM range({MODELS}) AS numbers (i)"
    )
    there = NameIndex(opened).condition("facts", [("h", "o/m05000", 0)])
    counted = opened.execute(f"SELECT count(*) FROM model WHERE {there.sql}", there.values)
    (rows,) = counted.fetchall()[0]
    assert 0 < rows <= 2_048
