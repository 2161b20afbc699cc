"""The GitHub half of a crawl: discovery, metadata, scans, issues. Work is found by queries."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from miner.db.session import open_store, store_lock
from miner.pipelines.crawl.archive import open_archive
from miner.pipelines.crawl.github.introduced import date_sites
from miner.pipelines.crawl.github.issues import read_issues
from miner.pipelines.crawl.github.metadata import refresh_metadata, refresh_named
from miner.pipelines.crawl.github.scans import scan_named, scan_repositories
from miner.pipelines.crawl.github.search import discover, ingest_named
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.executors import open_executor
from miner.pipelines.intake.runs import running
from miner.pipelines.sources.github.client import GitHub
from miner.pipelines.sources.github.session import ForgeChoice, ForgeCrawl, require_tokens
from miner.pipelines.sources.http import Stopped
from miner.progress import Progress
from miner.schema.vocab import RunState
from miner.settings import Settings


def crawl_github(crawl: Crawl, choice: ForgeChoice) -> bool:
    """Bring the store up to date with the repositories on GitHub that use models.

    Args:
        crawl: The crawl's setting, whichever hub it is on.
        choice: What to do.

    Returns:
        True when all stages ended, False when the run was asked to end before.

    Raises:
        RetryLater: GitHub does not answer properly; what was committed stays.
        SourceRefused: GitHub refuses the tokens, or leads to a host that is not configured.
        ConfigurationError: There is no token, or the list of repositories cannot be read.
    """
    github = GitHub(crawl.settings, crawl.stop)
    forge = ForgeCrawl(
        crawl.settings, crawl.engine, crawl.archive, github, crawl.setting.run_id, crawl.progress,
        crawl.stop, crawl.executor, crawl.counts,
    )  # fmt: skip
    stages: tuple[tuple[str, Callable[[], None]], ...] = (
        ("discovery", partial(discover, forge, choice)),
        ("metadata", partial(refresh_metadata, forge)),
        ("scanning", partial(_scan, forge, choice)),
        ("dating", partial(date_sites, forge, choice.introduced)),
        *((("issues", partial(read_issues, forge)),) if choice.with_issues else ()),
    )
    try:
        for name, stage in stages:
            started = time.monotonic()
            try:
                stage()
            finally:
                crawl.seconds[name] = time.monotonic() - started
    except Stopped:
        return False
    finally:
        forge.close()
        crawl.counts["requests to GitHub"] += github.request_count
    return not crawl.stop.is_set()


def _scan(forge: ForgeCrawl, choice: ForgeChoice) -> None:
    if choice.executor is None:
        scan_repositories(forge, choice)
        return
    with open_executor(choice.executor, forge.stop) as forge.executor:
        scan_repositories(forge, choice)


def scan_stored(
    settings: Settings, names: Sequence[str], progress: Progress, stop: threading.Event
) -> Counter[str]:
    """Scan repositories by name, also such as were scanned at their head before.

    What GitHub says of them is asked for first, so that the present head is scanned; those that are
    not held are taken in.

    Args:
        settings: Store, archive, tokens.
        names: owner/name, or addresses on GitHub.
        progress: Shows how far it is.
        stop: Set to end after the batch in hand.

    Returns:
        What was done.

    Raises:
        ConfigurationError: There is no token, or a name is none.
        RetryLater: GitHub does not answer properly.
        StoreLocked: Another process writes to this store.
    """
    require_tokens(settings)
    with store_lock(settings):
        engine = open_store(settings)
        try:
            with (
                open_archive(settings, engine) as archive,
                running(engine, "scan", {"repositories": list(names)}, archive) as run,
                open_executor(None, stop) as executor,
            ):
                github = GitHub(settings, stop)
                forge = ForgeCrawl(
                    settings, engine, archive, github, run.id, progress, stop, executor
                )
                try:
                    stored = ingest_named(forge, names)
                    refresh_named(forge, stored)
                    for name in stored:
                        scan_named(forge, name)
                    run.state = RunState.FINISHED
                except Stopped:
                    run.state = RunState.INTERRUPTED
                finally:
                    forge.close()
                    run.report = dict(sorted(forge.counts.items()))
                return forge.counts
        finally:
            engine.dispose()
