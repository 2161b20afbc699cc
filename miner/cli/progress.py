"""Progress as a person sees it: a bar on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import logging
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

log = logging.getLogger("miner")

_LINE_EVERY_SECONDS = 60


class Bar:
    """A bar with count, rate and time left, on stderr."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[so_far]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None
        self._stage = _Stage("", None)

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage."""
        self.finish()
        self._stage = _Stage(stage, total)
        self._progress.start()
        self._task = self._progress.add_task(stage, total=total, so_far="")

    def advance(self, count: int) -> None:
        """Count more items as done."""
        self._stage.done += count
        if self._task is not None:
            self._progress.update(self._task, advance=count, so_far=self._stage.so_far())

    def finish(self) -> None:
        """End the stage, its sum left as a line."""
        if self._task is None:
            return
        self._progress.remove_task(self._task)
        self._task = None
        self._progress.stop()
        if self._stage.done:
            log.info("%s: %s", self._stage.name, self._stage.sum())


class ProgressLog:
    """One line a minute and one at a stage's end."""

    def __init__(self) -> None:
        self._stage = _Stage("", None)
        self._last = time.monotonic()

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage."""
        self._stage = _Stage(stage, total)
        self._last = time.monotonic()

    def advance(self, count: int) -> None:
        """Count more items as done."""
        self._stage.done += count
        if time.monotonic() - self._last >= _LINE_EVERY_SECONDS:
            self._last = time.monotonic()
            log.info("%s: %s", self._stage.name, self._stage.so_far())

    def finish(self) -> None:
        """End the stage."""
        if self._stage.done:
            log.info("%s: %s", self._stage.name, self._stage.sum())
        self._stage = _Stage("", None)


class _Stage:
    def __init__(self, name: str, total: int | None) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self._started = time.monotonic()

    def _seconds(self) -> float:
        return max(time.monotonic() - self._started, 0.001)

    def so_far(self) -> str:
        """Return count, rate and time left."""
        rate = self.done / self._seconds()
        text = f"{self.done:,}" + (f" of {self.total:,}" if self.total else "")
        text += f", {rate:,.0f}/s"
        if self.total and rate:
            left = int((self.total - self.done) / rate)
            text += f", {left // 60}:{left % 60:02d} left"
        return text

    def sum(self) -> str:
        """Return what was done in which time."""
        seconds = self._seconds()
        return f"{self.done:,} in {seconds:,.1f} s ({self.done / seconds:,.0f}/s)"


def for_this_terminal(*, log_json: bool) -> Bar | ProgressLog:
    """Return the progress that fits where stderr goes."""
    return Bar() if sys.stderr.isatty() and not log_json else ProgressLog()
