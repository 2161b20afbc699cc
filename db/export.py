"""From the store to a file that answers SQL: stage, transform, check, put in place.

The file is built in a folder beside its target and moved there when every check has passed, so a
reader sees the old file or the new one, and a killed export leaves the old one as it was.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import duckdb
import polars
from filelock import FileLock

from miner import registry
from miner.db import analytics, exports, plain, staging, wide
from miner.db.checks import check_staged, check_tables
from miner.db.macro import Macro
from miner.db.observations import SCHEMAS
from miner.errors import CheckFailed, ConfigurationError
from miner.schema.datasets import load_moved_datasets
from miner.schema.licenses import load_licenses, load_reasons
from miner.schema.moe.lists import family_facts, load_engines, load_papers
from miner.schema.published import PUBLISHED, VIEWS, Table
from miner.schema.tasks import load_tasks
from miner.schema.vocab import SOURCE_RANK
from miner.schema.warnings import WARNINGS
from miner.settings import Settings

_SQL = Path(__file__).parent / "sql" / "export"

_SLOW_COMPRESSION = "fsst"
"""What saves a third of a file and takes a fifth of the time to write it: not for scratch files."""

Step: TypeAlias = Callable[[duckdb.DuckDBPyConnection], None]


def formats() -> dict[str, ModuleType]:
    """Return the formats by name, found in ``db/exports``."""
    return registry.index_by_name(
        registry.modules_in(exports), lambda module: str(module.NAME), lambda m: str(m.__file__)
    )


def build(
    settings: Settings,
    built: Path,
    macros: Iterable[Macro] | None,
    *,
    before: Mapping[str, Step],
    leave_out: Callable[[duckdb.DuckDBPyConnection], bool],
) -> dict[str, int]:
    """Build and check a DuckDB file.

    Args:
        settings: Where the store and the observations are.
        built: File to make; its folder also takes the work database.
        macros: Macros to make in it. None: the file is a step on the way to others, so it has no
            descriptions either, and is larger for being written faster.
        before: What has to be computed step by step before a table's SQL can run, by table.
        leave_out: Deletes what must not leave the store; tells whether there was anything.

    Returns:
        Rows by table.

    Raises:
        ConfigurationError: There is no store.
        CheckFailed: A key or reference does not hold, or a table is not as described.
    """
    with analytics.open_work(built.with_name("work.duckdb")) as connection:
        connection.execute(f"SET disabled_compression_methods = '{_SLOW_COMPRESSION}'")
        staging.stage(settings, connection)
        check_staged(connection)
        _stage_constants(connection)
        for subject in SCHEMAS:
            staging.stage_observations(settings, connection, subject)
        _make_addresses(connection)
        connection.execute((_SQL / "_prepare.sql").read_text(encoding="utf-8"))
        _make_plain_views(connection)
        if macros is not None:
            connection.execute("RESET disabled_compression_methods")
        _attach(built, "published", connection)
        for table in PUBLISHED.values():
            if prepare := before.get(table.name):
                prepare(connection)
            _fill(table, connection)
        if leave_out(connection):
            _write_anew(built, connection)
        check_tables(connection)
        row_counts = {name: _count(name, connection) for name in PUBLISHED}
        finish_file(connection, macros)
        connection.execute("CHECKPOINT published")
        connection.execute("DETACH published")
    return row_counts


def _attach(path: Path, name: str, connection: duckdb.DuckDBPyConnection) -> None:
    place, version = analytics.text(str(path)), analytics.STORAGE_VERSION
    connection.execute(f"ATTACH {place} AS {name} (STORAGE_VERSION '{version}')")


def _write_anew(built: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Write the file once more: what was deleted may still stand in blocks that are not in use."""
    fresh = built.with_name("fresh.duckdb")
    _attach(fresh, "fresh", connection)
    for table in PUBLISHED.values():
        connection.execute(analytics.create_table(table, "fresh"))
        connection.execute(f'INSERT INTO fresh."{table.name}" FROM published."{table.name}"')
    for name in ("published", "fresh"):
        connection.execute(f"DETACH {name}")
    built.with_name(f"{built.name}.wal").unlink(missing_ok=True)
    fresh.replace(built)
    _attach(built, "published", connection)


def _count(table: str, connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute(f'SELECT count(*) FROM published."{table}"').fetchone()
    return int(row[0]) if row else 0


def _stage_constants(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE store.source_rank (source VARCHAR, rank INTEGER)")
    connection.executemany("INSERT INTO store.source_rank VALUES (?, ?)", list(SOURCE_RANK.items()))
    facts = tuple(column.name for column in PUBLISHED["license"].columns)
    _stage_rows(connection, "license_fact", facts, list(load_licenses().values()))
    reasons = ("reason", "verdict", "severity", "meaning", "action")
    _stage_rows(connection, "license_reason", reasons, list(load_reasons().values()))
    reviewed: dict[str, Sequence[object]] = {
        "moe_family": family_facts(),
        "engine_support": load_engines(),
        "traced_paper": load_papers(),
        "task": load_tasks(),
    }
    for name, rows in reviewed.items():
        _stage_rows(connection, f"{name}_fact", PUBLISHED[name].column_names, rows)
    _stage_rows(connection, "moved_dataset", ("name", "former"), load_moved_datasets())
    connection.execute("CREATE TABLE store.data_warning_fact (key VARCHAR, text VARCHAR)")
    warnings = [list(pair) for pair in WARNINGS.items()]
    connection.executemany("INSERT INTO store.data_warning_fact VALUES (?, ?)", warnings)


def _make_plain_views(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"CREATE SCHEMA {plain.SCHEMA}")
    for table in plain.published_classes().values():
        connection.execute(plain.export_view(table))


def _stage_rows(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Sequence[object]
) -> None:
    """Make a staged table of texts out of rows of a reviewed table; empty texts are nulls."""
    frame = polars.DataFrame(
        {column: [str(getattr(row, column)) or None for row in rows] for column in columns},
        schema=dict.fromkeys(columns, polars.String),
    )
    connection.register("rows", frame.to_arrow())
    connection.execute(f"CREATE TABLE store.{name} AS FROM rows")
    connection.unregister("rows")


_ADDRESSES = {
    "tree_url": ("revision_page", {"{name}": "name", "{revision}": "sha"}),
    "blob_url": ("file_page", {"{name}": "name", "{revision}": "revision", "{path}": "path"}),
}
"""Macro → the column of hub with its pattern, and what fills it."""


def _make_addresses(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros that give addresses of evidence, from the patterns of the hubs.

    They are put together here: to fill in a pattern for each of millions of rows costs more.
    """
    for macro, (column, places) in _ADDRESSES.items():
        rows = connection.execute(
            f"SELECT name, {column} FROM store.hub WHERE {column} IS NOT NULL ORDER BY name"
        ).fetchall()
        cases = " ".join(
            f"WHEN {analytics.text(hub)} THEN {_filled(pattern, places)}" for hub, pattern in rows
        )
        body = f"CASE hub_name {cases} END" if cases else "NULL::VARCHAR"
        names = ", ".join(("hub_name", *places.values()))
        connection.execute(f"CREATE MACRO {macro}({names}) AS {body}")


def _filled(pattern: str, places: Mapping[str, str]) -> str:
    """Return a pattern as SQL that concatenates; null where what fills it is null."""
    parts = re.split(f"({'|'.join(map(re.escape, places))})", pattern)
    return " || ".join(places.get(part) or analytics.text(part) for part in parts if part)


_IN_ORDER = frozenset({"model_file", "model_language", "model_tag"})
"""Tables whose SQL explodes ``store.listed_model`` and nothing else: they come sorted."""


def _fill(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    """Make a published table."""
    connection.execute(analytics.create_table(table, "published"))
    if _is_copy_of_nothing(table, connection):
        return
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    order = ", ".join(f'"{column}"' for column in table.sorted_by)
    insert = f'INSERT INTO published."{table.name}" SELECT {columns} FROM ({select_of(table.name)})'
    if table.name not in _IN_ORDER:
        insert += f" ORDER BY {order}"
    try:
        connection.execute(insert)
    except duckdb.BinderException:
        _check_select(table, connection)
        raise
    except duckdb.OutOfMemoryException:  # a sort of long rows keeps some that cannot go to disk
        connection.execute(f"SET memory_limit = '{analytics.MORE_MEMORY}'")
        connection.execute(insert)


def _is_copy_of_nothing(table: Table, connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a table copies one of the store that has no rows."""
    stored = plain.published_classes().get(table.name)
    return (
        stored is not None
        and not _sql_of(table.name).is_file()
        and analytics.is_empty(f'{staging.SCHEMA}."{stored.__tablename__}"', connection)
    )


def _check_select(table: Table, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a SELECT that lacks a column of its table."""
    described = connection.execute(f"DESCRIBE {select_of(table.name)}").fetchall()
    found = {row[0] for row in described}
    if missing := [name for name in table.column_names if name not in found]:
        raise CheckFailed(
            f"db/sql/export/{table.name}.sql lacks columns that schema/tables describes: "
            f"{', '.join(missing)}"
        )


def finish_file(connection: duckdb.DuckDBPyConnection, macros: Iterable[Macro] | None) -> None:
    """Add views, macros and descriptions inside the file, where names need no catalog in front.

    Args:
        connection: A work database with the file attached as ``published``.
        macros: Macros to make in it; None: views alone, for a file that nobody reads.
    """
    connection.execute("USE published")
    connection.execute("BEGIN")  # one transaction: each would wait for the disk otherwise
    for view in VIEWS:
        connection.execute(f'CREATE VIEW "{view.name}" AS {select_of(view.name)}')
    if macros is not None:
        _describe(connection, macros)
    connection.execute("COMMIT")
    connection.execute("USE work")


def _describe(connection: duckdb.DuckDBPyConnection, macros: Iterable[Macro]) -> None:
    """Add macros and descriptions."""
    for view in VIEWS:
        _comment(view, "VIEW", connection)
    for table in PUBLISHED.values():
        _comment(table, "TABLE", connection)
    for macro in macros:
        connection.execute(macro.statement)
        comment = analytics.text(macro.comment)
        connection.execute(f'COMMENT ON MACRO TABLE "{macro.name}" IS {comment}')


def _relations() -> str:
    """Return the SELECT of the view ``relation``: keys and references of the tables."""
    rows: list[tuple[str, str, tuple[str, ...], str, tuple[str, ...]]] = []
    for table in PUBLISHED.values():
        if table.key:
            rows.append((table.name, "primary key", table.key, "", ()))
        rows += [
            (table.name, "foreign key", one.columns, one.table, one.target)
            for one in table.references
        ]
    return "FROM (VALUES " + ", ".join(
        f"({analytics.text(name)}, {analytics.text(kind)}, {_texts(columns)}, "
        f"nullif({analytics.text(to)}, ''), nullif({_texts(others)}, []::VARCHAR[]))"
        for name, kind, columns, to, others in rows
    ) + ") AS keys (table_name, kind, column_names, to_table, to_columns)"  # fmt: skip


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(analytics.text, values))}]"


GENERATED: dict[str, Callable[[], str]] = {
    "model_fields": wide.model_fields,
    "relation": _relations,
}
"""Views that are generated from descriptions: of fields, of keys."""


def _sql_of(name: str) -> Path:
    return _SQL / f"{name}.sql"


def select_of(name: str) -> str:
    """Return the SELECT that makes a published table or view.

    It is that of ``db/sql/export`` where columns are derived. Else the table is a copy of the
    store's, or of a reviewed table.
    """
    if name in GENERATED:
        return GENERATED[name]()
    path = _sql_of(name)
    if path.is_file():
        return path.read_text(encoding="utf-8")
    stored = plain.published_classes().get(name)
    if stored is None:
        return f"SELECT * FROM store.{name}_fact"
    return f'SELECT * FROM {plain.SCHEMA}."{stored.__tablename__}"'


def _comment(table: Table, kind: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Put the descriptions into the file."""
    statements = [f'COMMENT ON {kind} "{table.name}" IS {analytics.text(table.description)}']
    for column in table.columns:
        note = column.description + (f" ({column.unit})" if column.unit else "")
        place = f'"{table.name}"."{column.name}"'
        statements.append(f"COMMENT ON COLUMN {place} IS {analytics.text(note)}")
    connection.execute(";".join(statements))


@contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """Hold a folder beside the target, on the same disk; what a killed export left goes first.

    Args:
        target: What is going to be made.

    Raises:
        ConfigurationError: A file stands where the target's folder should be.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ConfigurationError(
            f"{error.filename} is a file, a folder is needed there",
            next_step="name another place for the export",
        ) from error
    folder = target.with_name(f".{target.name}.building")
    with FileLock(target.with_name(f".{target.name}.lock")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
