"""The one place that opens DuckDB.

Extensions are never installed or loaded on the way: what miner needs is built in, and an answer
must not depend on what a machine happens to have.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from miner.errors import ConfigurationError
from miner.schema.published import PUBLISHED, VIEWS, Table

DuckDBConnection: TypeAlias = duckdb.DuckDBPyConnection
DuckDBError = duckdb.Error
DISK_ERRORS = (duckdb.IOException, duckdb.TransactionException)
"""What DuckDB raises where the disk is at fault, not the data."""

MEMORY_LIMIT = "1500MB"
"""What building a file may take; the rest goes to disk."""

MORE_MEMORY = "3GB"
"""What it may take once a table could not be made with less."""

QUERY_MEMORY_MB = 4_000
"""What answering a query may take, unless settings say otherwise."""

QUERY_SPILL = "20GB"
"""What a query may put on disk."""

STORAGE_VERSION = "v1.0.0"
"""Every DuckDB from 1.0 on reads this format."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def open_work(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a database to build in; memory is bounded, what does not fit goes beside it.

    Args:
        path: File of the database, made where absent.
    """
    return duckdb.connect(
        str(path),
        config={
            **_SETTINGS,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(path.with_suffix(".spill")),
            "allow_community_extensions": "false",
        },
    )


def is_empty(table: str, connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a table has no rows; its name is quoted where it has to be."""
    return connection.execute(f"FROM {table} LIMIT 1").fetchone() is None


def open_for_questions(path: Path, memory_mb: int = QUERY_MEMORY_MB) -> duckdb.DuckDBPyConnection:
    """Open a finished file for anybody's SQL: read only, no other file, no network.

    Args:
        path: The file.
        memory_mb: Most memory that questions may take, in MB.

    Raises:
        ConfigurationError: There is no such file, or it is none of DuckDB's, or too new.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"there is no DuckDB file at {path} yet",
            next_step="miner snapshot pull for a published one, miner crawl or, of a store that is "
            "there, miner export; or name another file with --duckdb FILE",
        )
    try:
        return duckdb.connect(
            str(path),
            read_only=True,
            config={
                **_SETTINGS,
                "enable_external_access": "false",
                "memory_limit": f"{memory_mb}MB",
                "max_temp_directory_size": QUERY_SPILL,
                "lock_configuration": "true",
            },
        )
    except duckdb.ConnectionException as error:
        raise ConfigurationError(
            f"{path} is open in this process already, with other limits or for writing",
            next_step="close it there first, or open it with the same limits",
        ) from error
    except duckdb.Error as error:
        raise ConfigurationError(
            f"{path} cannot be opened as a DuckDB file: {first_line(error)}",
            next_step="miner export   (it is damaged, or was written by a newer DuckDB)",
        ) from error


def open_parquet(
    folder: Path, tables: Mapping[str, str], memory_mb: int = QUERY_MEMORY_MB
) -> duckdb.DuckDBPyConnection:
    """Open the Parquet files of a snapshot for questions, each as a view.

    The connection may still create views; ``lock`` then ends that. It can reach these files alone.
    As DuckDB could also write them, only SELECT statements may be run on it.

    Args:
        folder: The snapshot.
        tables: File below the folder, by table.
        memory_mb: Most memory that questions may take, in MB.

    Raises:
        ConfigurationError: A file is missing or no Parquet file.
    """
    paths = {table: folder.absolute() / file for table, file in tables.items()}
    connection = duckdb.connect(
        config={
            **_SETTINGS, "memory_limit": f"{memory_mb}MB", "max_temp_directory_size": QUERY_SPILL,
        }
    )  # fmt: skip
    try:
        for table, path in paths.items():
            source = text(literal(path))
            connection.execute(f'CREATE VIEW "{table}" AS FROM read_parquet({source})')
    except duckdb.Error as error:
        raise ConfigurationError(
            f"the snapshot {folder} cannot be read: {first_line(error)}",
            next_step=f"miner snapshot verify {folder}",
        ) from error
    allowed = ", ".join(text(str(path)) for path in paths.values())
    connection.execute(f"SET allowed_paths = [{allowed}]")
    return connection


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Take away from a connection all but the files that it is allowed to read."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def open_memory(config: dict[str, Any] | None = None) -> DuckDBConnection:
    """Open an empty database in memory."""
    return duckdb.connect(config=config or {})


def open_empty() -> duckdb.DuckDBPyConnection:
    """Open a database in memory that holds every published table and view, empty."""
    from miner.db.export import select_of  # noqa: PLC0415 - it imports this module

    connection = duckdb.connect(config=_SETTINGS)
    statements = [create_table(table) for table in PUBLISHED.values()]
    statements += [f'CREATE VIEW "{view.name}" AS {select_of(view.name)}' for view in VIEWS]
    connection.execute(";\n".join(statements))
    return connection


def create_table(table: Table, catalog: str = "") -> str:
    """Return the statement that makes a published table.

    Args:
        table: What to make.
        catalog: Name of the attached database to make it in, or empty.
    """
    columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
    return f'CREATE TABLE {catalog and catalog + "."}"{table.name}" ({columns})'


def text(value: str) -> str:
    """Return a string as an SQL literal, for statements that take no parameters."""
    return "'" + value.replace("'", "''") + "'"


def literal(path: Path) -> str:
    """Return a path so that DuckDB takes no sign of it for a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def first_line(error: BaseException) -> str:
    """Return the first line of a message of DuckDB's, without the class in front."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line.split(" Error: ", 1)[-1]


_HINT = re.compile(r'(?:Did you mean|Candidate \w+:) (?P<names>"[^"\n]*"(?:(?: or |, )"[^"\n]*")*)')


def explained(error: BaseException) -> str:
    """Return the first line of a message of DuckDB's, and what it says was probably meant."""
    hint = _HINT.search(str(error))
    return first_line(error) + (f" Did you mean {hint['names']}?" if hint else "")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Raise DuckDB's failures on disk as the operating system's, which the front door explains.

    Raises:
        OSError: The disk is full, or the file cannot be written.
    """
    try:
        yield
    except duckdb.Error as error:  # a commit that fails for it is no IOException
        message = str(error).lower()
        if "no space left" in message or "disk full" in message or "out of disk" in message:
            raise OSError(errno.ENOSPC, first_line(error), str(path)) from error
        if "permission denied" in message:
            raise PermissionError(errno.EACCES, first_line(error), str(path)) from error
        raise
