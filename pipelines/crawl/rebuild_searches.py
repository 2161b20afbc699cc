"""Which search, or part of one, a page in the archive belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from miner.pipelines.crawl.github.terms import code_terms, repository_terms
from miner.pipelines.intake.searches import BIN, CODE, REPOSITORY, Bin, add_bins, count_open, reopen
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import BinState

_BOUNDS = re.compile(r" (?:size|pushed):(?P<lower>[^ .]+)\.\.(?P<upper>[^ ]+)")
_EXTENSION = re.compile(r" extension:([^ ]+)")
_FILENAME = re.compile(r" filename:([^ ]+)")
_SEARCHED_ANEW_AFTER = timedelta(days=29)
"""A month as the crawl counts it, less what the clocks of GitHub and of a machine may differ."""


class Searches:
    """Finds the part of a search that a page is read for; opens searches as a crawl does.

    Args:
        engine: The store, for writing.
        run_id: Surrogate key of the run.
    """

    def __init__(self, engine: Engine, run_id: int) -> None:
        self._engine = engine
        self._run_id = run_id
        self._round_begun: datetime | None = None

    def bin_of(self, answer: ReceivedAnswer, query: str) -> Bin | None:
        """Return what a page is the next one of; None for one that was not taken in.

        Args:
            answer: The page; its context tells what was searched for.
            query: As it was sent.
        """
        kind, page = answer.context["search"], int(answer.context["page"])
        if kind == CODE and self._round_begun is None:
            self._round_begun = answer.observed_at
        held = self._find(kind, query)
        if held is None:
            self._open(answer, query, 1)
        elif self._is_new_round(answer, held):
            self._round_begun = answer.observed_at
            self._open(answer, query, held[0].round + 1)
        elif page == 1 and held[0].is_incomplete and held[1] != BinState.OPEN.value:
            with self._engine.begin() as connection:
                reopen(connection, [held[0]])
        held = self._find(kind, query)
        if held is None:
            return None
        bin_, state = held
        return bin_ if state == BinState.OPEN.value and page == bin_.page_count + 1 else None

    def _is_new_round(self, answer: ReceivedAnswer, held: tuple[Bin, str]) -> bool:
        """Tell whether all code is searched anew: a month later, when nothing is left to read."""
        bin_, state = held
        if bin_.kind != CODE or state == BinState.OPEN.value or self._round_begun is None:
            return False
        is_due = answer.observed_at - self._round_begun >= _SEARCHED_ANEW_AFTER
        with self._engine.connect() as connection:
            return is_due and answer.context["page"] == "1" and not count_open(connection, CODE)

    def _open(self, answer: ReceivedAnswer, query: str, number: int) -> None:
        with self._engine.begin() as connection:
            add_bins(connection, _beside(answer, query, number), self._run_id)

    def _find(self, kind: str, query: str) -> tuple[Bin, str] | None:
        """Return the search that was written last for a query, and its state."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(BIN)
                .where(BIN.c.kind == kind, BIN.c.query == query)
                .order_by(BIN.c.round.desc())
                .limit(1)
            ).mappings().first()  # fmt: skip
        if row is None:
            return None
        bin_ = Bin(
            row["kind"], row["topic"], row["base"], row["lower"], row["upper"], row["extension"],
            row["filename"], row["round"], row["parent_id"], row["id"], row["page_count"],
            row["distinct_count"], bool(row["incomplete_results"]),
        )  # fmt: skip
        return bin_, str(row["state"])


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
