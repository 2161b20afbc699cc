"""The names of models and datasets that are known: of the store, and of a file of names."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, select, union_all

from miner.db.session import read_store
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.scan.names_file import FILE_NAME, NamesFile
from miner.pipelines.sources.records.values import storable
from miner.schema.manifest import Version, is_version, latest
from miner.schema.tables.lineage import DatasetAlias, HubDataset
from miner.schema.tables.models import Model, ModelAlias
from miner.schema.vocab import ModelState
from miner.settings import Settings, load_settings

log = logging.getLogger(__name__)


class NameListing(Protocol):
    """Tells what a name is, as far as it is known: what is not known may be anything."""

    def __contains__(self, name: object, /) -> bool:
        """Return whether a model of exactly this name is or was on a hub."""

    def is_dataset(self, name: str, /) -> bool:
        """Return whether a dataset of exactly this name is or was on a hub, and no model."""


@dataclass(frozen=True)
class ListingInMemory:
    """A few names."""

    models: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        """Return whether it is the name of a model."""
        return name in self.models

    def is_dataset(self, name: str) -> bool:
        """Return whether it is the name of a dataset alone."""
        return name in self.datasets and name not in self.models


class StoreListing:
    """Asks the store name by name, and remembers the answers: memory grows with what is asked.

    Args:
        connection: To a store; stays open.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._models: dict[str, bool] = {}
        self._datasets: dict[str, bool] = {}

    def __contains__(self, name: object) -> bool:
        """Return whether a model of exactly this name is or was on a hub."""
        if not isinstance(name, str) or not _is_possible(name):
            return False
        if name not in self._models:
            models = select(Model.id).where(Model.name == name, Model.state != ModelState.NAMED)
            aliases = select(ModelAlias.model_id).where(ModelAlias.alias == name)
            wanted = union_all(models, aliases).limit(1)
            self._models[name] = self._connection.execute(wanted).first() is not None
        return self._models[name]

    def is_dataset(self, name: str) -> bool:
        """Return whether a dataset of exactly this name is or was on a hub, and no model."""
        if not _is_possible(name) or name in self:
            return False
        if name not in self._datasets:
            datasets = select(HubDataset.id).where(
                HubDataset.name == name, HubDataset.state != ModelState.NAMED
            )
            aliases = select(DatasetAlias.dataset_id).where(DatasetAlias.alias == name)
            wanted = union_all(datasets, aliases).limit(1)
            self._datasets[name] = self._connection.execute(wanted).first() is not None
        return self._datasets[name]


def _is_possible(name: str) -> bool:
    return 0 < len(name) <= 200 and storable(name) == name


class _SeveralListings:
    def __init__(self, sources: list[NameListing]) -> None:
        self._sources = sources

    def __contains__(self, name: object) -> bool:
        return any(name in source for source in self._sources)

    def is_dataset(self, name: str) -> bool:
        return name not in self and any(source.is_dataset(name) for source in self._sources)


@contextmanager
def open_listing(
    settings: Settings | None = None, file: Path | None = None
) -> Iterator[NameListing | None]:
    """Yield the names that are known here; None if nothing is.

    Args:
        settings: Where the store is; None: as the settings of this process say.
        file: A file of names to ask besides the store; None: the one in the data directory, else
            that of the newest snapshot there. One of these that is damaged is left out, with a
            warning.

    Raises:
        ConfigurationError: There is no such file.
        InvalidData: The file is damaged, or of another version.
    """
    settings = settings or load_settings()
    with ExitStack() as stack:
        sources: list[NameListing] = []
        with suppress(ConfigurationError):  # no store yet, or an older one: a scan does without
            engine = read_store(settings)
            stack.callback(engine.dispose)
            sources.append(StoreListing(stack.enter_context(engine.connect())))
        if file is not None:
            sources.append(stack.enter_context(NamesFile(file)))
        elif (here := names_file_of(settings)) is not None:
            try:
                sources.append(stack.enter_context(NamesFile(here)))
            except InvalidData as error:
                log.warning("%s; the scan does without it", error)
        yield _SeveralListings(sources) if sources else None


def names_file_of(settings: Settings) -> Path | None:
    """Return the file of names in the data directory; None if there is none."""
    built = settings.data_dir / FILE_NAME
    if built.is_file():
        return built
    pulled = {
        Version.parse(path.parent.name): path
        for path in settings.snapshots_dir.glob(f"*/{FILE_NAME}")
        if is_version(path.parent.name) and path.is_file()
    }
    newest = latest(pulled)
    return pulled[newest] if newest else None
