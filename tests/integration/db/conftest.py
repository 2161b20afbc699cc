"""A new store for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from miner.db.session import open_store
from miner.db.upsert import insert
from miner.schema.tables import metadata
from miner.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path, store_url: str) -> Settings:
    """Settings that point to a data directory and a store which do not exist yet."""
    environment = {
        "MINER_DATA_DIR": str(tmp_path / "data"),
        "MINER_DATABASE_URL": store_url,
        "MINER_CONFIG": str(tmp_path / "none"),
    }
    return load_settings(environment)


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """A writable store that knows one hub, with the surrogate key 1."""
    engine = open_store(settings)
    with engine.begin() as connection:
        hub = {"id": 1, "name": "acme", "title": "Acme", "home_page": "", "terms_url": ""}
        insert(connection, metadata.tables["hub"], [hub])
    yield engine
    engine.dispose()
