"""What an executor takes and gives: batches and a pure function in, results or failures out."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from miner.schema.vocab import BatchFailure

log = logging.getLogger(__name__)

B = TypeVar("B")
R = TypeVar("R")

DEATHS = 3
"""A batch that so many workers died of is given up."""


@dataclass(frozen=True, slots=True)
class Done(Generic[B, R]):
    """A batch that was worked through.

    Attributes:
        batch: The batch as it was given.
        result: What the function returned for it.
    """

    batch: B
    result: R


@dataclass(frozen=True, slots=True)
class Failed(Generic[B]):
    """A batch without a result; the others are not touched by it.

    Attributes:
        batch: The batch as it was given.
        state: Why there is none.
        reason: The detail, one line.
    """

    batch: B
    state: BatchFailure
    reason: str


Outcome: TypeAlias = Done[B, R] | Failed[B]


class Executor(Protocol):
    """A place where batches run. One ``map`` at a time."""

    def map(self, function: Callable[[B], R], batches: Iterable[B]) -> Iterator[Outcome[B, R]]:
        """Run a function on every batch, and yield what came of each as it ends, in any order.

        Batches are taken from the iterable as workers become free, so it may be longer than
        memory. A batch whose worker dies (out of memory, killed) is tried again alone, when
        nothing else runs; one that goes on killing workers fails, and so does one on which the
        function raises. Who closes the iterator early gives up the batches under way.

        Args:
            function: Pure, and a function of a module: workers import it by its name.
            batches: Picklable, a few megabytes each at most.

        Raises:
            RetryLater: Nobody is left to do the work; no outcome that was yielded is lost.
        """
        ...


@dataclass(frozen=True, slots=True)
class Returned(Generic[R]):
    """What came back from where a batch ran; an exception as text, which any client can read."""

    result: R | None
    error: str | None = None
    trace: str = ""


def run_batch(function: Callable[[B], R], batch: B) -> Returned[R]:
    """Run one batch, wherever that is."""
    try:
        return Returned(function(batch))
    except Exception as error:
        told = " ".join(str(error).split())[:500]
        return Returned(None, f"{type(error).__name__}: {told}", traceback.format_exc())


def outcome(batch: B, returned: Returned[R]) -> Outcome[B, R]:
    """Return what came of a batch whose worker lives."""
    if returned.error is not None:
        log.debug("a batch failed:\n%s", returned.trace)
        return Failed(batch, BatchFailure.RAISED, returned.error)
    return Done(batch, returned.result)  # type: ignore[arg-type]  # R itself may be None


def killer(batch: B, deaths: int) -> Failed[B]:
    """Return what came of a batch that goes on killing workers."""
    reason = f"{deaths} workers died while they had it, the last with nothing else running"
    return Failed(batch, BatchFailure.WORKER_DIED, reason)
