"""A crawl begun from a dump: its rows go into the store before the hub is asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from miner.pipelines.crawl.session import Crawl
from miner.pipelines.http import Stopped
from miner.pipelines.hubs.base import Window
from miner.pipelines.ingest.seeds import end_seed, is_taken, read_rows, take_rows
from miner.pipelines.ingest.sweeps import Plan, open_sweep
from miner.schema.vocab import SweepKind

if TYPE_CHECKING:
    from miner.pipelines.seed import Seed

log = logging.getLogger(__name__)


def take_seed(crawl: Crawl, seed: Seed, window: Window) -> None:
    """Take the rows of a dump in that are inside a window, from where an earlier run stopped.

    A dump that was taken in before is passed over.

    Raises:
        InvalidData: A file of it is damaged; rows before the damage stay.
        Stopped: The run was asked to end.
    """
    setting = crawl.setting
    plan = Plan(SweepKind.SEED, window, ascending=True, sort="", seed=seed.told())
    with crawl.engine.connect() as connection:
        if is_taken(connection, setting.hub_id, plan):
            log.info("the dump %s was taken in before", seed.name)
            return
    if seed.lacks:
        log.warning(
            "the dump %s lacks %s: full records are read from the hub all the same",
            seed.name, ", ".join(seed.lacks),
        )  # fmt: skip
    superseded = seed.superseded()
    crawl.counts["seed rows superseded"] = len(superseded)
    sweep = open_sweep(setting, plan, "0")
    start = int(sweep.next_url)
    crawl.progress.start(f"seed: {seed.name}", seed.rows - start)
    for position, rows in seed.batches(start):
        if crawl.stop.is_set():
            raise Stopped
        read = read_rows(rows, position, superseded, window, is_whole=not seed.lacks)
        sweep, done = take_rows(setting, sweep, seed.date, read, str(position + len(rows)))
        for what, count in done.items():
            crawl.counts[f"seed rows {what}"] += count
        crawl.progress.advance(len(rows))
    end_seed(setting, sweep, seed.date)
    crawl.progress.finish()
