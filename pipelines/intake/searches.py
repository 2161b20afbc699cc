"""Searches on GitHub into rows: a bin's page with what it found and how far the bin is read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from miner.db import upsert as db
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.repositories import IngestContext, write_findings, write_found
from miner.pipelines.intake.runs import RUN
from miner.pipelines.sources.github.repository_records import RepositoryFacts
from miner.schema import tables
from miner.schema.vocab import BinState, FindingSource

BIN = table_of(tables.SearchBin)
_HIT = table_of(tables.SearchHit)

CODE, REPOSITORY = "code", "repository"
INCOMPLETE = "GitHub calls its results incomplete"
"""Reason of a cut bin that may be whole when it is read again."""


@dataclass(frozen=True, slots=True)
class Bin:
    """A search, or a part of one.

    Attributes:
        kind: code or repository.
        topic: Signature or topic that it is about.
        base: The query without the bounds of this part.
        lower: Lower bound: bytes, or a day.
        upper: Upper bound, itself included.
        extension: Only files with this extension.
        filename: Only files of this name.
        round: 1 for the first time that all is searched.
        parent_id: The bin that it is a part of.
        id: Surrogate key; 0 while it is not in the store.
        page_count: Pages read.
        distinct_count: Files or repositories found in it.
        is_incomplete: A page said that it was cut short.
        state: ``vocab.BinState``.
    """

    kind: str
    topic: str
    base: str
    lower: str | None = None
    upper: str | None = None
    extension: str | None = None
    filename: str | None = None
    round: int = 1
    parent_id: int | None = None
    id: int = 0
    page_count: int = 0
    distinct_count: int = 0
    is_incomplete: bool = False
    state: str = BinState.OPEN.value

    @property
    def query(self) -> str:
        """The query as it is sent."""
        bound = "size" if self.kind == CODE else "pushed"
        parts = [
            self.base,
            f"{bound}:{self.lower}..{self.upper}" if self.lower is not None else "",
            f"extension:{self.extension}" if self.extension else "",
            f"filename:{self.filename}" if self.filename else "",
        ]
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found: a repository, and the file in it (empty: the repository itself)."""

    repository: RepositoryFacts
    path: str = ""
    blob_sha: str | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search, read; ``item_count`` counts what could not be used too."""

    total_count: int
    is_incomplete: bool
    item_count: int
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class BinEnd:
    """How the reading of a bin ended.

    Attributes:
        state: That it has now.
        reason: Detail of the state.
        parts: Smaller bins that go on where it could not.
    """

    state: BinState
    reason: str | None = None
    parts: Sequence[Bin] = ()

    def as_json(self) -> str:
        """Return it for the context of the page that it ended with."""
        parts = [[part.lower, part.upper, part.extension, part.filename] for part in self.parts]
        return json.dumps({"state": self.state.value, "reason": self.reason, "parts": parts})

    @classmethod
    def from_json(cls, written: str, bin_: Bin) -> BinEnd:
        """Return what ``as_json`` wrote of the end of a bin."""
        content = json.loads(written)
        child = replace(
            bin_,
            id=0,
            parent_id=bin_.id,
            page_count=0,
            distinct_count=0,
            is_incomplete=False,
            state=BinState.OPEN.value,
        )
        parts = [
            replace(child, lower=lower, upper=upper, extension=extension, filename=filename)
            for lower, upper, extension, filename in content["parts"]
        ]
        return cls(BinState(content["state"]), content["reason"], parts)


def unknown_bins(connection: Connection, bins: Iterable[Bin]) -> list[Bin]:
    """Return the bins that the store does not have, each once."""
    wanted = list(bins)
    known = {
        (row["kind"], row["query"], row["round"])
        for row in db.select_rows(
            connection, BIN, ("kind", "query", "round"), "query", [bin_.query for bin_ in wanted]
        )
    }
    new = {
        key: bin_ for bin_ in wanted if (key := (bin_.kind, bin_.query, bin_.round)) not in known
    }
    return list(new.values())


def find_bin(
    connection: Connection, kind: str, query: str, number: int | None = None
) -> Bin | None:
    """Return a bin by its query and its round; None: the latest round."""
    found = select(BIN).where(BIN.c.kind == kind, BIN.c.query == query)
    if number is not None:
        found = found.where(BIN.c.round == number)
    row = connection.execute(found.order_by(BIN.c.round.desc()).limit(1)).mappings().first()
    return None if row is None else _bin(row)


def add_bins(connection: Connection, bins: Iterable[Bin], run_id: int) -> int:
    """Write bins that are to be read; known ones stay as they are.

    Returns:
        Bins that are new.
    """
    new = unknown_bins(connection, bins)
    rows: list[db.Row] = [
        {
            "kind": bin_.kind,
            "query": bin_.query,
            "round": bin_.round,
            "base": bin_.base,
            "topic": bin_.topic,
            "lower": bin_.lower,
            "upper": bin_.upper,
            "extension": bin_.extension,
            "filename": bin_.filename,
            "parent_id": bin_.parent_id,
            "state": BinState.OPEN.value,
            "page_count": 0,
            "distinct_count": 0,
            "incomplete_results": 0,
            "run_id": run_id,
        }
        for bin_ in new
    ]
    db.insert(connection, BIN, db.numbered(connection, BIN, rows))
    return len(new)


def next_open(connection: Connection, kind: str) -> Bin | None:
    """Return the bin to read next: one that was begun before one that was not."""
    row = connection.execute(
        select(BIN)
        .where(BIN.c.kind == kind, BIN.c.state == BinState.OPEN.value)
        .order_by((BIN.c.page_count == 0), BIN.c.id)
        .limit(1)
    ).mappings().first()  # fmt: skip
    return None if row is None else _bin(row)


def count_open(connection: Connection, kind: str) -> int:
    """Return how many bins are left to read."""
    query = select(func.count(BIN.c.id)).where(
        BIN.c.kind == kind, BIN.c.state == BinState.OPEN.value
    )
    return int(connection.scalar(query) or 0)


def ingest_search_page(context: IngestContext, bin_: Bin, page: SearchPage) -> Bin:
    """Write what a page found, and that it was read.

    Returns:
        The bin as it stands now.
    """
    keys = write_found(context, [hit.repository for hit in page.hits])
    rows: list[db.Row] = [
        {
            "bin_id": bin_.id,
            "repository_id": keys[hit.repository.name],
            "path": hit.path,
            "blob_sha": hit.blob_sha,
        }
        for hit in page.hits
        if hit.repository.name in keys
    ]
    db.upsert(
        context.connection,
        _HIT,
        db.numbered(context.connection, _HIT, rows),
        key=("bin_id", "repository_id", "path"),
        update=("blob_sha",),
    )
    source = FindingSource.CODE_SEARCH if bin_.kind == CODE else FindingSource.REPOSITORY_SEARCH
    write_findings(context, ((key, source.value, bin_.base) for key in keys.values()))
    distinct = context.connection.scalar(
        select(func.count(_HIT.c.id)).where(_HIT.c.bin_id == bin_.id)
    )
    after = replace(
        bin_, page_count=bin_.page_count + 1, distinct_count=int(distinct or 0),
        is_incomplete=bin_.is_incomplete or page.is_incomplete,
    )  # fmt: skip
    context.connection.execute(
        text(
            "UPDATE search_bin SET page_count = :pages, distinct_count = :distinct, "
            "total_count = :total, incomplete_results = :cut, observed_at = :at WHERE id = :id"
        ),
        {"pages": after.page_count, "distinct": after.distinct_count, "total": page.total_count,
         "cut": after.is_incomplete, "at": context.observed_at, "id": bin_.id},
    )  # fmt: skip
    return after


def end_bin(context: IngestContext, bin_: Bin, end: BinEnd) -> None:
    """Write how the reading of a bin ended, and its parts."""
    context.connection.execute(
        text("UPDATE search_bin SET state = :state, reason = :reason WHERE id = :id"),
        {"state": end.state.value, "reason": end.reason, "id": bin_.id},
    )
    add_bins(context.connection, end.parts, context.run_id)


def incomplete_bins(connection: Connection) -> list[tuple[Bin, datetime, datetime]]:
    """Return bins that ended with results called incomplete.

    Returns:
        The bin, the date of its last page, and when the run that opened it began; both UTC
        without zone.
    """
    rows = connection.execute(
        select(BIN, RUN.c.started_at)
        .join(RUN, RUN.c.id == BIN.c.run_id)
        .where(
            BIN.c.incomplete_results,
            BIN.c.state.in_([BinState.WHOLE.value, BinState.CUT.value]),
            BIN.c.reason.is_(None) | (BIN.c.reason == INCOMPLETE),
            BIN.c.observed_at.is_not(None),
        )
        .order_by(BIN.c.id)
    ).mappings()
    return [(_bin(row), row["observed_at"], row["started_at"]) for row in rows]


def reopen(connection: Connection, bins: Sequence[Bin]) -> None:
    """Let bins be read anew, from their first page; the repositories that they found stay."""
    for bin_ in bins:
        connection.execute(
            text(
                "UPDATE search_bin SET state = :state, reason = NULL, page_count = 0, "
                "distinct_count = 0, incomplete_results = :no WHERE id = :id"
            ),
            {"state": BinState.OPEN.value, "no": False, "id": bin_.id},
        )
    db.delete_where_in(connection, _HIT, "bin_id", [bin_.id for bin_ in bins])


def _bin(row: Mapping[Any, Any]) -> Bin:
    return Bin(
        kind=row["kind"],
        topic=row["topic"],
        base=row["base"],
        lower=row["lower"],
        upper=row["upper"],
        extension=row["extension"],
        filename=row["filename"],
        round=row["round"],
        parent_id=row["parent_id"],
        id=row["id"],
        page_count=row["page_count"],
        distinct_count=row["distinct_count"],
        is_incomplete=bool(row["incomplete_results"]),
        state=row["state"],
    )
