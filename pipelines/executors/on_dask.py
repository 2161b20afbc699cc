"""Batches run on a Dask cluster: the one home of the library ``distributed``.

The cluster gets work and nothing else: no store, no archive, no secret. A batch travels to its
worker and the result back through the scheduler; this process alone writes.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import platform
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic

import miner
from miner.errors import ConfigurationError, RetryLater
from miner.pipelines.executors.batch_executor import (
    DEATHS,
    GRACE_SECONDS,
    B,
    Batches,
    Executor,
    Outcome,
    R,
    killer,
    moved,
    outcome,
    run_batch,
)
from miner.pipelines.executors.processes import Processes

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 60.0
"""So long a cluster may have no worker at all: they are restarted in less."""

_CONNECT_SECONDS = 10
_WORKERS_SECONDS = 45  # workers that are started with the command take long on a busy machine
_LOOK_SECONDS = 1.0
_CLOSE_SECONDS = 2
_KEPT = "every result that came before; the same command goes on from there"


_thread = threading.local()
"""Of a worker: each of its threads has a process of its own for work with a deadline."""


@contextmanager
def open_dask(
    address: str, stop: threading.Event | None = None, *, with_tls: bool = False
) -> Iterator[OnDask]:
    """Connect to a scheduler whose workers run this same miner.

    Args:
        address: Host and port.
        stop: Set when the run is asked to end.
        with_tls: Both sides show certificates; Dask's own configuration says which.

    Raises:
        ConfigurationError: Dask is not installed, its certificates cannot be used, or the workers
            run something else.
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
        scheme = "tls" if with_tls else "tcp"
        client = Client(f"{scheme}://{address}", timeout=_CONNECT_SECONDS, set_as_default=False)
    except (TypeError, ssl.SSLError, FileNotFoundError) as error:  # before OSError, which they are
        raise ConfigurationError(
            f"the certificates for the Dask scheduler at {address} cannot be used: {error}",
            next_step="set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__CLIENT__CERT, …__CLIENT__KEY",
        ) from error
    except (OSError, ValueError) as error:
        raise RetryLater(
            f"there is no Dask scheduler that answers at {address}",
            next_step="start it: dask scheduler; or leave --executor out",
        ) from error
    try:
        _check_workers(client, address)
        yield OnDask(client, address, stop=stop)
    finally:
        client.close(timeout=_CLOSE_SECONDS)


class OnDask(Executor):
    """Runs batches on a cluster; see ``batch_executor.Executor``.

    Args:
        client: Connected to the scheduler.
        address: The scheduler's, for messages.
        patience_seconds: How long the cluster may be without workers.
        stop: Set when the run is asked to end.
    """

    is_local = False

    def __init__(
        self,
        client: Client,
        address: str,
        patience_seconds: float = PATIENCE_SECONDS,
        stop: threading.Event | None = None,
    ) -> None:
        self._client = client
        self._address = address
        self._patience = patience_seconds
        self._stop = stop or threading.Event()
        self._stopped_at: float | None = None
        self._room = 0
        self._looked_at = -_LOOK_SECONDS
        self._alive_at = 0.0

    def map_each(
        self,
        function: Callable[[B], R],
        batches: Iterable[Sequence[B]],
        *,
        seconds: float | None = None,
    ) -> Batches[B, R]:
        """See ``batch_executor.Executor``."""
        self._alive_at = time.monotonic()
        waiting = iter(batches)
        suspects: deque[tuple[Sequence[B], int]] = deque()
        sent: _Sent[B, R] = _Sent(self._client, self._address, function, seconds)
        try:
            while not self._must_end():
                self._look()
                for batch in islice(waiting, self._room_left(len(sent), len(suspects))):
                    sent.add(batch)
                if sent:
                    for batch, came in sent.ended():
                        if isinstance(came, int):
                            suspects.append((batch, came))
                        else:
                            yield batch, came
                elif suspects and not self._stop.is_set():
                    batch, deaths = suspects.popleft()
                    yield from self._alone(sent, batch, deaths)
                else:
                    return
        finally:
            sent.give_up()

    def _room_left(self, sent: int, suspects: int) -> int:
        """Return how many batches may be sent now; workers may have gone since the last were."""
        if self._stop.is_set() or suspects >= self._room:
            return 0
        return max(0, self._room - sent)

    def _must_end(self) -> bool:
        """Return whether work under way has to be abandoned: the run was asked to end."""
        if not self._stop.is_set():
            return False
        now = time.monotonic()
        if self._stopped_at is None:
            self._stopped_at = now
        return now - self._stopped_at > GRACE_SECONDS

    def _alone(self, sent: _Sent[B, R], batch: Sequence[B], deaths: int) -> Batches[B, R]:
        """Run a batch whose workers died while nothing else of ours runs."""
        while deaths < DEATHS or sent:
            if self._must_end():
                return
            if not sent:
                sent.add(batch)
            self._look()
            for _, came in sent.ended():
                if not isinstance(came, int):
                    yield batch, came
                    return
                deaths += came
        yield batch, [killer(item, deaths) for item in batch]

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

    def __init__(
        self,
        client: Client,
        address: str,
        function: Callable[[B], R],
        seconds: float | None,
    ) -> None:
        self._client = client
        self._address = address
        self._work = (function, seconds)
        self._batches: dict[Future[Any], Sequence[B]] = {}
        self._ended: SimpleQueue[Future[Any]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, batch: Sequence[B]) -> None:
        """Send a batch."""
        with _answering(self._address):
            future = self._client.submit(run_items, *self._work, batch, pure=False)
        self._batches[future] = batch
        future.add_done_callback(self._ended.put)

    def ended(self) -> Iterator[tuple[Sequence[B], list[Outcome[B, R]] | int]]:
        """Yield what came of batches that have ended, after a short wait for the first to end.

        A number in place of an outcome: how many workers died of the batch.

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

    def _result(self, future: Future[Any]) -> list[Outcome[B, R]] | int | None:
        """Return what came of a batch; None: its worker died with the result, it is done again."""
        from distributed import KilledWorker  # noqa: PLC0415 - an extra, and heavy

        with _answering(self._address):
            try:
                came = future.result(timeout=_LOOK_SECONDS)
                batch = self._batches[future]
                return [moved(one, item) for item, one in zip(batch, came, strict=True)]
            except TimeoutError:
                return None
            except KilledWorker as error:
                deaths: int = error.allowed_failures + 1
                log.warning("a batch died with its worker: it is tried again alone")
                return deaths


def run_items(
    function: Callable[[B], R], seconds: float | None, batch: Sequence[B]
) -> list[Outcome[None, R]]:
    """Run a batch on a worker; with a deadline in a process of its own, which can be ended."""
    if seconds is None:
        return [outcome(None, run_batch(function, item)) for item in batch]
    if not hasattr(_thread, "processes"):
        multiprocessing.current_process().daemon = False  # else it may not start any
        _thread.processes = Processes(1)
    processes: Processes = _thread.processes
    ((_, came),) = processes.map_each(function, [batch], seconds=seconds)
    return [moved(one, None) for one in came]


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
        client.wait_for_workers(1, timeout=_WORKERS_SECONDS)
    except TimeoutError as error:
        raise RetryLater(
            f"the Dask scheduler at {address} has no workers",
            next_step=f"start some: dask worker tcp://{address}",
        ) from error
    try:
        found = client.run(code, on_error="return")
    except Exception as error:  # whatever reading the function there raises
        raise ConfigurationError(
            f"the workers of {address} cannot run this miner: {error}",
            next_step="install miner in their environment as it is here, or use one image for all",
        ) from error
    for worker, theirs in found.items():
        if isinstance(theirs, OSError):
            continue  # it has gone since; others, or its successor, do the work
        if isinstance(theirs, BaseException):
            raise ConfigurationError(
                f"the worker {worker} cannot run this miner: {theirs}",
                next_step="install the same miner there, or use one image for all",
            )
        if theirs != code():
            raise ConfigurationError(
                f"the worker {worker} has miner {theirs[0]} on Python {theirs[1]}; "
                f"here it is miner {code()[0]} on Python {code()[1]}",
                next_step="install the same everywhere, or use one image for all",
            )
