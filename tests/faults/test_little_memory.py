"""Exports within little memory: what cannot go to disk gets more of it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from miner.db import analytics
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.settings import Settings
from tests.demo_data import crawl_demo


def test_a_table_that_cannot_be_sorted_in_the_limit_gets_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = crawl_demo(tmp_path / "data")
    settings = Settings(data_dir=whole.parent, database_url=f"sqlite:///{whole.parent}/miner.db")
    target = tmp_path / "little.duckdb"
    monkeypatch.setattr(analytics, "MEMORY_LIMIT", "40MB")
    with monkeypatch.context() as patch:
        patch.setattr(analytics, "MORE_MEMORY", "40MB")
        with pytest.raises(duckdb.OutOfMemoryException):
            export_duckdb(settings, target, macros=(), judge=None)
        assert not target.exists()
    export_duckdb(settings, target, macros=(), judge=None)
    with duckdb.connect(str(target), read_only=True) as little:
        little.execute(f"ATTACH '{whole}' AS whole (READ_ONLY)")
        for table in ("model", "model_edge", "extracted_field", "use_site"):
            found = little.execute(
                f"SELECT count(*) FROM (FROM whole.{table} EXCEPT ALL FROM {table})"
            ).fetchall()
            assert (table, found) == (table, [(0,)])
