"""``miner scan``, as a user types it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from miner.cli import main
from tests.commands import run_miner

KEYS = {"hub", "model", "path", "line", "kind", "role", "api", "confidence", "resolved", "argument"}


def miner(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "MINER_DATA_DIR": str(home / "data")}
    return run_miner(*arguments, cwd=home, env=env)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "docs").mkdir(parents=True)
    (root / "app.py").write_text(
        "import sys\nfrom transformers import AutoModel\n"
        'AutoModel.from_pretrained("zoo/alpha")\nAutoModel.from_pretrained(sys.argv[1])\n'
    )
    (root / "docs" / "use.md").write_text("See https://huggingface.co/zoo/beta-2.\n")
    (root / "old.py").write_text("print 'Python 2'  # from_pretrained\n")
    return root


def test_jsonl_is_one_line_a_use_site(project: Path, tmp_path: Path) -> None:
    done = miner("scan", str(project), "--format", "jsonl", home=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert all(row.keys() >= KEYS for row in rows)
    found = [(row["path"], row["line"], row["model"], row["role"], row["resolved"]) for row in rows]
    assert found == [
        ("app.py", 3, "zoo/alpha", "use", True),
        ("app.py", 4, None, "use", False),
        ("docs/use.md", 1, "zoo/beta-2", "mention", True),
    ]
    assert rows[1]["argument"] == "sys.argv[1]"
    assert "1 use site, 1 mention, 1 unresolved load; not read: 1 unparsable" in done.stderr
    assert not (tmp_path / "data").exists(), "a scan needs no store and makes none"


def test_the_table_shows_uses_and_open_loads_and_mentions_on_request(
    project: Path, tmp_path: Path
) -> None:
    shown = miner("scan", str(project), home=tmp_path).stdout
    assert "1 model used at 1 place" in shown
    assert "app.py:3" in shown
    assert "sys.argv[1]" in shown
    assert "zoo/beta-2" not in shown
    assert "zoo/beta-2" in miner("scan", str(project), "--mentions", home=tmp_path).stdout


def test_by_names_what_loads_and_a_name_of_another_service_has_no_guessed_hub(
    tmp_path: Path,
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "app.py").write_text(
        "import os\nfrom transformers import AutoModel\n"
        "def load(name):\n    return AutoModel.from_pretrained(name)\n"
        'load("zoo/alpha-1b")\n'
        'CHOSEN_MODEL = os.getenv("CHOSEN_MODEL", "zoo/beta-2b")\n'
        'WATSONX_MODEL = os.getenv("WATSONX_MODEL", "ibm/granite-13b-chat-v2")\n'
    )
    (root / ".env").write_text("NVIDIA_MODEL=meta/llama-3.1-8b-instruct\nHF_MODEL=zoo/gamma-3b\n")
    done = miner("scan", str(root), "--format", "jsonl", home=tmp_path)
    rows = {row["model"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows["zoo/alpha-1b"]["api"] == "transformers.AutoModel.from_pretrained"
    assert rows["zoo/beta-2b"]["api"] == "CHOSEN_MODEL"
    assert {name: (row["hub"], row["role"]) for name, row in rows.items()} == {
        "zoo/alpha-1b": ("huggingface", "use"),
        "zoo/beta-2b": ("huggingface", "use"),
        "zoo/gamma-3b": ("huggingface", "use"),
        "ibm/granite-13b-chat-v2": ("other", "mention"),
        "meta/llama-3.1-8b-instruct": ("other", "mention"),
    }


def test_csv_holds_the_same(project: Path, tmp_path: Path) -> None:
    done = miner("scan", str(project), "--format", "csv", home=tmp_path)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["model"] for row in rows] == ["zoo/alpha", "", "zoo/beta-2"]


def test_what_cannot_be_scanned_is_said_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    done = miner("scan", str(tmp_path / "a.txt"), home=tmp_path)
    assert done.returncode == 10
    assert "no tar archive" in done.stderr
    assert "Traceback" not in done.stderr


def test_paths_are_dealt_out_to_processes_and_a_bad_one_spoils_no_other(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.tar.gz").write_bytes(b"no archive")
    command = ["scan", str(project), str(tmp_path / "bad.tar.gz"), "--format", "jsonl"]
    done = miner(*command, "--executor", "processes:2", home=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["source"] for row in rows} == {str(project)}
    assert [row["model"] for row in rows] == ["zoo/alpha", None, "zoo/beta-2"]
    assert "bad.tar.gz: not scanned: ConfigurationError" in done.stderr
    assert done.returncode == 13


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("foo/bar", "did you mean foo/baz?"),  # a folder of this name is here
        ("app.pyy", "did you mean app.py?"),
        ("nobody/there.tar.gz", "no name on GitHub"),
        ("nobody/there", "GITHUB_TOKEN has to be set"),
    ],
)
def test_a_mistyped_path_is_no_repository_on_github(
    asked: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "foo" / "baz").mkdir(parents=True)
    (tmp_path / "app.py").touch()
    with pytest.raises(SystemExit) as end:
        main(["scan", asked])
    messages = capsys.readouterr().err
    assert end.value.code == 10
    assert words in messages
    assert "--no-github" not in messages
    assert not (tmp_path / "data").exists()
