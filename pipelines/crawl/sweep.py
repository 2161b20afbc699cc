"""A sweep over the hub's listing: page after page, the cursor committed with each."""

from __future__ import annotations

import logging
from dataclasses import replace
from urllib.parse import urljoin

from miner.errors import MinerError, RetryLater, SourceRefused
from miner.pipelines.crawl.reader import PageReader
from miner.pipelines.crawl.repeats import PagesRead
from miner.pipelines.crawl.session import Crawl, GotPage, Listed, Prefetcher
from miner.pipelines.intake.batch import place_on_hub
from miner.pipelines.intake.sweeps import (
    PageResult,
    Plan,
    SweepAt,
    ingest_page,
    open_sweep,
    restart_sweep,
    stop_sweep,
)
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import Listing
from miner.schema.vocab import AnswerKind

log = logging.getLogger(__name__)

_EXPIRED = frozenset({400, 404, 410})


def run_sweep(crawl: Crawl, plan: Plan, until_found: set[str] | None = None) -> SweepAt:
    """Run a sweep to its end, from where an earlier run left it.

    Args:
        crawl: The crawl's setting.
        plan: What to read.
        until_found: Names to look for; when all were seen the sweep ends. Names that were
            seen are taken out of the set.

    Returns:
        The sweep as it stood before its last page.

    Raises:
        RetryLater: The hub does not answer properly.
        SourceRefused: The hub refuses the listing.
        Stopped: The run was asked to end.
    """
    setting = crawl.setting
    first_url = setting.listing_hub.listing_url(
        plan.subject, plan.kind, ascending=plan.ascending, sort=plan.sort
    )
    sweep = open_sweep(setting, plan, first_url)
    # the hub may have another address now: a mirror, or a replay on another port
    sweep = replace(sweep, next_url=urljoin(first_url, place_on_hub(sweep.next_url)))
    if sweep.page:
        log.info("%s goes on at page %d", sweep.name, sweep.page + 1)
    crawl.progress.start(f"{plan.kind} sweep: {plan.subject}s")
    ahead = Prefetcher(
        lambda url: _get_page(crawl, sweep, url),
        PageReader(setting.listing_hub.read_listing),
        plan.subject,
        plan.kind,
    )
    restarts = 0
    pages = PagesRead(plan)
    try:
        while True:
            if crawl.stop.is_set():
                raise Stopped
            page = _get_new(crawl, ahead, sweep, pages)
            answer = page.answer
            if answer.status in _EXPIRED and sweep.page and not restarts:
                log.warning("the cursor of %s is not accepted any more: it starts anew", sweep.name)
                restarts += 1
                sweep = restart_sweep(setting, sweep, first_url)
                pages.clear()
                continue
            if page.read is None:
                raise _refusal(answer)
            ahead.ask(setting.listing_hub.next_url(answer))
            location = crawl.keep(answer, page.read.prepared)
            result = ingest_page(setting, sweep, answer, location, page.read.listing)
            _tell(crawl, plan, result, answer, page.read.listing)
            if until_found is not None:
                until_found.difference_update(result.names)
            if result.sweep is None:
                if result.is_short:
                    raise _short(sweep, result)
                return sweep
            if until_found is not None and not until_found:
                stop_sweep(setting, result.sweep)
                return sweep
            sweep = result.sweep
    finally:
        ahead.close()
        crawl.progress.finish()


def _get_page(crawl: Crawl, sweep: SweepAt, url: str) -> ReceivedAnswer:
    """Get a page. Its context is all that reading it from the archive needs."""
    context = {
        "hub": crawl.setting.hub.name,
        "subject": sweep.plan.subject,
        "sweep": sweep.name,
        "kind": sweep.plan.kind,
        "window": sweep.plan.as_json(),
        "phase": sweep.phase,
    }
    return crawl.setting.listing_hub.get(url, AnswerKind.LISTING, context)


def _refusal(answer: ReceivedAnswer) -> MinerError:
    """Return what a page that is no page means."""
    message = answer.body[:200].decode("utf-8", "replace").strip()
    if answer.status in {401, 403, 451}:
        return SourceRefused(
            f"the hub refuses its listing ({answer.status}): {message}",
            next_step="check HF_TOKEN and HF_ENDPOINT",
            kept="everything up to the last committed page",
        )
    return RetryLater(
        f"the hub answers its listing with {answer.status}: {message}",
        next_step="run the same command again later: it goes on where it stopped",
        kept="everything up to the last committed page",
    )


def _get_new(crawl: Crawl, ahead: Prefetcher, sweep: SweepAt, pages: PagesRead) -> GotPage:
    """Get the sweep's next page; one that is no progress is asked for again.

    Args:
        crawl: The crawl's setting.
        ahead: Gets it.
        sweep: Where the sweep stands.
        pages: Those that were read; this one is added.

    Raises:
        RetryLater: It is no progress every time. It is not taken in.
    """
    pages.visit(sweep)
    fault = ""
    for attempt in range(crawl.settings.http_attempts):
        page = ahead.get(sweep.next_url)
        following = crawl.setting.listing_hub.next_url(page.answer)
        listing = page.read.listing if page.read else None
        fault = pages.fault_of(sweep, following, listing)
        if not fault:
            pages.add(sweep, listing)
            return page
        log.warning("page %d of %s %s: asked for again", sweep.page + 1, sweep.name, fault)
        crawl.counts["pages that repeat others, asked for again"] += 1
        if crawl.stop.wait(0.1 * 2**attempt):
            raise Stopped
    raise RetryLater(
        f"the listing repeats itself: page {sweep.page + 1} {fault}",
        next_step="run the same command again later: it goes on where it stopped",
        kept="everything up to the page before",
    )


def _short(sweep: SweepAt, result: PageResult) -> RetryLater:
    """Return what a listing means that ends long before it gave all that is held."""
    subject = sweep.plan.subject
    return RetryLater(
        f"the hub listed {result.kept:,} {subject}s, and {result.stored:,} are held in this "
        "window: that is no whole listing",
        next_step="check HF_ENDPOINT, then run the same command again later",
        kept=f"what was listed; {sweep.name} counts as not complete, and none is taken for gone",
    )


def _tell(
    crawl: Crawl, plan: Plan, result: PageResult, answer: ReceivedAnswer, listing: Listing
) -> None:
    if plan.subject == "model":
        listed = crawl.listed.setdefault(plan.kind, Listed())
        listed.records += result.records
        listed.size += len(answer.body)
    crawl.counts[f"{plan.subject}s read"] += result.records
    crawl.counts["records set aside"] += result.problems
    crawl.counts["records read in part"] += result.partial
    crawl.counts["fields set aside"] += result.fields
    crawl.counts["pages"] += 1
    crawl.counts["pages cut short"] += not listing.is_whole
    crawl.progress.advance(result.records)
