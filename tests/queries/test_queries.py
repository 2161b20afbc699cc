"""Every shipped query and every check: rows in, parameters, rows out, as YAML beside this file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from miner.queries import loader, run
from miner.schema import vocab
from miner.schema.published import PUBLISHED

FOLDER = Path(__file__).parent
QUERIES = loader.load()


def _cases() -> Iterator[Any]:
    for path in sorted(FOLDER.rglob("*.yaml")):
        name = f"{path.parent.name}/{path.stem}"
        cases = yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for number, case in enumerate(cases):
            yield pytest.param(name, case, id=f"{name}-{number}")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    assert set(row) <= set(PUBLISHED[table].column_names), table
    columns = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))


def _literal(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str | date | datetime) else str(value)


@pytest.mark.parametrize(("name", "case"), list(_cases()))
def test_rows_in_rows_out(
    name: str, case: dict[str, Any], empty: duckdb.DuckDBPyConnection
) -> None:
    query = QUERIES[name]
    params = case.get("params", {})
    assert set(case["given"]) <= set(query.reads)
    for table, rows in case["given"].items():
        for row in rows:
            _insert(empty, table, row)

    result = run.run_query(query, {key: str(value) for key, value in params.items()}, empty)
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows()]
    assert rows == case["expect"]

    empty.execute(loader.macro_statement(query))
    arguments = ", ".join(f"{key} := {_literal(value)}" for key, value in params.items())
    from_macro = empty.execute(f"FROM {query.macro_name}({arguments})").fetchall()
    assert from_macro == [tuple(row.values()) for row in case["expect"]]


def test_every_query_has_a_case_and_every_case_a_query() -> None:
    tested = {f"{path.parent.name}/{path.stem}" for path in FOLDER.rglob("*.yaml")}
    assert tested == set(QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_header_agrees_with_the_sql(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    loader.check(QUERIES[name], empty)


@pytest.mark.parametrize("name", [name for name in QUERIES if name.startswith("checks/")])
def test_a_check_finds_nothing_in_nothing(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    assert list(run.run_query(QUERIES[name], {}, empty).rows()) == []


def test_the_check_of_states_knows_the_vocabulary() -> None:
    body = QUERIES["checks/state_vocabulary"].body
    words = set(re.findall(r"'([a-z-]+)'", body)) - {"model"}
    assert words == {*vocab.ModelState, *vocab.FileState}


def test_the_order_of_sources_is_that_of_the_vocabulary() -> None:
    body = QUERIES["quality/relation_disagreements"].body
    listed = re.search(r"list_position\(\s*(\[[^]]*\])", body)
    assert listed
    assert json.loads(listed[1].replace("'", '"')) == [source.value for source in vocab.Source]


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("format AS (", ("models/pickle_by_month", "uses/pickle_by_month")),
    ],
)
def test_queries_that_sort_alike_do_so_by_the_same_words(part: str, names: tuple[str, str]) -> None:
    """A macro cannot call another one, so both have the list; they must not drift apart."""
    one, other = (QUERIES[name].body.partition(part)[2].partition("\n),\n")[0] for name in names)
    assert one
    assert one == other
