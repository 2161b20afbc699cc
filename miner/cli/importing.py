"""``miner import``: other people's datasets."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner.cli.echo import echo
from miner.cli.options import Moment, stopping

if TYPE_CHECKING:
    from miner.pipelines.imports.report import ImportReport, TableReport


@click.group("import")
def import_() -> None:
    """Take another dataset into the store: PeaTMOSS."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--date", type=Moment(), metavar="DAY",
    help="Day that the rows are as of, UTC. [default: 2023-08-31, the end of its collection]",
)  # fmt: skip
@click.option(
    "--fields", type=click.Path(path_type=Path), metavar="JSON",
    help="The dataset's file of fields that language models read in cards: an object of models.",
)  # fmt: skip
@click.option("--export/--no-export", default=True, show_default=True,
              help="Refresh the DuckDB file at the end.")  # fmt: skip
@click.option(
    "--format", "output_format", default="table", show_default=True,
    type=click.Choice(["table", "json"]), help="Format of the report on stdout.",
)  # fmt: skip
@click.pass_context
def peatmoss(ctx: click.Context, /, file: Path, export: bool, **options: object) -> int:
    """Import the dataset PeaTMOSS of 2023 from FILE, its SQLite database PeaTMOSS.db.

    Its rows are dated 2023: what a crawl has stored, or stores later, is newer and stays. Models
    under former names are recognized where the store knows the names. E-mail addresses are left
    out. The report says of each table how many rows were read, stored, known before and refused,
    and why; the table rejected_record has each refusal.

    FILE is only read. A file that was imported before changes nothing; an import that was killed
    goes on with the same command.
    """
    import json

    from miner.cli.progress import for_this_terminal
    from miner.pipelines.imports.peatmoss import import_peatmoss
    from miner.pipelines.sources.http import Stopped
    from miner.settings import load_settings

    settings = load_settings()
    date, fields = options["date"], options["fields"]
    stop = threading.Event()
    progress = for_this_terminal(log_json=bool(ctx.obj and ctx.obj["log_json"]))
    with stopping(stop):
        try:
            report = import_peatmoss(
                settings, file, date=date if isinstance(date, datetime) else None,
                fields=fields if isinstance(fields, Path) else None, progress=progress, stop=stop,
            )  # fmt: skip
        except Stopped:
            echo("miner: stopped; the same command goes on from here", err=True)
            return 0
        echo(
            json.dumps(report.as_json(), indent=1)
            if options["output_format"] == "json"
            else _table(report)
        )
        if export:
            from miner.cli.refresh import refresh

            refresh(settings, stop)
    return 0


def _table(report: ImportReport) -> str:
    """Return the report for people."""
    shown = [table for table in report.tables.values() if table.rows is not None]
    lines = [f"{report.name}, as of {report.date}", *report.notes]
    if shown:
        width = max(len(table.table) for table in shown)
        heading = f"{'table':{width}} {'rows':>12} {'stored':>12} {'known':>12} {'refused':>10}"
        lines += ["", heading, *(_line(table, width) for table in shown)]
    return "\n".join(lines)


def _line(table: TableReport, width: int) -> str:
    counts = (
        f"{table.table:{width}} {table.rows or 0:12,} {table.stored:12,} {table.known:12,} "
        f"{sum(table.refused.values()):10,}"
    )
    reasons = [f"{reason}: {count:,}" for reason, count in sorted(table.refused.items())]
    if table.left_out:
        reasons.append(f"left out: {table.left_out}")
    return f"{counts}  {'; '.join(reasons)}".rstrip()
