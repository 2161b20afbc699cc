"""From the tables of a snapshot back to rows of a store: the export, the other way round.

A table of the store is read from the view that its description makes (``db/plain``), or by the
SELECT of its name in ``db/sql/seed`` where it has columns that are more than copies. Values are as
the store's drivers take them. Rows come in batches; what is joined stands in a work database on
disk, so memory does not grow with the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from miner.db import analytics, plain
from miner.db.analytics import literal
from miner.db.observations import SCHEMAS
from miner.schema.manifest import Manifest
from miner.schema.tables import metadata

_SQL = Path(__file__).parent / "sql" / "seed"
_BATCH = 5_000
_PART = 25_000
"""Models whose lists are put together at once."""

_MEMORY_LIMIT = "700MB"
"""Less than an export may take: the store has a cache of its own beside it."""

NOT_IN_SNAPSHOTS = frozenset(
    {"answer", "crawl_cursor", "dataset_card", "hub", "llm_answer", "llm_batch", "search_hit"}
)
"""Tables that no snapshot tells of: the archive's index, what is under way, paid answers, the
files that searches found, and the fetching of datasets' cards. Hubs are miner's own."""

_PUBLISHED_NAMES = {found.__tablename__: name for name, found in plain.published_classes().items()}
"""Published name of a table of the store whose rows are published."""

_NUMBERED = frozenset({"hub", "run", "scan", "sweep"})
"""Tables whose surrogate keys do not follow from their natural keys alone."""

_OTHERWISE = frozenset({"model_architecture"})
"""Of the same name as a published table that has other rows."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class About:
    """What a snapshot says of where its rows are from.

    Attributes:
        hubs: Its hubs, as it describes them.
        run_count: Number of runs.
        architecture_rules: Versions of the rules that its architectures were judged by, at least
            once.
    """

    hubs: tuple[dict[str, object], ...]
    run_count: int
    architecture_rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Origin:
    """What rows that are made from a snapshot have in common.

    Attributes:
        hubs: Surrogate keys of the hubs by name, those of the snapshot at least.
        first_run: Key of the first of the snapshot's runs.
        seed_run: Key of the run that takes the snapshot in.
        digest: What stands for the digest of a record that was not read here.
        rules: Version of the rules of architecture, where the snapshot was judged by them.
        hub_floor: A hub whose oldest model is older was seen whole; ``YYYY-MM-DD``.
    """

    hubs: Mapping[str, int]
    first_run: int
    seed_run: int
    digest: str
    rules: str | None
    hub_floor: str


class Imported:
    """A snapshot, ready to be read as rows of a store.

    Args:
        connection: A work database with the snapshot's tables as views of ``published``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def tables(self) -> list[str]:
        """Return the tables of the store that it tells of, those that others refer to first."""
        copied = {found.__tablename__ for found in plain.published_classes().values()}
        return [
            table.name
            for table in metadata.sorted_tables
            if table.name not in NOT_IN_SNAPSHOTS
            and (table.name in copied or _path(table.name).is_file())
        ]

    def expected(self, table: str) -> int | None:
        """Return how many rows of a table there have to be; None: that is not published."""
        published = _PUBLISHED_NAMES.get(table)
        if published is None or table in _OTHERWISE:
            return None
        row = self._connection.execute(f'SELECT count(*) FROM published."{published}"').fetchone()
        return int(row[0]) if row else 0

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table of the store that it tells of."""
        query = _select(table)
        values = dict.fromkeys(("hub", "low", "high"), "") if "$low" in query else {}
        return tuple(name for name, _ in self._describe(table, query, values))

    def rows(self, table: str) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
        """Yield the rows of a table of the store, by some thousand, with their columns."""
        query = _select(table)
        parts = self._parts() if "$low" in query else iter([{}])
        for values in parts:
            yield from self._stream(table, query, values)

    def write_observations(self, subject: str, target: Path) -> int:
        """Write what the snapshot's sweeps saw as one file of observations.

        Args:
            subject: model, dataset or repository.
            target: The file; its folder exists.

        Returns:
            Rows.
        """
        published = f"{subject}_observation"
        columns = ", ".join(
            f'"{subject}" AS name' if column == "name" else f'"{column}"'
            for column in SCHEMAS[subject]
        )
        query = f'SELECT {columns} FROM published."{published}"'
        row = self._connection.execute(
            f"COPY ({query}) TO {analytics.text(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
        return int(row[0]) if row else 0

    def _parts(self) -> Iterator[dict[str, str]]:
        """Yield the models' names, in parts that are put together at once."""
        bounds = self._connection.execute(
            "SELECT hub, min(name), max(name) FROM (SELECT hub, name, (row_number() OVER "
            f"(PARTITION BY hub ORDER BY name) - 1) // {_PART} AS part FROM published.model) "
            "GROUP BY hub, part ORDER BY hub, part"
        ).fetchall()
        for hub, low, high in bounds:
            yield {"hub": hub, "low": low, "high": high}

    def _stream(
        self, table: str, query: str, values: Mapping[str, str]
    ) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
        described = self._describe(table, query, values)
        names = tuple(name for name, _ in described)
        columns = ", ".join(_driver_level(name, kind) for name, kind in described)
        found = self._connection.execute(f"SELECT {columns} FROM ({query})", values or None)
        while rows := found.fetchmany(_BATCH):
            yield names, rows

    def _describe(self, table: str, query: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the store's columns that a SELECT gives, with their types."""
        found = self._connection.execute(f"DESCRIBE {query}", values or None).fetchall()
        types = {str(name): str(kind) for name, kind, *_ in found}
        names = (column.name for column in metadata.tables[table].columns)
        return [(name, types[name]) for name in names if name in types]


@contextmanager
def open_imported(
    folder: Path, manifest: Manifest, work: Path, origin: Origin
) -> Iterator[Imported]:
    """Open a snapshot whose files were verified.

    Args:
        folder: The snapshot.
        manifest: Its manifest.
        work: A folder for the work database; it exists.
        origin: What its rows have in common.
    """
    with analytics.open_work(work / "importing.duckdb") as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        show_snapshot(folder, manifest, connection)
        prepare(connection, manifest.name, origin)
        yield Imported(connection)


def prepare(connection: duckdb.DuckDBPyConnection, name: str, origin: Origin) -> None:
    """Make what the transforms share: the surrogate keys, and what all rows have in common.

    Args:
        connection: A database with the snapshot's tables in ``published``.
        name: Name of the snapshot.
        origin: What its rows have in common.
    """
    connection.execute("CREATE TABLE hub_key (name VARCHAR, id BIGINT)")
    if origin.hubs:
        pairs = [list(pair) for pair in origin.hubs.items()]
        connection.executemany("INSERT INTO hub_key VALUES (?, ?)", pairs)
    for macro, value in {
        "first_run": str(origin.first_run),
        "seed_run": str(origin.seed_run),
        "seeded_digest": analytics.text(origin.digest),
        "snapshot_name": analytics.text(name),
        "rules_of_architecture": analytics.text(origin.rules) if origin.rules else "NULL",
        "hub_floor": f"TIMESTAMP {analytics.text(origin.hub_floor)}",
    }.items():
        connection.execute(f"CREATE MACRO {macro}() AS {value}")
    classes = plain.published_classes().values()
    referred = {
        key.column.table.name for table in metadata.sorted_tables for key in table.foreign_keys
    }
    for table in classes:
        if table.__tablename__ in referred - _NUMBERED:
            connection.execute(plain.key_table(table))
    connection.execute((_SQL / "_prepare.sql").read_text(encoding="utf-8"))
    connection.execute(f"CREATE SCHEMA {plain.SCHEMA}")
    for table in classes:
        if table.__tablename__ not in NOT_IN_SNAPSHOTS:
            connection.execute(plain.import_view(table, referred.__contains__))


def read_about(folder: Path, manifest: Manifest) -> About:
    """Return what a snapshot that was verified says of where its rows are from."""
    with duckdb.connect() as connection:
        show_snapshot(folder, manifest, connection)
        found = connection.execute("FROM published.hub ORDER BY name")
        names = [column[0] for column in found.description or ()]
        hubs = tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())
        runs = connection.execute("SELECT count(*) FROM published.run").fetchall()
        rules = connection.execute(
            "SELECT DISTINCT version FROM published.method_accuracy "
            "WHERE starts_with(method, 'architecture/')"
        ).fetchall()
    return About(hubs, int(runs[0][0]), frozenset(str(row[0]) for row in rules))


def show_snapshot(folder: Path, manifest: Manifest, connection: duckdb.DuckDBPyConnection) -> None:
    """Make the files of a snapshot readable as views of the schema ``published``."""
    connection.execute("CREATE SCHEMA published")
    for table in manifest.tables:
        source = analytics.text(literal(folder / table.file.path))
        connection.execute(f'CREATE VIEW published."{table.name}" AS FROM read_parquet({source})')


def _path(table: str) -> Path:
    return _SQL / f"{table}.sql"


def _select(table: str) -> str:
    """Return the SELECT whose columns of the store are the rows of a table."""
    path = _path(table)
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return f'SELECT * FROM {plain.SCHEMA}."{table}"'


def _driver_level(name: str, kind: str) -> str:
    """Return a column as the store's drivers take it: times and dates as text."""
    forms = {"TIMESTAMP": "%Y-%m-%d %H:%M:%S.%f", "DATE": "%Y-%m-%d"}
    if kind in forms:
        return f'strftime("{name}", {analytics.text(forms[kind])}) AS "{name}"'
    return f'"{name}"::VARCHAR AS "{name}"' if kind == "JSON" else f'"{name}"'
