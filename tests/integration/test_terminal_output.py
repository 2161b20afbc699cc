"""On a terminal nothing that a stranger wrote steers it; in a file and a pipe values stay."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from miner.pipelines.check import formats as check_formats
from miner.queries.loader import load, shipped_queries
from tests.filled import fill
from tests.hostile_text import HOSTILE_NAMES, HOSTILE_SQL
from tests.terminals import read_terminal

STEERING = "\x1b]0;owned\x07\x9b31m\u202e\x7f"
STEERS = ("\x1b", "\x07", "\x9b", "\u202e", "\x7f")
LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("zoo/alpha")\n'
FILE = f"a{STEERING}.py"
TABLES = ("model", "fetched_file", "use_site", "extracted_field", "license_statement")
RUN_ALL = """
import json, sys
from miner.cli import main
for words in json.load(open(sys.argv[1], encoding="utf-8")):
    print("$", ascii(words), flush=True)
    sys.argv = ["miner", *words]
    try:
        main()
    except SystemExit as ended:
        print("ended:", ended.code, flush=True)
"""


def on_terminal(command: list[str], folder: Path) -> str:
    """What a command writes to a terminal, stdout and stderr."""
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb", "COLUMNS": "200",
        "MINER_DATA_DIR": str(folder), "PYTHONUTF8": "1",
    }  # fmt: skip
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environment, stdout=theirs, stderr=theirs):
        os.close(theirs)
        return read_terminal(ours)


def steered(written: str) -> list[str]:
    """The lines that would steer a terminal."""
    return [line for line in written.splitlines() if any(sign in line for sign in STEERS)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose file names steer a terminal."""
    folder = tmp_path_factory.mktemp("project")
    (folder / FILE).write_text(LOAD, encoding="utf-8")
    (folder / f"LICENSE{STEERING}").write_text("none", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_no_field_that_a_stranger_wrote_steers_a_terminal(tmp_path: Path, project: Path) -> None:
    settings = fill(tmp_path, lambda text: text + STEERING)
    formats = ("table", "csv", "json", "jsonl")
    documents = ("table", *check_formats.names())
    commands = [
        ["export"],
        *(["model", "acme/one", "--quotes", "--format", name] for name in ("table", "json")),
        *(["repository", "acme/code", "--format", name] for name in ("table", "json")),
        *(["license", "obligations", "acme/one", "--format", name] for name in ("table", "json")),
        ["status"],
        ["snapshot", "list"],
        ["snapshot", "build", str(tmp_path / "data-2026.11.0")],
        ["model", f"acme/{STEERING}"],
        ["license", "normalize", f"apache{STEERING}"],
        *(["query", name] for name in shipped_queries(load())),
        *(
            ["query", "--sql", f"FROM {name}", "--format", form]
            for name in TABLES
            for form in formats
        ),
        *(["check", str(project), "--format", name] for name in documents),
        *(["scan", str(project), "--format", name] for name in formats),
    ]
    listed = settings.data_dir / "commands.json"
    listed.write_text(json.dumps(commands), encoding="utf-8")
    written = on_terminal([sys.executable, "-c", RUN_ALL, str(listed)], tmp_path)
    assert steered(written) == []
    assert [part for part in written.split("\r\n$ ") if "Traceback" in part] == []
    assert written.count("owned") > len(commands), "what was planted has to be shown, escaped"
    codes = [line for line in written.splitlines() if line.startswith("ended:")]
    assert len(codes) == len(commands)


def test_hostile_names_and_statements_do_no_harm_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "miner.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE model (name VARCHAR)")
        connection.executemany("INSERT INTO model VALUES (?)", [[name] for name in HOSTILE_NAMES])
    before = path.read_bytes()
    formats = ("table", "csv", "tsv", "json", "jsonl", "markdown")
    reading = [
        *(["query", "--sql", "FROM model", "--format", name] for name in formats),
        *(["license", "normalize", name] for name in HOSTILE_NAMES),
    ]
    refused = [["query", "--max-seconds", "1", "--max-memory-mb", "300", "--sql", statement]
               for statement in HOSTILE_SQL]  # fmt: skip
    listed = tmp_path / "commands.json"
    listed.write_text(json.dumps([*reading, *refused]), encoding="utf-8")
    written = on_terminal([sys.executable, "-c", RUN_ALL, str(listed)], tmp_path)
    assert steered(written) == []
    assert "Traceback" not in written
    codes = [line for line in written.splitlines() if line.startswith("ended:")]
    assert codes[len(reading) :] == ["ended: 10"] * len(refused)
    assert codes[: len(formats)] == ["ended: 0"] * len(formats)
    assert path.read_bytes() == before
    assert {place.name for place in tmp_path.iterdir()} == {"commands.json", "miner.duckdb"}


def test_in_a_pipe_a_value_stays(project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "miner", "scan", "--format", "csv", str(project)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert FILE in done.stdout
    assert steered(done.stderr) == []
