"""Rows of published tables, a bounded number of them, with the SQL that gives all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeAlias, overload

import duckdb

from miner.db import analytics
from miner.queries.query_limits import cursor_of

Row: TypeAlias = dict[str, Any]
"""A row by column. Columns are those of ``docs/dictionary``; times are UTC without zone."""

MOST = 200
"""So many rows of a part are read."""

_PLACEHOLDER = re.compile(r"\$([a-z]+)")


@dataclass(frozen=True, slots=True)
class Part(Sequence[Row]):
    """The first rows of what a table says of one thing; a sequence of them.

    Attributes:
        rows: At most ``MOST`` of them.
        total: How many there are.
        sql: A statement that gives all.
    """

    rows: tuple[Row, ...]
    total: int
    sql: str

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def rows_of(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]
) -> list[Row]:
    """Return the rows that a SELECT gives, by column."""
    cursor = cursor_of(connection)
    cursor.execute(_statement(sql), dict(values))
    columns = [str(column[0]) for column in cursor.description or []]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@lru_cache(maxsize=500)
def _statement(sql: str) -> duckdb.Statement:
    """Return a SELECT as DuckDB reads it: reading it takes a fifth of asking for a few rows."""
    return duckdb.extract_statements(sql)[0]


def first_of(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]
) -> Row | None:
    """Return the first row, None where there is none."""
    return next(iter(rows_of(connection, f"{sql} LIMIT 1", values)), None)


def part_of(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    values: Mapping[str, object],
    *,
    most: int = MOST,
    shown: str = "",
) -> Part:
    """Return the first rows of a SELECT, and how many there are.

    Args:
        connection: An open file.
        sql: The SELECT, without a limit.
        values: What its placeholders stand for; all of them occur.
        most: Rows to read.
        shown: The SELECT for people, where it is another that gives the same rows.
    """
    rows = tuple(rows_of(connection, f"{sql} LIMIT {most}", values))
    total = len(rows)
    if total == most:
        total = rows_of(connection, f"SELECT count(*) AS total FROM ({sql})", values)[0]["total"]
    return Part(rows, total, with_literals(shown or sql, values))


def with_literals(sql: str, values: Mapping[str, object]) -> str:
    """Return a statement with its values in it, for people to go on with."""
    return _PLACEHOLDER.sub(lambda match: analytics.text(str(values[match[1]])), sql)


def plain(value: Any) -> Any:
    """Return a record as dicts and lists; a part as its total and its rows."""
    if isinstance(value, Part):
        return {"total": value.total, "rows": list(value.rows), "sql": value.sql}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
