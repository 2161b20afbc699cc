"""The folders of the code are imported as parts of miner, and by no other name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAPPED = ("db", "pipelines", "queries", "schema")


@pytest.mark.parametrize("name", MAPPED)
def test_a_folder_refuses_to_be_imported_by_its_own_name(name: str) -> None:
    wrong = _python(f"import sys; sys.path.insert(0, ''); import {name}")
    assert wrong.returncode == 1
    assert f"ImportError: import miner.{name}, not {name}" in wrong.stderr


@pytest.mark.parametrize("name", MAPPED)
def test_a_folder_imports_as_part_of_miner(name: str) -> None:
    right = _python(f"import miner.{name}; print(miner.{name}.__name__)")
    assert (right.stdout, right.stderr) == (f"miner.{name}\n", "")


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
