"""What the tests of a check share: a DuckDB file of models whose licenses they know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checking import SHELF, export_shelf


@pytest.fixture(scope="module")
def duckdb_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_shelf(SHELF, tmp_path_factory.mktemp("data"))
