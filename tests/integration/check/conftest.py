"""What the tests of a check share: a DuckDB file of models whose licenses they know."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.pipelines.check.report import CheckReport
from tests.check_reports import POLICY, full_report, hostile
from tests.checking import SHELF, export_shelf


@pytest.fixture(scope="session")
def duckdb_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_shelf(SHELF, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def judged(duckdb_file: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    """A report by a policy with waivers and a conclusion."""
    return full_report(duckdb_file, tmp_path_factory.mktemp("judged"), POLICY)


@pytest.fixture(scope="session")
def odd(judged: CheckReport) -> CheckReport:
    """The same with names that strangers could choose."""
    return hostile(judged, POLICY)
