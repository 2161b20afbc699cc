"""Child processes of Python that take no module from the working directory.

The working directory may be a stranger's checkout: ``python -c`` and ``python -m`` look there
first, so a planted ``multiprocessing/`` would run. ``PYTHONSAFEPATH`` keeps it off the path.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Windows has no ForkServerContext
    from multiprocessing.context import ForkServerContext, SpawnContext

_NAME = "PYTHONSAFEPATH"
_CARDS = (
    "miner.pipelines.derive.cards.all_rules",
    "miner.pipelines.derive.cards.rule_extractor",
)
_ARCHITECTURES = "miner.pipelines.derive.architecture.precedence"
NEEDED: dict[str, tuple[str, ...]] = {
    "miner.pipelines.check.project_source": (),
    "miner.pipelines.crawl.reader": (_ARCHITECTURES, *_CARDS),  # what the crawl does next
    "miner.pipelines.derive.architecture.answering": (),
    _ARCHITECTURES: (),
    "miner.pipelines.derive.cards.card_reading": (_ARCHITECTURES, *_CARDS),
    "miner.pipelines.scan.target": (
        "miner.pipelines.scan.scanner",
        "miner.pipelines.scan.source_files",
        "miner.pipelines.scan.name_listing",
    ),
}
"""Modules whose functions are done in child processes, and what these import to do them."""

_lock = threading.Lock()


def safe_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which Python finds nothing in the working directory.

    Args:
        environment: Variables to start from instead of this process's own.
    """
    return {**(os.environ if environment is None else environment), _NAME: "1"}


def worker_context(work: Callable[..., Any]) -> ForkServerContext | SpawnContext:
    """Return how workers are started.

    Where the system can, by a server that has imported what they need: it is started like any
    program, has one thread, and forks a worker in no time. Else each worker is a new interpreter
    that imports all that by itself. There is one server; what it has imported is chosen by the
    work that comes first, and workers import what else they need.

    Args:
        work: What they are started for: a function of a module.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    module = getattr(work, "__module__", "")
    needed = [module, *NEEDED[module]] if module in NEEDED else []
    context.set_forkserver_preload(["miner.pipelines.executors.processes", *needed])
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
