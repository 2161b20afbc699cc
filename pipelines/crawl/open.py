"""Opening a crawl: lock, store, archive, hub, run; and closing all of it in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from miner.db.observations import Observations
from miner.db.session import open_store, store_lock
from miner.pipelines.archive_index import open_archive
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.http import RateBudget
from miner.pipelines.hubs.huggingface import HuggingFace
from miner.pipelines.ingest.sweeps import Setting
from miner.pipelines.progress import Progress
from miner.pipelines.runs import hub_id, running
from miner.schema.vocab import RunState
from miner.settings import Settings


@contextmanager
def opened(
    settings: Settings,
    arguments: Mapping[str, object],
    progress: Progress,
    stop: threading.Event,
) -> Iterator[Crawl]:
    """Open a crawl. The store's lock is held until it is closed.

    The run's end is written as finished when the body ends without an error and without a
    stop, as interrupted when ``stop`` was set, else as failed.

    Raises:
        StoreLocked: Another process writes to this store.
        ConfigurationError: Store or archive cannot be opened.
    """
    with store_lock(settings):
        engine = open_store(settings)
        try:
            with (
                open_archive(settings, engine) as archive,
                running(engine, "crawl", arguments) as run,
            ):
                hub = HuggingFace(settings, RateBudget(stop=stop))
                observations = Observations(settings.observations_dir / "model")
                setting = Setting(engine, hub, hub_id(engine, hub), run.id, observations)
                crawl = Crawl(settings, setting, archive, progress, stop)
                try:
                    yield crawl
                    run.state = RunState.INTERRUPTED if stop.is_set() else RunState.FINISHED
                finally:
                    run.report = dict(sorted(crawl.counts.items())) | {
                        f"seconds_{stage}": round(seconds, 2)
                        for stage, seconds in crawl.seconds.items()
                    }
        finally:
            engine.dispose()
