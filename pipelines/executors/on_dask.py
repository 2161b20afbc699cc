"""Batches run on a Dask cluster: the one home of the library ``distributed``.

The cluster is given work and nothing else: no store, no archive, no secret. A batch travels to its
worker and the result back through the scheduler; this process alone writes.
"""

from __future__ import annotations

import contextlib
import logging
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic

import miner
from miner.errors import ConfigurationError, RetryLater
from miner.pipelines.executors.base import DEATHS, B, Outcome, R, killer, outcome, run_batch

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 60.0
"""So long a cluster may have no worker at all: they are restarted in less."""

_CONNECT_SECONDS = 10
_LOOK_SECONDS = 2.0
_KEPT = "every result that came before; the same command goes on from there"


@contextmanager
def open_dask(address: str) -> Iterator[OnDask]:
    """Connect to a scheduler whose workers run this same miner.

    Args:
        address: Host and port.

    Raises:
        ConfigurationError: Dask is not installed, or the workers run something else.
        RetryLater: The scheduler does not answer, or has no workers.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise ConfigurationError(
            f"the executor dask://{address} needs Dask, which is not installed: {error}",
            next_step="pip install 'miner[dask]'",
        ) from error
    _quiet()
    try:
        client = Client(f"tcp://{address}", timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RetryLater(
            f"there is no Dask scheduler that answers at {address}",
            next_step="start it: dask scheduler; or leave --executor out",
        ) from error
    try:
        _check_workers(client, address)
        yield OnDask(client, address)
    finally:
        client.close(timeout=5)


class OnDask:
    """Runs batches on a cluster; see ``base.Executor``.

    Args:
        client: Connected to the scheduler.
        address: The scheduler's, for messages.
        patience_seconds: How long the cluster may be without workers.
    """

    def __init__(
        self, client: Client, address: str, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._client = client
        self._address = address
        self._patience = patience_seconds
        self._room = 0
        self._looked_at = -_LOOK_SECONDS
        self._alive_at = 0.0

    def map(self, function: Callable[[B], R], batches: Iterable[B]) -> Iterator[Outcome[B, R]]:
        """See ``base.Executor``."""
        self._alive_at = time.monotonic()
        waiting = iter(batches)
        suspects: deque[tuple[B, int]] = deque()
        sent: _Sent[B, R] = _Sent(self._client, self._address, function)
        try:
            while True:
                self._look()
                room = self._room - len(sent) if len(suspects) < self._room else 0
                for batch in islice(waiting, room):
                    sent.add(batch)
                if sent:
                    for batch, came in sent.ended():
                        if isinstance(came, int):
                            suspects.append((batch, came))
                        else:
                            yield came
                elif suspects:
                    yield self._alone(function, *suspects.popleft())
                else:
                    return
        finally:
            sent.give_up()

    def _alone(self, function: Callable[[B], R], batch: B, deaths: int) -> Outcome[B, R]:
        """Run a batch whose workers died while nothing else of ours runs."""
        sent: _Sent[B, R] = _Sent(self._client, self._address, function)
        try:
            while deaths < DEATHS or sent:
                if not sent:
                    sent.add(batch)
                self._look()
                for _, came in sent.ended():
                    if not isinstance(came, int):
                        return came
                    deaths += came
        finally:
            sent.give_up()
        return killer(batch, deaths)

    def _look(self) -> None:
        """See now and then how many workers there are, and whether any.

        Raises:
            RetryLater: There were none for too long, or the scheduler is gone.
        """
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        with _answering(self._address):
            threads = sum(self._client.nthreads().values())
        if threads:
            self._alive_at = now
        elif now - self._alive_at > self._patience:
            raise RetryLater(
                f"the Dask scheduler at {self._address} has had no worker "
                f"for {self._patience:.0f} seconds",
                next_step=f"start workers: dask worker tcp://{self._address}",
                kept=_KEPT,
            )
        self._looked_at = now
        self._room = max(1, 2 * threads)  # one waits at each thread, so that none is ever idle


@contextmanager
def _answering(address: str) -> Iterator[None]:
    """Say of a scheduler that is gone that it is."""
    try:
        yield
    except (CancelledError, OSError) as error:
        raise RetryLater(
            f"the Dask scheduler at {address} does not answer any more",
            next_step="start it and its workers again, then run the same command",
            kept=_KEPT,
        ) from error


class _Sent(Generic[B, R]):
    """Batches that are with the cluster."""

    def __init__(self, client: Client, address: str, function: Callable[[B], R]) -> None:
        self._client = client
        self._address = address
        self._function = function
        self._batches: dict[Future[Any], B] = {}
        self._ended: SimpleQueue[Future[Any]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, batch: B) -> None:
        """Send a batch."""
        with _answering(self._address):
            future = self._client.submit(run_batch, self._function, batch, pure=False)
        self._batches[future] = batch
        future.add_done_callback(self._ended.put)

    def ended(self) -> Iterator[tuple[B, Outcome[B, R] | int]]:
        """Yield what came of batches that have ended, after a short wait for the first to end.

        A number in place of an outcome: so many workers died while they had it.

        Raises:
            RetryLater: The scheduler is gone.
        """
        timeout = _LOOK_SECONDS
        with contextlib.suppress(Empty):
            while self._batches:
                future = self._ended.get(timeout=timeout)
                timeout = 0
                came = self._result(future)
                if came is None:
                    future.add_done_callback(self._ended.put)
                    return
                yield self._batches.pop(future), came

    def give_up(self) -> None:
        """Call back what is under way, where the scheduler still listens."""
        if self._batches:
            with contextlib.suppress(Exception):
                self._client.cancel(list(self._batches))

    def _result(self, future: Future[Any]) -> Outcome[B, R] | int | None:
        """Return what came of a batch; None: its worker died with the result, it is done again."""
        from distributed import KilledWorker  # noqa: PLC0415 - an extra, and heavy

        with _answering(self._address):
            try:
                return outcome(self._batches[future], future.result(timeout=_LOOK_SECONDS))
            except TimeoutError:
                return None
            except KilledWorker as error:
                deaths: int = error.allowed_failures + 1
                log.warning("a batch died with its worker: it is tried again alone")
                return deaths


def _quiet() -> None:
    """Keep the library's log from stderr: its tracebacks tell what our errors say in a line."""
    for name, logger in logging.root.manager.loggerDict.items():
        if name.partition(".")[0] == "distributed" and isinstance(logger, logging.Logger):
            logger.setLevel(logging.CRITICAL)


def code() -> tuple[str, str]:
    """Return what runs here: the versions of miner, and of Python without the last number."""
    return miner.__version__, ".".join(platform.python_version_tuple()[:2])


def _check_workers(client: Client, address: str) -> None:
    """Refuse workers that would work otherwise than this process.

    Raises:
        ConfigurationError: They run another miner or Python, or none.
        RetryLater: There are none.
    """
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError as error:
        raise RetryLater(
            f"the Dask scheduler at {address} has no workers",
            next_step=f"start some: dask worker tcp://{address}",
        ) from error
    try:
        found: dict[str, tuple[str, str]] = client.run(code)
    except Exception as error:  # whatever reading the function there raises
        raise ConfigurationError(
            f"the workers of {address} cannot run this miner: {error}",
            next_step="install miner in their environment as it is here, or use one image for all",
        ) from error
    for worker, theirs in found.items():
        if theirs != code():
            raise ConfigurationError(
                f"the worker {worker} has miner {theirs[0]} on Python {theirs[1]}; "
                f"here it is miner {code()[0]} on Python {code()[1]}",
                next_step="install the same everywhere, or use one image for all",
            )
