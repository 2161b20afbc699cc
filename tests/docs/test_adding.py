"""docs/adding.md can be followed: its blocks, in a copy of the project, pass their tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.adding_blocks import ROOT, adding_blocks

FOLDERS = ("miner", "schema", "db", "pipelines", "queries", "tests")
READ_RECORD = """
from miner.pipelines.sources.hubs.huggingface.records import read_model
facts = read_model({"id": "acme/one", "sha": "a" * 40, "trendingScore": 7})
assert facts.volatile["trending_score"] == 7, facts.volatile
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to which everything of the page was added, the migration too."""
    copy = tmp_path_factory.mktemp("adding") / "copy"
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder, copy / folder, symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"),
        )  # fmt: skip
    shutil.copy(ROOT / "pyproject.toml", copy)
    for block in adding_blocks():
        block.apply(copy)
    drafted = python(copy, "-m", "miner.db.migrations.draft")
    assert "trending_score" in drafted
    last = max((copy / "db" / "migrations" / "versions").glob("0*.py")).name
    name = f"{int(last[:4]) + 1:04d}_add_trending_score.py"
    (copy / "db" / "migrations" / "versions" / name).write_text(drafted, encoding="utf-8")
    return copy


def python(copy: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(copy)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("tests", "names", "least"),
    [
        ("tests/queries/test_queries.py", "declared_licenses", 2),
        ("tests/unit/scan/test_signatures.py", "shoebox", 2),
        ("tests/unit/derive/cards/test_fields.py", "mascot", 2),
        ("tests/unit/derive/licenses/test_policy.py", "acme", 1),
        ("tests/integration/test_every_column.py", "test_every_column_survives", 1),
    ],
    ids=["query", "signature", "field", "license", "column"],
)
def test_what_the_page_adds_passes_its_tests(
    extended: Path, tests: str, names: str, least: int
) -> None:
    run = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA", "-k", names, tests)
    passed = [line for line in python(extended, *run).splitlines() if line.startswith("PASSED")]
    assert len(passed) >= least


def test_a_column_is_read_from_its_record_and_needs_no_further_migration(extended: Path) -> None:
    python(extended, "-c", READ_RECORD)
    assert python(extended, "-m", "miner.db.migrations.draft") == ""


def test_every_block_names_its_place() -> None:
    added = {block.path for block in adding_blocks()}
    assert {path.partition("/")[0] for path in added} == {"queries", "tests", "schema", "pipelines"}
