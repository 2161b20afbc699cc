"""Opening a crawl: lock, store, archive, hubs, run; and closing all of it in order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from miner.db.observations import Observations
from miner.db.session import open_store, store_lock
from miner.pipelines.crawl.archive import open_archive
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.executors import open_executor
from miner.pipelines.intake.runs import hub_id, running
from miner.pipelines.intake.sweeps import RunContext
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.hubs import hub_class
from miner.pipelines.sources.hubs.protocol import CatalogHub, HubSource
from miner.progress import Progress
from miner.schema.vocab import DEFAULT_HUB, RunState
from miner.settings import Settings


@contextmanager
def opened(
    settings: Settings,
    arguments: Mapping[str, object],
    progress: Progress,
    stop: threading.Event,
    hub: str | HubSource = DEFAULT_HUB,
    *,
    command: str = "crawl",
) -> Iterator[Crawl]:
    """Open a crawl. The store's lock is held until it is closed.

    The run's end is written as finished when the body ends without an error and without a
    stop, as interrupted when ``stop`` was set, else as failed.

    Args:
        settings: Bounds and places.
        arguments: Options that were given; they are kept with the run.
        progress: Shows how far a stage is.
        stop: Set to end all waits.
        hub: The first hub to crawl, by name or opened; ``on_hub`` turns to another one.
        command: What the run is recorded as; a crawl goes on where the last run of ``crawl``
            stopped.

    Raises:
        StoreLocked: Another process writes to this store.
        ConfigurationError: Store or archive cannot be opened.
    """
    with store_lock(settings):
        engine = open_store(settings)
        try:
            with (
                open_archive(settings, engine) as archive,
                running(engine, command, arguments, archive) as run,
            ):
                first = open_hub(settings, stop, hub)
                observations = Observations(settings.observations_dir / "model")
                counts: Counter[str] = Counter()
                key = hub_id(engine, first)
                setting = RunContext(engine, first, key, run.id, observations, Faults(counts))
                try:
                    with open_executor(None, stop) as executor:
                        crawl = Crawl(settings, setting, archive, progress, stop, executor, counts)
                        yield crawl
                    run.state = RunState.INTERRUPTED if stop.is_set() else RunState.FINISHED
                finally:
                    run.report = dict(sorted(crawl.counts.items())) | {
                        f"seconds_{stage}": round(seconds, 2)
                        for stage, seconds in crawl.seconds.items()
                    }
        finally:
            engine.dispose()


def open_hub(settings: Settings, stop: threading.Event, hub: str | HubSource) -> HubSource:
    """Return a hub, by its name or as it is.

    Raises:
        ConfigurationError: There is no such hub, or it lacks a token that it needs.
    """
    found = hub_class(hub).open(settings, stop) if isinstance(hub, str) else hub
    if isinstance(found, CatalogHub):
        found.check_token()  # before the store knows of it: one that lacks it leaves no trace
    return found


def on_hub(crawl: Crawl, hub: str | HubSource) -> Crawl:
    """Return the same crawl turned to another hub; counts and archive are shared.

    Raises:
        ConfigurationError: There is no such hub, or it lacks a token that it needs.
    """
    opened_hub = open_hub(crawl.settings, crawl.stop, hub)
    key = hub_id(crawl.engine, opened_hub)
    return replace(crawl, setting=replace(crawl.setting, hub=opened_hub, hub_id=key))
