"""The door for Python: a DuckDB file or a snapshot, opened for queries, SQL and records."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb

from miner.db import analytics
from miner.errors import ConfigurationError
from miner.queries import run
from miner.queries.answer import Answer
from miner.queries.header import Query
from miner.queries.loader import find, load, macros, shipped_queries
from miner.queries.query_limits import limited
from miner.queries.records.model import ModelRecord, model_record
from miner.queries.records.name_index import AnyPlace, NameIndex
from miner.queries.records.others import Record, record_of
from miner.queries.records.repository import RepositoryRecord, repository_record
from miner.queries.records.rows import Row
from miner.queries.records.search import search
from miner.schema.manifest import MANIFEST, Manifest, is_version, require_schema
from miner.schema.published import PUBLISHED, VIEWS, Table
from miner.settings import Settings, load_settings

if TYPE_CHECKING:
    from miner.queries.records.search_index import SearchIndex

_load = cache(load)


class Dataset:
    """The data in a DuckDB file or a snapshot, for reading. ``miner.open`` returns one.

    Close it, or use it in a ``with`` block. In another thread use what ``fork`` returns.

    Attributes:
        path: The file, or the folder of the snapshot.
    """

    def __init__(
        self,
        path: Path,
        connection: duckdb.DuckDBPyConnection,
        *,
        seconds: float,
        memory_mb: int,
        only_select: bool = False,
        index: AnyPlace | None = None,
        search_index: SearchIndex | None = None,
    ) -> None:
        self.path = path
        self.connection = connection
        self._seconds, self._memory_mb = seconds, memory_mb
        self._only_select = only_select
        self._index = index or AnyPlace()
        self._search_index = search_index

    def query(self, name: str, /, **parameters: object) -> Answer:
        """Answer a shipped query.

        Args:
            name: ``topic/name``; ``queries`` lists them.
            parameters: Its parameters, by name; the others take their defaults.

        Raises:
            ConfigurationError: There is no such query or parameter, a value has the wrong type, or
                a limit was met.
        """
        found = find(_load(), name)
        typed = {key: _typed(value) for key, value in parameters.items()}
        return Answer(
            lambda: run.run_query(found, typed, self.connection),
            self.limits, self.connection, found, typed,
        )  # fmt: skip

    def sql(self, statement: str) -> Answer:
        """Answer SQL: one statement that reads. It reaches no other file, and no network.

        Raises:
            ConfigurationError: The statement is wrong, asks for more, or a limit was met.
        """
        return Answer(
            lambda: run.run_sql(statement, self.connection, only_select=self._only_select),
            self.limits, self.connection,
        )  # fmt: skip

    def model(self, name: str, *, hub: str | None = None) -> ModelRecord:
        """Return all about one model.

        Args:
            name: ``owner/name``, ``hub:owner/name``, an address on the hub, or a former name.
            hub: Short name of the hub, where the name alone may be several.

        Raises:
            InvalidData: There is no such model; the message names the nearest.
            ConfigurationError: The file is of another version of miner.
        """
        with self._reading():
            return model_record(self.connection, name, hub, self._index)

    def repository(self, name: str) -> RepositoryRecord:
        """Return all about one repository: ``owner/name``, a former name, or an address.

        Raises:
            InvalidData: There is no such repository; the message names the nearest.
            ConfigurationError: The file is of another version of miner.
        """
        with self._reading():
            return repository_record(self.connection, name)

    def record(self, kind: str, name: str, *, hub: str | None = None) -> Record:
        """Return all about a ``dataset``, ``paper`` (by arXiv id), ``license`` or ``family``.

        Raises:
            InvalidData: There is no such thing; the message names the nearest.
            ConfigurationError: The file is of another version of miner.
        """
        with self._reading():
            return record_of(self.connection, kind, name, hub)

    def search(self, text: str, kind: str | None = None) -> list[Row]:
        """Return what is called so, by a beginning or words: rows of kind, hub, name, detail.

        Raises:
            ConfigurationError: The file is of another version of miner.
        """
        with self._reading():
            return search(self.connection, text, kind, index=self._search_index)

    @property
    def tables(self) -> dict[str, Table]:
        """Tables and views by name, each with its description and columns."""
        listed = self.connection.cursor().execute("SHOW TABLES").fetchall()
        names = {str(row[0]) for row in listed}
        every = {**PUBLISHED, **{view.name: view for view in VIEWS}}
        return {name: table for name, table in every.items() if name in names}

    @property
    def queries(self) -> dict[str, Query]:
        """Shipped queries by ``topic/name``, each with its question, parameters and caveats."""
        return shipped_queries(_load())

    def limits(self) -> AbstractContextManager[None]:
        """Hold a block to the limits of time and memory."""
        return limited(self.connection, seconds=self._seconds, memory_mb=self._memory_mb)

    def fork(self) -> Dataset:
        """Return the same data over a connection of its own, for another thread."""
        return Dataset(
            self.path, self.connection.cursor(),
            seconds=self._seconds, memory_mb=self._memory_mb, only_select=self._only_select,
            index=self._index, search_index=self._search_index,
        )  # fmt: skip

    def prepare(self) -> None:
        """Learn what the file holds, so that searches and records take less; forks know it, too.

        It reads the names in all tables once, which pays for those that ask for much. A file that
        lacks a table, and a snapshot, are left as they are.
        """
        from miner.queries.records.search_index import SearchIndex  # noqa: PLC0415 - numpy is heavy

        with suppress(duckdb.Error):
            self._search_index = SearchIndex(self.connection)
        with suppress(duckdb.Error):
            self._index = NameIndex(self.connection.cursor())

    def close(self) -> None:
        """Close it; frames that came from it remain."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<miner dataset {self.path}>"

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self.limits():
            try:
                yield
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise run.outdated(error) from error
            except (duckdb.InterruptException, duckdb.OutOfMemoryException):
                raise  # limits say which was met
            except duckdb.Error as error:
                raise ConfigurationError(
                    f"{self.path} cannot be read: {analytics.first_line(error)}",
                    next_step="miner export   (the file is damaged)",
                ) from error


def open_dataset(
    source: str | Path | None = None,
    *,
    settings: Settings | None = None,
    seconds: float | None = None,
    memory_mb: int | None = None,
) -> Dataset:
    """Open a DuckDB file or a snapshot.

    Args:
        source: A DuckDB file, the folder of a snapshot, or the name of a snapshot in the data
            directory (``data-2026.12.0``); None: the DuckDB file of the data directory.
        settings: Where the data directory is; None: from environment and settings file.
        seconds: Most time of one answer.
        memory_mb: Most memory, in MB.

    Raises:
        ConfigurationError: There is no such file or snapshot, or it cannot be opened.
        InvalidData: The snapshot is damaged, or of another version of miner.
    """
    known = settings or load_settings()
    seconds, memory_mb = seconds or known.query_seconds, memory_mb or known.query_memory_mb
    path = _place(source, known)
    if not path.is_dir():
        connection = analytics.open_for_questions(path, memory_mb)
        return Dataset(path, connection, seconds=seconds, memory_mb=memory_mb)
    connection = _open_snapshot(path, memory_mb)
    return Dataset(path, connection, seconds=seconds, memory_mb=memory_mb, only_select=True)


def require_ours(data: Dataset) -> Dataset:
    """Refuse a DuckDB file that miner did not write.

    Raises:
        ConfigurationError: It has no table ``model``.
    """
    if "model" not in data.tables:
        data.close()
        raise ConfigurationError(
            f"{data.path} is no DuckDB file of miner: it has no table model",
            next_step="miner export writes one, miner snapshot pull gets one",
        )
    return data


def _place(source: str | Path | None, settings: Settings) -> Path:
    """Return the file or folder that is meant."""
    if source is None:
        return settings.duckdb_path
    path = Path(source).expanduser()
    if path.exists() or not is_version(str(source)):
        return path
    built = settings.data_dir / f"{source}.duckdb"
    folder = settings.snapshots_dir / str(source)
    if built.is_file():
        return built
    if folder.is_dir():
        return folder
    home = settings.snapshots_dir
    names = [place.name for place in home.iterdir()] if home.is_dir() else []
    near = difflib.get_close_matches(str(source), filter(is_version, names), 3, 0.3)
    raise ConfigurationError(
        f"there is no snapshot {source} in {home}" + (f"; near: {', '.join(near)}" if near else ""),
        next_step=f"miner snapshot pull {source}",
    )


def _open_snapshot(folder: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    path = folder / MANIFEST
    if not path.is_file():
        raise ConfigurationError(
            f"{folder} is no snapshot: it has no {MANIFEST}",
            next_step="name the folder that holds it, or a DuckDB file",
        )
    manifest = Manifest.read(path.read_bytes())
    require_schema(manifest)
    files = {table.name: table.file.path for table in manifest.tables}
    from miner.db.export import select_of  # noqa: PLC0415 - heavy, and for snapshots alone

    connection = analytics.open_parquet(folder, files, memory_mb)
    for view in VIEWS:
        connection.execute(f'CREATE VIEW "{view.name}" AS {select_of(view.name)}')
    for macro in macros():
        connection.execute(macro.statement)
    analytics.lock(connection)
    return connection


def _typed(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
