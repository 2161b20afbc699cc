"""Unexpected errors: a bug costs the item that it met, is counted, and stays visible.

What is broken in a stranger's file is the reader's business and has a state of its own. This module
is for what no reader expected: the exception's class and place become the item's state.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from miner.errors import MinerError

log = logging.getLogger(__name__)

UNEXPECTED = "unexpected errors: "
"""Begins the lines of a run's report that count them; what follows is class and place."""

_PACKAGE = "miner."
ENDS_THE_RUN = (MinerError, SQLAlchemyError)
"""Errors that are no fault of the item: a user has to know of them, or the store failed."""


def place_of(error: BaseException) -> str:
    """Return the class of an error and where it was raised, as ``KeyError at values.py:12``.

    The place is the innermost one in this project: a library's own lines say little.
    """
    inner = own = None
    trace = error.__traceback__
    while trace is not None:
        inner = trace
        if str(trace.tb_frame.f_globals.get("__name__", "")).startswith(_PACKAGE):
            own = trace
        trace = trace.tb_next
    found = own or inner
    if found is None:
        return type(error).__name__
    file = found.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{type(error).__name__} at {file}:{found.tb_lineno}"


class Faults:
    """Counts unexpected errors by class and place, and logs the first of each.

    Args:
        report: Counts of a run, which count each of them too.

    Attributes:
        counts: Items lost, by class and place of the error.
    """

    def __init__(self, report: Counter[str] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._report: Counter[str] = Counter() if report is None else report

    def note(self, item: str, error: Exception) -> str:
        """Count an error as the state of an item; return its class and place.

        Args:
            item: What was lost: a path, a name.
            error: As caught.

        Raises:
            MinerError: It is one: errors that a user has to act on are no faults of an item.
            SQLAlchemyError: It is one: the store failed, not the item.
        """
        if isinstance(error, ENDS_THE_RUN):
            raise error
        place = place_of(error)
        log.debug("%s", item, exc_info=error)
        self.count(item, place)
        return place

    def count(self, item: str, place: str) -> None:
        """Count an error that another process met.

        Args:
            item: What was lost.
            place: Class and place of the error, as ``place_of`` gives it.
        """
        if place not in self.counts:
            log.warning("%s: %s, a bug of miner; this is left out, the rest is not", item, place)
        self.counts[place] += 1
        self._report[f"{UNEXPECTED}{place}"] += 1

    def of(self, item: str) -> _FaultGuard:
        """Return a context in which an unexpected error costs this item, and nothing else."""
        return _FaultGuard(self, item)

    def __bool__(self) -> bool:
        """Return whether there was any."""
        return bool(self.counts)

    def describe(self) -> str:
        """Return how many there were and the most frequent, in one line; empty if none."""
        if not self.counts:
            return ""
        (place, _), *_ = sorted(self.counts.items(), key=lambda one: (-one[1], one[0]))
        more = f" and {len(self.counts) - 1} more kinds" if len(self.counts) > 1 else ""
        return f"unexpected errors: {self.counts.total()}, {place}{more}"


def unexpected(report: Mapping[str, int]) -> int:
    """Return how many unexpected errors a run's report counts."""
    return sum(count for what, count in report.items() if what.startswith(UNEXPECTED))


def reported(report: Counter[str], item: str, places: Mapping[str, int]) -> None:
    """Count errors that a worker met in a run's report.

    Args:
        report: The run's counts.
        item: What they were met in.
        places: Items lost, by class and place of the error.
    """
    for place, count in places.items():
        if f"{UNEXPECTED}{place}" not in report:
            log.warning("%s: %s, a bug of miner; this is left out, the rest is not", item, place)
        report[f"{UNEXPECTED}{place}"] += count


class _FaultGuard:
    __slots__ = ("_faults", "_item")

    def __init__(self, faults: Faults, item: str) -> None:
        self._faults = faults
        self._item = item

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, ENDS_THE_RUN):
            return False
        self._faults.note(self._item, error)
        return True
