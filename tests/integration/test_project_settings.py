"""A checkout decides nothing: neither where tokens go, nor by which data it is judged."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.checking import SHELF, export_shelf, write_project
from tests.commands import run_miner

TOKENS = {
    "HF_TOKEN": "hf_a-secret-word", "GITHUB_TOKEN": "ghp_a-secret-word",
    "OPENAI_API_KEY": "sk-a-secret-word",
}  # fmt: skip


@dataclass
class Sink:
    """A server that keeps what it is sent."""

    url: str
    heads: list[str] = field(default_factory=list)


@pytest.fixture
def sink() -> Iterator[Sink]:
    kept: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            kept.append(f"{self.command} {self.path}\n{self.headers}")
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_HEAD = _answer  # noqa: N815 - names of http.server

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Sink(f"http://127.0.0.1:{server.server_port}", kept)
        server.shutdown()


NOTHING_KNOWN = 10
"""Exit code of a check that asks nobody and has no data."""


def run(place: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run in a checkout, with tokens, and with a proxy for everybody else that refuses."""
    home = place.parent / "home"
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"), "MINER_HTTP_ATTEMPTS": "1", **TOKENS,
        **({"HF_HUB_OFFLINE": "1"} if arguments[0] == "check" else {}),
    }  # fmt: skip
    return run_miner(*arguments, cwd=place, env={**environment, **more})


def _evil(checkout: Path, url: str) -> None:
    (checkout / "miner.toml").write_text(
        f'[miner]\nhf_endpoint = "{url}"\ngithub_api_url = "{url}"\n'
        f'openai_base_url = "{url}/v1"\ndata_dir = "evil"\n',
        encoding="utf-8",
    )


@pytest.mark.parametrize(("asked", "token"), [
    (["crawl", "--since", "2024-01", "--limit", "1"], "HF_TOKEN"),
    (["scan", "acme/product"], "GITHUB_TOKEN"),
    (["extract", "--with", "llm", "--llm", "any", "--card", "README.md", "--model", "a/b",
      "--price-in", "0", "--price-out", "0"], "OPENAI_API_KEY"),
], ids=["crawl", "scan", "extract"])  # fmt: skip
def test_no_token_goes_where_a_checkout_says(
    asked: list[str], token: str, tmp_path: Path, sink: Sink
) -> None:
    checkout = write_project(tmp_path / "p", "acme/encoder")
    (checkout / "README.md").write_text("# A model\n\nTrained on eight GPUs.\n", encoding="utf-8")
    _evil(checkout, sink.url)
    # the real services are not asked: their proxy refuses
    done = run(checkout, *asked, HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1")
    assert sink.heads == []
    assert "miner.toml: not used: hf_endpoint, github_api_url, openai_base_url" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout / "evil").exists()
    run(checkout, "--config", "miner.toml", *asked, NO_PROXY="127.0.0.1")  # so it is asked for
    assert any(TOKENS[token] in head for head in sink.heads)


@pytest.fixture(scope="module")
def duckdb_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_shelf(SHELF, tmp_path_factory.mktemp("held"))


def test_a_checkout_brings_no_data_to_be_judged_by(tmp_path: Path, duckdb_file: Path) -> None:
    checkout = write_project(tmp_path / "p", "lab/plain", "nobody/knows")
    before = run(checkout, "check", ".", "--fail-on", "unknown")
    assert before.returncode == 14
    (checkout / "evil").mkdir()
    (checkout / "evil" / "miner.duckdb").write_bytes(duckdb_file.read_bytes())
    _evil(checkout, "http://127.0.0.1:9")
    done = run(checkout, "check", ".", "--fail-on", "unknown")
    assert (done.returncode, done.stdout) == (14, before.stdout)
    assert "not used: hf_endpoint" in done.stderr
    elsewhere = run(tmp_path, "check", "p", "--fail-on", "unknown")
    assert elsewhere.returncode == 14
    assert "p/miner.toml: not used: hf_endpoint" in elsewhere.stderr


@pytest.mark.parametrize("name", ["miner.toml", "pyproject.toml"])
def test_a_checkout_may_say_how_strict_its_check_is(name: str, tmp_path: Path) -> None:
    checkout = write_project(tmp_path / "p", "nobody/knows")
    table = "check" if name == "miner.toml" else "tool.miner.check"
    with (checkout / name).open("a", encoding="utf-8") as file:
        file.write(f'\n[{table}]\nfail-on = "unknown"\nname = "acme/policy"\nmatrix = "osadl"\n')
    done = run(tmp_path, "check", "p", "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 14
    assert (report["name"], report["settings_files"]) == ("acme/policy", [f"p/{name}"])
    assert "osadl" in report["matrix"].lower()
    assert f"policy from p/{name}" in done.stderr
    assert run(tmp_path, "check", "p", "--fail-on", "never").returncode == NOTHING_KNOWN
    assert run(tmp_path, "check", "p", "--no-project-file").returncode == NOTHING_KNOWN


@pytest.mark.parametrize(("line", "says", "near"), [
    ('fail-onn = "unknown"', "no policy setting 'fail-onn'", "did you mean fail-on?"),
    ('fail-on = "unknwon"', "fail-on must be one of", "--no-project-file"),
    ('matrix = "sheet:evil.csv"', "matrix must be one of miner, osadl", "--no-project-file"),
    ("name = 1", "name must be a text", "--no-project-file"),
    ('data_dir = "evil"', "no policy setting 'data_dir'", "--no-project-file"),
])  # fmt: skip
def test_a_wrong_policy_is_no_lax_one(line: str, says: str, near: str, tmp_path: Path) -> None:
    checkout = write_project(tmp_path / "p", "nobody/knows")
    (checkout / "miner.toml").write_text(f"[check]\n{line}\n", encoding="utf-8")
    done = run(checkout, "check", ".")
    assert done.returncode == 10
    assert "miner.toml" in done.stderr
    assert says in done.stderr
    assert near in done.stderr


@pytest.mark.parametrize("content", [
    b"[check", b"x = " + b"[" * 50_000, b'"\\u001b]0;owned\\u0007" = 1\n',
    *(pytest.param(content, marks=pytest.mark.soak) for content in (
        b"\xff\xfe", b"a = 1\n" + b"#" * 300_000, b"miner = 1\n")),
], ids=["cut", "deep", "escape", "no text", "large", "flat"])  # fmt: skip
def test_no_file_of_a_checkout_breaks_a_command(content: bytes, tmp_path: Path) -> None:
    checkout = write_project(tmp_path / "p", "nobody/knows")
    (checkout / "miner.toml").write_bytes(content)
    done = run(checkout, "scan", ".")
    assert done.returncode == 0
    assert "acme" not in done.stderr
    checked = run(checkout, "check", ".")
    assert checked.returncode == NOTHING_KNOWN
    for each in (done, checked):
        assert "Traceback" not in each.stderr
        assert "\x1b" not in each.stdout + each.stderr
    assert run(checkout, "check", ".", "--no-project-file").returncode == NOTHING_KNOWN


def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    checkout = write_project(tmp_path / "p", "nobody/knows")
    os.mkfifo(checkout / "miner.toml")
    assert run(checkout, "check", ".").returncode == NOTHING_KNOWN


def test_settings_stand_in_the_users_folder_or_a_named_file(tmp_path: Path) -> None:
    checkout = write_project(tmp_path / "p", "nobody/knows")
    folder = tmp_path / "home" / "config" / "miner"
    folder.mkdir(parents=True)
    (folder / "miner.toml").write_text('[miner]\ndata_dir = "/nowhere/own"\n', encoding="utf-8")
    done = run(checkout, "status")
    assert f"settings from {folder / 'miner.toml'}" in done.stderr
    assert "/nowhere/own" in done.stderr
    (checkout / "mine.toml").write_text('[miner]\ndata_dir = "/nowhere/named"\n', encoding="utf-8")
    for named in (
        run(checkout, "--config", "mine.toml", "status"),
        run(checkout, "status", MINER_CONFIG="mine.toml"),
    ):
        assert f"settings from {checkout / 'mine.toml'}" in named.stderr
        assert "/nowhere/named" in named.stderr
    assert run(checkout, "--config", "none.toml", "status").returncode == 2
    report = json.loads(run(checkout, "check", ".", "--format", "json").stdout)
    assert report["settings_files"] == [str(folder / "miner.toml")]
    checks = json.loads(run(checkout, "doctor", "--json", HF_ENDPOINT="http://127.0.0.1:9",
                            GITHUB_API_URL="http://127.0.0.1:9").stdout)["checks"]  # fmt: skip
    (settings,) = [check for check in checks if check["name"] == "settings"]
    assert str(folder / "miner.toml") in settings["found"]


@pytest.mark.parametrize(("line", "says", "near"), [
    ('hf_endpont = "http://x"', "no setting 'hf_endpont'", "did you mean hf_endpoint?"),
    ('hf_token = ["a"]', "hf_token must be a text", 'hf_token = "one, other"'),
])  # fmt: skip
def test_a_misspelled_setting_is_refused(line: str, says: str, near: str, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    file = tmp_path / "own.toml"
    file.write_text(f"[miner]\n{line}\n", encoding="utf-8")
    done = run(tmp_path / "p", "--config", str(file), "status")
    assert (done.returncode, "Traceback" in done.stderr) == (10, False)
    assert str(file) in done.stderr
    assert says in done.stderr
    assert near in done.stderr


def test_a_misspelled_variable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    done = run(tmp_path / "p", "status", MINER_DATADIR="/data")
    assert done.returncode == 10
    assert "did you mean MINER_DATA_DIR?" in done.stderr
    unrelated = run(tmp_path / "p", "status", MINER_PYTHON="python3", MINER_SOURCE="x")
    assert "MINER_PYTHON" not in unrelated.stderr
