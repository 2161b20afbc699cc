"""``miner crawl``: bring the store up to date, then the file that answers SQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from miner.cli.options import Moment, stopping

if TYPE_CHECKING:
    from miner.pipelines.seed import Seed
    from miner.settings import Settings


@click.command()
@click.option("--since", type=Moment(), help="Models created since then, like 2024-01.")
@click.option("--until", type=Moment(), help="Models created before then.")
@click.option("--modified-since", type=Moment(), help="Models changed since then, newest first.")
@click.option("--limit", type=click.IntRange(1), help="At most so many models.")
@click.option(
    "--seed", metavar="FILE|hub-stats",
    help="Begin from a dump: a Parquet file with the Hub's field names, a folder of them, or the "
    "public dump of that name. Only what it lacks and what changed since is asked for.",
)  # fmt: skip
@click.option("--seed-date", type=Moment(), help="Day of the dump, where it does not say it.")
@click.option(
    "--min-downloads", type=click.IntRange(0), default=50, show_default=True,
    help="Cards and configs only of models with so many downloads in 30 days.",
)  # fmt: skip
@click.option(
    "--configs", type=click.Choice(["needed", "all", "none"]), default="needed", show_default=True,
    help="config.json: where the architecture is open, of all, or of none. "
    "Fetching one counts as a download of the model.",
)  # fmt: skip
@click.option(
    "--lookups-from", type=click.IntRange(1), default=3, show_default=True,
    help="Ask one by one for bases and datasets that the listing lacks when so many models "
    "name them.",
)  # fmt: skip
@click.option("--datasets/--no-datasets", default=True, show_default=True,
              help="Look up the datasets that models name.")  # fmt: skip
@click.option("--github/--no-github", default=False, show_default=True,
              help="GitHub repositories that use the models.")  # fmt: skip
@click.option("--export/--no-export", default=True, show_default=True,
              help="Refresh the DuckDB file at the end.")  # fmt: skip
@click.option("--summary", is_flag=True, help="One line of name=value on stdout at the end.")
@click.pass_context
def crawl(ctx: click.Context, /, **options: object) -> int:
    """Bring the store up to date with the hubs.

    The first crawl of a window reads everything in it; later ones read what has changed, and
    find what was renamed, gated or deleted. It can be killed at any moment: the same command
    goes on where it stopped.
    """
    import gc
    import sys

    from miner.cli.progress import for_this_terminal
    from miner.cli.summary import summarized
    from miner.pipelines.crawl.open import opened
    from miner.pipelines.crawl.run import CrawlChoice, crawl_hub
    from miner.pipelines.hubs.base import Window
    from miner.settings import load_settings

    # Records are trees: hardly anything is a cycle, and looking for some costs a third of the time.
    gc.set_threshold(200_000, 20, 50)
    # A page goes to another process and back in many pieces, and each waits for its turn.
    sys.setswitchinterval(0.0005)
    settings = load_settings()
    since, until, modified = (_moment(options[name]) for name in _DATES)
    if since and until and since >= until:
        raise click.UsageError("--since must be before --until")
    limit = options["limit"]
    given = {
        name: value for name, value in options.items() if value is not None and name != "summary"
    }
    seed = _open_seed(settings, options)
    if seed is not None:
        given["seed_files"] = seed.told()["files"]
    choice = CrawlChoice(
        window=Window(since, until, modified, limit if isinstance(limit, int) else None),
        min_downloads=int(str(options["min_downloads"])),
        configs=str(options["configs"]),
        lookups_from=int(str(options["lookups_from"])),
        with_datasets=bool(options["datasets"]),
        seed=seed,
    )
    stop = threading.Event()
    progress = for_this_terminal(log_json=bool(ctx.obj and ctx.obj["log_json"]))
    with summarized(str(settings.duckdb_path), shown=bool(options["summary"])) as summary:
        with (
            stopping(stop),
            opened(settings, given, progress, stop) as under_way,
            summary.of(under_way),
        ):
            try:
                is_done = crawl_hub(under_way, choice)
            finally:
                progress.finish()
                _report(under_way.counts)
        if not is_done:
            summary.state = "interrupted"
            click.echo("miner: stopped; the same command goes on from here", err=True)
            return 0
        if options["export"]:
            from miner.cli.refresh import refresh

            refresh(settings)
        summary.state = "finished"
    return 0


_DATES = ("since", "until", "modified_since")


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _open_seed(settings: Settings, options: Mapping[str, object]) -> Seed | None:
    """Open the dump that was given, before anything is written."""
    given = options["seed"]
    if given is None:
        if options["seed_date"] is not None:
            raise click.UsageError("--seed-date needs --seed")
        return None
    if options["limit"] is not None or options["modified_since"] is not None:
        raise click.UsageError("--seed does not go with --limit or --modified-since")
    from miner.pipelines.seed import open_seed

    return open_seed(settings, str(given), _moment(options["seed_date"]))


def _report(counts: Counter[str]) -> None:
    """Tell what was done, to stderr: how many records have which state."""
    for what, count in sorted(counts.items()):
        if count and not what.startswith("seconds"):
            click.echo(f"  {count:>12,}  {what}", err=True)
