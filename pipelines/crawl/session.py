"""One crawl's setting: the store, the archive, the hub, and how to end in order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import Engine

from miner.errors import RetryLater
from miner.pipelines.archive import Archive
from miner.pipelines.base import Location, ReceivedAnswer
from miner.pipelines.crawl.reader import PageReader
from miner.pipelines.http import Stopped
from miner.pipelines.ingest.sweeps import Setting
from miner.pipelines.parse.facts import Listing
from miner.pipelines.progress import Progress
from miner.settings import Settings


@dataclass
class Crawl:
    """What every stage of a crawl works with.

    Attributes:
        settings: Bounds and places.
        setting: Store, hub, run and observations.
        archive: Where answers are kept as received.
        progress: Shows how far a stage is.
        stop: Set when the run was asked to end: stages end after the batch in hand.
        counts: What was done, for the report.
    """

    settings: Settings
    setting: Setting
    archive: Archive
    progress: Progress
    stop: threading.Event
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def engine(self) -> Engine:
        """The store."""
        return self.setting.engine

    def keep(self, answer: ReceivedAnswer) -> Location:
        """Put an answer into the archive, on disk when this returns."""
        location = self.archive.append(answer)
        self.archive.flush()
        return location

    def keep_all(self, answers: Iterable[ReceivedAnswer]) -> list[Location]:
        """Put answers into the archive, on disk when this returns."""
        locations = [self.archive.append(answer) for answer in answers]
        self.archive.flush()
        return locations

    def get_all(
        self, requests: Mapping[int, Callable[[], ReceivedAnswer]]
    ) -> Iterator[tuple[int, ReceivedAnswer | RetryLater]]:
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
    """A listing's page, archived and read; an answer that is no page is neither."""

    answer: ReceivedAnswer
    location: Location | None = None
    listing: Listing | None = None


class Ahead:
    """Gets, archives and reads the next page while the present one is written; one ahead.

    Args:
        get: Gets a page.
        keep: Archives it.
        reader: Reads it.
        subject: ``model`` or ``dataset``.
        kind: ``vocab.SweepKind`` of the pages.
    """

    def __init__(
        self,
        get: Callable[[str], ReceivedAnswer],
        keep: Callable[[ReceivedAnswer], Location],
        reader: PageReader,
        subject: str,
        kind: str,
    ) -> None:
        self._get = get
        self._keep = keep
        self._reader = reader
        self._subject = subject
        self._kind = kind
        self._getting = ThreadPoolExecutor(1)
        self._reading = ThreadPoolExecutor(1)
        self._waiting: tuple[str, Future[GotPage]] | None = None

    def ask(self, url: str | None) -> None:
        """Begin to get an address that will probably be needed next."""
        if url is not None:
            self._waiting = (url, self._getting.submit(self._take, url))

    def get(self, url: str) -> GotPage:
        """Return the page at an address, asked for before or not."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting[0] == url:
            return waiting[1].result()
        return self._getting.submit(self._take, url).result()

    def close(self) -> None:
        """Give up what is under way."""
        self._getting.shutdown(wait=True, cancel_futures=True)
        self._reading.shutdown(wait=True, cancel_futures=True)
        self._reader.close()

    def _take(self, url: str) -> GotPage:
        answer = self._get(url)
        if answer.status != 200:
            return GotPage(answer)
        reading = self._reading.submit(self._reader.read, answer.body, self._subject, self._kind)
        return GotPage(answer, self._keep(answer), reading.result())
