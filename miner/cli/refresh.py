"""The last step of every command that changes the store: the DuckDB file made new."""

from __future__ import annotations

import click

from miner.settings import Settings


def refresh(settings: Settings) -> None:
    """Write the data directory's DuckDB file anew and tell what is in it, to stderr."""
    from miner.cli.takedown import tell_taken_down
    from miner.db.export import export_duckdb
    from miner.pipelines.licenses.judge import open_judge
    from miner.queries.loader import macros

    report = export_duckdb(settings, settings.duckdb_path, macros=macros(), judge=open_judge())
    click.echo(
        f"{report.target}: {report.row_counts['model']:,} models, "
        f"{report.size_bytes / 1e6:,.1f} MB, written in {report.seconds:.1f} s",
        err=True,
    )
    tell_taken_down(report.taken_down)
