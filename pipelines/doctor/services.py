"""The services that a crawl asks: hubs, then GitHub. Each one's folder knows how to examine it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from miner.pipelines.sources import hubs
from miner.pipelines.sources.finding import Finding
from miner.pipelines.sources.github import doctor as github
from miner.registry import names_in
from miner.settings import Settings


def examine_services(settings: Settings) -> Iterator[Finding]:
    """Check the hubs whose folder holds ``doctor.py``, and GitHub, from here."""
    for package in (name.replace("-", "_") for name in hubs.hub_names()):
        hub = importlib.import_module(f"{hubs.__name__}.{package}")
        if "doctor" in names_in(hub.__path__):
            module = importlib.import_module(f"{hub.__name__}.doctor")
            yield from module.examine(settings)
    yield from github.examine(settings)
