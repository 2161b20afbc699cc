"""Pages read and compressed in a process beside this one: that costs as much as writing them.

Small pages are read here. The process ends when its pipe closes, so it never outlives a crawl
that was killed.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from miner.children import start_safely, worker_context
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.archive.warc_record import Prepared
from miner.pipelines.sources.hubs.protocol import ReadListing
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import Listing

log = logging.getLogger(__name__)

_WORTH_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page: what it says, and what the archive writes of it."""

    listing: Listing
    prepared: Prepared


class PageReader:
    """Reads listing pages, one at a time: ``submit`` it, then ask for its ``result``.

    The two may be called from two threads, in turn. ``close`` it at the end.

    Args:
        read: Reads a page; a function of a module.
    """

    def __init__(self, read: ReadListing) -> None:
        self._read = read
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_broken = False
        self._pending: tuple[ReceivedAnswer, str, str] | None = None
        self._is_sent = False

    def submit(self, answer: ReceivedAnswer, subject: str, kind: str) -> None:
        """Begin to read a page; see ``hubs.base.ReadListing``.

        The result of a page that nobody asked for is dropped: left in the pipe, it would pass for
        this page's, and both ends would wait for the other to read.
        """
        if self._is_sent:
            self.result()
        self._pending = (answer, subject, kind)
        if len(answer.body) < _WORTH_BYTES or self._is_broken:
            return
        try:
            (self._pipe or self._start()).send(self._pending)
            self._is_sent = True
        except OSError as error:
            self._give_up(error)

    def result(self) -> ReadPage:
        """Return what the page submitted last says."""
        if self._pending is None:
            raise RuntimeError("no page was submitted")
        if self._is_sent and self._pipe is not None:
            self._is_sent = False
            try:
                page = self._pipe.recv()
            except (EOFError, OSError) as error:
                self._give_up(error)
            else:
                if not isinstance(page, ReadPage):
                    raise TypeError(f"the reading process gave a {type(page).__name__}")
                return page
        answer, subject, kind = self._pending
        return _read_page(self._read, answer, subject, kind)

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(timeout=10)
            self._process.close()
        self._pipe = self._process = None

    def _start(self) -> Connection:
        context = worker_context(_serve)
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, self._read), daemon=True)
        start_safely(self._process)
        other.close()
        return self._pipe

    def _give_up(self, error: Exception) -> None:
        """Go on without the process, which somebody ended (out of memory, for one)."""
        log.warning("the reading process ended (%s): pages are read in this one", error)
        self._is_broken = True


def _read_page(read: ReadListing, answer: ReceivedAnswer, subject: str, kind: str) -> ReadPage:
    return ReadPage(read(answer.body, subject, kind), Archive.prepare(answer))


def _serve(pipe: Connection, read: ReadListing) -> None:
    """Read pages until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the crawl, which closes the pipe
    gc.disable()  # records are trees: there are no cycles to look for
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(_read_page(read, *pipe.recv()))
