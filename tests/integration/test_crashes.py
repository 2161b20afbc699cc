"""A bug of ours shows as one: it is never explained by an error that was dealt with before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from miner.cli import cli, main
from miner.errors import StoreAbsent
from tests.checking import write_project


class Injected(Exception):
    """A bug of ours."""


def _crash(*_args: object, **_named: object) -> None:
    raise Injected


def _crash_after_absence(*_args: object, **_named: object) -> None:
    try:
        raise StoreAbsent("there is no store")
    except StoreAbsent:
        _crash()


def _leaves(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _leaves(command, *path, name)
        else:
            yield (*path, name), command


LEAVES = dict(_leaves(cli))


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_no_command_explains_a_crash_by_a_store_that_is_absent(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(LEAVES[path], "params", [])
    monkeypatch.setattr(LEAVES[path], "callback", _crash_after_absence)
    with pytest.raises(Injected):
        main([*path])


def test_a_crash_while_a_project_is_checked_without_a_store_is_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path / "p", "acme/encoder")
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("miner.pipelines.check.check_project._read", _crash)
    with pytest.raises(Injected):
        main(["check", str(tmp_path / "p")])


def test_a_crash_while_a_project_is_scanned_without_a_store_names_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path / "p", "acme/encoder")
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("miner.pipelines.scan.scanner.scan", _crash)
    with pytest.raises(SystemExit) as ended:
        main(["scan", "--executor", "here", str(tmp_path / "p")])
    assert ended.value.code == 13
    output = capsys.readouterr().err
    assert "not scanned: Injected" in output
    assert "no store" not in output
