"""Batches run in this process, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from miner.pipelines.executors.base import B, Outcome, R, outcome, run_batch


class Here:
    """Runs batches in order; see ``base.Executor``. A batch that kills its worker kills the run."""

    def map(self, function: Callable[[B], R], batches: Iterable[B]) -> Iterator[Outcome[B, R]]:
        """See ``base.Executor``."""
        for batch in batches:
            yield outcome(batch, run_batch(function, batch))
