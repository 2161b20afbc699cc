"""Copy the store's tables into a DuckDB database, as streams of Arrow batches.

The whole copy is one read transaction, so it sees one state of the store even while a crawl
writes to it. Memory holds a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb
import polars
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer
from sqlalchemy import Table as StoreTable

from miner.db.address import store_url
from miner.db.observations import SCHEMAS
from miner.db.postgres import libpq_address
from miner.db.session import file_uri, read_store, unchanged
from miner.schema.tables import metadata
from miner.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

SCHEMA = "store"
"""Schema of the staged tables in the work database."""

_BATCH_ROWS = 32_768
NOT_STAGED = {"answer", "crawl_cursor", "llm_answer", "llm_batch"}
"""Tables that no export needs."""

_SENTINEL = -1  # no surrogate key is negative

Batches: TypeAlias = Any  # a stream of Arrow batches; the drivers carry no types
Reader: TypeAlias = Callable[[StoreTable], AbstractContextManager[Batches]]


def stage(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """Copy every table that an export may need into the schema ``store``.

    Args:
        settings: ``database_url`` says where the store is.
        connection: A database to build in.

    Raises:
        ConfigurationError: There is no store, or its schema is not this miner's.
    """
    read_store(settings).dispose()  # says what is wrong with the store, if anything is
    url = store_url(settings.database_url)
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    with _READERS[url.get_backend_name()](url) as read:
        for table in metadata.sorted_tables:
            if table.name not in NOT_STAGED:
                with read(table) as batches:
                    _copy(table, batches, connection)


def _copy(table: StoreTable, batches: Batches, connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(
        f'CAST("{column.name}" AS {_duckdb_type(column)}) AS "{column.name}"'
        for column in table.columns
    )
    key = next(iter(table.primary_key.columns)).name
    connection.register("batches", batches)
    connection.execute(
        f'CREATE TABLE {SCHEMA}."{table.name}" AS '
        f'SELECT {columns} FROM batches WHERE "{key}" <> {_SENTINEL}'
    )
    connection.unregister("batches")


def _duckdb_type(column: Column[Any]) -> str:
    kinds = (
        (Boolean, "BOOLEAN"),
        ((BigInteger, Integer), "BIGINT"),
        (Float, "DOUBLE"),
        (DateTime, "TIMESTAMP"),
        (Date, "DATE"),
    )
    return next((name for kind, name in kinds if isinstance(column.type, kind)), "VARCHAR")


@contextmanager
def _sqlite_reader(url: URL) -> Iterator[Reader]:
    """Yield a reader of a SQLite store."""
    # not their dbapi: to import it takes pyarrow.dataset, and pandas where that is installed
    import adbc_driver_manager as adbc  # noqa: PLC0415
    import adbc_driver_sqlite  # noqa: PLC0415

    path = Path(str(url.database))
    address = file_uri(path)
    with (
        adbc_driver_sqlite.connect(address) as database,
        adbc.AdbcConnection(database) as connection,
        unchanged(path, address),
    ):
        connection.set_autocommit(False)

        @contextmanager
        def read(table: StoreTable) -> Iterator[Batches]:
            with adbc.AdbcStatement(connection) as statement:
                statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH_ROWS)})
                statement.set_sql_query(_sqlite_select(table))
                batches, _ = statement.execute_query()
                yield batches

        yield read


def _sqlite_select(table: StoreTable) -> str:
    """Return a query whose first row is a sentinel that carries a value of every column's type.

    The driver infers types from the first batch: nulls there, and text later, would break it.
    """
    sentinel, columns = [], []
    for column in table.columns:
        kind = _duckdb_type(column)
        value = {"BOOLEAN": "0", "BIGINT": "0", "DOUBLE": "0.0"}.get(kind, "''")
        storage = {"BOOLEAN": "INTEGER", "BIGINT": "INTEGER", "DOUBLE": "REAL"}.get(kind, "TEXT")
        sentinel.append(f'{_SENTINEL if column.primary_key else value} AS "{column.name}"')
        columns.append(f'CAST("{column.name}" AS {storage})')
    return f'SELECT {", ".join(sentinel)} UNION ALL SELECT {", ".join(columns)} FROM "{table.name}"'


@contextmanager
def _postgres_reader(url: URL) -> Iterator[Reader]:
    """Yield a reader of a PostgreSQL store; the driver COPYs, which gives every column its type."""
    import adbc_driver_postgresql.dbapi as postgres  # noqa: PLC0415 - only for PostgreSQL

    with postgres.connect(libpq_address(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        @contextmanager
        def read(table: StoreTable) -> Iterator[Batches]:
            cursor.execute(_postgres_select(table))
            yield cursor.fetch_record_batch()

        yield read


def _postgres_select(table: StoreTable) -> str:
    columns = (
        f'"{column.name}"::text' if _duckdb_type(column) == "VARCHAR" else f'"{column.name}"'
        for column in table.columns  # JSON comes as the text that was written
    )
    return f'SELECT {", ".join(columns)} FROM "{table.name}"'


_READERS: dict[str, Callable[[URL], AbstractContextManager[Reader]]] = {
    "sqlite": _sqlite_reader,
    "postgresql": _postgres_reader,
}
"""How to read a store, by SQLAlchemy's name of its database."""


def stage_observations(
    settings: Settings, connection: duckdb.DuckDBPyConnection, subject: str
) -> None:
    """Make the observations of all sweeps readable as ``store.<subject>_observation``.

    Args:
        settings: Where the observations are.
        connection: A database to build in.
        subject: model, dataset or repository.
    """
    columns = SCHEMAS[subject]
    name = f"{SCHEMA}.{subject}_observation"
    files = sorted(
        str(path)
        for path in (settings.observations_dir / subject).glob("*.parquet")
        if not path.name.startswith(".")
    )
    connection.register("no_rows", polars.DataFrame(schema=columns).to_arrow())
    connection.execute(f"CREATE TABLE {name} AS FROM no_rows")
    connection.unregister("no_rows")
    if files:
        connection.execute(
            f"INSERT INTO {name} BY NAME SELECT {', '.join(columns)} "
            "FROM read_parquet($files, union_by_name = true)",
            {"files": files},
        )
