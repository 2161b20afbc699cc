"""The sweep of a hub with a finite catalog: got piece by piece, taken in when it is whole.

What is left to get is a question to the answers that are there. They stand in the archive, so a
sweep that was broken off goes on with what it has.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from miner.db import upsert as db
from miner.errors import RetryLater
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import place_on_hub, table_of
from miner.pipelines.intake.catalogs import Kept, ingest_catalog, ingest_catalog_part
from miner.pipelines.intake.sweeps import Plan, SweepAt, open_sweep, unfinished_sweep
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs.protocol import CatalogHub, Window
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import SweepKind

log = logging.getLogger(__name__)

_ANSWER = table_of(tables.ArchivedAnswer)


def sweep_catalog(crawl: Crawl, hub: CatalogHub, window: Window) -> None:
    """Read a hub's catalog and take it in.

    Args:
        crawl: The crawl's setting.
        hub: The hub.
        window: Only its limit counts: models of a catalog have no dates.

    Raises:
        RetryLater: The hub does not answer properly; what came is kept for the next run.
        SourceRefused: The hub refuses.
        Stopped: The run was asked to end.
    """
    plan = Plan(SweepKind.FULL, Window(limit=window.limit), ascending=True, sort="")
    sweep = unfinished_sweep(crawl.setting, plan)
    kept: list[Kept] = []
    if sweep is not None:
        kept = answers_of(crawl.archive, sweep.name, sweep.next_url)
        log.info("%s goes on: %d answers are there", sweep.name, len(kept))
    crawl.progress.start(f"catalog: {hub.profile.title}")
    try:
        while needs := hub.missing_resources([answer for _, answer in kept]):
            got, sweep = _get_round(crawl, hub, plan, sweep, needs)
            kept += got
    finally:
        crawl.progress.finish()
    catalog = hub.read_catalog([answer for _, answer in kept])
    sweep = sweep or open_sweep(crawl.setting, plan, "")
    crawl.counts["models read"] += ingest_catalog(crawl.setting, sweep, kept, catalog)
    crawl.counts["records set aside"] += len(catalog.problems)


def answers_of(archive: ArchiveReader, sweep: str, place: str) -> list[Kept]:
    """Return the answers of a sweep that the archive holds, in order.

    Args:
        archive: Where they are.
        sweep: Name of the sweep.
        place: Segment and offset of its first answer, empty where it has none.
    """
    if not place:
        return []
    first, _, offset = place.rpartition(" ")
    starts = {
        segment: (archive.folder / segment).stat().st_size
        for segment in archive.segments()
        if segment < first
    }
    found = archive.scan({**starts, first: int(offset)})
    return whole_needs(kept for kept in found if kept[1].context.get("sweep") == sweep)


def whole_needs(answers: Iterable[Kept]) -> list[Kept]:
    """Return the answers of those needs that were archived whole, before a kill came."""
    whole: dict[str, list[Kept]] = {}
    begun: list[Kept] = []
    for kept in answers:
        context = kept[1].context
        begun = [kept] if context["part"] == "0" else [*begun, kept]
        if len(begun) == int(context["parts"]):
            whole[context["need"]] = begun
    return [kept for group in whole.values() for kept in group]


def _get_round(
    crawl: Crawl, hub: CatalogHub, plan: Plan, sweep: SweepAt | None, needs: Sequence[str]
) -> tuple[list[Kept], SweepAt | None]:
    """Get what can be got now, side by side; it is archived as it comes, and indexed together.

    The sweep begins with the first answer: a hub that is not there leaves none behind.
    """

    def archived(url: str) -> list[ReceivedAnswer]:
        return _archived_answers(crawl, url)

    got: list[Kept] = []
    failure: RetryLater | None = None
    requests = {
        place: partial(hub.fetch_resource, need, archived) for place, need in enumerate(needs)
    }
    try:
        for _, answers in crawl.get_all(requests):
            if isinstance(answers, RetryLater):
                failure = answers
                continue
            sweep = sweep or open_sweep(crawl.setting, plan, "")
            labeled = _in_sweep(answers, hub, sweep)
            got += zip(crawl.keep_all(labeled), labeled, strict=True)
            crawl.progress.advance(1)
    finally:
        if sweep is not None:
            sweep = ingest_catalog_part(crawl.setting, sweep, got)
    if failure is not None:
        raise failure
    if crawl.stop.is_set():
        raise Stopped
    return got, sweep


def _in_sweep(
    answers: Sequence[ReceivedAnswer], hub: CatalogHub, sweep: SweepAt
) -> list[ReceivedAnswer]:
    """Return answers with all in their contexts that reading them from the archive needs."""
    context = {
        "hub": hub.name,
        "subject": sweep.plan.subject,
        "sweep": sweep.name,
        "kind": sweep.plan.kind,
        "window": sweep.plan.as_json(),
        "parts": str(len(answers)),
    }
    return [
        replace(answer, context={**answer.context, **context, "part": str(part)})
        for part, answer in enumerate(answers)
    ]


def _archived_answers(crawl: Crawl, url: str) -> list[ReceivedAnswer]:
    """Return the answers to an address that are archived, oldest first."""
    with crawl.engine.connect() as connection:
        place = [place_on_hub(url)]
        rows = db.select_rows(connection, _ANSWER, ("segment", "offset"), "url", place)
    places = sorted((row["segment"], row["offset"]) for row in rows)
    return [crawl.archive.read(*place) for place in places]
