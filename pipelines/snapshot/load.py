"""From a snapshot that was verified to the DuckDB file that answers questions.

That its files are those of its manifest says nothing of what is in them: keys, references,
vocabularies and the shipped checks are looked at before the file is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from miner.db import analytics, export
from miner.db.analytics import DISK_ERRORS, DuckDBConnection, DuckDBError, literal
from miner.db.exports import duckdb as duckdb_file
from miner.db.macro import Macro
from miner.errors import CheckFailed, InvalidData
from miner.pipelines.snapshot.content_checks import Check, check_content
from miner.schema.manifest import Manifest, require_schema
from miner.schema.published import PUBLISHED

_KEPT = "the DuckDB file of before, as it was"


def load_snapshot(
    folder: Path,
    manifest: Manifest,
    target: Path,
    macros: Iterable[Macro],
    checks: Iterable[Check] = (),
) -> int:
    """Build the DuckDB file of a snapshot, views and shipped queries included.

    Args:
        folder: The snapshot. It has been verified.
        manifest: Its manifest.
        target: The file; an older one is replaced when the new one is complete.
        macros: The shipped queries (``miner.queries.loader.macros()``).
        checks: The shipped checks. Those that its publisher waived may find something.

    Returns:
        Size of the file in bytes.

    Raises:
        InvalidData: Its tables are those of another miner, cannot be read, or break a check.
    """
    require_schema(manifest)
    target = target.absolute()
    with export.work_folder(target) as work, analytics.disk_errors(target):
        built = work / "built.duckdb"
        with analytics.open_work(work / "work.duckdb") as connection:
            place, version = analytics.text(str(built)), analytics.STORAGE_VERSION
            connection.execute(f"ATTACH {place} AS published (STORAGE_VERSION '{version}')")
            for table in manifest.tables:
                source = analytics.text(literal(folder / table.file.path))
                connection.execute(analytics.create_table(PUBLISHED[table.name], "published"))
                _fill(table.name, source, connection)
            require_content(connection, manifest, checks, kept=_KEPT)
            export.finish_file(connection, macros)
            connection.execute("CHECKPOINT published")
            connection.execute("DETACH published")
        duckdb_file.write(built, target)
    return target.stat().st_size


def _fill(table: str, source: str, connection: DuckDBConnection) -> None:
    """Read the rows of a table.

    Raises:
        InvalidData: They cannot be read.
    """
    try:
        connection.execute(f'INSERT INTO published."{table}" BY NAME FROM read_parquet({source})')
    except DISK_ERRORS:
        raise  # the disk
    except DuckDBError as error:
        raise InvalidData(
            f"{table}.parquet cannot be read: {analytics.first_line(error)}",
            kept=_KEPT,
            next_step="tell the publisher of the snapshot",
        ) from error


def require_content(
    connection: DuckDBConnection, manifest: Manifest, checks: Iterable[Check], *, kept: str
) -> None:
    """Check the tables as a build does.

    Args:
        connection: A database with the tables in ``published``.
        manifest: The snapshot's manifest.
        checks: The shipped checks. Those that its publisher waived may find something.
        kept: What the error says is as it was.

    Raises:
        InvalidData: Something does not hold; the message names the check, and the rows.
    """
    waived = manifest.about.get("checks_waived")
    allowed = frozenset(map(str, waived)) if isinstance(waived, list) else frozenset()
    try:
        check_content(connection, checks, allowed, is_changed=True)
    except CheckFailed as error:
        raise InvalidData(
            f"{manifest.name} breaks the rules of its tables: {error.message}",
            kept=kept,
            next_step="tell its publisher; as Parquet its tables are got all the same: "
            f"miner snapshot pull {manifest.name} --table model",
        ) from error
