"""From what a person types to an executor."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from miner.errors import ConfigurationError
from miner.pipelines.executors.base import Executor
from miner.pipelines.executors.here import Here

HELP = "Where the work is done: processes[:N] or dask://HOST:PORT. Default: in this process."
"""Of the option ``--executor``, wherever a command has it."""


@contextmanager
def open_executor(spec: str | None) -> Iterator[Executor]:
    """Hold an executor.

    Args:
        spec: None or nothing: this process. ``processes``: one for each core that this process
            may use; ``processes:N``: so many. ``dask://host:port``: a Dask scheduler.

    Raises:
        ConfigurationError: It is none of these, Dask is not installed, or its workers run
            something else than this miner.
        RetryLater: The scheduler does not answer, or has no workers.
    """
    spec = spec or ""
    if not spec:
        yield Here()
    elif found := re.fullmatch(r"processes(?::([1-9]\d{0,3}))?", spec):
        from miner.pipelines.executors.processes import Processes  # noqa: PLC0415 - where needed

        processes = Processes(int(found[1]) if found[1] else _cores())
        try:
            yield processes
        finally:
            processes.close()
    elif found := re.fullmatch(r"dask://((?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5})/?", spec):
        from miner.pipelines.executors.on_dask import open_dask  # noqa: PLC0415 - an extra

        with open_dask(found[1]) as executor:
            yield executor
    else:
        raise ConfigurationError(
            f"there is no executor {spec!r}",
            next_step="--executor processes, --executor processes:4 or "
            "--executor dask://host:8786; without it all runs in this process",
        )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
