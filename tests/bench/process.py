"""Processes of a bench: the synthetic Hub beside it, and the child that is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024
_SAMPLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class ServedHub:
    """A synthetic Hub that runs.

    Attributes:
        endpoint: Its address.
        listing_bytes: Bytes of all pages made beforehand.
    """

    endpoint: str
    listing_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a child took.

    Attributes:
        seconds: From its start to its end.
        peak_bytes: Largest resident size of the child and its own children together, where
            /proc tells of them; else that of the largest.
        cpu_seconds: User and system time.
        output: What it wrote to stdout.
    """

    seconds: float
    peak_bytes: int
    cpu_seconds: float
    output: str

    @property
    def last_line(self) -> str:
        """The last line of the output: DuckDB shows its progress on stdout where code is ``-c``."""
        return self.output.splitlines()[-1]


@contextmanager
def synthetic_hub(
    size: int, *, seed: int = 1, epoch: int = 0, prerender: Sequence[str] = ()
) -> Iterator[ServedHub]:
    """Serve a synthetic Hub in its own process until the block ends."""
    command = [sys.executable, "-m", "tests.bench.synthetic.server"]
    command += ["--size", str(size), "--seed", str(seed), "--epoch", str(epoch)]
    for query in prerender:
        command += ["--prerender", query]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            announced = dict(part.split("=", 1) for part in line.split())
            yield ServedHub(announced["HF_ENDPOINT"], int(announced["LISTING_BYTES"]))
        finally:
            server.terminate()


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Outcome:
    """Run a command to its end and measure it.

    The measuring process stays small: on Linux a child's peak is never below its parent's.

    Raises:
        RuntimeError: The command failed; what it said went to stderr.
    """
    started = time.perf_counter()
    # wait4 below is the one that reaps the child: Popen's own wait would lose its usage
    child = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    sampler = _Sampler(child.pid)
    sampler.start()
    with child.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY)) as stdout:
        output = stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    peak = sampler.stop()
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
    return Outcome(
        seconds,
        max(peak, usage.ru_maxrss * _BYTES_OF_MAXRSS),
        usage.ru_utime + usage.ru_stime,
        output,
    )


class _Sampler(threading.Thread):
    """Looks now and then at what a process and its descendants hold in memory."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._is_over = threading.Event()
        self._peak = 0

    def run(self) -> None:
        while not self._is_over.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, _resident(self._pid))

    def stop(self) -> int:
        """Return the largest sum seen, in bytes."""
        self._is_over.set()
        self.join()
        return self._peak


def _resident(pid: int) -> int:
    """Return the resident bytes of a process and its descendants, 0 where /proc has none."""
    process = Path(f"/proc/{pid}")
    try:
        pages = int((process / "statm").read_text(encoding="ascii").split()[1])
        tasks = list((process / "task").iterdir())
        children = [(task / "children").read_text(encoding="ascii").split() for task in tasks]
    except OSError:  # it ended meanwhile
        return 0
    of_children = sum(_resident(int(child)) for found in children for child in found)
    return pages * os.sysconf("SC_PAGE_SIZE") + of_children
