"""One store and one snapshot of it, for all tests that do not change them."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.settings import Settings
from tests.snapshots import NAME, make, make_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_store(tmp_path_factory.mktemp("store") / "data")


@pytest.fixture(scope="session")
def made(store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(store, tmp_path_factory.mktemp("made") / NAME).folder
