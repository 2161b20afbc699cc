"""Nothing of a snapshot can be changed without a word."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.snapshot.snapshot_files import verify_snapshot
from miner.schema import manifest
from miner.schema.manifest import MANIFEST, File, Manifest, TableFile
from tests.snapshots import NAME, contents


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy [1]"))


def faults(folder: Path) -> dict[str, str]:
    return {fault.path: fault.what for fault in verify_snapshot(folder)[1]}


def seal(folder: Path, changes: dict[str, object]) -> None:
    """Write a manifest that lies, its seal made right."""
    content = json.loads((folder / MANIFEST).read_bytes()) | changes
    del content["seal"]
    (folder / MANIFEST).write_bytes(manifest.sealed(content))


def test_a_snapshot_that_was_not_touched_is_whole(copy: Path) -> None:
    manifest, found = verify_snapshot(copy)
    assert (manifest.name, found) == (NAME, [])


@pytest.mark.parametrize("place", [0, 0.5, 1], ids=["first", "middle", "last"])
def test_a_flipped_byte_in_any_file_is_caught_with_the_files_name(copy: Path, place: float) -> None:
    whole = contents(copy)
    for path, data in whole.items():
        if path != MANIFEST:
            flip(copy / path, int((len(data) - 1) * place))
    assert sorted(faults(copy)) == sorted(whole.keys() - {MANIFEST})
    for path, data in whole.items():
        (copy / path).write_bytes(data)
    for path in ("model.parquet", "README.md", "dictionary/index.md"):
        flip(copy / path, int((len(whole[path]) - 1) * place))
        assert list(faults(copy)) == [path]
        (copy / path).write_bytes(whole[path])
    for at in range(int(len(whole[MANIFEST]) * place / 2), len(whole[MANIFEST]), 1_009):
        flip(copy / MANIFEST, at)
        with pytest.raises(InvalidData, match=r"manifest\.json is damaged"):
            verify_snapshot(copy)
        (copy / MANIFEST).write_bytes(whole[MANIFEST])


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_what_is_cut_missing_or_extra_is_named(copy: Path) -> None:
    data = (copy / "model.parquet").read_bytes()
    (copy / "model.parquet").write_bytes(data[:-1])
    (copy / "README.md").unlink()
    (copy / "dictionary" / "more.md").write_text("x")
    (copy / "dictionary" / "linked").symlink_to("/")
    (copy / "owner.parquet").rename(copy.with_name("owner.parquet"))
    (copy / "owner.parquet").symlink_to(copy.with_name("owner.parquet"))
    assert faults(copy) == {
        "dictionary/more.md": "not named by the manifest",
        "dictionary/linked": "not named by the manifest",
        "model.parquet": f"{len(data) - 1:,} bytes, {len(data):,} are expected",
        "README.md": "missing",
        "owner.parquet": "a link, where a file is needed",
    }


def test_a_manifest_that_lies_about_rows_or_columns_is_caught(copy: Path) -> None:
    content = json.loads((copy / MANIFEST).read_bytes())
    tables = {table["name"]: table for table in content["tables"]}
    tables["model"]["rows"] += 1
    tables["owner"]["columns"][0]["type"] = "BIGINT"
    seal(copy, {"tables": content["tables"]})
    assert faults(copy) == {
        "model.parquet": "30 rows, 31 are expected",
        "owner.parquet": "other columns than the manifest says",
    }


def test_a_file_that_is_no_parquet_is_caught_though_its_digest_is_right(copy: Path) -> None:
    data = b"no parquet"
    (copy / "model.parquet").write_bytes(data)
    content = json.loads((copy / MANIFEST).read_bytes())
    (model,) = (table for table in content["tables"] if table["name"] == "model")
    model |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    seal(copy, {"tables": content["tables"]})
    assert faults(copy)["model.parquet"].startswith("no Parquet file: ")


@pytest.mark.parametrize(
    "path",
    ["../model.parquet", "/etc/passwd", "a/../../b", "a//b", "a\\b", "C:/x", ".hidden", "a/.git/x",
     "", "a/", "x\n", "con", "a/NUL.txt", "a.", "a./b",
     "manifest.json", "MANIFEST.json", "Model.parquet"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(copy: Path, path: str) -> None:
    seal(copy, {"files": [{"path": path, "bytes": 1, "sha256": "0" * 64}]})
    with pytest.raises(InvalidData, match=r"manifest\.json is damaged"):
        verify_snapshot(copy)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"7", b"\xff", b"[" * 99_999, b'{"format": 1, "name": 7}',
     b'{"format": NaN}'],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(copy: Path, data: bytes) -> None:
    (copy / MANIFEST).write_bytes(data)
    with pytest.raises(InvalidData, match=r"manifest\.json is damaged"):
        verify_snapshot(copy)


def test_a_manifest_of_a_later_format_says_what_to_install(copy: Path) -> None:
    (copy / MANIFEST).write_bytes(b'{"format": 2}')
    with pytest.raises(InvalidData, match="has the format 2, this miner reads 1") as failed:
        verify_snapshot(copy)
    assert failed.value.next_step == "pip install --upgrade miner"


@pytest.mark.parametrize(
    "changes",
    [
        {"format": True},
        {"name": "x"},
        {"date": "yesterday"},
        {"date": "2026-01-01T00:00:00\x1b[31m"},
        {"schema_revision": "\x1b[2J"},
        {"code_version": "1.0'; rm -rf ~ #"},
        {"tables": {}},
        {"tables": [7]},
        {"files": 7},
        {"files": [{"path": "x", "bytes": 2**63, "sha256": "0" * 64}]},
    ],
)
def test_a_key_that_is_not_what_it_should_be_is_refused(
    copy: Path, changes: dict[str, object]
) -> None:
    seal(copy, changes)
    with pytest.raises(InvalidData, match=r"manifest\.json is damaged") as failed:
        verify_snapshot(copy)
    assert "\x1b" not in failed.value.render()


def test_a_folder_of_another_name_is_told(made: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(made, tmp_path / "data-2026.01.7"))
    assert faults(other) == {MANIFEST: f"it is that of {NAME}, in a folder data-2026.01.7"}


def test_counts_that_are_none_are_refused(copy: Path) -> None:
    for wrong in (-1, True, 1.5, "7", None):
        seal(copy, {"files": [{"path": "x", "bytes": wrong, "sha256": "0" * 64}]})
        with pytest.raises(InvalidData, match="bytes is no count"):
            verify_snapshot(copy)


def test_a_manifest_is_read_as_it_was_written() -> None:
    file = File("a.parquet", 3, "0" * 64)
    manifest = Manifest(
        NAME, "2026-01-01T00:00:00", "abcdef012345", "0.1.0",
        (TableFile("a", file, 1, (("x", "VARCHAR[]"),)),), (File("b/c.md", 0, "1" * 64),),
        {"more": {"ü": [1, None, 0.5]}},
    )  # fmt: skip
    assert Manifest.read(manifest.render()) == manifest


def test_a_folder_without_manifest_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no manifest\.json"):
        verify_snapshot(tmp_path)


def test_the_command_names_files_and_ends_with_13(
    made: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    run = CliRunner().invoke
    done = run(cli, ["snapshot", "verify", str(made), str(made.parent)])
    assert (done.exit_code, done.stdout.count("is whole")) == (0, 2)
    (copy / "model.parquet").write_bytes(b"x")
    done = run(cli, ["snapshot", "verify", str(made), str(copy), "--format", "json"])
    assert isinstance(done.exception, InvalidData)
    first, second = json.loads(done.stdout)
    assert (first["valid"], first["faults"]) == (True, [])
    assert (second["valid"], [each["path"] for each in second["faults"]]) == (
        False, ["model.parquet"],
    )  # fmt: skip
    done = run(cli, ["snapshot", "verify", "data-2020.01.0"])
    assert isinstance(done.exception, ConfigurationError)


@pytest.mark.parametrize("value", ['"\\ud800"', "1e999", "NaN", "[" * 100_000])
def test_a_manifest_with_what_cannot_be_written_is_damaged(copy: Path, value: str) -> None:
    text = (copy / MANIFEST).read_text(encoding="utf-8")
    (copy / MANIFEST).write_text(text.replace("{", f'{{\n "aaa": {value},', 1), encoding="utf-8")
    with pytest.raises(InvalidData, match=r"manifest\.json is damaged"):
        verify_snapshot(copy)
