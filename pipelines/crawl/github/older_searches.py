"""Pages of searches that were archived before a page told which bin it belongs to.

What a crawl decided then is decided again: which searches were opened, and when anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from miner.pipelines.crawl.github.search import query_of
from miner.pipelines.crawl.github.terms import code_terms, repository_terms
from miner.pipelines.intake.searches import (
    CODE,
    REPOSITORY,
    Bin,
    add_bins,
    count_open,
    find_bin,
    reopen,
)
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import BinState

_BOUNDS = re.compile(r" (?:size|pushed):(?P<lower>[^ .]+)\.\.(?P<upper>[^ ]+)")
_EXTENSION = re.compile(r" extension:([^ ]+)")
_FILENAME = re.compile(r" filename:([^ ]+)")
_SEARCHED_ANEW_AFTER = timedelta(days=29)
"""A month as the crawl counts it, less what the clocks of GitHub and of a machine may differ."""


class OlderSearches:
    """Opens the bins that such pages belong to, as a crawl did."""

    def __init__(self) -> None:
        self._round_begun: datetime | None = None

    def open_for(self, connection: Connection, answer: ReceivedAnswer, run_id: int) -> None:
        """Open the bin of a page, where it is not open and the page is the first of a reading.

        Args:
            connection: In a transaction.
            answer: The page; its context tells what was searched for.
            run_id: Surrogate key of the run.
        """
        kind, query = answer.context["search"], query_of(answer)
        if kind == CODE and self._round_begun is None:
            self._round_begun = answer.observed_at
        known = find_bin(connection, kind, query)
        if known is None:
            add_bins(connection, _beside(answer, query, 1), run_id)
        elif self._is_new_round(connection, answer, known):
            self._round_begun = answer.observed_at
            add_bins(connection, _beside(answer, query, known.round + 1), run_id)
        elif (
            answer.context["page"] == "1"
            and known.is_incomplete
            and known.state != BinState.OPEN.value
        ):
            reopen(connection, [known])

    def _is_new_round(self, connection: Connection, answer: ReceivedAnswer, bin_: Bin) -> bool:
        """Tell whether all code is searched anew: a month later, when nothing is left to read."""
        is_over = bin_.kind == CODE and bin_.state != BinState.OPEN.value
        if not is_over or self._round_begun is None:
            return False
        is_due = answer.observed_at - self._round_begun >= _SEARCHED_ANEW_AFTER
        return is_due and answer.context["page"] == "1" and not count_open(connection, CODE)


def _beside(answer: ReceivedAnswer, query: str, number: int) -> Iterator[Bin]:
    """Yield the searches that a crawl opened together with one, and that one."""
    context = answer.context
    own = _read(context["search"], context["topic"], context["base"], query, number)
    is_whole = own.extension is None and own.filename is None
    if own.kind == CODE and is_whole and own.lower is None:
        for term in code_terms():
            yield Bin(CODE, term.topic, term.query, round=number)
    elif own.kind == REPOSITORY and own.base in {term.query for term in repository_terms()}:
        for term in repository_terms():
            yield Bin(REPOSITORY, term.topic, term.query, own.lower, own.upper)
    yield own


def _read(kind: str, topic: str, base: str, query: str, number: int) -> Bin:
    """Return a search as its query tells it: what stands behind the base are its bounds."""
    rest = query.removeprefix(base)
    bounds, extension, filename = (found.search(rest) for found in (_BOUNDS, _EXTENSION, _FILENAME))
    return Bin(
        kind, topic, base,
        bounds["lower"] if bounds else None,
        bounds["upper"] if bounds else None,
        extension[1] if extension else None,
        filename[1] if filename else None,
        number,
    )  # fmt: skip
