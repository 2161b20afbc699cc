"""The services that a crawl asks: hubs, then GitHub. Each one's folder knows how to examine it."""

from __future__ import annotations

from collections.abc import Iterator

from miner.pipelines.sources.finding import Finding
from miner.pipelines.sources.github import doctor as github
from miner.pipelines.sources.hubs import hub_modules
from miner.settings import Settings


def examine_services(settings: Settings) -> Iterator[Finding]:
    """Check the hubs whose folder holds ``doctor.py``, and GitHub, from here."""
    for module in hub_modules("doctor").values():
        yield from module.examine(settings)
    yield from github.examine(settings)
