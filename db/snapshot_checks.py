"""What has to hold of the tables before they count as a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import duckdb

from miner.db.checks import check_tables
from miner.errors import CheckFailed
from miner.schema.dictionary import members
from miner.schema.published import PUBLISHED, Column, Table
from miner.schema.snapshot import Manifest

SHRINKS_BY = 0.05
"""Share of its rows that a table may not lose without being allowed to."""

_FIRST, _LAST = "2000-01-01", "2100-01-01"
_DATED_BY_OTHERS = frozenset({"published_on"})
"""Dates of things that are older than any hub."""


@dataclass(frozen=True, slots=True)
class Check:
    """A question that must have no answer: its name, and the SQL."""

    name: str
    statement: str


def check_content(
    connection: duckdb.DuckDBPyConnection,
    checks: Iterable[Check],
    allowed: Collection[str],
    *,
    is_changed: bool,
) -> tuple[str, ...]:
    """Check keys, references, vocabularies and ranges, and that every check finds nothing.

    Args:
        connection: A database with the tables in ``published``.
        checks: The shipped checks.
        allowed: Names of checks that may find something.
        is_changed: The tables are not any more as the export built and checked them.

    Returns:
        Names of all that was checked.

    Raises:
        CheckFailed: Something does not hold; the message says what, and where.
    """
    if is_changed:
        check_tables(connection)
    for table in PUBLISHED.values():
        _check_columns(table, connection)
    names = ["keys", "references", "vocabularies", "ranges"]
    (home,) = connection.execute("SELECT current_catalog()").fetchone() or ("memory",)
    connection.execute("USE published")
    for check in checks:
        if check.name not in allowed:
            _check_finds_nothing(check, connection)
            names.append(check.name)
    connection.execute(f'USE "{home}"')
    return tuple(names)


def check_counts(
    counts: Mapping[str, int], last: Manifest | None, allowed: Collection[str]
) -> None:
    """Check that no table has shrunk.

    Args:
        counts: Rows by table.
        last: The last snapshot, None where there is none.
        allowed: Tables that may shrink.

    Raises:
        CheckFailed: A table has lost ``SHRINKS_BY`` of its rows, or is not there any more.
    """
    if last is None:
        return
    shrunk = [
        f"{table.name} ({table.rows:,} → {counts.get(table.name, 0):,})"
        for table in last.tables
        if table.name not in allowed
        and table.rows
        and counts.get(table.name, 0) <= table.rows * (1 - SHRINKS_BY)
    ]
    if shrunk:
        first = shrunk[0].partition(" ")[0]
        raise CheckFailed(
            f"fewer rows than in {last.name}, by {SHRINKS_BY:.0%} or more: {', '.join(shrunk)}",
            kept="no snapshot was made",
            next_step=f"find out why; where it is right, add --allow {first}",
        )


def _check_columns(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    """Check vocabularies and ranges of one table, in one pass over it."""
    asked = [(column, wrong) for column in table.columns if (wrong := _wrong(column))]
    if not asked:
        return
    counts = ", ".join(f"count(*) FILTER (WHERE {wrong})" for _, wrong in asked)
    row = connection.execute(f'SELECT {counts} FROM published."{table.name}"').fetchone()
    for (column, wrong), count in zip(asked, row or (), strict=True):
        if count:
            raise CheckFailed(
                f"table {table.name}: {count} rows have a {column.name} that is out of its "
                f"{'vocabulary' if column.vocabulary else 'range'}, like "
                f"{_example(table, column, wrong, connection)!r}",
                kept="no snapshot was made",
            )


def _wrong(column: Column) -> str:
    """Return the condition on a value that cannot be, or nothing."""
    name = f'"{column.name}"'
    if column.vocabulary:
        words = ", ".join(f"'{member}'" for member in members(column.vocabulary))
        return f"{name} NOT IN ({words})"
    if column.unit == "0 to 1":
        return f"NOT {name} BETWEEN 0 AND 1"
    if column.unit and column.type == "BIGINT":
        return f"{name} < 0"
    if column.type in {"TIMESTAMP", "DATE"} and column.name not in _DATED_BY_OTHERS:
        return f"{name} NOT BETWEEN '{_FIRST}' AND '{_LAST}'"
    return ""


def _example(
    table: Table, column: Column, wrong: str, connection: duckdb.DuckDBPyConnection
) -> str:
    query = f'SELECT min("{column.name}") FROM published."{table.name}" WHERE {wrong}'
    row = connection.execute(query).fetchone()
    return str(row[0])[:80] if row else ""


def _check_finds_nothing(check: Check, connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(check.statement).fetchmany(1_000)
    if rows:
        first = ", ".join(str(value)[:60] for value in rows[0])
        count = f"{len(rows):,}" if len(rows) < 1_000 else "1,000 or more"
        raise CheckFailed(
            f"the check {check.name} finds {count} rows, the first: {first}",
            kept="no snapshot was made",
            next_step=f"miner query {check.name}; where they are right, add --allow {check.name}",
        )
