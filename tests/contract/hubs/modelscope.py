"""A small ModelScope."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from tests.crawling import card, created, name


def record(number: int, **changes: Any) -> dict[str, Any]:
    """The n-th model, as the API gives it."""
    fields: dict[str, Any] = {
        "id": name(number),
        "display_name": f"Model {number}",
        "created_at": created(number),
        "last_modified": created(number + 4),
        "downloads": 1000 - number,
        "likes": number % 9,
        "license": "MIT" if number % 2 else "Apache License 2.0",
        "tags": ["invented"],
        "tasks": ["text-generation"],
        "file_size": 1_000_000 + number,
        "private": False,
        "gated": False,
    }
    return fields | changes


class StandIn:
    """Thirty models, the first of them with a card and a config."""

    tight = ReplayOptions(limit_api=3, window_seconds=1.0)

    def __init__(self) -> None:
        self.catalog = Catalog()
        self.catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
        self.shelf = self.catalog.hubs["modelscope"]
        for number in range(30):
            self.put(number)
        self._names = {name(number) for number in range(30)}

    def put(self, number: int, **changes: Any) -> None:
        self.shelf.put(record(number, **changes))
        if number < 12:
            self.shelf.put_file(name(number), "README.md", card(f"Model {number}"))
            self.shelf.put_file(name(number), "config.json", b'{"model_type": "acme"}')

    def names(self) -> set[str]:
        return self._names

    def add(self) -> str:
        self.put(40)
        self._names.add(name(40))
        return name(40)

    def remove(self) -> str:
        self.shelf.remove(name(3))
        self._names.discard(name(3))
        return name(3)

    def bring_back(self) -> None:
        self.put(3)
        self._names.add(name(3))

    def spoil(self) -> set[str]:
        self.put(1, tags=7, last_modified="2026-01-01T00:00:00Z")
        self.put(2, created_at="yesterday", last_modified="2026-01-02T00:00:00Z")
        return {"wrong-type", "bad-date"}
