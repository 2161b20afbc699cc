"""What every command that derives facts from stored data shares: lock, store, archive, run."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine

from miner.db.session import open_store, store_lock
from miner.pipelines.intake.runs import running
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.schema.vocab import RunState
from miner.settings import Settings


@dataclass
class Derivation:
    """A run that adds to the store what follows from it.

    Attributes:
        settings: Places and bounds.
        engine: The store, for writing.
        reader: Of the archive.
        run_id: Surrogate key of the run.
        stop: Set when the run was asked to end.
        counts: What was done, for the report.
        notes: More for the report.
    """

    settings: Settings
    engine: Engine
    reader: ArchiveReader
    run_id: int
    stop: threading.Event
    counts: Counter[str] = field(default_factory=Counter)
    notes: dict[str, object] = field(default_factory=dict)


@contextmanager
def deriving(
    settings: Settings, command: str, arguments: Mapping[str, object], stop: threading.Event
) -> Iterator[Derivation]:
    """Hold the store's lock and a run while something is derived.

    Raises:
        StoreLocked: Another process writes to this store.
        ConfigurationError: There is no store.
    """
    with store_lock(settings):
        engine = open_store(settings, create=False)
        try:
            with running(engine, command, arguments) as run:
                reader = ArchiveReader(settings.archive_dir)
                derivation = Derivation(settings, engine, reader, run.id, stop)
                try:
                    yield derivation
                    run.state = RunState.INTERRUPTED if stop.is_set() else RunState.FINISHED
                finally:
                    run.report = dict(sorted(derivation.counts.items())) | derivation.notes
        finally:
            engine.dispose()
