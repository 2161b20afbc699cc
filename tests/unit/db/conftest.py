"""A new store for each test."""

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
def settings(tmp_path: Path) -> Settings:
    """Settings that point to a data directory which does not exist yet."""
    folder = tmp_path / "data"
    return load_settings({"MINER_DATA_DIR": str(folder), "MINER_CONFIG": str(tmp_path / "none")})


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """A writable store that knows one hub, with the surrogate key 1."""
    engine = open_store(settings)
    with engine.begin() as connection:
        columns = ["id", "name", "title", "home_page", "terms_url"]
        insert(connection, metadata.tables["hub"], columns, [(1, "acme", "Acme", "", "")])
    yield engine
    engine.dispose()
