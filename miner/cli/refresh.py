"""The last step of every command that changes the store: the DuckDB file made new."""

from __future__ import annotations

import threading

from miner.cli.echo import counted, echo
from miner.cli.options import ending_at_once
from miner.settings import Settings


def refresh(settings: Settings, stop: threading.Event) -> bool:
    """Write the data directory's DuckDB file anew and tell what is in it, to stderr.

    Args:
        settings: Where store and file are.
        stop: Set when the command was asked to end, before or meanwhile.

    Returns:
        False when it was: the older file stays as it is.
    """
    from miner.pipelines.sources.http import Stopped

    try:
        with ending_at_once(stop):
            _write(settings)
    except Stopped:
        echo(
            f"miner: stopped; the store is up to date, {settings.duckdb_path} is not: miner export",
            err=True,
        )
        return False
    return True


def _write(settings: Settings) -> None:
    from miner.cli.takedown import print_removal
    from miner.pipelines.derive.licenses.chain_judge import open_judge
    from miner.pipelines.snapshot.export_store import export_duckdb
    from miner.queries.loader import macros

    report = export_duckdb(settings, settings.duckdb_path, macros=macros(), judge=open_judge())
    echo(
        f"{report.target}: {counted(report.row_counts['model'], 'model')}, "
        f"{report.size_bytes / 1e6:,.1f} MB, written in {report.seconds:.1f} s",
        err=True,
    )
    print_removal(report.removal)
