"""How long an item may take: a bound on processor time that the kernel enforces.

A worker that matches a pattern, or parses, gives no thread and no signal handler of Python a turn
before it is through. So the kernel ends the process, and whoever started it sees by which signal.
Processor time does not depend on what else the machine does; the clock is watched from outside.
"""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

if sys.platform != "win32":
    import resource

CLOCK_FACTOR = 5
"""By the clock an item may take so many times its processor time: it waits, the machine is busy."""

OVERRUN = getattr(signal, "SIGXCPU", None)
"""The signal that ends a process at its bound."""


class Label(Protocol):
    """Memory that a worker shares with whoever watches it: the part that is under way."""

    value: bytes


class _GuardedWorker:
    """What a worker process is at; nothing in any other process.

    Attributes:
        label: Where the part that is under way is written; None: nobody watches.
        end: Processor time at which the item's bound is reached; None for no bound.
    """

    label: Label | None = None
    end: float | None = None


LABEL_BYTES = 1_024


def begin(seconds: float | None) -> None:
    """Bound the processor time of this process from now on; None for no bound."""
    _write("")
    _GuardedWorker.end = None if seconds is None else time.process_time() + seconds
    _limit(_GuardedWorker.end)


def watched(label: Label) -> None:
    """Make this process a worker whose overruns show the part that they happened in."""
    _GuardedWorker.label = label
    if sys.platform != "win32":  # an overrun is no reason to dump memory
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


@contextmanager
def part(name: str, seconds: float) -> Iterator[None]:
    """Bound a part of an item, such as one file of a repository; outside of workers do nothing.

    Args:
        name: What ``Failed.part`` shows where this part takes too long.
        seconds: Of processor time, within those of the item.
    """
    if _GuardedWorker.label is None or _GuardedWorker.end is None:
        yield
        return
    _write(name)
    _limit(min(_GuardedWorker.end, time.process_time() + seconds))
    try:
        yield
    finally:
        _write("")
        _limit(_GuardedWorker.end)


def read_label(label: Label) -> str:
    """Return the part that a worker was at when it ended; empty for none."""
    return label.value.decode("utf-8", "surrogatepass")


def _write(name: str) -> None:
    if _GuardedWorker.label is not None:
        encoded = name.encode("utf-8", "surrogatepass")
        _GuardedWorker.label.value = encoded if len(encoded) < LABEL_BYTES else b"a long name"


def _limit(end: float | None) -> None:
    """Have the kernel end this process at so much processor time, whole seconds, rounded up."""
    if sys.platform == "win32":  # the clock alone bounds an item
        return
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = hard if end is None else math.ceil(end)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
