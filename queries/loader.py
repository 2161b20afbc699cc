"""Find the query files, check what their headers claim, and make macros of them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from miner import registry
from miner.db import analytics
from miner.db.macro import Macro
from miner.errors import ConfigurationError
from miner.queries.header import Query, parse, refuse
from miner.queries.pictures import spec as pictures
from miner.schema.published import PUBLISHED, VIEWS
from miner.schema.warnings import WARNINGS

FOLDER = Path(__file__).parent
CHECKS = "checks"
"""Topic of the queries that must return no row."""

_TABLES = {**PUBLISHED, **{view.name: view for view in VIEWS}}
_PLACEHOLDER = re.compile(r"\$([A-Za-z_]\w*)")


def load(folder: Path = FOLDER) -> dict[str, Query]:
    """Read all query files.

    Args:
        folder: Where the topics lie.

    Returns:
        Queries by their name on the command line, in order. Checks are among them.

    Raises:
        InvalidData: A header lacks a key or cannot be read.
        ConfigurationError: Two files make one macro.
    """
    queries = [parse(path) for path in registry.files_in(folder, ".sql")]
    registry.index_by_name(queries, lambda query: query.macro_name, lambda q: str(q.path))
    return {query.full_name: query for query in queries}


def shipped_queries(queries: dict[str, Query]) -> dict[str, Query]:
    """Return the queries that are no checks."""
    return {name: query for name, query in queries.items() if query.topic != CHECKS}


def find(queries: dict[str, Query], name: str) -> Query:
    """Return a query by ``topic/name``, by its macro's name, or by its name alone.

    A hyphen is as good as an underscore.

    Raises:
        ConfigurationError: There is none, or several; the message names the nearest.
    """
    hits = [
        query
        for query in queries.values()
        if name.replace("-", "_") in {query.full_name, query.macro_name, query.name}
    ]
    if len(hits) == 1:
        return hits[0]
    if hits:
        names = ", ".join(query.full_name for query in hits)
        raise ConfigurationError(f"{name!r} is the name of several queries: {names}")
    near = difflib.get_close_matches(name, queries, n=3, cutoff=0.3)
    raise ConfigurationError(
        f"there is no query {name!r}" + (f"; near: {', '.join(near)}" if near else ""),
        next_step="miner query --list",
    )


def macros() -> tuple[Macro, ...]:
    """Return every shipped query as a table macro. Tests ``check`` what their headers claim.

    Raises:
        InvalidData: A header lacks a key or cannot be read.
    """
    return tuple(
        Macro(query.macro_name, macro_statement(query), f"{query.purpose} One row: {query.row}.")
        for query in shipped_queries(load()).values()
    )


def macro_statement(query: Query) -> str:
    """Return the statement that makes the query's macro, in SQL that DuckDB 1.0 knows."""
    params = ", ".join(f"{param.name} := {param.default}" for param in query.params)
    return f'CREATE MACRO "{query.macro_name}"({params}) AS TABLE {_with_casts(query, "")}'


def bound_sql(query: Query) -> str:
    """Return the query with ``$name`` placeholders of the parameters' own types."""
    return _with_casts(query, "$")


def _with_casts(query: Query, mark: str) -> str:
    types = {param.name: param.type for param in query.params}
    return _PLACEHOLDER.sub(
        lambda match: f"CAST({mark}{match[1]} AS {types[match[1]]})", query.body
    )


def check(query: Query, connection: duckdb.DuckDBPyConnection) -> None:
    """Check what a header claims against the SQL and the tables.

    Args:
        query: What was read.
        connection: A database that holds the published tables; the macro is made in it.

    Raises:
        InvalidData: Parameters, columns, tables, caveats, population or picture are not as
            claimed.
    """
    _check_params(query)
    _check_reads(query, connection)
    _check_caveats(query)
    try:
        connection.execute(macro_statement(query))
        rows = connection.execute(f'DESCRIBE SELECT * FROM "{query.macro_name}"()').fetchall()
    except duckdb.Error as error:
        raise refuse(query.path, "body", analytics.first_line(error)) from error
    columns = tuple(row[0] for row in rows)
    if columns != query.columns:
        raise refuse(query.path, "columns", f"the SQL gives {', '.join(columns)}")
    if query.picture:
        try:
            pictures.check(query.picture, {str(row[0]): str(row[1]) for row in rows})
        except ValueError as error:
            raise refuse(query.path, "picture", str(error)) from error
    try:
        connection.execute(f'SELECT {query.known_condition} FROM "{query.known_table}"')
    except duckdb.Error as error:
        raise refuse(query.path, "known", analytics.first_line(error)) from error


def _check_params(query: Query) -> None:
    claimed = [param.name for param in query.params]
    used = set(_PLACEHOLDER.findall(query.body))
    if set(claimed) != used or len(claimed) != len(used):
        raise refuse(
            query.path,
            "params",
            f"the header has {', '.join(claimed) or 'none'}, "
            f"the SQL uses {', '.join(sorted(used)) or 'none'}",
        )


def _check_reads(query: Query, connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.execute("SELECT json_serialize_sql($sql)", {"sql": query.body}).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error"):
        raise refuse(query.path, "body", str(tree.get("error_message")))
    tables = set(_tables(tree)) - set(_common_tables(tree))
    if tables != set(query.reads):
        raise refuse(query.path, "reads", f"the SQL reads {', '.join(sorted(tables))}")
    for table in sorted(tables):
        if table not in _TABLES:
            raise refuse(query.path, "reads", f"{table} is no published table")
        clash = {param.name for param in query.params} & set(_TABLES[table].column_names)
        if clash:
            # Inside a macro the column would hide the parameter, without a word.
            raise refuse(query.path, "params", f"{min(clash)} is also a column of {table}")


def _check_caveats(query: Query) -> None:
    for key in query.caveats:
        if key not in WARNINGS:
            raise refuse(query.path, "caveats", f"{key} is no key of schema/warnings.py")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of DuckDB's parse tree."""
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _tables(tree: Any) -> Iterator[str]:
    return (str(node["table_name"]) for node in _nodes(tree) if node.get("type") == "BASE_TABLE")


def _common_tables(tree: Any) -> Iterator[str]:
    for node in _nodes(tree):
        if "cte_map" in node:
            yield from (str(entry["key"]) for entry in node["cte_map"]["map"])
        if node.get("type") == "RECURSIVE_CTE_NODE":
            yield str(node["cte_name"])
