"""The snippets of docs/data_access.md run inside a snapshot."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "data_access.md"
INSTALLED = ("duckdb", "polars")
"""Libraries that miner itself needs; the other snippets are for those who have the others."""

SNIPPETS = [
    text
    for text in re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    if re.match(rf"import ({'|'.join(INSTALLED)})\b", text)
]


def test_there_are_snippets_for_each_library() -> None:
    assert {text.split()[1] for text in SNIPPETS} == set(INSTALLED)


@pytest.mark.parametrize("text", SNIPPETS, ids=lambda text: text.split()[1])
def test_a_snippet_runs(text: str, made: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        cwd=made, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
