"""What changed between two snapshots is told, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.errors import InvalidData
from miner.pipelines.snapshot.differences import SnapshotDiff, diff_snapshots
from miner.settings import Settings
from tests.crawling import name
from tests.snapshots import change, copy_store, make


def changed_tables(diff: SnapshotDiff) -> dict[str, tuple[int, int, int]]:
    return {one.table: (one.added, one.removed, one.changed) for one in diff.tables if one.count}


def test_a_snapshot_and_itself_do_not_differ(made: Path) -> None:
    found = diff_snapshots(made, made)
    assert changed_tables(found) == {}
    assert {listed.count for listed in found.listed.values()} == {0}


def test_exactly_the_planted_changes_are_found(store: Settings, made: Path, tmp_path: Path) -> None:
    own = copy_store(store, tmp_path / "own")
    change(own, "UPDATE model SET state = 'gone' WHERE name = ?", name(11))
    change(own, "UPDATE model SET likes = 99 WHERE name = ?", name(12))
    change(own, "UPDATE license_statement SET key = 'gpl-3.0', canonical = 'gpl-3.0' "
                "WHERE model_id = (SELECT id FROM model WHERE name = ?)", name(12))  # fmt: skip
    change(own, "UPDATE model SET name = 'other/name' WHERE name = ?", name(14))
    change(own, "UPDATE model SET state_at = '2026-02-02 00:00:00.000000' WHERE name = ?",
           name(16))  # fmt: skip
    found = diff_snapshots(made, make(own, tmp_path / "out").folder)
    tables = changed_tables(found)
    assert tables["model"] == (1, 1, 2)
    (models,) = (one for one in found.tables if one.table == "model")
    assert dict(models.columns or {}) == {"state": 1, "license": 1, "likes": 1}
    assert found.listed["models gone"].rows == (("huggingface", name(11), "present", "gone"),)
    assert found.listed["models renamed"].rows == (("huggingface", name(14), "other/name"),)
    assert found.listed["licenses changed"].rows == (
        ("huggingface", name(12), "apache-2.0", "gpl-3.0"),
    )
    assert found.listed["models new"].count == 0


def test_what_is_damaged_is_not_compared(made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "copy"))
    (copy / "model.parquet").write_bytes(b"x")
    with pytest.raises(InvalidData, match=r"model\.parquet: 1 bytes"):
        diff_snapshots(made, copy)


def test_the_command_tells_it(store: Settings, made: Path, tmp_path: Path) -> None:
    own = copy_store(store, tmp_path / "own")
    change(own, "UPDATE model SET state = 'gone' WHERE id > 20")
    other = make(own, tmp_path / "out").folder
    run = CliRunner().invoke
    done = run(cli, ["snapshot", "diff", str(made), str(other), "--examples", "2"])
    assert done.exit_code == 0, done.exception
    assert "models gone: 10, the first 2" in done.stdout
    done = run(cli, ["snapshot", "diff", str(made), str(other), "--format", "json"])
    report = json.loads(done.stdout)
    assert report["listed"]["models gone"]["count"] == 10
    assert {table["table"] for table in report["tables"] if table["changed"]} == {"model", "owner"}
