"""``miner check`` as a user, a CI job and a commit hook call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from miner.cli import main
from miner.pipelines.check import formats
from miner.pipelines.sources.replay.serve import serving
from tests.bom_validators import cyclonedx_errors, sarif_errors, spdx_errors
from tests.checking import SHELF, export_shelf, write_project
from tests.commands import run_miner
from tests.forges import build, forge_settings, name, put, source
from tests.forges import miner as miner_with

ROOT = Path(__file__).resolve().parents[2]
VALIDATORS = {"cyclonedx": cyclonedx_errors, "spdx": spdx_errors, "sarif": sarif_errors}


@pytest.fixture(scope="module")
def duckdb_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_shelf(SHELF, tmp_path_factory.mktemp("held"))


def miner(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "MINER_DATA_DIR": str(home / "data")}
    return run_miner(*arguments, cwd=home, env={**environment, **more})


def test_every_output_of_one_run_is_valid_and_agrees(duckdb_file: Path, tmp_path: Path) -> None:
    write_project(tmp_path / "p", *SHELF.models, "nobody/knows")
    done = miner(
        tmp_path, "check", "p", "--duckdb", str(duckdb_file), "--name", "acme/product",
        "--format", "json", "--bom", "spdx", "--out", "bom.spdx.json",
        "--write", "cyclonedx=bom.cdx.json", "--write", "sarif=found.sarif",
        "--write", "markdown=check.md", "--fail-on", "never", SOURCE_DATE_EPOCH="1700000000",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["counts"]["inconsistent"] >= 4
    assert report["created"] == "2023-11-14T22:13:20Z"
    for format_name, file in (
        ("spdx", "bom.spdx.json"), ("cyclonedx", "bom.cdx.json"), ("sarif", "found.sarif"),
    ):  # fmt: skip
        assert VALIDATORS[format_name]((tmp_path / file).read_text(encoding="utf-8")) == []
    bom = json.loads((tmp_path / "bom.cdx.json").read_text(encoding="utf-8"))
    models = [one for one in bom["components"] if one["type"] == "machine-learning-model"]
    assert len(models) == len(report["models"]) == len(SHELF.models) + 1
    assert bom["metadata"]["component"]["name"] == "acme/product"
    assert report["models"][0]["findings"][0]["chain"][-1] == "acme/product"
    assert "# Models used by acme/product" in (tmp_path / "check.md").read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".*.part"))


def test_the_same_input_and_time_give_the_same_bytes(duckdb_file: Path, tmp_path: Path) -> None:
    write_project(tmp_path / "p", "lab/again", "acme/encoder")
    written = {}
    for run in ("one", "two"):
        targets = [f"--write={name}={run}.{name}" for name in formats.names()]
        done = miner(
            tmp_path, "check", "p", "--duckdb", str(duckdb_file), *targets, "--fail-on", "never",
            SOURCE_DATE_EPOCH="1",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        written[run] = [(tmp_path / f"{run}.{name}").read_bytes() for name in formats.names()]
    assert written["one"] == written["two"]
    assert all(written["one"])


@pytest.mark.parametrize(
    ("model", "codes"),
    [
        ("lab/tuned", {"inconsistent": 14, "needs-review": 14, "unknown": 14, "never": 0}),
        ("shop/rail", {"inconsistent": 0, "needs-review": 14, "unknown": 14, "never": 0}),
        ("odd/vague", {"inconsistent": 0, "needs-review": 0, "unknown": 14, "never": 0}),
        ("odd/choice", {"inconsistent": 0, "needs-review": 0, "unknown": 0, "never": 0}),
    ],
)
def test_the_exit_code_follows_fail_on(  # noqa: PLR0917
    model: str,
    codes: dict[str, int],
    duckdb_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    project = str(write_project(tmp_path / "p", model))
    for fail_on, code in codes.items():
        with pytest.raises(SystemExit) as end:
            main(["check", project, "--duckdb", str(duckdb_file), "--fail-on", fail_on])
        shown = capsys.readouterr()
        assert end.value.code == code, shown.err
        assert ("or worse" in shown.err) == (code == 14)
        assert "app.py:3" in shown.out  # the report is written all the same


def test_without_a_file_nothing_is_consistent(tmp_path: Path) -> None:
    write_project(tmp_path / "p", "odd/choice")
    done = miner(tmp_path, "check", "p", "--offline", "--fail-on", "unknown")
    assert done.returncode == 14
    assert "NOT_HELD" in done.stdout
    assert "no data on models" in done.stdout
    assert done.stdout.count("Not legal advice") == 1
    lenient = miner(tmp_path, "check", "p", "--offline")
    assert lenient.returncode == 10
    assert "nothing is known of the 1 model" in lenient.stderr
    assert miner(tmp_path, "check", "p", HF_HUB_OFFLINE="1").returncode == 10
    assert not (tmp_path / "data").exists()


def test_a_crawl_that_may_ask_nobody_says_so(tmp_path: Path) -> None:
    done = miner(tmp_path, "crawl", "--limit", "1", HF_HUB_OFFLINE="1")
    assert done.returncode == 10
    assert "unset HF_HUB_OFFLINE" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_file_of_the_data_directory_is_asked(duckdb_file: Path, tmp_path: Path) -> None:
    write_project(tmp_path / "p", "odd/choice")
    done = miner(
        tmp_path, "check", "p", "--fail-on", "unknown", MINER_DATA_DIR=str(duckdb_file.parent)
    )
    assert done.returncode == 0, done.stdout
    assert "DUAL_CHOICE" in done.stdout


def test_a_bom_alone_takes_stdout(duckdb_file: Path, tmp_path: Path) -> None:
    write_project(tmp_path / "p", "acme/encoder")
    for kind in ("cyclonedx", "spdx"):
        done = miner(tmp_path, "check", "p", "--duckdb", str(duckdb_file), "--bom", kind)
        assert VALIDATORS[kind](done.stdout) == []


def test_a_table_says_what_hangs_on_what(duckdb_file: Path, tmp_path: Path) -> None:
    write_project(tmp_path / "p", "lab/again", "odd/orphan")
    shown = miner(tmp_path, "check", "p", "--duckdb", str(duckdb_file)).stdout
    for words in (
        "2 models: 1 inconsistent, 1 unknown", "license of its code: apache-2.0 (pyproject.toml)",
        "app.py:3", "COMMUNITY_LICENSE_DROPPED", "big/llama-like → lab/tuned → lab/again → p",
        "s.1(b)(i)", "What the licenses ask for", "Built with Llama", "gone/base",
        "The publisher of lab/tuned:", "matrix miner",
    ):  # fmt: skip
        assert words in shown, words


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("p", "--write", "sarif"), 2, "FORMAT=FILE"),
        (("p", "--write", "pdf=a.pdf"), 2, "no format 'pdf'"),
        (("p", "--out", "a.txt"), 2, "--format"),
        (("p", "--bom", "spdx", "--format", "json"), 2, "stdout"),
        (("p", "--duckdb", "none.duckdb"), 10, "there is no DuckDB file"),
        (("p", "--duckdb", "p/app.py"), 10, "cannot be opened as a DuckDB file"),
        (("p", "--matrix", "nobody"), 10, "no matrix is called 'nobody'"),
        (("p/app.py",), 10, "no tar archive"),
        (("no/such/place",), 10, "nothing at this path"),
        (("p", "--format", "json", "--out", "none/a.json"), 10, "none"),
    ],
)
def test_mistakes_are_told_without_a_traceback(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    write_project(tmp_path / "p", "acme/encoder")
    done = miner(tmp_path, "check", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_time_is_told(tmp_path: Path) -> None:
    write_project(tmp_path / "p")
    done = miner(tmp_path, "check", "p", SOURCE_DATE_EPOCH="yesterday")
    assert done.returncode == 10
    assert "SOURCE_DATE_EPOCH" in done.stderr


def test_an_older_file_is_told(tmp_path: Path) -> None:
    write_project(tmp_path / "p", "acme/encoder")
    made = [
        sys.executable,
        "-c",
        "import duckdb; duckdb.connect('old.duckdb').execute('CREATE TABLE a (b INT)')",
    ]
    subprocess.run(made, check=True, cwd=tmp_path)
    done = miner(tmp_path, "check", "p", "--duckdb", "old.duckdb")
    assert done.returncode == 10
    assert "lacks what a check needs" in done.stderr
    assert "miner export" in done.stderr


def test_git_directories_and_archives_are_read_as_well(duckdb_file: Path, tmp_path: Path) -> None:
    project = write_project(tmp_path / "p", "lab/tuned")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(project)]
    for step in (["init", "-q"], ["add", "."], ["commit", "-qm", "m"],
                 ["remote", "add", "origin", "https://github.com/acme/product.git"]):  # fmt: skip
        subprocess.run([*git, *step], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(project), str(tmp_path / "bare")],
                   check=True)  # fmt: skip
    subprocess.run([*git, "archive", "--prefix=x/", "-o", str(tmp_path / "a.tar.gz"), "HEAD"],
                   check=True)  # fmt: skip
    found = {}
    for place in ("p", "bare", "a.tar.gz"):
        done = miner(tmp_path, "check", place, "--duckdb", str(duckdb_file), "--format", "json")
        found[place] = json.loads(done.stdout)
        assert found[place]["verdict"] == "inconsistent"
        assert found[place]["terms"]["text"] == "apache-2.0"
    assert (found["p"]["name"], found["p"]["url"]) == (
        "acme/product", "https://github.com/acme/product",
    )  # fmt: skip
    assert len(found["p"]["commit"]) == len(found["bare"]["commit"]) == 40
    assert found["a.tar.gz"]["commit"] == ""


def test_a_repository_on_github_is_checked_through_the_store(
    duckdb_file: Path, tmp_path: Path
) -> None:
    catalog = build(3)
    put(catalog, 1, files={"app.py": source("lab/tuned")})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        arguments = ("check", name(1), "--duckdb", str(duckdb_file), "--fail-on", "inconsistent")
        done = miner_with(settings, *arguments, "--format", "json")
        assert done.returncode == 14, done.stderr
        report = json.loads(done.stdout)
        (model,) = report["models"]
        (site,) = model["sites"]
        assert report["name"] == name(1)
        assert report["terms"]["text"] == "mit"
        assert site["url"].endswith("/app.py#L3")
        sarif = miner_with(settings, *arguments, "--format", "sarif").stdout
    assert sarif_errors(sarif) == []
    (run,) = json.loads(sarif)["runs"]
    assert run["versionControlProvenance"][0]["revisionId"] == report["commit"]
