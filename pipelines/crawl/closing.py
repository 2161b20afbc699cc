"""The pass that closes a sweep: what changed on pages that it had read already.

A sweep of everything takes an hour. What is revised or created meanwhile stands at the head of the
listing by date of change, so a look there, and a page where it has news, bring it. Downloads,
gating and removals do not move that date: those wait for the next sweep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from miner.pipelines.crawl.session import Crawl
from miner.pipelines.crawl.sweep import run_sweep
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.sweeps import CURSOR, Plan, SweepAt, stop_sweep
from miner.pipelines.sources.hubs.protocol import Window
from miner.schema.vocab import AnswerKind, SweepKind


def read_meanwhile(crawl: Crawl, sweep_name: str, window: Window) -> None:
    """Read what changed since a sweep began; one that was broken off goes on.

    A sweep of a single page saw everything a moment ago.

    Args:
        crawl: The crawl's setting.
        sweep_name: The sweep of models, complete.
        window: What it was about.

    Raises:
        RetryLater: The hub does not answer properly.
        SourceRefused: The hub refuses the listing.
        Stopped: The run was asked to end.
    """
    sweep = _sweep_of(crawl, sweep_name)
    _end_older(crawl, sweep)
    if sweep.page_count > 1 and sweep.started_at is not None:
        if not _has_moved(crawl, as_text(sweep.started_at)):
            return
        before = crawl.counts["models read"]
        run_sweep(crawl, _plan(sweep, window))
        crawl.counts["models that changed during the sweep"] += crawl.counts["models read"] - before


def is_closed(crawl: Crawl, sweep_name: str, window: Window) -> bool:
    """Tell whether a sweep has been closed, by the run that was broken off afterwards."""
    sweep = _sweep_of(crawl, sweep_name)
    if sweep.started_at is None:
        return False
    query = SWEEP.select().where(
        SWEEP.c.hub_id == crawl.setting.hub_id,
        SWEEP.c.kind == SweepKind.DELTA.value,
        SWEEP.c.id > sweep.id,
        SWEEP.c.is_complete,
    )
    bounds = _plan(sweep, window).bounds()
    with crawl.engine.connect() as connection:
        return any(row.window == bounds for row in connection.execute(query))


def _has_moved(crawl: Crawl, since: str) -> bool:
    """Look at the head of the listing by date of change: there is a sweep only if it has news."""
    hub = crawl.setting.listing_hub
    light = SweepKind.LIGHT
    url = hub.listing_url("model", light, ascending=False, sort="lastModified")
    answer = hub.get(url, AnswerKind.LISTING, {})
    if answer.status != 200:
        return True  # the sweep says what is wrong
    found = hub.read_listing(answer.body, "model", light).models
    times = (item.values["last_modified_at"] for item in found)
    return any(isinstance(time, str) and time >= since for time in times)


def _end_older(crawl: Crawl, sweep: Row[Any]) -> None:
    """End sweeps of changes that were broken off before a sweep of the same window began.

    What they were to bring came with it; they would stand there for ever.
    """
    query = (
        SWEEP.select()
        .join(CURSOR, CURSOR.c.sweep_id == SWEEP.c.id)
        .where(
            SWEEP.c.hub_id == crawl.setting.hub_id,
            SWEEP.c.subject == "model",
            SWEEP.c.kind == SweepKind.DELTA.value,
            SWEEP.c.id < sweep.id,
        )
    )
    with crawl.engine.connect() as connection:
        found = connection.execute(query).all()
    plan = Plan(SweepKind.DELTA, Window(), ascending=False, sort="lastModified")
    for row in found:
        if all(row.window.get(bound) == sweep.window.get(bound) for bound in ("since", "until")):
            stop_sweep(crawl.setting, SweepAt(row.id, row.name, plan, is_first=False, next_url=""))


def _plan(sweep: Row[Any], window: Window) -> Plan:
    changed = replace(window, modified_since=sweep.started_at)
    return Plan(SweepKind.DELTA, changed, ascending=False, sort="lastModified")


def _sweep_of(crawl: Crawl, name: str) -> Row[Any]:
    with crawl.engine.connect() as connection:
        return connection.execute(SWEEP.select().where(SWEEP.c.name == name)).one()
