"""Compare two stores by natural keys, without surrogate keys, runs and clocks of the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby, zip_longest
from pathlib import Path
from typing import TypeAlias

import polars as pl
from sqlalchemy import Connection, Table

from miner.db.natural import NaturalRows, natural_rows
from miner.db.session import read_store
from miner.errors import ConfigurationError, InvalidData
from miner.schema.tables import metadata
from miner.settings import Settings

Parts: TypeAlias = tuple[object, ...]
Keyed: TypeAlias = tuple[Parts, Parts]
Rows: TypeAlias = list[Parts]
Ignores: TypeAlias = Callable[[str, str], bool]

_NOT_COMPARED = (
    "run.*",  # tells of an execution
    "crawl_cursor.*",  # tells how far an unfinished execution came
    "answer.*",  # tells what was asked for and where it lies, not what is known
    "method_accuracy.measured_at",  # clock of the machine
    "model_architecture.record_digest",  # tells which record it was made from; a dump has another
    "observation.run_id",
    "observation.answer_id",
)
_OBSERVATION_KEY = ("hub", "uid", "name", "sweep")
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not the same in both stores.

    Attributes:
        side: ``a`` or ``b``: only there; ``both``: values differ.
        key: Natural key, name → value.
        values: Where values differ: name → (value in A, value in B).
    """

    side: str
    key: dict[str, object]
    values: dict[str, tuple[object, object]] = field(default_factory=dict)


@dataclass(slots=True)
class TableDiff:
    """What differs in one table, or in the observations of one sweep.

    Attributes:
        table: Name of the table, or of the file of observations.
        rows_a: Rows in A.
        rows_b: Rows in B.
        only_a: Rows that only A has.
        only_b: Rows that only B has.
        differing: Rows that both have, with different values.
        columns: Column → rows in which it differs.
        examples: The first rows that differ.
    """

    table: str
    rows_a: int = 0
    rows_b: int = 0
    only_a: int = 0
    only_b: int = 0
    differing: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    examples: list[Difference] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of rows that are not the same in both."""
        return self.only_a + self.only_b + self.differing

    def add(self, difference: Difference, examples: int) -> None:
        """Count a row that differs, and keep it while there are fewer examples than asked."""
        match difference.side:
            case "a":
                self.only_a += 1
            case "b":
                self.only_b += 1
            case _:
                self.differing += 1
        for name in difference.values:
            self.columns[name] = self.columns.get(name, 0) + 1
        if len(self.examples) < examples:
            self.examples.append(difference)


def diff_stores(
    a: str, b: str, *, ignore: Iterable[str] = (), examples: int = 10
) -> list[TableDiff]:
    """Compare two stores, and their observations where both are data directories.

    Rows are read in the order of their keys and compared as they come.

    Args:
        a: A data directory, a SQLite file, or a SQLAlchemy URL.
        b: The same.
        ignore: Further columns to leave out: ``column``, ``table.column`` or ``table.*``;
            the observations go by the table name ``observation``.
        examples: Rows that differ to keep of each table.

    Returns:
        One entry a table or file of observations, also where nothing differs.

    Raises:
        ConfigurationError: One of them is no store that this miner can read.
    """
    patterns = {*_NOT_COMPARED, *ignore}

    def ignores(table: str, column: str) -> bool:
        return not patterns.isdisjoint({column, f"{table}.{column}", f"{table}.*"})

    with ExitStack() as stack:
        first, second = (stack.enter_context(_reading(place)) for place in (a, b))
        found = [
            _diff_table(first, second, table, ignored, examples)
            for table, ignored in _compared_tables(ignores)
        ]
    if Path(a).is_dir() and Path(b).is_dir():
        found.extend(_diff_observations(Path(a), Path(b), ignores, examples))
    return found


def _compared_tables(ignores: Ignores) -> Iterator[tuple[Table, set[str]]]:
    """Yield the tables to compare, each with the columns to leave out."""
    for table in metadata.sorted_tables:
        ignored = {column.name for column in table.columns if ignores(table.name, column.name)}
        if len(ignored) < len(table.columns):
            yield table, ignored


@contextmanager
def _reading(place: str) -> Iterator[Connection]:
    """Open a store, whichever way its place is given, in one transaction."""
    path = Path(place)
    if "://" in place:
        settings = Settings(data_dir=Path.cwd(), database_url=place)
    elif path.is_dir():
        settings = Settings(data_dir=path, database_url=f"sqlite:///{path / 'miner.db'}")
    elif path.exists():
        settings = Settings(data_dir=path.parent, database_url=f"sqlite:///{path}")
    else:
        raise ConfigurationError(
            f"there is no store at {place}",
            next_step="name a data directory, a SQLite file or a database URL",
        )
    engine = read_store(settings)
    try:
        with engine.connect().execution_options(yield_per=_BATCH) as connection:
            yield connection
    finally:
        engine.dispose()


def _diff_table(
    a: Connection, b: Connection, table: Table, ignored: set[str], examples: int
) -> TableDiff:
    diff = TableDiff(table.name)
    rows = natural_rows(table, ignored, dialect=a.dialect.name)
    first = _read(a, rows)
    second = _read(b, natural_rows(table, ignored, dialect=b.dialect.name))
    for key, values_a, values_b in _by_key(first, second):
        diff.rows_a += len(values_a)
        diff.rows_b += len(values_b)
        if values_a != values_b:
            for difference in _pair(rows.key, rows.values, key, values_a, values_b):
                diff.add(difference, examples)
    return diff


def _read(connection: Connection, rows: NaturalRows) -> Iterator[Keyed]:
    width = len(rows.key)
    for row in connection.execute(rows.query):
        yield tuple(row[:width]), tuple(row[width:])


def _by_key(a: Iterable[Keyed], b: Iterable[Keyed]) -> Iterator[tuple[Parts, Rows, Rows]]:
    """Yield each key of either side, in order, with the values of the rows that have it."""
    sided = merge(
        ((key, 0, values) for key, values in a),
        ((key, 1, values) for key, values in b),
        key=lambda row: _rank(row[0]),
    )
    for key, group in groupby(sided, key=lambda row: row[0]):
        sides: tuple[Rows, Rows] = ([], [])
        for _, side, values in group:
            sides[side].append(values)
        yield key, *sides


def _rank(key: Parts) -> tuple[tuple[bool, object], ...]:
    """Return the key in a form that can be compared although parts of it may be null."""
    return tuple((part is not None, part) for part in key)


def _pair(
    key_names: Sequence[str], names: Sequence[str], key: Parts, a: Rows, b: Rows
) -> Iterator[Difference]:
    """Yield what differs between the rows of one key, equal ones left out."""
    only_a, only_b = [], list(b)
    for row in a:
        if row in only_b:
            only_b.remove(row)
        else:
            only_a.append(row)
    named = dict(zip(key_names, key, strict=True))
    for left, right in zip_longest(sorted(only_a, key=repr), sorted(only_b, key=repr)):
        if left is None or right is None:
            yield Difference("b" if left is None else "a", named)
        else:
            pairs = zip(names, left, right, strict=True)
            yield Difference("both", named, {n: (x, y) for n, x, y in pairs if x != y})


def _diff_observations(a: Path, b: Path, ignores: Ignores, examples: int) -> Iterator[TableDiff]:
    """Compare file by file; a sweep has the same name in both stores."""
    folders = (a / "observations", b / "observations")
    names = {
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.glob("*/*.parquet")  # parts of unfinished sweeps lie deeper
    }
    for name in sorted(names):
        frames = [_read_observations(folder / name, ignores) for folder in folders]
        yield _diff_frames(f"observations/{name}", *frames, examples=examples)


def _read_observations(path: Path, ignores: Ignores) -> pl.DataFrame:
    if not path.exists():
        return pl.DataFrame()
    try:
        names = pl.read_parquet_schema(path)
        return pl.read_parquet(
            path, columns=[name for name in names if not ignores("observation", name)]
        )
    except pl.exceptions.PolarsError as error:
        raise InvalidData(
            f"{path} cannot be read as observations: {error}",
            next_step="move the file away: miner parse --from-archive makes it again",
        ) from error


def _diff_frames(name: str, a: pl.DataFrame, b: pl.DataFrame, *, examples: int) -> TableDiff:
    diff = TableDiff(name, rows_a=a.height, rows_b=b.height)
    if a.is_empty() and b.is_empty():
        return diff
    sides = [frame.with_columns(_side=pl.lit(side)) for side, frame in ((1, a), (-1, b))]
    both = pl.concat([side for side in sides if not side.is_empty()], how="diagonal_relaxed")
    names = [column for column in both.columns if column != "_side"]
    keys = [column for column in _OBSERVATION_KEY if column in names]
    values = [column for column in names if column not in keys]
    # Equal rows cancel out in polars; only the few that are left are looked at one by one.
    left = both.group_by(names).agg(pl.col("_side").sum()).filter(pl.col("_side") != 0)
    left = left.select(*keys, *values, "_side").sort(keys, nulls_last=False)
    first, second = (
        [
            (row[: len(keys)], row[len(keys) : -1])
            for row in left.iter_rows()
            for _ in range(sign * row[-1])
        ]
        for sign in (1, -1)
    )
    for key, values_a, values_b in _by_key(first, second):
        for difference in _pair(keys, values, key, values_a, values_b):
            diff.add(difference, examples)
    return diff
