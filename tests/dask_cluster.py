"""A Dask cluster on loopback for tests: scheduler and workers as an operator starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Cluster:
    """A scheduler and its workers, processes of their own.

    Attributes:
        address: Host and port of the scheduler.
        folder: Where its processes put their files.
        scheduler: The scheduler's process.
        workers: The nannies' processes, each with a worker below it.
    """

    address: str
    folder: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker below a nanny, which starts it again when it dies."""
        command = ["dask", "worker", f"tcp://{self.address}", *QUIET, "--nthreads", "1", *options]
        started = start(command, self.folder, f"worker-{len(self.workers)}")
        self.workers.append(started)
        return started


QUIET = ("--no-dashboard", "--host", "127.0.0.1")


def start(command: list[str], folder: Path, name: str) -> subprocess.Popen[bytes]:
    """Start a command of Dask's, or of any other program beside this Python."""
    environment = {key: text for key, text in os.environ.items() if not key.startswith("MINER_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "DASK_TEMPORARY_DIRECTORY": str(folder),
    }
    program = Path(sys.executable).with_name(command[0])
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [program, *command[1:]], cwd=folder, env=environment, stdout=log, stderr=log
        )


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster, gone at the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    scheduler_file = folder / "scheduler.json"
    command = ["dask", "scheduler", "--port", "0", "--scheduler-file", str(scheduler_file), *QUIET]
    scheduler = start(command, folder, "scheduler")
    made = Cluster("", folder, scheduler)
    try:
        end = time.monotonic() + 30
        while not made.address:
            assert time.monotonic() < end, (folder / "scheduler.log").read_text()
            time.sleep(0.05)
            if scheduler_file.exists() and (text := scheduler_file.read_text(encoding="utf-8")):
                made.address = json.loads(text)["address"].removeprefix("tcp://")
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        for process in [*made.workers, scheduler]:
            end_with_children(process)


def end_with_children(process: subprocess.Popen[bytes]) -> None:
    """End a process and those below it, at once."""
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    for child in below:
        if child.is_running():
            child.kill()
