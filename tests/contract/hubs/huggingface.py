"""A small Hugging Face Hub."""

from __future__ import annotations

from miner.pipelines.sources.replay.options import ReplayOptions
from tests.crawling import build, card, name, record


class StandIn:
    """Thirty models, the first of them with a card."""

    tight = ReplayOptions(limit_api=3, limit_resolvers=8, window_seconds=1.0)

    def __init__(self) -> None:
        self.catalog = build(30, cards=12)
        self._names = {name(number) for number in range(30)}

    def names(self) -> set[str]:
        return self._names

    def add(self) -> str:
        self.catalog.models.put(record(40, siblings=[]))
        self._names.add(name(40))
        return name(40)

    def remove(self) -> str:
        self.catalog.remove_model(name(3))
        self._names.discard(name(3))
        return name(3)

    def bring_back(self) -> None:
        self.catalog.models.put(record(3))
        self.catalog.put_card(name(3), card("Model 3"))
        self._names.add(name(3))

    def spoil(self) -> set[str]:
        self.catalog.models.put(record(1, tags=7, sha="a" * 40))
        self.catalog.models.put(record(2, createdAt="yesterday", sha="b" * 40))
        return {"wrong-type", "bad-date"}
