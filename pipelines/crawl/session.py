"""One crawl's setting: the store, the archive, the hub, and how to end in order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Engine

from miner.errors import RetryLater
from miner.pipelines.crawl.reader import PageReader, ReadPage
from miner.pipelines.executors import Executor
from miner.pipelines.intake.sweeps import RunContext
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.archive.warc_record import Prepared
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.progress import Progress
from miner.settings import Settings

Got = TypeVar("Got")
"""What a request gives: an answer, or several."""


@dataclass(slots=True)
class Listed:
    """Pages of one kind that a run has read.

    Attributes:
        records: Good records that belong to the window.
        size: Bytes of the pages.
    """

    records: int = 0
    size: int = 0


@dataclass
class Crawl:
    """What every stage of a crawl works with.

    Attributes:
        settings: Bounds and places.
        setting: Store, hub, run and observations.
        archive: Where answers are kept as received.
        progress: Shows how far a stage is.
        stop: Set when the run was asked to end: stages end after the batch in hand.
        executor: Where what strangers wrote is read, each item with a deadline.
        counts: What was done, for the report.
        seconds: How long stages took, for the report.
        listed: Records, and bytes of JSON, of the pages of models that were read, by kind of sweep.
    """

    settings: Settings
    setting: RunContext
    archive: Archive
    progress: Progress
    stop: threading.Event
    executor: Executor
    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """The store."""
        return self.setting.engine

    def keep(self, answer: ReceivedAnswer, prepared: Prepared | None = None) -> Location:
        """Put an answer into the archive, on disk when this returns."""
        location = self.archive.append(answer, prepared)
        self.archive.flush()
        return location

    def keep_all(self, answers: Iterable[ReceivedAnswer]) -> list[Location]:
        """Put answers into the archive, on disk when this returns."""
        locations = [self.archive.append(answer) for answer in answers]
        self.archive.flush()
        return locations

    def get_all(
        self, requests: Mapping[int, Callable[[], Got]]
    ) -> Iterator[tuple[int, Got | RetryLater]]:
        """Send requests side by side and yield the answers as they come, by their keys.

        Raises:
            Stopped: The run was asked to end. Answers that came are yielded before.
            RetryLater: None of several requests was answered properly: the hub is down.
        """
        failures = 0
        stopped = False
        with ThreadPoolExecutor(self.settings.http_concurrency) as pool:
            futures = {pool.submit(request): key for key, request in requests.items()}
            for future, key in futures.items():
                try:
                    yield key, future.result()
                except RetryLater as error:
                    failures += 1
                    yield key, error
                except Stopped:
                    stopped = True
        if stopped:
            raise Stopped
        if failures > 3 and failures == len(requests):
            raise RetryLater(
                "the hub answers no request any more",
                next_step="run the same command again later: it goes on where it stopped",
                kept="everything up to the last committed batch",
            )


@dataclass(frozen=True, slots=True)
class GotPage:
    """A listing's page, read; an answer that is no page is not."""

    answer: ReceivedAnswer
    read: ReadPage | None = None


class Prefetcher:
    """Gets and reads the next page while the present one is written; one ahead.

    Args:
        get: Gets a page.
        reader: Reads it.
        subject: ``model`` or ``dataset``.
        kind: ``vocab.SweepKind`` of the pages.
    """

    def __init__(
        self,
        get: Callable[[str], ReceivedAnswer],
        reader: PageReader,
        subject: str,
        kind: str,
    ) -> None:
        self._get = get
        self._reader = reader
        self._subject = subject
        self._kind = kind
        self._pool = ThreadPoolExecutor(1)
        self._waiting: tuple[str, Future[ReceivedAnswer]] | None = None

    def ask(self, url: str | None) -> None:
        """Begin to get an address that will probably be needed next."""
        if url is not None:
            self._waiting = (url, self._pool.submit(self._get_and_submit, url))

    def get(self, url: str) -> GotPage:
        """Return the page at an address, asked for before or not."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting[0] != url:
            waiting = (url, self._pool.submit(self._get_and_submit, url))
        answer = waiting[1].result()
        return GotPage(answer, self._reader.result() if answer.status == 200 else None)

    def close(self) -> None:
        """Give up what is under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._reader.close()

    def _get_and_submit(self, url: str) -> ReceivedAnswer:
        answer = self._get(url)
        if answer.status == 200:
            self._reader.submit(answer, self._subject, self._kind)
        return answer
