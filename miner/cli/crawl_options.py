"""The options of ``miner crawl``, by name and type, as click hands them over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TypedDict


class CrawlOptions(TypedDict):
    """What was typed after ``miner crawl``; the meaning of each stands in its help text."""

    since: datetime | None
    until: datetime | None
    modified_since: datetime | None
    limit: int | None
    models: tuple[str, ...]
    seed: str | None
    seed_source: str | None
    seed_date: datetime | None
    min_downloads: int
    configs: str
    lookups_from: int
    hub: str
    datasets: bool
    storage: bool
    history: bool
    discussions: bool
    github: bool | None
    repositories: Path | None
    search: bool
    introduced: int
    issues: bool
    executor: str | None
    export: bool
    summary: bool
    strict: bool


NOT_OF_THE_RUN = frozenset({"summary", "seed_source", "strict"})
"""Options that change what is printed or asked, and not what a run brings."""
