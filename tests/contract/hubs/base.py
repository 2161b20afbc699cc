"""What a hub's stand-in has to do for the contract suite: a small hub that can be changed."""

from __future__ import annotations

from typing import Protocol

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions


class StandIn(Protocol):
    """A small hub. The module of a hub's name in this folder holds one, as ``StandIn``."""

    catalog: Catalog
    tight: ReplayOptions
    """Limits that a crawl of it meets several times."""

    def names(self) -> set[str]:
        """Models that it has now."""

    def add(self) -> str:
        """Put in a model, and return its name."""

    def remove(self) -> str:
        """Take a model away, and return its name."""

    def bring_back(self) -> None:
        """Undo ``remove``."""

    def spoil(self) -> set[str]:
        """Put in what nobody can use; return the reasons that have to be recorded."""
