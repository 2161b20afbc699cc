"""Checks of the staged and of the published tables before an export is put in place."""

from __future__ import annotations

import duckdb

from miner.db.analytics import is_empty
from miner.db.staging import NOT_STAGED
from miner.errors import CheckFailed
from miner.schema.published import PUBLISHED, Reference, Table
from miner.schema.tables import metadata

_KEPT = "the export of before, as it was"


def check_staged(connection: duckdb.DuckDBPyConnection) -> None:
    """Check the foreign keys among the staged tables: a transform would drop rows without a word.

    Args:
        connection: A work database with the schema ``store``.

    Raises:
        CheckFailed: A row refers to a row that is not there.
    """
    for table in metadata.sorted_tables:
        if table.name in NOT_STAGED or is_empty(f'store."{table.name}"', connection):
            continue
        for key in table.foreign_keys:
            if key.column.table.name in NOT_STAGED:
                continue
            here, there = key.parent.name, key.column.name
            bad = _count(
                connection,
                f'SELECT count(*) FROM store."{table.name}" AS source '
                f'ANTI JOIN store."{key.column.table.name}" AS target '
                f'ON target."{there}" = source."{here}" WHERE source."{here}" IS NOT NULL',
            )
            if bad:
                raise CheckFailed(
                    f"table {table.name} of the store: {bad} rows refer by {here} to a "
                    f"{key.column.table.name} that is not there",
                    kept=_KEPT,
                    next_step="rebuild the store: miner parse --from-archive",
                )


def check_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Check every table in the attached database ``published``.

    Args:
        connection: A work database.

    Raises:
        CheckFailed: A column is not as described, a key is null or not unique, or a row refers to
            a row that is not there. The message names the table and the number of rows.
    """
    for table in PUBLISHED.values():
        _check_columns(table, connection)
        if is_empty(f'published."{table.name}"', connection):
            continue
        if table.key:
            _check_key(table, connection)
        for reference in table.references:
            _check_reference(table, reference, connection)


def _check_columns(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(f'DESCRIBE published."{table.name}"').fetchall()
    found = [(row[0], row[1]) for row in rows]
    expected = [(column.name, column.type) for column in table.columns]
    if found != expected:
        raise CheckFailed(f"table {table.name} is {found}, described as {expected}", kept=_KEPT)


def _check_key(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    keys = ", ".join(f'"{column}"' for column in table.key)
    nulls = " OR ".join(f'"{column}" IS NULL' for column in table.key)
    name = f'published."{table.name}"'
    if bad := _count(connection, f"SELECT count(*) FROM {name} WHERE {nulls}"):
        raise CheckFailed(
            f"table {table.name}: {bad} rows have a null in their key ({keys})", kept=_KEPT
        )
    bad = _count(
        connection,
        f"SELECT count(*) FROM (SELECT {keys} FROM {name} GROUP BY {keys} HAVING count(*) > 1)",
    )
    if bad:
        raise CheckFailed(f"table {table.name}: {bad} keys ({keys}) stand twice", kept=_KEPT)


def _check_reference(
    table: Table, reference: Reference, connection: duckdb.DuckDBPyConnection
) -> None:
    pairs = zip(reference.columns, reference.target, strict=True)
    matches = " AND ".join(f'target."{there}" = source."{here}"' for here, there in pairs)
    bound = " AND ".join(f'source."{column}" IS NOT NULL' for column in reference.columns)
    where = f" AND ({reference.where})" if reference.where else ""
    bad = _count(
        connection,
        f'SELECT count(*) FROM published."{table.name}" AS source '
        f'ANTI JOIN published."{reference.table}" AS target ON {matches} '
        f"WHERE {bound}{where}",
    )
    if bad:
        raise CheckFailed(
            f"table {table.name}: {bad} rows refer by ({', '.join(reference.columns)}) to a "
            f"{reference.table} that is not there",
            kept=_KEPT,
        )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
