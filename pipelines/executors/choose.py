"""From what a person types to an executor."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from miner.errors import ConfigurationError
from miner.pipelines.executors.batch_executor import Executor, Here

HELP = (
    "Where the work is done: processes[:N], dask://HOST:PORT or tls://HOST:PORT; "
    "here: in this process, without any deadline. Default: processes, one for each core."
)
"""Of the option ``--executor``, wherever a command has it."""


@contextmanager
def open_executor(spec: str | None, stop: threading.Event | None = None) -> Iterator[Executor]:
    """Open an executor for a block.

    Args:
        spec: ``processes``, None or nothing: one for each core that this process may use;
            ``processes:N``: N processes. ``dask://host:port``: a Dask scheduler;
            ``tls://host:port``: one that asks for certificates. ``here``: this
            process, where nothing can be ended that takes too long.
        stop: Set when the run is asked to end: what is under way is abandoned soon.

    Raises:
        ConfigurationError: It is none of these, Dask is not installed, or its workers run
            something else than this miner.
        RetryLater: The scheduler does not answer, or has no workers.
    """
    spec = spec or "processes"
    if spec == "here":
        yield Here()
    elif found := re.fullmatch(r"processes(?::([1-9]\d{0,3}))?", spec):
        from miner.pipelines.executors.processes import Processes  # noqa: PLC0415 - where needed

        processes = Processes(int(found[1]) if found[1] else _cores(), stop)
        try:
            yield processes
        finally:
            processes.close()
    elif found := re.fullmatch(r"(dask|tls)://((?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5})/?", spec):
        from miner.pipelines.executors.on_dask import open_dask  # noqa: PLC0415 - an extra

        with open_dask(found[2], stop, with_tls=found[1] == "tls") as executor:
            yield executor
    else:
        raise ConfigurationError(
            f"there is no executor {spec!r}",
            next_step="--executor processes, --executor processes:4 or "
            "--executor dask://host:8786; without it, one for each core",
        )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
