"""What ``miner crawl --seed`` begins from: a published snapshot, or a dump of a hub's models."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from miner.cli.echo import echo

if TYPE_CHECKING:
    from miner.cli.crawl_options import CrawlOptions
    from miner.pipelines.crawl.session import Crawl
    from miner.pipelines.sources.dump import Seed
    from miner.progress import Progress
    from miner.settings import Settings


def open_dump(settings: Settings, options: CrawlOptions) -> Seed | None:
    """Open the dump of --seed, before anything is written; None without one, or for a snapshot.

    Raises:
        UsageError: Other options do not go with it.
    """
    from miner.pipelines.snapshot.seed import is_snapshot

    seed, date = options["seed"], options["seed_date"]
    if seed is None:
        if date is not None:
            raise click.UsageError("--seed-date needs --seed")
        return None
    if options["limit"] is not None or options["modified_since"] is not None:
        raise click.UsageError("--seed does not go with --limit or --modified-since")
    if is_snapshot(seed):
        if date is not None:
            raise click.UsageError("--seed-date is for dumps: a snapshot says of which day it is")
        return None
    from miner.pipelines.sources.dump import open_seed

    return open_seed(settings, seed, date)


def begin_from_snapshot(
    settings: Settings, options: CrawlOptions, progress: Progress, stop: threading.Event
) -> bool:
    """Ingest the snapshot of --seed, if it is one; otherwise check that none is half ingested.

    Returns:
        False when the command was asked to end; the store is as it was.
    """
    from miner.cli.snapshot import shipped_checks
    from miner.pipelines.snapshot.seed import begin, is_snapshot, require_whole
    from miner.pipelines.sources.http import Stopped

    seed = options["seed"]
    if seed is None or not is_snapshot(seed):
        require_whole(settings)
        return True
    try:
        begun, counts = begin(
            settings, seed, source=options["seed_source"] or None, progress=progress,
            stop=stop, checks=shipped_checks(),
        )  # fmt: skip
    except Stopped:
        return False
    finally:
        progress.finish()
    for name, count in sorted(counts.items()):
        if count:
            echo(f"  {count:>12,}  {name} rows of {begun.name}", err=True)
    if not counts:
        echo(f"{begun.name} was ingested before", err=True)
    else:
        _tell_limits(begun.name)
    return True


def count_standing(crawl: Crawl) -> None:
    """Count for the report what stands as it came with a snapshot and cannot be derived again."""
    from miner.pipelines.intake.snapshots import standing

    with crawl.engine.connect() as connection:
        crawl.counts.update(standing(connection))


def _tell_limits(name: str) -> None:
    """Say what a store that was seeded from a snapshot cannot derive again."""
    echo(
        f"{name} has no texts of cards and configs. What was read in them stands; when the rules "
        "that read cards are newer, cards are fetched again, most downloaded models first, and "
        "architectures are judged again where record, config and card were read here.",
        err=True,
    )
