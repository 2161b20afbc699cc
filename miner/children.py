"""Child processes of Python that take no module from the working directory.

The working directory may be a stranger's checkout: ``python -c`` and ``python -m`` look there
first, so a planted ``multiprocessing/`` would run. ``PYTHONSAFEPATH`` keeps it off the path.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Windows has no ForkServerContext
    from multiprocessing.context import ForkServerContext, SpawnContext

_NAME = "PYTHONSAFEPATH"
PRELOADED = (
    "miner.pipelines.crawl.reader",
    "miner.pipelines.derive.architecture.answering",
    "miner.pipelines.derive.cards.card_reading",
    "miner.pipelines.executors.processes",
    "miner.pipelines.scan.target",
)
"""Modules of the work that is done in child processes."""

_lock = threading.Lock()


def safe_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which Python finds nothing in the working directory.

    Args:
        environment: Variables to start from instead of this process's own.
    """
    return {**(os.environ if environment is None else environment), _NAME: "1"}


def worker_context() -> ForkServerContext | SpawnContext:
    """Return how workers are started.

    Where the system can, by a server that has imported what they need: it is started like any
    program, has one thread, and forks a worker in no time. Else each worker is a new interpreter
    that imports all that by itself.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def start_safely(process: BaseProcess) -> None:
    """Start a process of ``worker_context`` without the working directory on its path.

    ``multiprocessing`` hands over this process's environment and takes no other, so the variable
    is set for as long as the start takes: it is not left to what else this process may start.
    """
    with _lock, _variable_set():
        process.start()


@contextmanager
def _variable_set() -> Iterator[None]:
    before = os.environ.get(_NAME)
    os.environ[_NAME] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_NAME]
        else:
            os.environ[_NAME] = before
