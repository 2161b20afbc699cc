"""What every stage of the GitHub half works with, and what it is asked to do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from miner.db.observations import REPOSITORY_SCHEMA, Observations
from miner.errors import ConfigurationError
from miner.pipelines.intake.batch import as_text, write_answer
from miner.pipelines.intake.repositories import IngestContext
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.progress import Progress
from miner.schema.vocab import ParseState
from miner.settings import Settings

if TYPE_CHECKING:
    from miner.pipelines.executors import Executor
    from miner.pipelines.sources.archive.segments import Archive
    from miner.pipelines.sources.github.client import GitHub  # heavy, and choices need it not


def require_tokens(settings: Settings) -> None:
    """Check that there is a token.

    Raises:
        ConfigurationError: There is none.
    """
    if not settings.github_tokens:
        raise ConfigurationError(
            "GitHub's searches and metadata need a token, and GITHUB_TOKEN is not set",
            next_step="export GITHUB_TOKEN=<a token, no scope needed>, or crawl --no-github",
        )


@dataclass(frozen=True, slots=True)
class ForgeChoice:
    """What a crawl of GitHub is to do. Times are UTC without zone.

    Attributes:
        since: Only repositories pushed to at or after this are scanned.
        limit: At most so many repositories are found and scanned in this run.
        repositories: A file with names of repositories, one a line.
        with_search: Search for repositories; otherwise only those known are brought up to date.
        introduced: Of so many files the commits of lines with a use are asked for.
        with_issues: Issues and pull requests of repositories that use models are read.
        executor: Where source is read (``executors.open_executor``); None: processes beside this.
    """

    since: datetime | None = None
    limit: int | None = None
    repositories: Path | None = None
    with_search: bool = True
    executor: str | None = None
    introduced: int = 0
    with_issues: bool = False


@dataclass
class ForgeCrawl:
    """One crawl's setting.

    Attributes:
        settings: Bounds and places.
        engine: The store.
        archive: Where answers are kept as received.
        github: Sends requests.
        run_id: Surrogate key of the run.
        progress: Shows how far a stage is.
        stop: Set when the run was asked to end: stages end after the batch in hand.
        executor: Where source is read.
        counts: What was done, for the report.
        repeats: How often a page of a search is asked for again that GitHub calls incomplete.
    """

    settings: Settings
    engine: Engine
    archive: Archive
    github: GitHub
    run_id: int
    progress: Progress
    stop: threading.Event
    executor: Executor
    counts: Counter[str] = field(default_factory=Counter)
    repeats: int = 2

    def close(self) -> None:
        """Close connections."""
        self.github.close()

    def keep(self, answer: ReceivedAnswer) -> Location:
        """Put an answer into the archive, on disk when this returns."""
        location = self.archive.append(answer)
        self.archive.flush()
        return location

    @property
    def observations(self) -> Observations:
        """Where the sightings of repositories go."""
        return Observations(self.settings.observations_dir / "repository", REPOSITORY_SCHEMA)

    def decide(self, connection: Connection, record: ReceivedAnswer) -> int:
        """Archive a decision within the transaction that carries it out; return its key."""
        return write_answer(connection, record, self.keep(record), ParseState.PARSED.value)

    @contextmanager
    def taking(self, answer: ReceivedAnswer, location: Location) -> Iterator[IngestContext]:
        """Open a transaction that takes an archived answer in."""
        with self.engine.begin() as connection:
            answer_id = write_answer(connection, answer, location, ParseState.PARSED.value)
            yield IngestContext(connection, self.run_id, as_text(answer.observed_at), answer_id)
