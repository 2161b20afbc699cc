"""A check does not find what the check before it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.cli import main
from miner.pipelines.check import formats
from tests.checking import SHELF, export_shelf, write_project

Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Check the project ``p`` and return the report."""
    data = export_shelf(SHELF, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")

    def report_of(*options: str) -> dict[str, Any]:
        with pytest.raises(SystemExit):
            main(["check", "p", "--duckdb", str(data), "--format", "json", *options])
        return dict(json.loads(capsys.readouterr().out))

    return report_of


def _outputs(folder: Path) -> list[str]:
    """Options that write every format into a project, under names that a scan reads."""
    places = {name: folder / f"{name}.json" for name in formats.names()}
    places["markdown"] = folder / "check.md"
    if "notice" in places:
        places["notice"] = folder / "NOTICE"
    return [f"--write={name}={path}" for name, path in places.items()]


def test_what_a_check_wrote_is_not_found_by_the_next(check: Check, tmp_path: Path) -> None:
    project = write_project(tmp_path / "p", "lab/again", "shop/on-nc", "nobody/knows")
    hosted = 'from openai import OpenAI\nOpenAI().responses.create(model="gpt-4o", input="a")\n'
    (project / "ask.py").write_text(hosted, encoding="utf-8")
    first = check(*_outputs(project))
    assert (len(first["models"]), len(first["hosted"])) == (3, 1)
    assert check(*_outputs(project)) == first
    for ending in ("json", "yaml", "txt"):
        (project / f"comment.{ending}").write_bytes((project / "check.md").read_bytes())
    assert check() == first
    for name in ("app.py", "ask.py"):
        (project / name).write_text("print(1)\n", encoding="utf-8")
    last = check()
    assert last["models"] == last["hosted"] == []
    assert (last["mention_count"], last["own"]) == (0, first["own"])
