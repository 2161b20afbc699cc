"""What a query may use: memory, disk and time. Anybody's SQL can ask for all of a machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import duckdb

from miner.errors import ConfigurationError, MinerError

_AGAIN_SECONDS = 0.2  # a query that is one of several goes on with the next: interrupt that too


class _Watch:
    """Interrupts what runs on some cursors when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._is_done = threading.Event()
        self.is_over = False
        self._thread = threading.Thread(target=self._wait, name="time limit", daemon=True)
        self._thread.start()

    def add(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursors.append(cursor)

    def close(self) -> None:
        """End the thread: one that outlives the block may free a cursor while Python shuts down.

        DuckDB's destructors wait for the interpreter's lock, and a thread that asks for it then is
        ended in the middle of them, which aborts the process.
        """
        self._is_done.set()
        self._thread.join()
        self._cursors.clear()

    def _wait(self) -> None:
        pause = self._seconds
        while not self._is_done.wait(pause):
            self.is_over = True
            pause = _AGAIN_SECONDS
            for cursor in tuple(self._cursors):
                cursor.interrupt()


_watches: ContextVar[tuple[_Watch, ...]] = ContextVar("watches", default=())
"""Limits in force, of this thread or task alone: another's query is not ended with this one."""


def cursor_of(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return a cursor that the time limit in force ends: an interrupt reaches one cursor only."""
    cursor = connection.cursor()
    for watch in _watches.get():
        watch.add(cursor)
    return cursor


@contextmanager
def limited(
    connection: duckdb.DuckDBPyConnection, *, seconds: float, memory_mb: int
) -> Iterator[None]:
    """End what is asked in a block when its time is over, and say which limit was met.

    Args:
        connection: What is asked; its cursors come from ``cursor_of``.
        seconds: Time that the block may take.
        memory_mb: The limit the connection was opened with, for the message.

    Raises:
        ConfigurationError: The time is over, or memory and disk do not suffice.
    """
    watch = _Watch(seconds)
    watch.add(connection)
    token = _watches.set((*_watches.get(), watch))
    try:
        yield
    except (duckdb.Error, MinerError) as error:
        reason = error if isinstance(error, duckdb.Error) else error.__cause__
        if isinstance(reason, duckdb.InterruptException) and watch.is_over:
            raise ConfigurationError(
                f"the query was ended after {seconds:g} seconds",
                next_step="ask for less, or give it more time: --max-seconds N (or "
                "MINER_QUERY_SECONDS)",
            ) from error
        if isinstance(reason, duckdb.OutOfMemoryException):
            raise ConfigurationError(
                f"the query needs more than {memory_mb:,} MB of memory and the disk it may use",
                next_step="ask for less, or give it more: --max-memory-mb N (or "
                "MINER_QUERY_MEMORY_MB)",
            ) from error
        raise
    finally:
        _watches.reset(token)
        watch.close()
