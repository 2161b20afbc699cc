"""Versions from content: what decides makes the version, and what is stored follows it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy import insert

from miner.content import version_of
from miner.db.session import open_store
from miner.pipelines.derive.architecture.architecture_stage import version as architecture_version
from miner.pipelines.derive.cards.rule_extractor import rules_version
from miner.pipelines.derive.licenses import policy
from miner.pipelines.scan import scan_rows as uses
from miner.pipelines.scan.site import scanner_version
from miner.schema.tables import Repository, Scan
from miner.settings import load_settings


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a module, a table and a folder."""
    folder = tmp_path / f"rules_of_{tmp_path.name}"  # a name of its own: modules are kept
    (folder / "inner").mkdir(parents=True)
    for path in ("__init__.py", "inner/__init__.py"):
        (folder / path).write_text("", encoding="utf-8")
    (folder / "rule.py").write_text("# why\nLIMIT = 1\n", encoding="utf-8")
    (folder / "inner" / "table.csv").write_text("a,b\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return folder


def version(*places: str, without: str = "") -> str:
    return version_of.__wrapped__(*places, without=without)


@pytest.mark.parametrize(
    ("path", "content", "is_new"),
    [
        ("rule.py", "LIMIT = 2\n", True),
        ("rule.py", "# other words\n\nLIMIT = 1\n", False),
        ("inner/table.csv", "a,b\nc,d\n", True),
        ("more.toml", "", True),
        ("notes.md", "words", False),
    ],
)
def test_code_and_data_decide(package: Path, path: str, content: str, is_new: bool) -> None:
    before = version(package.name)
    (package / path).write_text(content, encoding="utf-8")
    assert (version(package.name) != before) is is_new


def test_a_folder_can_be_left_out_and_a_file_named_alone(package: Path) -> None:
    before = version(package.name, without="inner"), version(f"{package.name}/rule.py")
    (package / "inner" / "table.csv").write_text("other", encoding="utf-8")
    after = version(package.name, without="inner"), version(f"{package.name}/rule.py")
    assert after == before


def test_the_rules_have_versions_of_their_own() -> None:
    found = [scanner_version(), rules_version(), policy.VERSION, architecture_version()]
    assert len(set(found)) == 4
    assert all(len(each) == 12 and int(each, 16) >= 0 for each in found)


def test_a_new_signature_reaches_a_repository_that_was_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_store(load_settings({"MINER_DATA_DIR": str(tmp_path)}))
    repository = {"id": 1, "name": "acme/code", "state": "present", "head_commit": "c" * 40}
    scan = {
        "id": 1, "repository_id": 1, "commit": "c" * 40, "scanner_version": scanner_version(),
        "state": "scanned", "file_count": 1, "byte_count": 1, "site_count": 0, "kept_count": 0,
        "skipped_count": 0,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(Repository).values(repository))
        connection.execute(insert(Scan).values(scan))
        assert uses.wanted_scans(connection) == []
        monkeypatch.setattr(uses, "scanner_version", lambda: "another")
        assert [wanted.name for wanted in uses.wanted_scans(connection)] == ["acme/code"]
    engine.dispose()
