"""``miner export``: the store as a file that answers SQL."""

from __future__ import annotations

from pathlib import Path

import click

from miner.cli.echo import echo
from miner.cli.takedown import TAKEDOWN


@click.command()
@click.option(
    "--duckdb", "duckdb_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write a DuckDB file, shipped queries included.",
)  # fmt: skip
@click.option(
    "--parquet", "parquet_folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Write a folder with one Parquet file a table.",
)  # fmt: skip
@click.option(
    "--matrix", "spec", default="miner", show_default=True,
    help="Rules that decide on licenses: miner, osadl, or sheet:FILE[#SHEET].",
)  # fmt: skip
@TAKEDOWN
def export(
    duckdb_file: Path | None, parquet_folder: Path | None, spec: str, takedown: Path | None
) -> None:
    """Write the store as a DuckDB file or as Parquet.

    Without an option the DuckDB file goes into the data directory, where `miner query` looks for
    it. The older file is replaced when the new one is complete and its foreign keys hold. What the
    takedown list names is left out. The path written is printed on stdout.
    """
    from miner.cli.takedown import print_removal
    from miner.db.session import read_store
    from miner.pipelines.derive.licenses.chain_judge import open_judge
    from miner.pipelines.snapshot.export_store import export_duckdb, export_parquet
    from miner.pipelines.snapshot.snapshot_files import require_writable
    from miner.queries.loader import macros
    from miner.settings import load_settings

    settings, judge = load_settings(), open_judge(spec)
    read_store(settings).dispose()  # before any folder is made
    for place in filter(None, (duckdb_file, parquet_folder)):
        require_writable(place.absolute().parent)
    reports = []
    if duckdb_file or not parquet_folder:
        target = duckdb_file or settings.duckdb_path
        reports.append(
            export_duckdb(settings, target, macros=macros(), judge=judge, takedown=takedown)
        )
    if parquet_folder:
        reports.append(export_parquet(settings, parquet_folder, judge=judge, takedown=takedown))
    for report in reports:
        counts = report.row_counts
        echo(
            f"exported {counts['model']:,} models, {sum(counts.values()):,} rows in {len(counts)} "
            f"tables: {report.size_bytes / 1e6:,.1f} MB in {report.seconds:.1f} s",
            err=True,
        )
        print_removal(report.removal)
        echo(report.target)
