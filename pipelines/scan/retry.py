"""Repositories read by an executor; a file that takes too long is left out, not the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from miner.pipelines.executors import Done, Executor, Failed
from miner.schema.vocab import BatchFailure

MOST_SKIPPED = 3
"""So many files of a repository may take too long; with more the repository does."""


class ReadTask(Protocol):
    """What is to be read. It can be put into a dictionary."""

    @property
    def skipped(self) -> tuple[str, ...]:
        """Files that are left out: reading them took too long before."""
        ...

    def without(self: T, path: str) -> T:
        """Return the same task with one more file left out."""
        ...


T = TypeVar("T", bound=ReadTask)
R = TypeVar("R")


def read_each(
    executor: Executor, function: Callable[[T], R], tasks: Iterable[T], seconds: float
) -> Iterator[tuple[T, Done[T, R] | Failed[T]]]:
    """Read what some tasks name; yield each with its outcome.

    Args:
        executor: Where they are read.
        function: Reads one; a function of a module.
        tasks: Each names something else.
        seconds: Of processor time that one may take.
    """
    pending = {task: task for task in tasks}
    while pending:
        again: dict[T, T] = {}
        for came in executor.map(function, pending, seconds=seconds):
            task = came.batch
            if isinstance(came, Failed) and _is_for_one_file(came):
                again[task.without(came.part)] = pending[task]
            else:
                yield pending[task], came
        pending = again


def _is_for_one_file(came: Failed[T]) -> bool:
    """Tell whether one file alone took too long, and was not left out already."""
    skipped = came.batch.skipped
    is_new = bool(came.part) and came.part not in skipped
    return came.state is BatchFailure.TOO_SLOW and is_new and len(skipped) < MOST_SKIPPED
