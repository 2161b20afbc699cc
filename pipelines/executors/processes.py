"""Batches run in processes of this machine, each fed by a pipe of its own.

A pool of the standard library is broken for good when one of its processes is killed, does not
tell whose batch that was, and waits for ever for one that hangs. Here a worker has one batch and
sends back item by item, so the culprit is known, and a new process takes its place. Workers watch
the run that started them, and do not outlive it when it is killed.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, Generic

from miner.children import start_safely, worker_context
from miner.pipelines.executors import deadline
from miner.pipelines.executors.batch_executor import (
    DEATHS,
    GRACE_SECONDS,
    B,
    Batches,
    Executor,
    Failed,
    Outcome,
    R,
    Returned,
    killer,
    outcome,
    run_batch,
)
from miner.schema.vocab import BatchFailure

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25


class Processes(Executor):
    """Runs batches in processes; see ``batch_executor.Executor``. ``close`` it at the end.

    Args:
        count: Number of processes; they are started when they are needed.
        stop: Set when the run is asked to end.
    """

    is_local = True

    def __init__(self, count: int, stop: threading.Event | None = None) -> None:
        self._count = count
        self._stop = stop or threading.Event()
        self._idle: list[_Worker] = []

    def map_each(
        self,
        function: Callable[[B], R],
        batches: Iterable[Sequence[B]],
        *,
        seconds: float | None = None,
    ) -> Batches[B, R]:
        """See ``batch_executor.Executor``."""
        work: _Work[B, R] = _Work(function, seconds, iter(batches))
        stopped_at: float | None = None
        try:
            while True:
                if not self._stop.is_set():
                    self._fill(work)
                elif stopped_at is None:
                    stopped_at = time.monotonic()
                while work.done:  # their workers are at the next batch already
                    job = work.done.popleft()
                    yield job.items, job.found
                if not work.busy:
                    return
                if stopped_at is not None and time.monotonic() - stopped_at > GRACE_SECONDS:
                    log.warning("%d batches under way are abandoned", len(work.busy))
                    return
                self._advance(work)
        finally:
            _end(work.busy)

    def close(self) -> None:
        """End the processes."""
        _end(self._idle, patience=0.2)  # long enough for those that idle
        self._idle.clear()

    def _fill(self, work: _Work[B, R]) -> None:
        """Give workers that are free something to do; a suspect only where nothing else runs."""
        if any(job.deaths for job in work.busy.values()):
            return
        # few suspects are kept: where every batch kills its worker, each has its turn soon
        room = self._count - len(work.busy) if len(work.suspects) < self._count else 0
        for job in islice(work.jobs(), room):
            self._begin(work, job)
        if work.suspects and not work.busy:
            self._begin(work, work.suspects.popleft())

    def _begin(self, work: _Work[B, R], job: _BatchJob[B, R]) -> None:
        order = (work.function, job.items[len(job.found) :], work.seconds)
        job.since = time.monotonic()
        while self._idle:
            worker = self._idle.pop()
            try:
                worker.pipe.send(order)
            except OSError:  # it died with nothing to do
                worker.end()
            else:
                work.busy[worker] = job
                return
        worker = _Worker(work.function)
        try:
            worker.pipe.send(order)
        except OSError as error:  # dead already: that shows when its answer is asked for
            log.warning("a worker ended before its first batch: %s", error)
        except BaseException:  # what cannot be pickled
            worker.end()
            raise
        work.busy[worker] = job

    def _advance(self, work: _Work[B, R]) -> None:
        """Wait a little for answers, take them in, and end what takes too long."""
        by_pipe = {worker.pipe: worker for worker in work.busy}
        for pipe in wait(list(by_pipe), _LOOK_SECONDS):
            if isinstance(pipe, Connection):
                self._take(work, by_pipe.pop(pipe))
        if work.seconds is None:
            return
        latest = time.monotonic() - deadline.CLOCK_FACTOR * work.seconds
        for worker in by_pipe.values():
            job = work.busy[worker]
            if job.since < latest:
                worker.end()
                self._overrun(work, worker, f"{deadline.CLOCK_FACTOR * work.seconds:g} s")

    def _take(self, work: _Work[B, R], worker: _Worker) -> None:
        """Take in what a worker sends; where it sends nothing any more, see what it died of."""
        job = work.busy[worker]
        try:
            sent = worker.pipe.recv()
        except (EOFError, OSError):
            code = worker.end(patience=1.0)  # it is dying by itself: let it, to see of what
            if deadline.OVERRUN is not None and code == -deadline.OVERRUN:
                self._overrun(work, worker, f"{work.seconds or 0:g} s of processor time")
            else:
                self._died(work, worker, code)
            return
        job.since = time.monotonic()
        job.add(outcome(job.item, sent))
        while sent.is_for_all and not job.is_done:
            job.add(outcome(job.item, sent))
        if job.is_done:
            del work.busy[worker]
            work.done.append(job)
            self._idle.append(worker)

    def _overrun(self, work: _Work[B, R], worker: _Worker, bound: str) -> None:
        job = work.busy.pop(worker)
        part = deadline.read_label(worker.label)
        reason = f"not done within {bound}{f', at {part}' if part else ''}"
        log.warning("an item was not done within %s: its worker was ended", bound)
        job.add(Failed(job.item, BatchFailure.TOO_SLOW, reason, part))
        work.go_on(job)

    def _died(self, work: _Work[B, R], worker: _Worker, code: int) -> None:
        job = work.busy.pop(worker)
        if self._stop.is_set():
            return  # the signal that ends the run may go to all its processes
        job.deaths += 1
        if job.deaths >= DEATHS:
            job.add(killer(job.item, job.deaths))
            work.go_on(job)
        else:
            name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            log.warning("a worker died (%s): its batch is tried again alone", name)
            work.suspects.append(job)


@dataclass(eq=False, slots=True)
class _BatchJob(Generic[B, R]):
    """A batch, and what came of its first items; the one after them is under way.

    Attributes:
        items: The batch.
        found: What came of items, in their order.
        deaths: Workers that died while they had the item under way.
        since: When something was last heard of it, on the monotonic clock.
    """

    items: Sequence[B]
    found: list[Outcome[B, R]] = field(default_factory=list)
    deaths: int = 0
    since: float = 0.0

    @property
    def item(self) -> B:
        return self.items[len(self.found)]

    @property
    def is_done(self) -> bool:
        return len(self.found) == len(self.items)

    def add(self, came: Outcome[B, R]) -> None:
        """Note what came of the item under way."""
        self.found.append(came)
        self.deaths = 0


@dataclass(slots=True)
class _Work(Generic[B, R]):
    """One ``map_each``: what is to do, what is under way, what is done.

    Attributes:
        function: The work.
        seconds: Of processor time that an item may take.
        waiting: Batches that no worker has begun.
        resumed: Batches to go on with, after an item that failed.
        suspects: Batches whose worker died.
        busy: What each worker is at.
        done: Batches that ended and were not yielded yet.
    """

    function: Callable[[B], R]
    seconds: float | None
    waiting: Iterator[Sequence[B]]
    resumed: deque[_BatchJob[B, R]] = field(default_factory=deque)
    suspects: deque[_BatchJob[B, R]] = field(default_factory=deque)
    busy: dict[_Worker, _BatchJob[B, R]] = field(default_factory=dict)
    done: deque[_BatchJob[B, R]] = field(default_factory=deque)

    def jobs(self) -> Iterator[_BatchJob[B, R]]:
        """Yield what can be begun at once."""
        while self.resumed:
            yield self.resumed.popleft()
        for items in self.waiting:
            if items:
                yield _BatchJob(items)
            else:
                self.done.append(_BatchJob(items))

    def go_on(self, job: _BatchJob[B, R]) -> None:
        """Have the items after one that failed worked through, if there are any."""
        (self.done if job.is_done else self.resumed).append(job)


class _Worker:
    """A process, the pipe to it, and what part of an item it is at.

    Args:
        function: What it is started for; it does other work as well.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        context = worker_context(function)
        self.pipe, other = context.Pipe()
        self.label = context.RawArray("c", deadline.LABEL_BYTES)
        self.process = context.Process(target=_serve, args=(other, self.label), daemon=True)
        start_safely(self.process)
        other.close()

    def end(self, *, patience: float = 0.0) -> int:
        """End the process, whatever it does, and return its exit code, a signal negated.

        Args:
            patience: Seconds in which it may end by itself.
        """
        self.pipe.close()
        self.process.join(timeout=patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        return code


def _end(workers: Iterable[_Worker], *, patience: float = 0.0) -> None:
    """End some processes, all within the time that one may take."""
    latest = time.monotonic() + patience
    for worker in workers:
        worker.pipe.close()
    for worker in workers:
        worker.end(patience=max(0.0, latest - time.monotonic()))


def _serve(pipe: Connection, label: deadline.Label) -> None:
    """Work through batches item by item until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which closes the pipe
    threading.Thread(target=_end_with_parent, daemon=True).start()
    deadline.watched(label)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            try:
                function, items, seconds = pipe.recv()
            except (AttributeError, ImportError) as error:
                problem = f"the worker cannot read its batch: {error}"
                pipe.send(Returned(None, problem, is_for_all=True))
                continue
            for item in items:
                deadline.begin(seconds)
                _send(pipe, run_batch(function, item))
            deadline.begin(None)


def _send(pipe: Connection, returned: Returned[Any]) -> None:
    try:
        pipe.send(returned)
    except OSError:
        raise
    except Exception as error:
        pipe.send(Returned(None, f"the result cannot be sent: {error}"))


def _end_with_parent() -> None:
    """End this process when the one that started it is gone.

    One that is inside a pattern ends when its processor time is through.
    """
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)
