"""The pass that closes a sweep: what changed on pages that it had read already.

A sweep of everything takes an hour. What is revised or created meanwhile stands at the head of the
listing by date of change, so a look there, and a page where it has news, bring it. Downloads,
gating and removals do not move that date: those wait for the next sweep.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from miner.db import upsert as db
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.crawl.sweep import run_sweep
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.sweeps import (
    CURSOR,
    Plan,
    SweepAt,
    stop_sweep,
    unfinished_sweep,
    within_window,
)
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.records.facts import ModelFacts
from miner.schema.vocab import AnswerKind, SweepKind

log = logging.getLogger(__name__)


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
    if sweep.page_count <= 1 or sweep.started_at is None:
        return
    plan = _plan(sweep, window)
    changed = _changed(crawl, plan)
    if not changed and unfinished_sweep(crawl.setting, plan) is None:
        return
    before = crawl.counts["models read"]
    run_sweep(crawl, plan, until_found=changed or None)
    again = crawl.counts["models read"] - before
    crawl.counts["models read"] = before  # most were read before: each counts once
    crawl.counts["models that changed during the sweep"] += again


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


def _changed(crawl: Crawl, plan: Plan) -> set[str]:
    """Return the models at the head of the listing by date of change that are held otherwise.

    Light pages are small, so a look costs little; a sweep of full records begins only where there
    is something for it.
    """
    hub, light = crawl.setting.listing_hub, SweepKind.LIGHT
    url = hub.listing_url("model", light, ascending=False, sort=plan.sort)
    changed: set[str] = set()
    visited: set[str] = set()
    while url not in visited:
        visited.add(url)
        answer = hub.get(url, AnswerKind.LISTING, {})
        if answer.status != 200:
            log.warning("what changed during the sweep is not listed: %d", answer.status)
            break
        listing = hub.read_listing(answer.body, "model", light)
        inside, is_over = within_window(plan, listing.models)
        changed |= _differing(crawl, inside)
        url = hub.next_url(answer) or url
        if is_over:
            break
    return changed


def _differing(crawl: Crawl, found: list[ModelFacts]) -> set[str]:
    seen = {item.name: (item.values["sha"], item.values["last_modified_at"]) for item in found}
    columns = ("name", "sha", "last_modified_at")
    where = {"hub_id": crawl.setting.hub_id}
    with crawl.engine.connect() as connection:
        rows = db.select_rows(connection, MODEL, columns, "name", list(seen), where=where)
    stored = {row["name"]: (row["sha"], row["last_modified_at"]) for row in rows}
    return {name for name, revision in seen.items() if stored.get(name) != revision}


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
