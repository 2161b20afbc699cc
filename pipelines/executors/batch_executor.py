"""What an executor takes and gives: batches and a pure function in, results or failures out."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from miner.errors import MinerError
from miner.schema.vocab import BatchFailure

log = logging.getLogger(__name__)

B = TypeVar("B")
C = TypeVar("C")
R = TypeVar("R")

DEATHS = 3
"""A batch is abandoned after this many workers died of it."""

GRACE_SECONDS = 2.0
"""Work under way when the run is asked to end may end within this time, else it is abandoned."""


@dataclass(frozen=True, slots=True)
class Done(Generic[B, R]):
    """A batch that was worked through.

    Attributes:
        batch: The batch as it was submitted.
        result: What the function returned for it.
    """

    batch: B
    result: R


@dataclass(frozen=True, slots=True)
class Failed(Generic[B]):
    """A batch without a result; the others are not touched by it.

    Attributes:
        batch: The batch as it was submitted.
        state: Why there is none.
        reason: The detail, one line.
        part: Of one that was too slow, the part that it was at (``deadline.part``), if any.
        error: What the function raised, where it is an error for the user.
    """

    batch: B
    state: BatchFailure
    reason: str
    part: str = ""
    error: MinerError | None = None


Outcome: TypeAlias = Done[B, R] | Failed[B]
Batches: TypeAlias = Generator[tuple[Sequence[B], list[Outcome[B, R]]], None, None]
"""Batches as they end, each with what came of its items, in their order."""


class Executor(Protocol):
    """A place where batches run. One ``map`` at a time."""

    is_local: bool
    """Whether workers are processes of this machine, which may read the store."""

    def map_each(
        self,
        function: Callable[[B], R],
        batches: Iterable[Sequence[B]],
        *,
        seconds: float | None = None,
    ) -> Batches[B, R]:
        """Run a function on every item of every batch; yield batches as they end, in any order.

        Batches are read from the iterable as workers become free, so it may be longer than
        memory. An item that takes too long ends its worker and has failed; the items after it are
        worked through by another worker. An item whose worker dies (out of memory, killed) is
        tried again alone, when nothing else runs; one that goes on killing workers fails, and so
        does one on which the function raises. Who closes the iterator early gives up the batches
        under way; so does the executor, soon after the run was asked to end.

        Args:
            function: Pure, and a function of a module: workers import it by its name.
            batches: Picklable, a few megabytes each at most.
            seconds: Of processor time that an item may take, and some times that by the clock;
                None for no bound.

        Raises:
            RetryLater: Nobody is left to do the work; no outcome that was yielded is lost.
        """
        ...

    def map(
        self, function: Callable[[B], R], batches: Iterable[B], *, seconds: float | None = None
    ) -> Iterator[Outcome[B, R]]:
        """Run a function on every batch as a whole; else like ``map_each``."""
        with closing(self.map_each(function, _alone(batches), seconds=seconds)) as each:
            for _, (came,) in each:
                yield came


def _alone(batches: Iterable[B]) -> Iterator[tuple[B]]:
    for batch in batches:
        yield (batch,)


@dataclass(frozen=True, slots=True)
class Returned(Generic[R]):
    """What came back from where a batch ran; an exception as text, which any client can read.

    Attributes:
        result: What the function returned.
        error: What it raised, in a line; None: nothing.
        trace: Where.
        known: What it raised, where it is an error for the user.
        is_for_all: Nothing else will come back for the items after this one.
    """

    result: R | None
    error: str | None = None
    trace: str = ""
    known: MinerError | None = None
    is_for_all: bool = False


def run_batch(function: Callable[[B], R], batch: B) -> Returned[R]:
    """Run one batch, wherever that is."""
    try:
        return Returned(function(batch))
    except Exception as error:
        message = " ".join(str(error).split())[:500]
        known = error if isinstance(error, MinerError) else None
        return Returned(None, f"{type(error).__name__}: {message}", traceback.format_exc(), known)


def outcome(batch: B, returned: Returned[R]) -> Outcome[B, R]:
    """Return what came of a batch whose worker lives."""
    if returned.error is not None:
        log.debug("a batch failed:\n%s", returned.trace)
        return Failed(batch, BatchFailure.RAISED, returned.error, error=returned.known)
    return Done(batch, returned.result)  # type: ignore[arg-type]  # R itself may be None


def moved(came: Outcome[B, R], batch: C) -> Outcome[C, R]:
    """Return the same outcome of the same batch, as another process has it."""
    if isinstance(came, Done):
        return Done(batch, came.result)
    return Failed(batch, came.state, came.reason, came.part, came.error)


def killer(batch: B, deaths: int) -> Failed[B]:
    """Return what came of a batch that goes on killing workers."""
    reason = f"{deaths} workers died while they had it, the last with nothing else running"
    return Failed(batch, BatchFailure.WORKER_DIED, reason)


class Here(Executor):
    """Runs batches in order, for debuggers and profilers; see ``Executor``.

    Nothing bounds how long an item takes, and one that kills its worker kills the run.
    """

    is_local = True

    def map_each(
        self,
        function: Callable[[B], R],
        batches: Iterable[Sequence[B]],
        *,
        seconds: float | None = None,
    ) -> Batches[B, R]:
        """See ``Executor``."""
        for batch in batches:
            yield batch, [outcome(item, run_batch(function, item)) for item in batch]
