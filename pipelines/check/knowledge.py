"""What is known of models and datasets, wherever it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from miner.db.lookup import KnownDataset, KnownModel

NO_KNOWLEDGE = (
    "no data on models: leave --offline out, so that the hub is asked, or name data with --data"
)


class Knowledge(Protocol):
    """Answers on single models and datasets."""

    def prepare(self, hub: str, names: Iterable[str], /) -> None:
        """Get ready to be asked for these models and for what they were derived from."""

    def prepare_datasets(self, hub: str, names: Iterable[str], /) -> None:
        """Get ready to be asked for these datasets."""

    def files_with(self, digests: Iterable[str], /) -> dict[str, list[tuple[str, str, str]]]:
        """Return hub, model and path of files that have these SHA-256 digests, by digest."""

    def model(self, hub: str, name: str, /) -> KnownModel | None:
        """Return a model by its name, a former one, or in another case; None if it is not known."""

    def dataset(self, hub: str, name: str, /) -> KnownDataset | None:
        """Return a dataset by its name or a former one; None if it is not known."""

    def why(self, hub: str, name: str, /) -> str:
        """Return why nothing is known of a model; empty where that is all there is to say."""

    def answers(self, hub: str, name: str, /) -> bool:
        """Tell whether it is known that there is, or is not, a model of a name."""

    def population(self) -> str:
        """Return what the answers rest on, one line."""


class NoKnowledge:
    """Knows nothing: every model is unknown."""

    def prepare(self, _hub: str, _names: Iterable[str], /) -> None:
        """Do nothing."""

    def prepare_datasets(self, _hub: str, _names: Iterable[str], /) -> None:
        """Do nothing."""

    def files_with(self, _digests: Iterable[str], /) -> dict[str, list[tuple[str, str, str]]]:
        """Return nothing."""
        return {}

    def model(self, _hub: str, _name: str, /) -> KnownModel | None:
        """Return None."""
        return None

    def dataset(self, _hub: str, _name: str, /) -> KnownDataset | None:
        """Return None."""
        return None

    def why(self, _hub: str, _name: str, /) -> str:
        """Return nothing."""
        return ""

    def answers(self, _hub: str, _name: str, /) -> bool:
        """Return False."""
        return False

    def population(self) -> str:
        """Return that there are none."""
        return NO_KNOWLEDGE
