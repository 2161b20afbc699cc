"""What is held on models and datasets, whoever holds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from miner.db.lookup import HeldDataset, HeldModel

NOTHING_HELD = (
    "no data on models: give --duckdb FILE, or make one with miner crawl and miner export"
)


class Knowledge(Protocol):
    """Answers on single models and datasets."""

    def prepare(self, hub: str, names: Iterable[str], /) -> None:
        """Get ready to be asked for these models and for what they were made from."""

    def model(self, hub: str, name: str, /) -> HeldModel | None:
        """Return a model by its name, a former one, or in another case; None if it is not held."""

    def dataset(self, hub: str, name: str, /) -> HeldDataset | None:
        """Return a dataset by its name or a former one; None if it is not held."""

    def population(self) -> str:
        """Return what the answers rest on, one line."""


class Nothing:
    """Holds nothing: every model is unknown."""

    def prepare(self, _hub: str, _names: Iterable[str], /) -> None:
        """Do nothing."""

    def model(self, _hub: str, _name: str, /) -> HeldModel | None:
        """Return None."""
        return None

    def dataset(self, _hub: str, _name: str, /) -> HeldDataset | None:
        """Return None."""
        return None

    def population(self) -> str:
        """Return how to hold something."""
        return NOTHING_HELD
