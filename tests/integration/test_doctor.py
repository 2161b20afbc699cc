"""``miner doctor`` on a replayed hub, on other servers, and on stores in every condition."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from miner.cli import main
from miner.db.session import store_lock
from miner.pipelines.doctor import machine
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.queries.loader import macros
from miner.settings import Settings
from tests.crawling import build, crawl, environment, requests, settings_for

TOKEN = "hf_" + "aTokenThatIsGood"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    options = ReplayOptions(limit_api=500, limit_resolvers=3000, tokens=frozenset({TOKEN}))
    with serving(build(12), options) as running:
        yield running


@pytest.fixture(scope="module")
def healthy(server: ReplayServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory after a crawl and an export."""
    settings = settings_for(tmp_path_factory.mktemp("healthy") / "data", server.endpoint)
    crawl(settings)
    export_duckdb(settings, settings.duckdb_path, macros=macros())
    return settings.data_dir


@pytest.fixture
def data(healthy: Path, tmp_path: Path) -> Path:
    """A copy of it, to be broken."""
    return Path(shutil.copytree(healthy, tmp_path / "data"))


class Doctor:
    """Runs the command as a person does; keeps what it printed."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._set, self._unset = monkeypatch.setenv, monkeypatch.delenv
        self._capsys = capsys
        self._config = folder / "none.toml"
        self.out = self.err = ""

    def __call__(
        self, data_dir: Path, endpoint: str = NOWHERE, *options: str, **environment: str
    ) -> int:
        for name in ("MINER_DATABASE_URL", "HF_TOKEN", "HF_TOKEN_FILE", "HF_HUB_OFFLINE"):
            self._unset(name, raising=False)
        env = {
            "MINER_DATA_DIR": str(data_dir),
            "MINER_CONFIG": str(self._config),
            "HF_ENDPOINT": endpoint,
            "MINER_HTTP_TIMEOUT_SECONDS": "5",
            **environment,
        }
        for name, value in env.items():
            self._set(name, value)
        with pytest.raises(SystemExit) as end:
            main(["doctor", *options])
        self.out, self.err = self._capsys.readouterr()
        return int(end.value.code or 0)

    def checks(self, data_dir: Path, endpoint: str = NOWHERE, **env: str) -> dict[str, Any]:
        """Return the checks of the JSON by their names."""
        code = self(data_dir, endpoint, "--json", **env)
        checks = {check["name"]: check for check in json.loads(self.out)["checks"]}
        found_one = any(check["state"] == "problem" for check in checks.values())
        assert code == (14 if found_one else 0)
        # whatever is not right says what to do, and nothing else does
        assert all(bool(c["todo"]) is (c["state"] != "ok") for c in checks.values())
        return checks


@pytest.fixture
def doctor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Doctor:
    return Doctor(monkeypatch, capsys, tmp_path)


def _bad(checks: dict[str, Any], state: str = "problem") -> set[str]:
    return {name for name, check in checks.items() if check["state"] == state}


def _content(folder: Path) -> dict[str, bytes]:
    """What lies in a folder; SQLite's own side files come and go with readers."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".db-wal", ".db-shm", ".lock"}
    }


def test_all_is_well_and_nothing_is_changed(
    doctor: Doctor, data: Path, server: ReplayServer
) -> None:
    before, asked = _content(data), sum(requests(server, b) for b in ("api", "resolvers"))
    assert doctor(data, server.endpoint, HF_TOKEN=TOKEN) == 0
    assert {line.split()[0] for line in doctor.out.splitlines()} == {"ok"}
    assert "valid, of replay, role read" in doctor.out
    assert "12 models" in doctor.out
    assert TOKEN not in doctor.out + doctor.err
    assert _content(data) == before
    assert sum(requests(server, b) for b in ("api", "resolvers")) - asked == 3


def test_the_limits_of_both_buckets_are_told(doctor: Doctor, data: Path) -> None:
    with serving(build(1), ReplayOptions(limit_api=500, limit_resolvers=3000)) as fresh:
        checks = doctor.checks(data, fresh.endpoint)
    assert checks["limit api"]["found"].startswith("499 of 500 requests left in 300 s")
    assert checks["limit resolvers"]["found"].startswith("2,999 of 3,000 requests left in 300 s")


def test_a_limit_that_is_spent_is_a_warning(doctor: Doctor, data: Path) -> None:
    with serving(build(1), ReplayOptions(limit_api=1)) as spent:
        last = doctor.checks(data, spent.endpoint)
        over = doctor.checks(data, spent.endpoint)
    assert _bad(last, "warning") == {"limit api"}
    assert _bad(over, "warning") == {"endpoint", "limit api"}
    assert "429" in over["endpoint"]["found"]


def test_an_endpoint_without_limits_says_so(doctor: Doctor, data: Path) -> None:
    with serving(build(0)) as bare:
        checks = doctor.checks(data, bare.endpoint)
    assert checks["limits"]["state"] == "ok"
    assert "a replay" in checks["clock"]["found"]  # asked for a second time, there is no file
    assert not any(name.startswith("limit ") for name in checks)


@pytest.mark.parametrize(
    "token", ["hf_" + "aTokenThatIsNot", "two words", "hf_\u2013", "hf_\xfc"], ids=ascii
)
def test_a_wrong_token_is_a_problem_and_is_not_shown(
    doctor: Doctor, data: Path, server: ReplayServer, token: str
) -> None:
    checks = doctor.checks(data, server.endpoint, HF_TOKEN=token)
    assert _bad(checks) == {"HF_TOKEN"}
    assert checks["endpoint"]["state"] == "ok"  # asked without the token
    assert token not in doctor.out + doctor.err
    assert "unset HF_TOKEN" in checks["HF_TOKEN"]["todo"]


def test_without_a_server_the_rest_is_still_told(doctor: Doctor, data: Path) -> None:
    checks = doctor.checks(data, NOWHERE, HF_TOKEN=TOKEN)
    assert _bad(checks) == {"endpoint"}
    assert _bad(checks, "warning") == {"HF_TOKEN"}
    assert "clock" not in checks
    assert checks["store"]["state"] == "ok"
    assert "miner: 1 of" in doctor.err


def test_a_hub_that_is_down_is_a_problem(doctor: Doctor, data: Path) -> None:
    with serving(build(1), ReplayOptions(rate_503=1.0)) as down:
        checks = doctor.checks(data, down.endpoint)
    assert _bad(checks) == {"endpoint"}
    assert "503" in checks["endpoint"]["found"]


def test_a_proxy_that_is_none_is_a_problem(tmp_path: Path) -> None:
    """In a process of its own: the client library reads the proxies once."""
    env = environment(settings_for(tmp_path, "http://hub.example"))
    env["ALL_PROXY"] = "unheard-of://proxy.example"
    command = [sys.executable, "-m", "miner", "doctor"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 14
    assert "problem  proxy" in done.stdout
    assert "do: correct or unset HTTPS_PROXY" in done.stdout
    assert "Traceback" not in done.stderr


class _Answer:
    """What a small server of our own says; the replay has neither another clock nor rights."""

    def __init__(self) -> None:
        self.listing: Any = [{"id": "acme/model"}]
        self.who: Any = {"name": "ann", "auth": {"accessToken": {"role": "read"}}}
        self.ahead = timedelta()

    def body(self, path: str) -> bytes:
        answer = self.who if path.startswith("/api/whoami") else self.listing
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@contextmanager
def _answering(answer: _Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answer.body(self.path)
            self.send_response_only(200)
            date = datetime.now(UTC) + answer.ahead
            self.send_header("Date", format_datetime(date, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (timedelta(), "ok", "within 1 s"),
        (timedelta(seconds=-50), "ok", "within 5"),
        (timedelta(minutes=10), "warning", "behind the endpoint"),
        (timedelta(days=-400), "warning", "ahead of the endpoint"),
    ],
)
def test_a_clock_that_runs_wrong_is_a_warning(
    doctor: Doctor, tmp_path: Path, ahead: timedelta, state: str, words: str
) -> None:
    answer = _Answer()
    answer.ahead = ahead
    with _answering(answer) as endpoint:
        clock = doctor.checks(tmp_path, endpoint)["clock"]
    assert clock["state"] == state
    assert words in clock["found"]


def test_a_replay_is_told_by_the_clock_that_stands(
    doctor: Doctor, data: Path, server: ReplayServer
) -> None:
    clock = doctor.checks(data, server.endpoint)["clock"]
    assert clock["found"] == "the endpoint is a replay: its clock stands at 2026-01-01 12:00:00 UTC"


@pytest.mark.parametrize(
    ("who", "state", "words"),
    [
        ({"name": "ann", "auth": {"accessToken": {"role": "write"}}}, "warning", "role write"),
        ({"name": "ann", "auth": {"accessToken": {"role": "fineGrained"}}}, "ok", "fineGrained"),
        ({"name": "ann", "auth": None}, "ok", "rights are not said"),
        (["unexpected"], "ok", "rights are not said"),
        (b"[" * 100_000, "ok", "rights are not said"),
        ({"name": "\x1b[31m" * 100}, "ok", "valid, of"),
    ],
)
def test_the_rights_of_a_token_are_told_if_the_hub_says_them(
    doctor: Doctor, tmp_path: Path, who: Any, state: str, words: str
) -> None:
    answer = _Answer()
    answer.who = who
    with _answering(answer) as endpoint:
        check = doctor.checks(tmp_path, endpoint, HF_TOKEN=TOKEN)["HF_TOKEN"]
        doctor(tmp_path, endpoint, HF_TOKEN=TOKEN)
    assert check["state"] == state
    assert words in check["found"]
    assert "\x1b" not in doctor.out


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"{}", b"", b"[" * 100_000])
def test_a_server_that_is_no_hub_is_a_problem(doctor: Doctor, tmp_path: Path, body: bytes) -> None:
    answer = _Answer()
    answer.listing = body
    with _answering(answer) as endpoint:
        checks = doctor.checks(tmp_path, endpoint)
    assert "no list of models" in checks["endpoint"]["found"]


def test_without_a_store_nothing_is_wrong_and_nothing_is_made(
    doctor: Doctor, tmp_path: Path, server: ReplayServer
) -> None:
    checks = doctor.checks(tmp_path / "none", server.endpoint)
    assert _bad(checks) == set()
    assert _bad(checks, "warning") == {"store"}
    assert checks["store"]["todo"] == "miner crawl --since 2024-01"
    assert not (tmp_path / "none").exists()


def test_a_data_directory_that_cannot_be_made_is_a_problem(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "data directory" in _bad(doctor.checks(tmp_path / "file" / "data"))


def _in_store(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "miner.db")) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "words", "todo"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "newer miner", "newer miner"),
        ("UPDATE alembic_version SET version_num = '0000'", "newer miner", "newer miner"),
        ("DROP TABLE alembic_version", "something else", "MINER_DATA_DIR"),
        ("DROP TABLE model_event", "", ""),
        ("DROP TABLE answer", "no such table", "miner parse --from-archive"),
    ],
)
def test_a_store_with_another_schema(
    doctor: Doctor, data: Path, statement: str, words: str, todo: str
) -> None:
    _in_store(data, statement)
    store = doctor.checks(data)["store"]
    assert store["state"] == ("problem" if words else "ok")
    assert words in store["found"]
    assert todo in store["todo"]


def test_a_store_that_is_no_database(doctor: Doctor, data: Path) -> None:
    for path in data.glob("miner.db*"):
        path.unlink()
    (data / "miner.db").write_bytes(b"no database at all" * 1000)
    store = doctor.checks(data)["store"]
    assert "not a database" in store["found"]
    assert store["todo"].endswith("miner parse --from-archive")


def test_an_address_of_a_store_that_does_not_answer_hides_its_password(
    doctor: Doctor, data: Path
) -> None:
    server = "@127.0.0.1:9/miner"
    checks = doctor.checks(data, MINER_DATABASE_URL=f"postgresql://ann:a-secret-word{server}")
    # told by the missing driver, or by the server that is not there
    assert _bad(checks) & {"libraries", "store"}
    assert "a-secret-word" not in doctor.out + doctor.err


def test_a_process_that_writes_is_named(doctor: Doctor, data: Path) -> None:
    settings = Settings(data_dir=data, database_url=f"sqlite:///{data / 'miner.db'}")
    with store_lock(settings):
        assert "process" in doctor.checks(data)["lock"]["found"]
    assert "no process" in doctor.checks(data)["lock"]["found"]


def _last_segment(data: Path) -> Path:
    return max((data / "archive").glob("*.warc.gz"))


def test_a_torn_tail_is_told_and_left_as_it_is(doctor: Doctor, data: Path) -> None:
    with _last_segment(data).open("ab") as file:
        file.write(b"\x1f\x8b\x08half a record")
    before = _last_segment(data).read_bytes()
    archive = doctor.checks(data)["archive"]
    assert archive["state"] == "warning"
    assert "16 bytes of a half-written record" in archive["found"]
    assert _last_segment(data).read_bytes() == before


def test_a_damaged_segment_is_a_problem(doctor: Doctor, data: Path) -> None:
    segment = _last_segment(data)
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0xFF
    segment.write_bytes(content)
    assert "is damaged at byte" in doctor.checks(data)["archive"]["found"]


def test_a_segment_that_is_cut_short_or_lost_is_a_problem(doctor: Doctor, data: Path) -> None:
    segment = _last_segment(data)
    segment.write_bytes(segment.read_bytes()[:-100])
    assert "knows of more" in doctor.checks(data)["archive"]["found"]
    segment.unlink()
    archive = doctor.checks(data)["archive"]
    assert segment.name in archive["found"]
    assert f"put {segment.name} back" in archive["todo"]


def test_a_duckdb_file_that_is_behind_absent_or_broken(doctor: Doctor, data: Path) -> None:
    _in_store(data, "UPDATE run SET ended_at = '2100-01-01 00:00:00'")
    assert doctor.checks(data)["DuckDB file"]["state"] == "warning"
    (data / "miner.duckdb").unlink()
    absent = doctor.checks(data)["DuckDB file"]
    assert (absent["state"], absent["todo"]) == ("warning", "miner export")
    (data / "miner.duckdb").write_bytes(b"no database at all" * 1000)
    assert doctor.checks(data)["DuckDB file"]["state"] == "problem"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("click>=99", "click is 8"),
        ("a-library-that-nobody-made>=1", "is not installed"),
    ],
)
def test_a_library_outside_its_bounds_is_named_with_the_way_to_mend_it(
    doctor: Doctor, data: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, words: str
) -> None:
    monkeypatch.setattr("importlib.metadata.requires", lambda _: [wanted, "absent; extra == 'dev'"])
    checks = doctor.checks(data)
    assert _bad(checks) == {"libraries"}
    assert words in checks["libraries"]["found"]
    assert "absent" not in checks["libraries"]["found"]
    assert checks["libraries"]["todo"] == f"python -I -m pip install '{wanted}'"
    assert "store" not in checks  # nothing is left to look further with
    assert "when the libraries are right" in doctor.err


def test_little_disk_is_a_warning_and_hardly_any_a_problem(
    doctor: Doctor, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more_than_any = 10**18
    monkeypatch.setattr(machine, "_LOW_BYTES", 0)
    assert doctor.checks(data)["disk"]["state"] == "ok"
    monkeypatch.setattr(machine, "_LOW_BYTES", more_than_any)
    assert doctor.checks(data)["disk"]["state"] == "warning"
    checks = doctor.checks(data, MINER_ARCHIVE_SEGMENT_BYTES=str(more_than_any))
    assert "less than one segment" in checks["disk"]["found"]
