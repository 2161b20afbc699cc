"""Pages read in a process beside this one: reading costs as much time as writing.

Small pages are read here. The process ends when its pipe closes, so it never outlives a crawl
that was killed.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from miner.pipelines.hubs.base import ReadListing
from miner.pipelines.parse.facts import Listing

log = logging.getLogger(__name__)

_WORTH_BYTES = 500_000


class PageReader:
    """Reads listing pages. Use from one thread; ``close`` it.

    Args:
        read: Reads a page; a function of a module.
    """

    def __init__(self, read: ReadListing) -> None:
        self._read = read
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_broken = False

    def read(self, body: bytes, subject: str, kind: str) -> Listing:
        """Return what a page says; see ``hubs.base.ReadListing``."""
        if len(body) < _WORTH_BYTES or self._is_broken:
            return self._read(body, subject, kind)
        try:
            pipe = self._pipe or self._start()
            pipe.send((subject, kind))
            pipe.send_bytes(body)
            listing = pipe.recv()
        except (EOFError, OSError) as error:
            # the process was ended by somebody (out of memory, for one): go on without it
            log.warning("the reading process ended (%s): pages are read in this one", error)
            self._is_broken = True
            return self._read(body, subject, kind)
        if not isinstance(listing, Listing):
            raise TypeError(f"the reading process gave a {type(listing).__name__}")
        return listing

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(timeout=10)
            self._process.close()
        self._pipe = self._process = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, self._read), daemon=True)
        self._process.start()
        other.close()
        return self._pipe


def _serve(pipe: Connection, read: ReadListing) -> None:
    """Read pages until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the crawl, which closes the pipe
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            subject, kind = pipe.recv()
            pipe.send(read(pipe.recv_bytes(), subject, kind))
