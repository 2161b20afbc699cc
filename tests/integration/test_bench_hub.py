"""The bench at full size, at a small one: real servers, crawls, export and queries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import hub as bench


@pytest.mark.soak
def test_a_small_hub_goes_through_all_stages_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, operations = tmp_path / "performance.md", tmp_path / "operations.md"
    operations.write_text("# Operations\n\n<!-- bench:hub -->\n<!-- /bench:hub -->\n\nthe rest\n")
    command = ["--sizes", "1100", "--page", str(page), "--operations", str(operations),
               "--folder", str(tmp_path / "kept")]  # fmt: skip
    bench.main(command)
    assert capsys.readouterr().out.strip() in page.read_text(encoding="utf-8")
    text = operations.read_text(encoding="utf-8")
    assert "| 1,100 | light sweep, a week later |" in text
    assert text.endswith("the rest\n")
    measured = tmp_path / "kept" / "1100" / "taken.json"
    before = json.loads(measured.read_text(encoding="utf-8"))
    assert before["found"] == {"gone": 1, "new": 7, "renamed": 1, "revised": 11}
    assert "models/most_downloaded" in before["queries"]
    bench.main(command)  # all of it was measured: nothing runs again
    assert json.loads(measured.read_text(encoding="utf-8")) == before
