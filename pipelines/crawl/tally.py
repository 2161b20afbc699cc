"""What a crawl changed, counted from the store: the difference between its begin and its end."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from miner.schema.tables import Model, ModelEvent
from miner.schema.vocab import EventKind


@dataclass(frozen=True, slots=True)
class Changes:
    """Models that a crawl changed; a model counts once in each.

    Attributes:
        new: The store did not hold them before.
        changed: Held before; renamed, revised, relicensed, gated, disabled or listed again.
        gone: Held before; not there any more.
    """

    new: int
    changed: int
    gone: int


class Tally:
    """Remembers where the store stands; keys only grow, so what is behind them is new.

    Args:
        engine: The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.connect() as connection:
            self._model = _last(connection, Model.id)
            self._event = _last(connection, ModelEvent.id)

    def changes(self) -> Changes:
        """Count what was changed since this was made."""
        since = (ModelEvent.id > self._event, ModelEvent.model_id <= self._model)
        models = func.count(ModelEvent.model_id.distinct())
        gone = ModelEvent.kind == EventKind.GONE.value
        with self._engine.connect() as connection:
            new = select(func.count(Model.id)).where(Model.id > self._model)
            return Changes(
                int(connection.scalar(new) or 0),
                int(connection.scalar(select(models).where(*since, ~gone)) or 0),
                int(connection.scalar(select(models).where(*since, gone)) or 0),
            )


def _last(connection: Connection, key: object) -> int:
    return int(connection.scalar(select(func.max(key))) or 0)
