"""A crawl begun from a dump: its rows go into the store before the hub is asked."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.seeds import end_seed, ingest_rows, is_ingested, read_rows
from miner.pipelines.intake.sweeps import Plan, open_sweep
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs.protocol import Window
from miner.schema.vocab import SweepKind

if TYPE_CHECKING:
    from miner.pipelines.sources.dump import Seed

log = logging.getLogger(__name__)


def ingest_dump(crawl: Crawl, seed: Seed, window: Window) -> None:
    """Take the rows of a dump in that are inside a window, from where an earlier run stopped.

    A dump that was taken in before is passed over.

    Raises:
        InvalidData: A file of it is damaged; rows before the damage stay.
        Stopped: The run was asked to end.
    """
    setting = crawl.setting
    plan = Plan(SweepKind.SEED, window, ascending=True, sort="", seed=seed.identity())
    with crawl.engine.connect() as connection:
        if is_ingested(connection, setting.hub_id, plan):
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
        sweep, done = ingest_rows(setting, sweep, seed.date, read, str(position + len(rows)))
        for what, count in done.items():
            crawl.counts[f"seed rows {what}"] += count
        crawl.progress.advance(len(rows))
    end_seed(setting, sweep, seed.date)
    crawl.progress.finish()


def count_saved(crawl: Crawl) -> None:
    """Count what the dump has saved, where the first pass over the hub was begun from it.

    Without it every page of the listing is one of full records; with it as many light pages are
    read, and full records only of what it does not tell. Bytes are compared at the mean size of
    the full records that were read, and not where none were.
    """
    with crawl.engine.connect() as connection:
        rows = connection.execute(
            SWEEP.select()
            .with_only_columns(SWEEP.c.kind, SWEEP.c.page_count, SWEEP.c.record_count)
            .where(
                SWEEP.c.hub_id == crawl.setting.hub_id,
                SWEEP.c.subject == "model",
                SWEEP.c.kind != SweepKind.SEED.value,
            )
            .order_by(SWEEP.c.id)
        ).all()
    if [kind for kind, *_ in rows if kind != SweepKind.DELTA.value] != [SweepKind.LIGHT.value]:
        return  # no page was saved, or an earlier crawl has told of it
    (_, light, models), *deltas = rows
    full = sum(pages for _, pages, _ in deltas)
    singly = sum(n for what, n in crawl.counts.items() if what.startswith("changed models "))
    counts = crawl.counts
    counts["seed: requests for pages of full records, without it"] = light
    counts["seed: requests for pages of full records, with it"] = full
    counts["seed: requests for pages of full records, saved"] = light - full
    counts["seed: requests for the light listing in their place"] = light
    counts["seed: requests for single full records"] = singly
    read = crawl.listed.get(SweepKind.DELTA.value)
    seen = crawl.listed.get(SweepKind.LIGHT.value)
    if read is not None and read.records and seen is not None:
        whole = round(read.size / read.records * models)
        counts["seed: bytes of JSON listings, without it (computed)"] = whole
        counts["seed: bytes of JSON listings, with it"] = read.size + seen.size
        counts["seed: bytes of JSON listings, saved (computed)"] = whole - read.size - seen.size
