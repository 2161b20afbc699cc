"""Run a shipped query, or a person's own SQL, on the DuckDB file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from miner.db import analytics
from miner.errors import CheckFailed, ConfigurationError
from miner.queries.coverage import describe_coverage
from miner.queries.header import Query
from miner.queries.loader import CHECKS, bound_sql, load
from miner.queries.missing import missing
from miner.queries.query_limits import cursor_of
from miner.schema.published import PUBLISHED
from miner.schema.warnings import WARNINGS
from miner.settings import did_you_mean

_ROWS_AT_A_TIME = 10_000
_DATED = "created_at_floor"  # the caveat of queries by date of creation
_READING = frozenset({
    duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.PRAGMA,
    duckdb.StatementType.MULTI,  # PIVOT
})  # fmt: skip
"""Kinds of statements that DuckDB is asked at all: others may keep something in the process."""


@dataclass(frozen=True, slots=True)
class Result:
    """An answer, not yet fetched. Read its rows once.

    Attributes:
        columns: Names.
        types: Types, as DuckDB writes them.
        notes: Lines that belong to it: what was not collected, caveats and population.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    notes: tuple[str, ...]
    _cursor: duckdb.DuckDBPyConnection
    _again: Callable[[], duckdb.DuckDBPyRelation]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows."""
        while rows := self._cursor.fetchmany(_ROWS_AT_A_TIME):
            yield from rows

    def arrow(self) -> Any:
        """Return the rows as a ``pyarrow.RecordBatchReader``; the SQL runs once more for it.

        Raises:
            ConfigurationError: Two columns have one name.
        """
        self.require_distinct_names()
        return self._again().to_arrow_reader(_ROWS_AT_A_TIME)

    def require_distinct_names(self) -> None:
        """Refuse an answer that cannot be written with names.

        Raises:
            ConfigurationError: Two columns have one name.
        """
        twice = [name for name in self.columns if self.columns.count(name) > 1]
        if twice:
            raise ConfigurationError(
                f"two columns are named {twice[0]!r}", next_step="name one of them with AS"
            )


@dataclass(frozen=True, slots=True)
class Population:
    """What an answer rests on.

    Attributes:
        table: Table whose rows are counted.
        condition: SQL condition of the known ones.
        known: Rows that meet it.
        total: All rows.
        ended: When the last complete sweep ended (UTC); ``None``: there was none.
        skew: A sentence where most models were created in one month; empty where they were not.
    """

    table: str
    condition: str
    known: int
    total: int
    ended: datetime | None
    skew: str = ""
    coverage: str = ""

    @property
    def sweep(self) -> str:
        """How fresh the file is."""
        ended = f"{self.ended:%Y-%m-%d} UTC" if self.ended else ""
        return f"last complete sweep {ended}" if ended else "no complete sweep"

    def __str__(self) -> str:
        """All of it on one line."""
        return (
            f"population: {self.total:,} rows of {self.table}, known {self.known:,}, unknown "
            f"{self.total - self.known:,} (known: {self.condition}); {self.sweep}"
            f"{self.coverage and f'; {self.coverage}'}"
        )

    def for_people(self) -> str:
        """Return the same without SQL."""
        return (
            f"Population: {self.total:,} rows of {self.table.replace('_', ' ')}; what is asked is "
            f"known of {self.known:,} and unknown of {self.total - self.known:,}. Data: "
            f"{self.sweep}.{self.coverage and f' Coverage: {self.coverage}.'}"
        )


def run_query(
    query: Query, parameters: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> Result:
    """Answer a shipped query.

    Args:
        query: The query.
        parameters: Values of parameters as typed, by name; the others take their defaults.
        connection: An open DuckDB file.

    Raises:
        ConfigurationError: A parameter is unknown or its value has the wrong type, or the file
            lacks a table: it was written by an older miner.
    """
    values = _values(query, parameters, connection)
    population = count_population(query, connection)
    warnings = [*(WARNINGS[key] for key in query.caveats), *filter(None, [population.skew])]
    notes = (
        *(f"not collected: {part}" for part in missing(query.reads, connection)),
        *(f"caveat: {warning}" for warning in warnings),
        str(population),
    )
    try:
        return _execute(connection, bound_sql(query), values, notes)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise outdated(error) from error
    except duckdb.Error as error:
        raise ConfigurationError(
            f"query {query.full_name} failed: {analytics.first_line(error)}"
        ) from error


def run_sql(
    sql: str, connection: duckdb.DuckDBPyConnection, *, only_select: bool = False
) -> Result:
    """Answer a person's own SQL: one statement that reads.

    Args:
        sql: The statement.
        connection: A file opened by ``analytics.open_for_questions``.
        only_select: Whether the connection is one of ``analytics.open_parquet``.

    Raises:
        ConfigurationError: The statement is wrong, or asks for more than reading the file.
    """
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1:
            raise ConfigurationError(
                "--sql takes exactly one statement", next_step="run one query at a time"
            )
        kind = statements[0].type
        if only_select and kind != duckdb.StatementType.SELECT:
            raise ConfigurationError(
                "the SQL was refused: only SELECT can be asked of Parquet files",
                next_step="miner snapshot pull builds a DuckDB file, which answers more",
            )
        if kind not in _READING:
            raise _refused(f"{kind.name} is no statement that reads")
        return _execute(connection, sql, {}, ())
    except duckdb.Error as error:
        raise (
            _refused(analytics.first_line(error))
            if _is_refusal(error)
            else ConfigurationError(
                f"the SQL failed: {analytics.explained(error)}",
                next_step='miner query --sql "SHOW TABLES", or "DESCRIBE model"',
            )
        ) from error


@contextmanager
def listing(queries: Mapping[str, Query]) -> Iterator[Result]:
    """Hold a table of the queries: name, title, kind of picture, parameters.

    Args:
        queries: What to list, in order.
    """
    rows = [
        (
            name,
            query.title,
            query.picture.kind if query.picture else None,
            " ".join(f"{param.name}={param.default}" for param in query.params),
        )
        for name, query in queries.items()
    ]
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE listing (name VARCHAR, title VARCHAR, picture VARCHAR, params VARCHAR)"
        )
        connection.executemany("INSERT INTO listing VALUES (?, ?, ?, ?)", rows)
        yield _execute(connection, "FROM listing ORDER BY name", {}, ())


def run_checks(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Run every check.

    Args:
        connection: An open DuckDB file.

    Returns:
        Rows found by the name of the check; all of them 0.

    Raises:
        CheckFailed: A check found rows.
    """
    checks = [query for query in load().values() if query.topic == CHECKS]
    found = {
        query.full_name: sum(1 for _ in run_query(query, {}, connection).rows()) for query in checks
    }
    bad = {name: count for name, count in found.items() if count}
    if bad:
        raise CheckFailed(
            "; ".join(f"{name} found {count} rows" for name, count in bad.items()),
            next_step=f"miner query {next(iter(bad))}",
        )
    return found


def count_population(query: Query, connection: duckdb.DuckDBPyConnection) -> Population:
    """Return what the answer rests on: rows known and unknown, and how fresh they are.

    Raises:
        ConfigurationError: The file lacks the table: it was written by an older miner.
    """
    table = query.known_table
    subject = "dataset" if PUBLISHED[table].name.startswith("dataset") else "model"
    try:
        counts = connection.execute(
            f'SELECT count(*) FILTER (WHERE {query.known_condition}), count(*) FROM "{table}"'
        ).fetchone()
        sweep = connection.execute(
            "SELECT max(ended_at) FROM sweep WHERE is_complete AND subject = $subject",
            {"subject": subject},
        ).fetchone()
    except duckdb.CatalogException as error:
        raise outdated(error) from error
    known, total = counts or (0, 0)
    ended: datetime | None = sweep[0] if sweep else None
    skew = _skew(connection) if _DATED in query.caveats else ""
    coverage = describe_coverage(query.coverage, connection)
    return Population(table, query.known_condition, known, total, ended, skew, coverage)


def _skew(connection: duckdb.DuckDBPyConnection) -> str:
    """Say so where most models come from one month: other months then rest on few."""
    row = connection.execute(
        "SELECT month, models, sum(models) OVER () AS dated FROM ("
        "SELECT date_trunc('month', created_at) AS month, count(*) AS models FROM model "
        "WHERE created_at IS NOT NULL GROUP BY month) ORDER BY models DESC, month LIMIT 1"
    ).fetchone()
    if row is None or row[1] * 2 <= row[2]:
        return ""
    month, models, dated = row
    return (
        f"{models:,} of the {dated:,} models with a date were created in {month:%Y-%m}: what is "
        "read of other months rests on few."
    )


def _values(
    query: Query, parameters: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> dict[str, Any]:
    """Return a value for each parameter, converted by DuckDB to the parameter's type."""
    unknown = sorted(set(parameters) - {param.name for param in query.params})
    if unknown:
        near = did_you_mean(unknown[0], [param.name for param in query.params])
        raise ConfigurationError(
            f"query {query.full_name} has no parameter {unknown[0]!r}" + (near and f"; {near}"),
            next_step=_params_help(query),
        )
    values = {}
    for param in query.params:
        typed = param.name in parameters
        source = "$value" if typed else param.default
        try:
            row = connection.execute(
                f"SELECT CAST({source} AS {param.type})",
                {"value": parameters[param.name]} if typed else {},
            ).fetchone()
        except duckdb.Error as error:
            raise ConfigurationError(
                f"query {query.full_name}: {param.name} must be {param.type}, "
                f"not {parameters[param.name]!r}",
                next_step=_params_help(query),
            ) from error
        values[param.name] = row[0] if row else None
    return values


def _params_help(query: Query) -> str:
    if not query.params:
        return f"miner query {query.full_name}   (it takes no parameters)"
    return "parameters: " + "; ".join(
        f"-p {param.name}={param.default} ({param.type}, {param.description})"
        for param in query.params
    )


def _is_refusal(error: duckdb.Error) -> bool:
    """Return whether the SQL asked for more than reading the file, as far as DuckDB tells."""
    message = str(error)
    return (
        isinstance(error, duckdb.PermissionException)
        or "read-only mode" in message
        or "configuration has been locked" in message
    )


def _refused(reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"the SQL was refused: {reason}",
        next_step="only read the tables of the DuckDB file: no other file, network, extension or "
        "setting can be reached from --sql; write results with --output FILE",
    )


def outdated(error: duckdb.Error) -> ConfigurationError:
    """Return the error for a file of another version of miner."""
    return ConfigurationError(
        f"the DuckDB file lacks a table or column of this query: {analytics.first_line(error)}",
        next_step="miner export   (the file was written by another version of miner)",
    )


def _execute(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    values: dict[str, Any],
    notes: tuple[str, ...],
) -> Result:
    cursor = cursor_of(connection)
    cursor.execute(sql, values)
    described = cursor.description or []
    return Result(
        tuple(str(column[0]) for column in described),
        tuple(str(column[1]) for column in described),
        notes,
        cursor,
        lambda: cursor_of(connection).sql(sql, params=values),
    )
