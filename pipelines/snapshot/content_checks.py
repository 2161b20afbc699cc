"""What has to hold of the tables before they count as a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from miner.db.analytics import DuckDBConnection
from miner.db.checks import check_tables
from miner.errors import CheckFailed
from miner.schema.dictionary import members
from miner.schema.manifest import Manifest
from miner.schema.published import PUBLISHED, Column, Table

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
    connection: DuckDBConnection,
    checks: Iterable[Check],
    allowed: Collection[str],
    *,
    is_changed: bool,
) -> tuple[list[str], list[str]]:
    """Check keys, references, vocabularies and ranges, and that every check finds nothing.

    Args:
        connection: A database with the tables in ``published``.
        checks: The shipped checks.
        allowed: Names of checks that may find something.
        is_changed: The tables are not any more as the export built and checked them.

    Returns:
        Names of all that was checked and holds, and of the checks that find what they may.

    Raises:
        CheckFailed: Something does not hold; the message says what, and where.
    """
    if is_changed:
        check_tables(connection)
    for table in PUBLISHED.values():
        _check_columns(table, connection)
    passed, waived, failed = ["keys", "references", "vocabularies", "ranges"], [], {}
    (home,) = connection.execute("SELECT current_catalog()").fetchone() or ("memory",)
    connection.execute("USE published")
    for check in checks:
        if not (found := _found(check, connection)):
            passed.append(check.name)
        elif check.name in allowed:
            waived.append(check.name)
        else:
            failed[check.name] = found
    connection.execute(f'USE "{home}"')
    if failed:
        first = next(iter(failed))
        raise CheckFailed(
            "; ".join(failed.values()),
            kept="no snapshot was made",
            next_step=f"miner query {first}; where they are right, add {_flags(failed)}",
        )
    return passed, waived


def check_counts(
    counts: Mapping[str, int],
    last: Manifest | None,
    expected: Mapping[str, int],
    allowed: Collection[str],
) -> list[str]:
    """Check that no table has shrunk.

    Args:
        counts: Rows by table.
        last: The last snapshot, None where there is none.
        expected: Its rows by table, without those that were taken down since.
        allowed: Tables that may shrink.

    Returns:
        Tables that have shrunk, and may.

    Raises:
        CheckFailed: A table has lost ``SHRINKS_BY`` of its rows, or is not there any more.
    """
    shrunk = {
        name: f"{name} ({rows:,} → {counts.get(name, 0):,})"
        for name, rows in expected.items()
        if rows and counts.get(name, 0) <= rows * (1 - SHRINKS_BY)
    }
    refused = {name: line for name, line in shrunk.items() if name not in allowed}
    if last and refused:
        line = ", ".join(refused.values())
        raise CheckFailed(
            f"fewer rows than in {last.name}, by {SHRINKS_BY:.0%} or more: {line}",
            kept="no snapshot was made",
            next_step=f"find out why; where it is right, add {_flags(refused)}",
        )
    return list(shrunk)


def _flags(names: Iterable[str]) -> str:
    return " ".join(f"--allow {name}" for name in names)


def _check_columns(table: Table, connection: DuckDBConnection) -> None:
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


def _example(table: Table, column: Column, wrong: str, connection: DuckDBConnection) -> str:
    query = f'SELECT min("{column.name}") FROM published."{table.name}" WHERE {wrong}'
    row = connection.execute(query).fetchone()
    return str(row[0])[:80] if row else ""


def _found(check: Check, connection: DuckDBConnection) -> str:
    """Return what a check finds, for people, or nothing."""
    rows = connection.execute(check.statement).fetchmany(1_000)
    if not rows:
        return ""
    first = ", ".join(str(value)[:60] for value in rows[0])
    count = f"{len(rows):,}" if len(rows) < 1_000 else "1,000 or more"
    return f"the check {check.name} finds {count} rows, the first: {first}"
