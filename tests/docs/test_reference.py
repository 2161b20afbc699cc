"""The page of commands is written from the commands, and none is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from miner.cli import reference


def test_the_page_is_fresh() -> None:
    """In a process of its own: a command that was called alone before has forgotten its ``-h``."""
    write = "from miner.cli import reference; print(reference.render(), end='')"
    made = subprocess.run([sys.executable, "-c", write], capture_output=True, text=True, check=True)
    assert reference.PAGE.read_text(encoding="utf-8") == made.stdout, "make dictionary"


def test_every_command_and_option_stands_in_the_page() -> None:
    text = reference.PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    absent = []
    for context in reference.walk():
        options = [
            word
            for parameter in context.command.get_params(context)
            if isinstance(parameter, click.Option) and not parameter.hidden
            for word in parameter.opts
        ]
        section = sections.get(context.command_path, "")
        absent += [f"{context.command_path} {word}" for word in options if word not in section]
    assert absent == []


def test_a_stale_page_is_refused_and_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "docs" / "commands.md"
    monkeypatch.setattr(reference, "PAGE", page)
    run = CliRunner().invoke
    assert run(reference.write, ["--check"]).exit_code == 1
    assert run(reference.write).exit_code == 0
    assert run(reference.write, ["--check"]).exit_code == 0
    page.write_text("stale", encoding="utf-8")
    assert run(reference.write, ["--check"]).exit_code == 1
