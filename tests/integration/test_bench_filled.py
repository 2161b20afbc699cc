"""The benches over a filled store, at a small size: real servers, crawl, export, snapshot."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.bench import moe, snapshot

SIZE = 1100


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the benches keep their store."""
    return tmp_path_factory.mktemp("kept")


@pytest.mark.soak
def test_questions_on_experts_are_measured(
    tmp_path: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "performance.md"
    moe.main(["--sizes", str(SIZE), "--page", str(page), "--folder", str(kept),
              "--only", "families"])  # fmt: skip
    output = capsys.readouterr().out.strip()
    assert output in page.read_text(encoding="utf-8")
    assert "| moe/families | " in output
    assert "| moe/adoption | " not in output
    data = kept / str(SIZE) / "data"
    filled = json.loads((data / "filled.json").read_text(encoding="utf-8"))
    assert filled["models"] == SIZE
    assert filled["rows"]["repository"] == SIZE // 20
    with duckdb.connect(str(data / "miner.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM model_architecture WHERE is_moe), "
            "(SELECT count(*) FROM model_use WHERE model_resolved IS NOT NULL), "
            "(SELECT count(*) FROM use_site), (SELECT sum(repositories) FROM moe_families())"
        ).fetchone()
    assert counts is not None
    assert all(count > 0 for count in counts)


@pytest.mark.soak
def test_a_snapshot_is_built_got_and_asked(
    tmp_path: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "performance.md"
    snapshot.main(["--sizes", str(SIZE), "--page", str(page), "--folder", str(kept)])
    output = capsys.readouterr().out.strip()
    assert output in page.read_text(encoding="utf-8")
    place = kept / str(SIZE)
    with closing(sqlite3.connect(place / "data" / "miner.db")) as store:
        (crawls,) = store.execute("SELECT count(*) FROM run WHERE command = 'crawl'").fetchone()
    assert crawls == 1, "the store is made once"
    manifest = json.loads((place / "published" / snapshot.NAME / "manifest.json").read_text())
    rows = {table["name"]: table["rows"] for table in manifest["tables"]}
    with duckdb.connect(str(place / "pulled" / "miner.duckdb"), read_only=True) as connection:
        in_file = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
            for name in rows
        }
    assert in_file == rows
    assert rows["model"] == SIZE
