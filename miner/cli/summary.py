"""A crawl in one line, for the mail or the log of a nightly job."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from miner.cli.echo import echo
from miner.pipelines.sources.faults import unexpected

if TYPE_CHECKING:
    from miner.pipelines.crawl.session import Crawl
    from miner.pipelines.crawl.tally import Changes

_COUNTS = {
    "models_read": "models read",
    "cards": "cards fetched",
    "set_aside": "records set aside",
    "partial": "records read in part",
    "fields_set_aside": "fields set aside",
    "requests": "requests",
}
"""Word in the line → count of the crawl's report."""


class CrawlSummary:
    """The summary of a crawl. ``state`` stays failed until somebody says better."""

    def __init__(self) -> None:
        self.state = "failed"
        self._counts: dict[str, int] = {}
        self._changes: Changes | None = None
        self._started = time.monotonic()

    @contextmanager
    def of(self, crawl: Crawl) -> Iterator[None]:
        """Count what the store takes in while the block runs, also where it ends in an error."""
        from sqlalchemy.exc import SQLAlchemyError

        from miner.pipelines.crawl.tally import Tally

        tally = Tally(crawl.engine)
        try:
            yield
        finally:
            self._counts = dict(crawl.counts)
            try:
                self._changes = tally.changes()
            except SQLAlchemyError:  # the store is what failed: its own error is on its way
                self._changes = None

    def line(self, duckdb: str) -> str:
        """Return the line: ``name=value`` words, quoted as a shell reads them."""
        counts = {name: self._counts.get(what, 0) for name, what in _COUNTS.items()}
        fields: dict[str, object] = {"state": self.state, "models_read": counts.pop("models_read")}
        for name in ("new", "changed", "gone"):
            fields[name] = getattr(self._changes, name, "unknown")
        fields |= counts
        fields["unexpected_errors"] = unexpected(self._counts)
        fields["seconds"] = round(time.monotonic() - self._started)
        fields["duckdb"] = duckdb
        return " ".join(f"{name}={shlex.quote(str(value))}" for name, value in fields.items())


@contextmanager
def summarized(duckdb: str, *, shown: bool) -> Iterator[CrawlSummary]:
    """Print the line on stdout at the end of the block, however it ends.

    Args:
        duckdb: The file that answers SQL.
        shown: Otherwise nothing is printed.
    """
    summary = CrawlSummary()
    try:
        yield summary
    finally:
        if shown:
            echo(summary.line(duckdb))
