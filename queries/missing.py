"""What a file lacks that a query reads: not crawled is never none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was not collected.

    Attributes:
        reason: What, in words.
        next_step: What to type to get it.
    """

    reason: str
    next_step: str

    def __str__(self) -> str:
        """Both, as one sentence."""
        return f"{self.reason}: {self.next_step}"


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage of a crawl: which table has a row as soon as it ran, and which it fills."""

    ran: str
    fills: tuple[str, ...]
    missing: Missing


_STAGES = (
    _Stage(
        "model", ("model",),
        Missing("no model was crawled", "miner crawl, then miner export"),
    ),
    _Stage(
        "scan", ("model_use", "use_site", "repository", "dependency", "repository_link", "scan"),
        Missing("no repository was crawled", "set GITHUB_TOKEN, then miner crawl --github"),
    ),
    _Stage(
        "issue_listing", ("issue_listing", "repository_issue", "issue_model", "issue_comment"),
        Missing("no issue was crawled", "set GITHUB_TOKEN, then miner crawl --issues"),
    ),
    _Stage(
        "extraction", ("extraction", "extracted_field"),
        Missing("no card was read", "miner crawl, with a lower --min-downloads if need be"),
    ),
    _Stage(
        "model_history",
        ("model_history", "model_commit_change", "model_commit_author", "model_discussion",
         "discussion_event"),
        Missing(
            "no history of a model was crawled", "miner crawl --history, or --discussions"
        ),
    ),
    _Stage(
        "model_event", ("model_event",),
        Missing("no change between two crawls is known", "miner crawl again, some days later"),
    ),
)  # fmt: skip


def missing(tables: Iterable[str], connection: duckdb.DuckDBPyConnection) -> tuple[Missing, ...]:
    """Return what was not collected of some tables.

    Args:
        tables: Published tables, as a query's ``reads``.
        connection: The file.
    """
    asked = set(tables)
    return tuple(
        stage.missing
        for stage in _STAGES
        if asked.intersection(stage.fills) and _is_empty((stage.ran, *stage.fills), connection)
    )


def _is_empty(tables: Iterable[str], connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a stage left no row; a table that the file lacks has none."""
    for table in tables:
        try:
            found = connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone()
        except duckdb.CatalogException:
            continue
        if found:
            return False
    return True
