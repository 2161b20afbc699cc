"""The command line: complete, and polite about mistakes."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from miner import __version__
from miner.cli import COMMANDS, cli, main
from miner.cli.reference import walk


class Answer(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def _run(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        out, err = capsys.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    return _run


Run = Callable[..., Answer]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_one_command_touches_no_file(
    name: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    done = run(name, "--help")
    assert not (tmp_path / "data").exists()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: miner {name}")


def test_help_lists_every_command_with_its_line(run: Run) -> None:
    shown = " ".join(run("--help").stdout.split())
    for name, (_, line) in COMMANDS.items():
        assert f"{name} {line}" in shown


def test_every_command_and_option_has_help() -> None:
    silent = []
    for context in walk():
        if not context.command.help:
            silent.append(context.command_path)
        silent += [
            f"{context.command_path} {parameter.opts[0]}"
            for parameter in context.command.params
            if isinstance(parameter, click.Option) and not parameter.help
        ]
    assert silent == []


def test_every_help_ends_with_examples_that_can_be_typed() -> None:
    for context in walk():
        path = context.command_path
        head, *lines = context.get_help().partition("Examples:\n")[2].splitlines() or [""]
        for line in [head, *lines]:
            assert f"{line.strip()} ".startswith(f"{path} "), path
            words = shlex.split(line)[len(path.split()) :]
            command = context.command
            while isinstance(command, click.Group) and words:
                command = command.get_command(context, words.pop(0)) or pytest.fail(line)
            if not isinstance(command, click.Group):
                command.make_parser(context).parse_args(words)


@pytest.mark.parametrize(
    ("typed", "meant"), [(["qery"], "query"), (["snapshot", "biuld"], "build")]
)
def test_a_mistyped_command_is_answered_with_the_nearest(
    run: Run, typed: list[str], meant: str
) -> None:
    done = run(*typed)
    assert done.returncode == 2
    assert f"Did you mean '{meant}'?" in done.stderr


def test_the_lines_of_help_are_alike() -> None:
    """A command's own help opens with the line that the list shows for it."""
    for name, (_, line) in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert " ".join((command.help or "").split("\n\n")[0].split()) == line


def test_the_version_is_printed_on_stdout(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"miner {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["no-such-command"], ["--no-such-option"]], ids=repr)
def test_a_mistake_in_typing_exits_with_2_and_no_traceback(arguments: list[str], run: Run) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_exits_with_its_code_and_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "not-an-address")
    done = run("status")
    assert (done.returncode, done.stdout) == (10, "")
    assert "HF_ENDPOINT" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_no_import(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["failures"])  # a module of miner.cli, not a command
    assert end.value.code == 2
    assert "No such command" in capsys.readouterr().err
