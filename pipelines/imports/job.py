"""An import under way: what its parts share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from miner.pipelines.imports.report import ImportReport
from miner.pipelines.intake.batch import Batch, as_text, write_problems
from miner.pipelines.intake.runs import hub_id
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs import hub_class
from miner.pipelines.sources.peatmoss.database import PeatmossFile
from miner.pipelines.sources.records.facts import Problem
from miner.progress import Progress
from miner.schema.vocab import DEFAULT_HUB, RecordReason
from miner.settings import Settings

SOURCE = "peatmoss"


@dataclass(frozen=True, slots=True)
class Job:
    """An import under way.

    Attributes:
        settings: Where the store is.
        engine: The store.
        run_id: Surrogate key of the run.
        source: The file.
        date: What its rows are as of, UTC.
        report: What became of them so far.
        progress: Shows how far it is.
        stop: Set to end it after the batch in hand.
        fields: The JSON of fields, None: there is none.
    """

    settings: Settings
    engine: Engine
    run_id: int
    source: PeatmossFile
    date: datetime
    report: ImportReport
    progress: Progress
    stop: threading.Event
    fields: Path | None = None

    def check_stop(self) -> None:
        """End the import where it was asked to end.

        Raises:
            Stopped: It was.
        """
        if self.stop.is_set():
            raise Stopped

    def reject(self, table: str, problems: Sequence[Problem]) -> None:
        """Count rows that cannot be used, and write why beside the other rejected records."""
        self._write(table, problems)
        for problem in problems:
            self.report.of(table).refused[problem.reason] += 1

    def reject_rows(self, table: str, reason: RecordReason, count: int, detail: str) -> None:
        """Count rows that cannot be used for one reason; one rejected record stands for all."""
        self._write(table, [Problem("", reason.value, f"{count:,} rows: {detail}", 0, detail)])
        self.report.of(table).refused[reason.value] += count

    def _write(self, table: str, problems: Sequence[Problem]) -> None:
        key = hub_id(self.engine, hub_class(DEFAULT_HUB))
        with self.engine.begin() as connection:
            batch = Batch(connection, key, self.run_id, as_text(self.date), None)
            write_problems(batch, table, problems)
