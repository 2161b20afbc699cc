"""``miner parse``: a store from its archive."""

from __future__ import annotations

import click

from miner.cli.echo import echo


@click.command()
@click.option(
    "--from-archive", is_flag=True, required=True, help="Read every archived answer again."
)
@click.option("--export/--no-export", default=True, show_default=True,
              help="Refresh the DuckDB file at the end.")  # fmt: skip
@click.pass_context
def parse(ctx: click.Context, /, from_archive: bool, export: bool) -> None:
    """Build a store from its archive, without network.

    On SQLite the new store takes the old one's place when it is whole; the old one stays beside it.
    On PostgreSQL it needs an empty database. Rows of dumps (crawl --seed) are in no archive: a
    warning names the dumps to crawl from again.
    """
    from miner.cli.progress import for_this_terminal
    from miner.pipelines.crawl.parse import parse_archive
    from miner.settings import load_settings

    del from_archive  # required: there is no other source yet
    settings = load_settings()
    progress = for_this_terminal(log_json=bool(ctx.obj and ctx.obj["log_json"]))
    for what, count in sorted(parse_archive(settings, progress).items()):
        echo(f"  {count:>12,}  {what}", err=True)
    if export:
        import threading

        from miner.cli.refresh import refresh

        refresh(settings, threading.Event())
