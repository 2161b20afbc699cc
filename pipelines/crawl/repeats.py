"""Whether a sweep makes progress: pages that lead back, or bring what an earlier page brought.

A listing by date of creation gives each record once. A page of records that were read already
comes from a cache or a server out of step, and the records that should have stood there are
missing. A few hashes of each page are enough to recognize it, so memory stays small.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

from miner.pipelines.intake.sweeps import Plan, SweepAt
from miner.pipelines.sources.records.facts import DatasetFacts, Listing, ModelFacts

_MARKS = 8


class PagesRead:
    """The pages that a run has read of a sweep.

    Args:
        plan: What the sweep reads.
    """

    def __init__(self, plan: Plan) -> None:
        # ascending by time of change, a record that changes meanwhile comes again, rightly
        self._compares = not (plan.ascending and plan.sort == "lastModified")
        self._addresses: set[tuple[str, str | None]] = set()
        self._marks: set[tuple[str, int]] = set()

    def clear(self) -> None:
        """Forget all pages: the sweep starts anew."""
        self._addresses.clear()
        self._marks.clear()

    def visit(self, sweep: SweepAt) -> None:
        """Note the address that the sweep reads now."""
        self._addresses.add((sweep.phase, sweep.next_url))

    def fault_of(self, sweep: SweepAt, following: str | None, listing: Listing | None) -> str:
        """Return why a page is no progress, as the end of a sentence, or nothing.

        Args:
            sweep: Where the sweep stands; its address was visited.
            following: Address of the page after this one, None for none.
            listing: What the page says, None for an answer that is no page.
        """
        if (sweep.phase, following) in self._addresses:
            return "leads back to a page that was read"
        if listing is None or not self._compares:
            return ""
        marks = {(sweep.phase, mark) for mark in _marks_of(listing)}
        if marks and 2 * len(marks & self._marks) >= len(marks):
            return "brings the records of a page that was read"
        return ""

    def add(self, sweep: SweepAt, listing: Listing | None) -> None:
        """Note what a page brought."""
        if listing is not None:
            self._marks.update((sweep.phase, mark) for mark in _marks_of(listing))


def _marks_of(listing: Listing) -> Iterable[int]:
    """Return the smallest hashes of a page's records: pages that share half of them share these."""
    records: list[ModelFacts | DatasetFacts] = [*listing.models, *listing.datasets]
    return nsmallest(_MARKS, {hash(item.uid or item.name) for item in records})
