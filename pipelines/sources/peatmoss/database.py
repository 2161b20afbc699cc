"""The SQLite file of PeaTMOSS, opened for reading only and looked over.

Copies of it differ: some lack the tables of GitHub, some were written by tools that keep no types
and no indexes. What the readers need is checked once; a table that cannot be searched by its
number is copied into SQLite's temporary database, so that every reader can rely on it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from miner.errors import ConfigurationError, InvalidData

COLLECTED_AT = datetime.fromisoformat("2023-08-31")
"""What its rows are as of, UTC: it was collected in July and August 2023, and does not say of any
row on which day."""

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_REQUIRED = {"model": ("id", "context_id", "model_hub_id"), "model_hub": ("id", "name")}
_NEXT = "get the file again, and unpack it if it is packed"
_KEPT = "everything up to the last committed batch"


@dataclass(slots=True)
class PeatmossFile:
    """An open file of PeaTMOSS.

    Attributes:
        path: Where it is.
        size: Bytes.
        sha256: Of the file, hexadecimal.
        connection: To it; temporary copies of tables hide those of the file.
        columns: Columns of each table, in lower case.
    """

    path: Path
    size: int
    sha256: str
    connection: sqlite3.Connection
    columns: Mapping[str, tuple[str, ...]]
    _ready: dict[str, set[str]] = field(default_factory=dict)
    _copied: set[str] = field(default_factory=set)

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether the file has a table with some columns."""
        return table in self.columns and set(columns) <= set(self.columns[table])

    def count(self, table: str) -> int:
        """Return the rows of a table, 0 where there is none."""
        if table not in self.columns:
            return 0
        with self.reading(table):
            row = self.connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        return int(row[0])

    def rows(
        self, table: str, query: str, values: Iterable[object] = (), size: int = 2_000
    ) -> Iterator[list[tuple[object, ...]]]:
        """Yield the rows of a query by some thousand; ``table`` is named if it is damaged.

        Raises:
            InvalidData: The file is damaged there.
        """
        with self.reading(table):
            cursor = self.connection.execute(query, tuple(values))
            while rows := cursor.fetchmany(size):
                yield rows

    def optional(self, table: str, column: str) -> str:
        """Return a column for a SELECT; NULL where the file does not have it."""
        return quoted(column) if self.has(table, column) else f"NULL AS {quoted(column)}"

    def prepare(self, table: str, key: str, *numbers: str) -> bool:
        """See that a table can be searched by a number, and that its references are numbers.

        Args:
            table: The table.
            key: The column it is searched by, a number.
            numbers: Its other columns that are numbers of rows, those of later calls too: a copy
                has its numbers from the first call.

        Returns:
            False where the file has no such table, or it lacks these columns.

        Raises:
            InvalidData: The file is damaged there.
        """
        if not self.has(table, key, *numbers):
            return False
        keys = self._ready.setdefault(table, set())
        if key not in keys:
            with self.reading(table):
                if table in self._copied:
                    self._index(table, key)
                elif not self._is_searchable(table, key, numbers):
                    self._copy(table, {key, *keys, *numbers})
                    for each in (key, *keys):
                        self._index(table, each)
            keys.add(key)
        return True

    @contextmanager
    def reading(self, table: str) -> Iterator[None]:
        """Say of a table that cannot be read what that means, in place of SQLite's own error."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "disk is full" in str(error):
                raise  # the machine's: there is no room for a temporary copy
            raise InvalidData(
                f"{self.path} is damaged in the table {table}: {error}", next_step=_NEXT, kept=_KEPT
            ) from error

    def _is_searchable(self, table: str, key: str, numbers: Iterable[str]) -> bool:
        info = self.connection.execute(f"PRAGMA main.table_info({quoted(table)})").fetchall()
        kinds = {str(row[1]).lower(): str(row[2]).upper() for row in info}
        if not all("INT" in kinds[name] for name in (key, *numbers)):
            return False  # a text in such a column is no number to SQLite
        first = [str(row[1]).lower() for row in info if row[5] == 1]
        is_rowid = first == [key] and kinds[key] == "INTEGER"
        return is_rowid or key in self._indexed(table)

    def _indexed(self, table: str) -> set[str]:
        """Return the columns that an index of a table begins with."""
        found: set[str] = set()
        for row in self.connection.execute(f"PRAGMA main.index_list({quoted(table)})").fetchall():
            of_index = f"PRAGMA main.index_info({quoted(str(row[1]))})"
            found.update(
                str(part[2]).lower()
                for part in self.connection.execute(of_index).fetchall()
                if part[0] == 0
            )
        return found

    def _copy(self, table: str, numbers: Set[str]) -> None:
        columns = ", ".join(
            f"CAST({quoted(name)} AS INTEGER) AS {quoted(name)}"
            if name in numbers
            else quoted(name)
            for name in self.columns[table]
        )
        name = quoted(table)
        self.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {columns} FROM main.{name}")
        self._copied.add(table)

    def _index(self, table: str, key: str) -> None:
        name = quoted(f"by_{table}_{key}")
        self.connection.execute(f"CREATE INDEX temp.{name} ON {quoted(table)} ({quoted(key)})")


def quoted(name: str) -> str:
    """Return a name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def open_peatmoss(path: Path) -> Iterator[PeatmossFile]:
    """Open a file of PeaTMOSS; nothing is ever written to it or beside it.

    Raises:
        ConfigurationError: There is no such file, or it was not closed in order.
        InvalidData: It is no SQLite file, a part of it is missing, or it is another database.
    """
    size = _require_whole(path)
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.text_factory = _decoded
        connection.execute("PRAGMA cache_size=-64000")
        columns = _columns(path, connection)
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        yield PeatmossFile(path, size, digest, connection, columns)
    finally:
        connection.close()


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _require_whole(path: Path) -> int:
    """Return the size of a file that is a whole SQLite database by its header.

    Raises:
        ConfigurationError: There is no such file, or it was not closed in order.
        InvalidData: It is none, or a part of it is missing.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"there is no file {path}", next_step="miner import peatmoss PeaTMOSS.db"
        )
    size = path.stat().st_size
    with path.open("rb") as content:
        header = content.read(_HEADER)
    if not header.startswith(_MAGIC) or len(header) < _HEADER:
        packed = " (it is packed)" if header[:2] in {b"PK", b"\x1f\x8b"} else ""
        raise InvalidData(f"{path} is no SQLite database{packed}", next_step=_NEXT)
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    expected = (65_536 if page == 1 else page) * pages
    if size < expected:
        raise InvalidData(
            f"{path} is cut short: it has {size:,} of {expected:,} bytes", next_step=_NEXT
        )
    log = path.with_name(f"{path.name}-wal")
    if log.is_file() and log.stat().st_size:
        raise ConfigurationError(
            f"{path} was not closed in order: {log.name} has changes that are not in it",
            next_step=f"sqlite3 {path} 'PRAGMA wal_checkpoint(TRUNCATE)'",
        )
    return size


def _columns(path: Path, connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table.

    Raises:
        InvalidData: It is no database of PeaTMOSS, or damaged.
    """
    try:
        names = [
            str(row[0])
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        found = {
            name.lower(): tuple(
                str(row[1]).lower()
                for row in connection.execute(f"PRAGMA table_info({quoted(name)})")
            )
            for name in names
        }
    except sqlite3.DatabaseError as error:
        raise InvalidData(f"{path} cannot be read: {error}", next_step=_NEXT) from error
    lacking = [
        f"{table}.{column}" if table in found else table
        for table, columns in _REQUIRED.items()
        for column in (columns if table in found else columns[:1])
        if column not in found.get(table, ())
    ]
    if lacking:
        raise InvalidData(
            f"{path} is no database of PeaTMOSS: it lacks {', '.join(lacking)}",
            next_step="name the file PeaTMOSS.db of the dataset",
        )
    return found
