"""The models that the store knows, as something that can be asked whether it holds a name."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, select, union_all

from miner.db.session import read_store
from miner.errors import ConfigurationError
from miner.pipelines.sources.records.values import storable
from miner.schema.tables.models import Model, ModelAlias
from miner.settings import Settings, load_settings


class StoreListing:
    """Asks the store name by name, and remembers the answers: memory grows with what is asked.

    Args:
        connection: To a store; stays open.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, bool] = {}

    def __contains__(self, name: object) -> bool:
        """Return whether a model of exactly this name is or was on a hub."""
        if not isinstance(name, str) or not 0 < len(name) <= 200 or storable(name) != name:
            return False
        found = self._known.get(name)
        if found is None:
            wanted = union_all(
                select(Model.id).where(Model.name == name),
                select(ModelAlias.model_id).where(ModelAlias.alias == name),
            ).limit(1)
            found = self._connection.execute(wanted).first() is not None
            self._known[name] = found
        return found


@contextmanager
def open_listing(settings: Settings | None = None) -> Iterator[Container[str] | None]:
    """Yield the listing of a store; None if there is no store to read.

    Args:
        settings: Where the store is; None: as the settings of this process say.
    """
    settings = settings or load_settings()
    engine = None
    with suppress(ConfigurationError):  # no store yet, or an older one: a scan does without
        engine = read_store(settings)
    if engine is None:
        yield None  # outside the handler: what the scan raises does not come of a store's absence
        return
    try:
        with engine.connect() as connection:
            yield StoreListing(connection)
    finally:
        engine.dispose()
