"""A bug in judging or writing costs one model or format; the rest is judged and written as ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.cli import main
from miner.pipelines.check import (
    chain_findings,
    check_project,
    duties,
    formats,
    license_terms,
)
from miner.pipelines.check.project_source import read_place
from miner.pipelines.scan.readers import python
from tests.checking import SHELF, write_project

PLACE = "KeyError at "


@pytest.fixture
def check(
    duckdb_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str, str]]:
    """Check a project of all models that are held, as a person does: code, stdout, stderr."""
    write_project(tmp_path / "p", *SHELF.models, "nobody/knows")
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))

    def checked(*words: str) -> tuple[int, str, str]:
        lenient = ("--fail-on", "never")
        with pytest.raises(SystemExit) as end:
            main(["check", str(tmp_path / "p"), "--duckdb", str(duckdb_file), *lenient, *words])
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return checked


def fails_for(
    owner: Any, name: str, is_due: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    function = getattr(owner, name)

    def broken(*args: Any, **kwargs: Any) -> Any:
        if is_due(*args):
            raise KeyError("injected")
        return function(*args, **kwargs)

    monkeypatch.setattr(owner, name, broken)


def about(model: str) -> Callable[..., bool]:
    return lambda first, *_: getattr(getattr(first, "model", first), "name", "") == model


@pytest.mark.parametrize(
    ("owner", "name"),
    [(check_project, "follow"), (chain_findings, "judge_chain"), (duties, "conclude"),
     *(pytest.param(*place, marks=pytest.mark.soak) for place in (
         (duties, "commercial_use"), (duties, "obligations"), (license_terms, "terms_of_model"),
         (check_project, "_architecture")))],
    ids=lambda one: one if isinstance(one, str) else one.__name__.rpartition(".")[2],
)  # fmt: skip
def test_an_exception_costs_the_judgment_of_its_model(
    owner: Any,
    name: str,
    check: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = next(one for one in SHELF.models if not any(
        bad_base == one for entry in SHELF.models.values() for bad_base, _ in entry.bases
    ))  # fmt: skip
    code, out, _ = check("--format", "json")
    assert code == 0
    without = {one["name"]: one for one in json.loads(out)["models"]}
    fails_for(owner, name, about(bad), monkeypatch)
    code, out, _ = check("--format", "json")
    assert code == 0
    report = json.loads(out)
    found = {one["name"]: one for one in report["models"]}
    assert found.keys() == without.keys()
    assert {key: one for key, one in found.items() if key != bad} == {
        key: one for key, one in without.items() if key != bad
    }
    (finding,) = found[bad]["findings"]
    assert (finding["verdict"], finding["reason"]) == ("unknown", "FAILED")
    assert PLACE in finding["explanation"]
    assert sum(report["faults"].values()) == 1
    code, _, err = check("--strict")
    assert code == 14
    assert "1 lost to unexpected errors (--strict)" in err
    assert check("--fail-on", "unknown")[0] == 14


def test_an_exception_in_judging_the_project_itself_is_a_finding(
    check: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_for(chain_findings, "judge_own", lambda *_: True, monkeypatch)
    code, out, _ = check("--format", "json", "--strict")
    assert code == 14
    assert [one["finding"]["reason"] for one in json.loads(out)["findings"]] == ["FAILED"]


@pytest.mark.parametrize("broken", formats.names())
def test_an_exception_in_a_format_costs_that_format(
    broken: str,
    tmp_path: Path,
    check: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fails_for(formats.load(broken), "render", lambda *_: True, monkeypatch)
    words = [f"--write={name}={tmp_path / name}" for name in formats.names()]
    code, out, err = check(*words)
    assert code == 14
    assert out
    assert f"format {broken} is not written: {PLACE}" in err
    assert {name for name in formats.names() if (tmp_path / name).exists()} == {
        name for name in formats.names() if name != broken
    }


def test_a_file_lost_to_a_bug_is_counted_and_fails_a_strict_check_and_scan(
    tmp_path: Path,
    check: Callable[..., tuple[int, str, str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check("--strict")[0] == 0
    fails_for(python, "read", lambda *_: True, monkeypatch)
    monkeypatch.setattr(
        check_project, "_read", read_place
    )  # in this process: the bug is here alone
    code, out, _ = check("--format", "json", "--strict")
    assert code == 14
    report = json.loads(out)
    assert report["scan_state"] == "partial"
    assert sum(report["faults"].values()) >= 1
    for words, expected in ((["--strict"], 14), ([], 0)):
        with pytest.raises(SystemExit) as end:
            main(["scan", str(tmp_path / "p"), "--executor", "here", *words])
        assert end.value.code == expected
    assert "lost to bugs of miner" in capsys.readouterr().err
