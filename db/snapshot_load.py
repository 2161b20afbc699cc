"""From a snapshot that was verified to the DuckDB file that answers questions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from miner.db import analytics, export
from miner.db.exports import duckdb as duckdb_file
from miner.db.macro import Macro
from miner.db.snapshot_files import literal
from miner.schema.published import PUBLISHED
from miner.schema.snapshot import Manifest, require_schema


def load_snapshot(folder: Path, manifest: Manifest, target: Path, macros: Iterable[Macro]) -> int:
    """Build the DuckDB file of a snapshot, views and shipped queries included.

    Args:
        folder: The snapshot. It has been verified.
        manifest: Its manifest.
        target: The file; an older one is replaced when the new one is complete.
        macros: The shipped queries (``miner.queries.loader.macros()``).

    Returns:
        Size of the file in bytes.

    Raises:
        InvalidData: Its tables are those of another miner.
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
                connection.execute(
                    f'INSERT INTO published."{table.name}" BY NAME FROM read_parquet({source})'
                )
            export.finish_file(connection, macros)
            connection.execute("CHECKPOINT published")
            connection.execute("DETACH published")
        duckdb_file.write(built, target)
    return target.stat().st_size
