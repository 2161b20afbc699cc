"""The bench of PeaTMOSS at a hundredth of its size: the same answers of all three."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from miner.cli.refresh import refresh
from miner.pipelines.imports.peatmoss import import_peatmoss
from miner.progress import Silent
from tests.bench.peatmoss import compare, copy_to_duckdb
from tests.bench.peatmoss_file import Size, write_file
from tests.crawling import settings_for


@pytest.mark.soak
def test_all_three_give_the_same_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_file(tmp_path / "PeaTMOSS.db", Size().scaled(0.01))
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    import_peatmoss(settings, path, progress=Silent(), stop=threading.Event())
    refresh(settings, threading.Event())
    copy = tmp_path / "copy.duckdb"
    copy_to_duckdb(path, copy)
    assert compare(path, copy, settings.duckdb_path) == 0
    assert "differs" not in capsys.readouterr().out
