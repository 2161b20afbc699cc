"""The file that pages show; a new export replaces the old one while they are served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from miner.errors import ConfigurationError, MinerError
from miner.queries.dataset import Dataset, open_dataset, require_ours


class SourceUnavailable(ConfigurationError):
    """The file is missing, damaged, or of another version."""


class FileSource:
    """Opens the file when it is first asked for, and anew when it was replaced.

    Args:
        place: As ``miner.open`` takes it.
        seconds: Most time of one page.
        memory_mb: Most memory of all pages, in MB.
    """

    def __init__(self, place: str | Path | None, *, seconds: float, memory_mb: int) -> None:
        self._place, self._seconds, self._memory_mb = place, seconds, memory_mb
        self._lock = threading.Lock()
        self._data: Dataset | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._readers = 0

    @contextmanager
    def reading(self) -> Iterator[Dataset]:
        """Hold the data over a connection of its own.

        Raises:
            SourceUnavailable: The file cannot be used.
        """
        with self._lock:
            data = self._current().fork()
            self._readers += 1
        try:
            yield data
        finally:
            data.close()
            with self._lock:
                self._readers -= 1

    @property
    def mark(self) -> str:
        """Names the state of the file that was last opened: another one, another mark."""
        return "-".join(f"{number:x}" for number in self._stamp or ())

    def _current(self) -> Dataset:
        # While a page is being made DuckDB gives the old file again: the next one looks anew.
        if self._data is not None and (self._readers or self._stamp == _stamp(self._data.path)):
            return self._data
        if self._data is not None:
            self._data.close()
            self._data = None
        try:
            opened = require_ours(
                open_dataset(self._place, seconds=self._seconds, memory_mb=self._memory_mb)
            )
        except MinerError as error:
            raise SourceUnavailable(error.message, next_step=error.next_step) from error
        self._data, self._stamp = opened, _stamp(opened.path)
        threading.Thread(target=opened.prepare, name="names that occur").start()
        return opened


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
