"""Full records of what a light sweep saw new or changed, by as few requests as are needed.

Pages of the listing by date of change hold a thousand full records each; a record asked for by its
name is a request too. What changed lately stands at the listing's head; what a dump of somebody's
lacks may stand at its end, or anywhere. So pages are read from the head, from the end, or not at
all, as far as that is cheaper, and what is left is asked for one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from miner.pipelines.crawl.lookup import look_up
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.crawl.sweep import run_sweep
from miner.pipelines.crawl.verify import stale
from miner.pipelines.intake.passes import SWEEP, is_first_pass
from miner.pipelines.intake.sweeps import CURSOR, Plan
from miner.pipelines.sources.hubs.protocol import Window
from miner.schema.vocab import SweepKind

_PAGE_RECORDS = 1_000
_PAGE_COST = 20
"""A page of full records, some ten megabytes, takes as long as so many records asked for singly."""


def read_changed(crawl: Crawl, sweep_name: str) -> None:
    """Read the full records of what a light sweep saw new or changed.

    Raises:
        RetryLater: The hub does not answer properly.
        SourceRefused: The hub refuses the listing.
        Stopped: The run was asked to end.
    """
    wanted = stale(crawl, sweep_name)
    crawl.counts["models new or changed"] += len(wanted)
    # a sweep that was broken off is ended, though few may be left: it would stand there for ever
    broken_off = list(_broken_off(crawl, sweep_name))
    for plan in broken_off:
        run_sweep(crawl, plan, until_found=within(plan, wanted))
    if broken_off:
        wanted = stale(crawl, sweep_name)
    if plans := cheapest(wanted):
        for plan in plans:
            run_sweep(crawl, plan, until_found=within(plan, wanted))
        wanted = stale(crawl, sweep_name)
    if wanted.is_empty():
        return
    with crawl.engine.connect() as connection:
        is_first = is_first_pass(connection, crawl.setting.hub_id, "model")
    crawl.progress.start("models new or changed", len(wanted))
    done = look_up(crawl, "model", wanted["name"].to_list(), is_first=is_first)
    for outcome, count in done.items():
        crawl.counts[f"changed models {outcome}"] += count
    crawl.progress.finish()


def cheapest(wanted: pl.DataFrame) -> list[Plan]:
    """Return which parts of the listing to read, none for none.

    The listing may hold more than the sweep saw, models outside its window: pages can be more than
    are counted here, never fewer.

    Args:
        wanted: As ``verify.stale`` returns it.
    """
    dated = wanted.drop_nulls("last_modified_at")
    undated = wanted.filter(pl.col("last_modified_at").is_null())
    if _saved(undated["newer"]).max() != 0:
        return [_plan(Window(), ascending=False)]
    times, count = dated["last_modified_at"], len(dated)
    from_head, from_end = _saved(dated["newer"]), _saved(dated["older"].reverse())
    # where to part the listing: each side is read up to where that saves most; if in doubt its head
    parted = count - ((from_head.cum_max().reverse() + from_end.cum_max()).arg_max() or 0)
    of_head = from_head.head(parted + 1).arg_max() or 0
    of_end = from_end.head(count - parted + 1).arg_max() or 0
    plans = []
    if of_head:
        plans.append(_plan(Window(modified_since=times[of_head - 1]), ascending=False))
    if of_end:
        plans.append(_plan(Window(modified_until=times[count - of_end]), ascending=True))
    return plans


def _saved(before: pl.Series) -> pl.Series:
    """Return what is saved by reading pages from one side, up to none, one, two … of the models.

    Args:
        before: For each wanted model, how many stand before it on the way from that side.
    """
    found = pl.Series(range(1, len(before) + 1), dtype=pl.Int64)
    saved = found - (before.cast(pl.Int64) // _PAGE_RECORDS + 1) * _PAGE_COST
    return pl.concat([pl.Series([0], dtype=pl.Int64), saved])


def within(plan: Plan, wanted: pl.DataFrame) -> set[str]:
    """Return the names among those wanted that a plan leads to."""
    window, time = plan.window, pl.col("last_modified_at")
    is_inside = pl.lit(value=True)
    if window.modified_since is not None:
        is_inside &= time >= window.modified_since
    if window.modified_until is not None:
        is_inside &= time <= window.modified_until
    return set(wanted.filter(is_inside)["name"])


def _plan(window: Window, *, ascending: bool) -> Plan:
    return Plan(SweepKind.DELTA, window, ascending=ascending, sort="lastModified")


def _broken_off(crawl: Crawl, sweep_name: str) -> Iterator[Plan]:
    """Yield the plans of the sweeps of changes that were broken off after a light sweep."""
    light = SWEEP.alias("light")
    rows = (
        SWEEP.select()
        .with_only_columns(SWEEP.c.window)
        .join(CURSOR, CURSOR.c.sweep_id == SWEEP.c.id)
        .join(light, light.c.name == sweep_name)
        .where(
            SWEEP.c.hub_id == crawl.setting.hub_id,
            SWEEP.c.subject == "model",
            SWEEP.c.kind == SweepKind.DELTA.value,
            SWEEP.c.id > light.c.id,
        )
        .order_by(SWEEP.c.id)
    )
    with crawl.engine.connect() as connection:
        found = connection.execute(rows).scalars().all()
    for bounds in found:
        since, until = (
            datetime.fromisoformat(bounds[bound]) if bound in bounds else None
            for bound in ("modified_since", "modified_until")
        )
        window = Window(modified_since=since, modified_until=until)
        plan = _plan(window, ascending=bool(bounds["ascending"]))
        if plan.bounds() == bounds:
            yield plan
