"""Batches run in this process, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from miner.pipelines.executors.base import B, Batches, Executor, R, outcome, run_batch


class Here(Executor):
    """Runs batches in order, for debuggers and profilers; see ``base.Executor``.

    Nothing bounds how long an item takes, and one that kills its worker kills the run.
    """

    is_local = True

    def map_each(
        self,
        function: Callable[[B], R],
        batches: Iterable[Sequence[B]],
        *,
        seconds: float | None = None,
    ) -> Batches[B, R]:
        """See ``base.Executor``."""
        for batch in batches:
            yield batch, [outcome(item, run_batch(function, item)) for item in batch]
