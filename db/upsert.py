"""Set-based writes and look-ups on the store's tables, by thousands of rows at a time.

Rows go in and come out by name, as mappings of column to value. Values are those of the driver,
not of SQLAlchemy's types, so that no row is converted twice: text ``YYYY-MM-DD HH:MM:SS.ffffff``
for a UTC timestamp, ``YYYY-MM-DD`` for a date, JSON text for a list or object, 0 and 1 for a
boolean. PostgreSQL reads the same spellings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from miner.db.dialect import among, driver_level, is_sqlite, listed

Row: TypeAlias = "dict[str, Any]"
"""Driver-level values of a row by column."""

Values: TypeAlias = "tuple[object, ...]"

_CHUNK = 10_000
"""Values of one look-up; they go as one JSON array, so no bound on variables applies."""


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    key: Sequence[str],
    update: Sequence[str] | None = None,
) -> None:
    """Insert rows; where the key is there already, update the row that has it.

    Of several rows with the same key the last one counts, as far as columns are updated.

    Args:
        connection: In a transaction.
        table: Table to write to.
        rows: All with the same columns, in any order.
        key: Columns of a unique constraint or the primary key. A key with a null in it
            never meets another row.
        update: Columns to overwrite; None: all but the key; empty: a known row stays as it is.

    Raises:
        ValueError: The table has no column of a name, or the rows have different ones.
    """
    columns, values = _by_place(table, rows)
    upsert_values(connection, table, columns, values, key=key, update=update)


def upsert_values(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    values: list[Values],
    *,
    key: Sequence[str],
    update: Sequence[str] | None = None,
) -> None:
    """Upsert the values of rows in the order of some columns; see :func:`upsert`.

    Raises:
        ValueError: The table has no column of a name.
    """
    if not values:
        return
    columns = tuple(columns)
    _getter(table, columns)
    if update is None:
        update = [column for column in columns if column not in key]
    clause = _conflict_clause(tuple(key), tuple(update))
    if is_sqlite(connection):
        connection.exec_driver_sql(_insert_sql(table.name, columns) + clause, values)
    else:
        distinct = _one_a_key(columns, values, key, update)
        _upsert_by_copy(connection, table.name, columns, distinct, clause)


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of driver-level values; a key that is there already is an error.

    Args:
        connection: In a transaction.
        table: Table to write to.
        rows: Driver-level values by column; all rows have the same columns.

    Raises:
        sqlalchemy.exc.IntegrityError: A constraint does not hold.
        ValueError: The table has no column of a name, or the rows have different ones.
    """
    columns, values = _by_place(table, rows)
    insert_values(connection, table, columns, values)


def insert_values(
    connection: Connection, table: Table, columns: Sequence[str], values: Sequence[Values]
) -> None:
    """Insert what another database gives: the names of columns, and the values of each row.

    Raises:
        sqlalchemy.exc.IntegrityError: A constraint does not hold.
        ValueError: The table has no column of a name.
    """
    if not values:
        return
    columns = tuple(columns)
    _getter(table, columns)
    if is_sqlite(connection):
        connection.exec_driver_sql(_insert_sql(table.name, columns), list(values))
    else:
        _copy(connection, table.name, columns, values)


def numbered(connection: Connection, table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    """Put a surrogate key, as :func:`next_ids` has it, into each row, and return the rows."""
    ids = next_ids(connection, table, len(rows)) if rows else ()
    for key, row in zip(ids, rows, strict=True):
        row["id"] = key
    return rows


def delete_where_in(
    connection: Connection,
    table: Table,
    column: str,
    values: Iterable[str | int],
    *,
    where: Mapping[str, str | int] | None = None,
) -> None:
    """Delete the rows whose column has one of the values; see :func:`select_rows`."""
    condition = _condition(connection, column, where or {})
    sql = f"DELETE FROM {_quote(table.name)} WHERE {condition}"
    for chunk in _chunks(connection, values):
        connection.exec_driver_sql(sql, (*(where or {}).values(), chunk))


def select_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    key_column: str,
    values: Iterable[str | int],
    *,
    where: Mapping[str, str | int] | None = None,
) -> list[Row]:
    """Return the rows whose key column has one of the values.

    Args:
        connection: Any connection.
        table: Table to read.
        columns: Columns to return.
        key_column: Column to look in.
        values: All texts or all integers. Duplicates are looked up once.
        where: Further columns with the value that they have to have. An index on
            ``(hub_id, name)`` is of no use for a look-up by name unless the hub stands here.

    Returns:
        Driver-level values by column, in no particular order.
    """
    found = select_values(connection, table, columns, key_column, values, where=where)
    return [dict(zip(columns, row, strict=True)) for row in found]


def select_values(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    key_column: str,
    values: Iterable[str | int],
    *,
    where: Mapping[str, str | int] | None = None,
) -> Iterator[Sequence[Any]]:
    """Yield the values of rows in the order of some columns; see :func:`select_rows`."""
    condition = _condition(connection, key_column, where or {})
    wanted = ", ".join(driver_level(connection, table.c[name], _quote(name)) for name in columns)
    sql = f"SELECT {wanted} FROM {_quote(table.name)} WHERE {condition}"
    for chunk in _chunks(connection, values):
        yield from connection.exec_driver_sql(sql, (*(where or {}).values(), chunk)).all()


def next_ids(connection: Connection, table: Table, count: int) -> range:
    """Return surrogate keys that are free; the transaction's write lock keeps them so.

    A table is filled either by these or by the database's own numbering, not by both.
    """
    last = connection.exec_driver_sql(f"SELECT max(id) FROM {_quote(table.name)}").scalar()
    first = int(last or 0) + 1
    return range(first, first + count)


def _by_place(table: Table, rows: Sequence[Row]) -> tuple[tuple[str, ...], list[Values]]:
    """Return the columns of some rows, and the rows' values in that order.

    Raises:
        ValueError: The table has no column of a name, or the rows have different ones.
    """
    if not rows:
        return (), []
    columns = tuple(rows[0])
    values_of = _getter(table, columns)
    if set(map(len, rows)) != {len(columns)}:
        raise ValueError(f"rows of {table.name} have different columns")
    try:
        return columns, list(map(values_of, rows))
    except KeyError as error:
        raise ValueError(f"a row of {table.name} lacks {error}") from error


@lru_cache(maxsize=256)
def _getter(table: Table, columns: tuple[str, ...]) -> Callable[[Row], Values]:
    """Return what gives the values of some columns in their order.

    Raises:
        ValueError: The table has no column of a name.
    """
    if unknown := [name for name in columns if name not in table.c]:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    if len(columns) == 1:  # itemgetter would give the value alone
        return lambda row: (row[columns[0]],)
    return itemgetter(*columns)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(columns: Iterable[str]) -> str:
    return ", ".join(map(_quote, columns))


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {_quote(table)} ({_list(columns)}) VALUES ({marks})"


@lru_cache(maxsize=256)
def _conflict_clause(key: tuple[str, ...], update: tuple[str, ...]) -> str:
    target = f" ON CONFLICT ({_list(key)})"
    if not update:
        return f"{target} DO NOTHING"
    changes = ", ".join(f"{_quote(column)} = excluded.{_quote(column)}" for column in update)
    return f"{target} DO UPDATE SET {changes}"


def _condition(connection: Connection, column: str, where: Iterable[str]) -> str:
    mark = "?" if is_sqlite(connection) else "%s"
    equal = (f"{_quote(name)} = {mark} AND " for name in where)
    return f"{''.join(equal)}{_quote(column)} {among(connection, mark)}"


def _chunks(connection: Connection, values: Iterable[str | int]) -> Iterator[object]:
    """Yield the list parameter of each statement: some thousand values, each once."""
    distinct = iter(dict.fromkeys(values))
    while chunk := list(islice(distinct, _CHUNK)):
        yield listed(connection, chunk)


def _one_a_key(
    columns: Sequence[str], rows: Sequence[Values], key: Sequence[str], update: Sequence[str]
) -> Sequence[Values]:
    """Return rows of which no two have the same key, for a statement that touches each once.

    What SQLite makes of a row after the other: the first is inserted, the next ones update it.
    """
    key_places = [columns.index(name) for name in key]
    update_places = [columns.index(name) for name in update]
    found: dict[Values, Values] = {}
    for number, row in enumerate(rows):
        named = tuple(row[place] for place in key_places)
        if None in named:
            named = (*named, number)
        if (known := found.get(named)) is not None:
            merged = list(known)
            for place in update_places:
                merged[place] = row[place]
            row = tuple(merged)  # noqa: PLW2901 - the row that counts
        found[named] = row
    return list(found.values())


def _upsert_by_copy(
    connection: Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[Values],
    clause: str,
) -> None:
    """Upsert on PostgreSQL: COPY into a temporary table, then one INSERT … SELECT."""
    names, batch = _list(columns), _quote(f"batch_{table}")
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {batch} ON COMMIT DROP AS "
        f"SELECT {names} FROM {_quote(table)} WITH NO DATA"
    )
    _copy(connection, f"batch_{table}", columns, rows)
    connection.exec_driver_sql(
        f"INSERT INTO {_quote(table)} ({names}) SELECT {names} FROM {batch}{clause}"
    )
    connection.exec_driver_sql(f"DROP TABLE {batch}")


def _copy(
    connection: Connection, table: str, columns: tuple[str, ...], rows: Sequence[Values]
) -> None:
    """Write rows by PostgreSQL's COPY; SQLAlchemy has no words for it, its errors are kept."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    statement = f"COPY {_quote(table)} ({_list(columns)}) FROM STDIN"
    base: Any = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except base as error:
        if connection.dialect.is_disconnect(error, None, None):
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, base, dialect=connection.dialect
        ) from error
