"""Batches run in processes of this machine, each fed by a pipe of its own.

A pool of the standard library is broken for good when one of its processes is killed, and does not
tell whose batch that was. Here a worker holds one batch, so the culprit is known, and a new process
takes its place. Workers watch the run that started them, and do not outlive it when it is killed.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any

from miner.children import start_safely
from miner.pipelines.executors.base import (
    DEATHS,
    B,
    Outcome,
    R,
    Returned,
    killer,
    outcome,
    run_batch,
)

log = logging.getLogger(__name__)


class Processes:
    """Runs batches in so many processes; see ``base.Executor``. ``close`` it at the end.

    Args:
        count: Number of processes; they are started when they are needed.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._idle: list[_Worker] = []

    def map(self, function: Callable[[B], R], batches: Iterable[B]) -> Iterator[Outcome[B, R]]:
        """See ``base.Executor``."""
        waiting = iter(batches)
        suspects: deque[B] = deque()
        busy: dict[_Worker, B] = {}
        done: list[Outcome[B, R]] = []
        try:
            while True:
                # few suspects are kept: where every batch kills its worker, each has its turn soon
                room = self._count - len(busy) if len(suspects) < self._count else 0
                for batch in islice(waiting, room):
                    busy[self._begin(function, batch)] = batch
                yield from done  # their workers are at the next batch already
                done.clear()
                if busy:
                    for worker in _ready(busy):
                        batch = busy.pop(worker)
                        returned = self._end(worker)
                        if returned is None:
                            suspects.append(batch)
                        else:
                            done.append(outcome(batch, returned))
                elif suspects:
                    done.append(self._alone(function, suspects.popleft()))
                else:
                    return
        finally:
            for worker in busy:
                worker.close()

    def close(self) -> None:
        """End the processes."""
        while self._idle:
            self._idle.pop().close()

    def _alone(self, function: Callable[[B], R], batch: B) -> Outcome[B, R]:
        """Run a batch whose worker died while nothing else runs."""
        for _ in range(DEATHS - 1):
            worker = self._begin(function, batch)
            try:
                returned = self._end(worker)
            except BaseException:
                worker.close()
                raise
            if returned is not None:
                return outcome(batch, returned)
        return killer(batch, DEATHS)

    def _begin(self, function: Callable[..., Any], batch: object) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            try:
                worker.pipe.send((function, batch))
            except OSError:  # it died with nothing in hand
                worker.close()
            else:
                return worker
        worker = _Worker()
        try:
            worker.pipe.send((function, batch))
        except OSError as error:  # dead already: that shows when its answer is asked for
            log.warning("a worker ended before its first batch: %s", error)
        except BaseException:  # what cannot be pickled
            worker.close()
            raise
        return worker

    def _end(self, worker: _Worker) -> Returned[Any] | None:
        """Return what a worker sends; None: it died."""
        try:
            returned: Returned[Any] = worker.pipe.recv()
        except (EOFError, OSError):
            log.warning("a worker died (%s): its batch is tried again alone", worker.close())
            return None
        self._idle.append(worker)
        return returned


class _Worker:
    """A process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other,), daemon=True)
        start_safely(self.process)
        other.close()

    def close(self) -> str:
        """End the process, whatever it does, and tell how it ended."""
        self.pipe.close()
        self.process.join(timeout=0.2)  # long enough for one that idles, or is dead
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _ready(busy: Iterable[_Worker]) -> list[_Worker]:
    """Wait until some workers have an answer, or are dead."""
    by_pipe = {worker.pipe: worker for worker in busy}
    return [by_pipe[pipe] for pipe in wait(list(by_pipe)) if isinstance(pipe, Connection)]


def _serve(pipe: Connection) -> None:
    """Run batches until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which closes the pipe
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            try:
                function, batch = pipe.recv()
            except (AttributeError, ImportError) as error:
                pipe.send(Returned(None, f"the worker cannot read its batch: {error}"))
                continue
            returned = run_batch(function, batch)
            try:
                pipe.send(returned)
            except OSError:
                raise
            except Exception as error:
                pipe.send(Returned(None, f"the result cannot be sent: {error}"))


def _end_with_parent() -> None:
    """End this process, whatever it does, when the one that started it is gone."""
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)
