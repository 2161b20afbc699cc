"""The command line: quick to ask for help, complete, and polite about mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from miner import __version__
from miner.cli import COMMANDS, cli, main
from miner.cli.reference import walk

HEAVY = {
    "adbc_driver_sqlite",
    "alembic",
    "duckdb",
    "fastwarc",
    "huggingface_hub",
    "polars",
    "pyarrow",
    "rich",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "warcio",
    "yaml",
}

LIST_MODULES = """
import json, sys
from miner.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == 0, end.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "miner", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=repr)
def test_asking_for_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help has to appear within 0.3 s; which modules are loaded is what decides that."""
    code = LIST_MODULES.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stderr)}
    assert "click" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_one_command_touches_no_file(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    done = _run(name, "--help")
    assert not (tmp_path / "data").exists()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: miner {name}")


def test_help_lists_every_command_with_its_line() -> None:
    shown = " ".join(_run("--help").stdout.split())
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


def test_the_lines_of_help_are_alike() -> None:
    """A command's own help opens with the line that the list shows for it."""
    for name, (_, line) in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert " ".join((command.help or "").split("\n\n")[0].split()) == line


def test_the_version_is_printed_on_stdout() -> None:
    done = _run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"miner {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["no-such-command"], ["--no-such-option"]], ids=repr)
def test_a_mistake_in_typing_exits_with_2_and_no_traceback(arguments: list[str]) -> None:
    done = _run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_exits_with_its_code_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "not-an-address")
    done = _run("status")
    assert (done.returncode, done.stdout) == (10, "")
    assert "HF_ENDPOINT" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_no_import(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["failures"])  # a module of miner.cli, not a command
    assert end.value.code == 2
    assert "No such command" in capsys.readouterr().err
