"""What a question takes, and what its answer does to a terminal, is bounded."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import pty
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from miner.cli import main
from miner.db.analytics import open_for_questions
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import serving
from miner.queries.output import FORMATS
from miner.queries.query_limits import limited
from miner.queries.run import Result, run_sql
from tests.terminals import read_terminal

ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7"
LARGE = "SELECT list(range || 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') FROM range(30000000)"
STEERS = ["\x1b]0;owned\x07", "\x9b2J", "\x7f", "\u202egpj.exe", "\u2066a", "\u200b", "a\rb"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (a VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?)", [[text] for text in STEERS])
        connection.execute("INSERT INTO t VALUES ('=1+1'), ('plain')")
    return path


def _fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["query", *arguments])
    assert ended.value.code == 10
    return capsys.readouterr().err


def test_a_question_without_end_is_ended(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    message = _fails(capsys, "--duckdb", str(file), "--max-seconds", "1", "--sql", ENDLESS)
    assert time.monotonic() - begun < 20
    assert "ended after 1 seconds" in message
    assert "--max-seconds" in message


def test_a_question_takes_no_more_memory_than_it_may(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = _fails(capsys, "--duckdb", str(file), "--max-memory-mb", "60", "--sql", LARGE)
    assert "needs more than 60 MB" in message
    assert "--max-memory-mb" in message


def test_limits_come_from_settings_too(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_QUERY_SECONDS", "1")
    assert "after 1 seconds" in _fails(capsys, "--duckdb", str(file), "--sql", ENDLESS)
    monkeypatch.setenv("MINER_QUERY_MEMORY_MB", "60")
    monkeypatch.setenv("MINER_QUERY_SECONDS", "60")
    assert "60 MB" in _fails(capsys, "--duckdb", str(file), "--sql", LARGE)


def _written(file: Path, format_name: str) -> str:
    with duckdb.connect(str(file), read_only=True) as connection:
        stream = io.StringIO()
        FORMATS[format_name](_result(connection), stream)
        return stream.getvalue()


def _result(connection: duckdb.DuckDBPyConnection) -> Result:
    return run_sql('SELECT a, [a] AS "b\x1b[31m" FROM t', connection)


def _steering(text: str) -> set[str]:
    return {sign for sign in text if not sign.isprintable() and sign != "\n"}


@pytest.mark.parametrize("format_name", ["table", "json", "jsonl"])
def test_no_answer_steers_a_terminal(file: Path, format_name: str) -> None:
    assert _steering(_written(file, format_name)) == set()


def test_json_and_csv_keep_what_was_written(file: Path) -> None:
    texts = [*STEERS, "=1+1", "plain"]
    assert [row["a"] for row in json.loads(_written(file, "json"))] == texts
    rows = csv.reader(io.StringIO(_written(file, "csv"), newline=""))
    assert [row[0] for row in rows][1:] == texts


def test_csv_on_a_terminal_is_escaped(file: Path) -> None:
    ours, theirs = pty.openpty()
    with (
        duckdb.connect(str(file), read_only=True) as connection,
        os.fdopen(theirs, "w", encoding="utf-8", newline="") as terminal,
    ):
        FORMATS["csv"](_result(connection), terminal)
        terminal.flush()
    shown = read_terminal(ours)
    assert _steering(shown.replace("\r\n", "\n")) == set()
    assert "plain" in shown


@pytest.mark.parametrize(("host", "status"), [
    ("127.0.0.1", 200), ("localhost", 200), ("attacker.example", 400),
    ("127.0.0.1.evil.example", 400), ("", 400),
])  # fmt: skip
def test_a_replay_answers_to_its_own_names_only(host: str, status: int) -> None:
    with serving(Catalog()) as server:
        place = urlsplit(server.endpoint)
        connection = http.client.HTTPConnection(place.netloc)
        port = f":{place.port}" if host else ""
        connection.request("GET", "/api/models", headers={"Host": f"{host}{port}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
    assert answer.status == status


def test_no_thread_of_a_limit_outlives_its_block(file: Path) -> None:
    """One that frees a cursor while Python shuts down aborts the process, once in some ten runs."""
    with open_for_questions(file) as connection:
        with limited(connection, seconds=60, memory_mb=100):
            connection.execute("FROM t").fetchall()
        assert "time limit" not in [thread.name for thread in threading.enumerate()]
