"""Archived records of the GitHub half, and of runs and language models, into rows."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable

from sqlalchemy import Engine, func, select

from miner.db.observations import REPOSITORY_SCHEMA, Observations
from miner.errors import MinerError
from miner.pipelines.crawl.backfill import restore_rows
from miner.pipelines.crawl.github.introduced import ingest_blame
from miner.pipelines.crawl.github.metadata import BEGUN, ENDED
from miner.pipelines.crawl.github.older_searches import OlderSearches
from miner.pipelines.crawl.github.scan_records import ingest_scan
from miner.pipelines.crawl.github.search import ingest_answer, ingest_searches
from miner.pipelines.derive.cards.llm.answer_rows import ingest_llm
from miner.pipelines.derive.issues.issue_rows import ingest_issues
from miner.pipelines.intake.batch import as_text, write_answer
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    ingest_named_repositories,
    known_names,
    write_named,
)
from miner.pipelines.intake.repository_sweeps import (
    OpenRepositorySweep,
    begin_sweep,
    complete_sweep,
    ingest_batch,
    ingest_single,
)
from miner.pipelines.intake.runs import begin_run, end_run
from miner.pipelines.sources.archive.decisions import content_of
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.github.descriptions import is_batch, is_batch_usable
from miner.pipelines.sources.github.repository_records import could_be_a_name
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.schema.vocab import AnswerKind, ParseState
from miner.settings import Settings

log = logging.getLogger(__name__)


class GitHubIntake:
    """Ingests answers of GitHub and what a crawl decided.

    Args:
        settings: Where observations go.
        engine: The store, for writing.
        reader: Of the archive.
        run_id: Surrogate key of the run that rows belong to, until a record names another.
        counts: Where what was done is counted.

    Attributes:
        run_id: The run that rows belong to now.
        is_older: There are answers of a miner that did not archive what it decided.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        reader: ArchiveReader,
        run_id: int,
        counts: Counter[str],
    ) -> None:
        self.run_id = run_id
        self.is_older = False
        self._engine = engine
        self._reader = reader
        self._counts = counts
        self._observations = Observations(
            settings.observations_dir / "repository", REPOSITORY_SCHEMA
        )
        self._older = OlderSearches()
        self._begun: set[str] = set()
        self._older_sweep: OpenRepositorySweep | None = None
        self._handlers: dict[str, Callable[[IngestContext, ReceivedAnswer], None]] = {
            AnswerKind.RUN: self._run,
            AnswerKind.REPOSITORIES: self._repositories,
            AnswerKind.SEARCHES: self._searches,
            AnswerKind.SEARCH: self._search,
            AnswerKind.SWEEP: self._sweep,
            AnswerKind.METADATA: self._metadata,
            AnswerKind.ISSUES: self._issues,
            AnswerKind.SCAN: self._scan,
            AnswerKind.LLM: self._llm,
            AnswerKind.ROWS: self._rows,
        }

    def ingest(self, location: Location, record: ReceivedAnswer) -> None:
        """Write the rows of a record, in one transaction; what cannot be used is indexed alone."""
        handler = self._handlers.get(record.kind)
        try:
            with self._engine.begin() as connection:
                key = write_answer(connection, record, location, ParseState.PARSED.value)
                if handler is not None:
                    at = as_text(record.observed_at)
                    handler(IngestContext(connection, self.run_id, at, key), record)
        except MinerError as error:  # the crawl ended with this answer
            log.debug("%s: %s", record.url, error.message)
            with self._engine.begin() as connection:
                write_answer(connection, record, location, ParseState.PARSED.value)

    def finish(self) -> None:
        """End the last sweep of an older archive, if all repositories were asked for."""
        sweep, self._older_sweep = self._older_sweep, None
        if sweep is None:
            return
        with self._engine.begin() as connection:
            is_left = REPOSITORY.c.sweep_id.is_distinct_from(sweep.id)
            if not connection.scalar(select(func.count(REPOSITORY.c.id)).where(is_left)):
                complete_sweep(connection, sweep)

    def _run(self, context: IngestContext, record: ReceivedAnswer) -> None:
        content = content_of(record)
        if "begun" in content:
            self.run_id = begin_run(context.connection, content["begun"])
        else:
            end_run(context.connection, self.run_id, content["ended"])

    def _repositories(self, context: IngestContext, record: ReceivedAnswer) -> None:
        content = content_of(record)
        unanswered = IngestContext(context.connection, context.run_id, None)
        names = [(str(name), str(place)) for name, place in content["names"]]
        ingest_named_repositories(unanswered, content["source"], names)

    def _searches(self, context: IngestContext, record: ReceivedAnswer) -> None:
        ingest_searches(context.connection, content_of(record), context.run_id)

    def _search(self, context: IngestContext, answer: ReceivedAnswer) -> None:
        if "round" not in answer.context:
            self.is_older = True
            self._older.open_for(context.connection, answer, context.run_id)
        ingest_answer(context, answer)

    def _sweep(self, context: IngestContext, record: ReceivedAnswer) -> None:
        name, state = record.context["sweep"], content_of(record)["state"]
        key = begin_sweep(context.connection, name, context.run_id)
        if state == BEGUN:
            self._begun.add(name)
        elif state == ENDED:
            complete_sweep(context.connection, OpenRepositorySweep(key, name, self._observations))

    def _metadata(self, context: IngestContext, answer: ReceivedAnswer) -> None:
        if "sweep" not in answer.context:
            ingest_blame(context.connection, answer)
            return
        sweep = self._sweep_of(context, answer)
        if not is_batch(answer):
            ingest_single(context, sweep, answer)
            return
        names = [str(name) for name in json.loads(answer.context["asked"])]
        known = known_names(context.connection, names)
        new = [name for name in names if name not in known and could_be_a_name(name)]
        write_named(IngestContext(context.connection, context.run_id, None), new)
        if is_batch_usable(answer, names):
            ingest_batch(context, sweep, answer)

    def _issues(self, context: IngestContext, answer: ReceivedAnswer) -> None:
        ingest_issues(context, answer)

    def _sweep_of(self, context: IngestContext, answer: ReceivedAnswer) -> OpenRepositorySweep:
        """Return the sweep of an answer; in an older archive another's begin ends one."""
        name = answer.context["sweep"]
        key = begin_sweep(context.connection, name, context.run_id)
        sweep = OpenRepositorySweep(key, name, self._observations)
        if name not in self._begun:
            self.is_older = True
            if self._older_sweep is not None and self._older_sweep.name != name:
                complete_sweep(context.connection, self._older_sweep)
            self._older_sweep = sweep
        return sweep

    def _scan(self, context: IngestContext, record: ReceivedAnswer) -> None:
        if not ingest_scan(context.connection, record, context.run_id):
            log.warning("the archive has a scan of %s, which no answer before it names",
                        record.context["repository"])  # fmt: skip

    def _llm(self, context: IngestContext, record: ReceivedAnswer) -> None:
        ingest_llm(context.connection, record, context.run_id)

    def _rows(self, context: IngestContext, record: ReceivedAnswer) -> None:
        content = content_of(record)
        if "parts" in content:
            self._older_sweep = None
            restore_rows(context.connection, self._reader, content["parts"], context.run_id)
            self.is_older = False
