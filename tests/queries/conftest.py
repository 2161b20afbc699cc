"""A database of all published tables, empty: made once, and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from miner.db import analytics


@pytest.fixture(scope="session")
def _published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "made.duckdb"
    with analytics.open_empty() as connection:
        connection.execute(f"ATTACH {analytics.text(str(path))} AS made")
        connection.execute("COPY FROM DATABASE memory TO made")
    return path


@pytest.fixture
def empty(_published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every published table and view, without rows."""
    with duckdb.connect(shutil.copy(_published, _published.with_stem("copy"))) as connection:
        yield connection
