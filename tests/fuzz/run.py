"""Runs a target on inputs in processes of its own, each with a bound on memory and on time.

The kernel holds the bounds: an input that takes too long ends its process, whatever it is at, and
the next process goes on behind it.
"""

from __future__ import annotations

import hashlib
import logging
import math
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from miner.errors import MinerError
from miner.pipelines.sources.faults import place_of
from tests.fuzz.mutate import Mutator

CORPUS = Path(__file__).parent / "corpus"
SECONDS = 5.0
"""Processor time of one input."""
CLOCK_SECONDS = 60.0
"""By the clock, for an input that waits: the machine may be busy."""
MEMORY_BYTES = 500_000_000
_A_PROCESS = 2_000  # inputs; then a new one, so that nothing adds up
_AT_LEAST = 20  # inputs beyond the seeds
_SIGNALS = {
    signal.SIGPROF: f"over {SECONDS:.0f} s of processor time",
    signal.SIGALRM: f"no end after {CLOCK_SECONDS:.0f} s",
}

State = MutableSequence[float]
"""Shared by a process and whoever started it: the number of the input that it is at, the processor
time of the slowest one, the memory that was added, in bytes."""


@dataclass(slots=True)
class Report:
    """What a target did.

    Attributes:
        target: Its name.
        inputs: How many it was called with.
        crashes: Inputs that it failed on, by class and place of the error, or what ended it.
        first: The first of each, written to a file.
        slowest: Processor time of the slowest input that came to its end, in seconds.
        peak: Memory beyond that of a process that has only begun, in bytes.
    """

    target: str
    inputs: int = 0
    crashes: dict[str, int] = field(default_factory=dict)
    first: dict[str, Path] = field(default_factory=dict)
    slowest: float = 0.0
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """What a target is called with.

    Attributes:
        target: Its name.
        call: The target itself, a function of a module.
        seeds: Of these the inputs are made. They come first themselves.
        seed: Of chance: another one, other inputs.
    """

    target: str
    call: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    seed: int = 0

    def input(self, number: int, mutator: Mutator) -> bytes:
        """Return the n-th input."""
        if number < len(self.seeds):
            return self.seeds[number]
        return mutator.input(Random(f"{self.target}:{self.seed}:{number}"))

    def may_end(self, number: int) -> bool:
        """Return whether so many inputs are enough where time is short."""
        return number >= len(self.seeds) + _AT_LEAST


def seeds_of(name: str, folders: Sequence[Path] = (CORPUS,)) -> tuple[bytes, ...]:
    """Return the seeds of a target, in the order of their files."""
    found = [path for folder in folders for path in sorted((folder / name).glob("*"))]
    return tuple(path.read_bytes() for path in found if path.is_file())


def fuzz(job: Job, count: int, folder: Path, seconds: float | None = None) -> Report:
    """Call a target with inputs.

    Args:
        job: The target and its seeds.
        count: How many inputs, seeds among them.
        folder: Where inputs that it fails on are written.
        seconds: By the clock, after which no further input is made; None for no bound. The seeds
            and some more are run all the same.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.fuzz.targets", "tests.fuzz.run"])
    state: State = context.Array("d", 3, lock=False)
    report, mutator = Report(job.target), Mutator(job.seeds)
    left = math.inf if seconds is None else seconds
    while (number := report.inputs) < count and not (left < 0 and job.may_end(number)):
        started = time.monotonic()
        receiving, sending = context.Pipe(duplex=False)
        numbers = range(number, min(count, number + _A_PROCESS))
        state[0] = number - 1
        process = context.Process(target=_work, args=(job, numbers, left, state, sending))
        process.start()
        sending.close()
        for failed, place in _received(receiving):
            _note(report, job.input(failed, mutator), place, folder)
        process.join()
        if code := process.exitcode:
            _note(report, job.input(int(state[0]), mutator), _ending(code), folder)
        report.inputs = int(state[0]) + 1
        left -= time.monotonic() - started
        report.slowest, report.peak = state[1], max(report.peak, int(state[2]))
    return report


def _received(connection: Connection) -> Iterator[tuple[int, str]]:
    """Yield what a process says of inputs that its target failed on, until it ends."""
    with connection:
        while True:
            try:
                yield connection.recv()
            except EOFError:
                return


def _ending(code: int) -> str:
    if code > 0:
        return f"ended its process with {code}"
    return (
        _SIGNALS.get(signal.Signals(-code)) or f"ended its process by {signal.Signals(-code).name}"
    )


def _note(report: Report, data: bytes, place: str, folder: Path) -> None:
    report.crashes[place] = report.crashes.get(place, 0) + 1
    if place not in report.first:
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]
        path = folder / report.target / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        report.first[place] = path


def _work(job: Job, numbers: range, left: float, state: State, sending: Connection) -> None:
    """Call a target with some inputs: the work of one process."""
    logging.disable()
    mutator = Mutator(job.seeds)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _bound_memory()
    until = time.monotonic() + left
    for number in numbers:
        if time.monotonic() > until and job.may_end(number):
            break
        state[0] = number
        data = job.input(number, mutator)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.setitimer(signal.ITIMER_REAL, CLOCK_SECONDS)
        place = failure(job.call, data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        state[1] = max(state[1], time.process_time() - started)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        state[2] = max(state[2], (peak - before) * 1024)
        if place:
            sending.send((number, place))


def failure(call: Callable[[bytes], object], data: bytes) -> str:
    """Return class and place of what a target raises and must not; empty if nothing."""
    try:
        call(data)
    except MinerError:
        return ""
    except Exception as error:  # this is what is looked for
        message = str(error) if isinstance(error, AssertionError) else ""
        return f"{place_of(error)} {message}".strip()[:200]
    return ""


def _bound_memory() -> None:
    """Bound what this process may have beyond what it has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
