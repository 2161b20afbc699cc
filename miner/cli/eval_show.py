"""What the commands of ``miner eval`` share: options, and numbers as they are printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from miner.pipelines.evaluate.score import Score

FILE: click.Path = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER: click.Path = click.Path(exists=True, file_okay=False, path_type=Path)
SCORES = ["right", "wrong", "missed", "precision", "recall", "F1"]
"""Columns of ``scored``."""

format_option = click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip


def scored(one: Score) -> tuple[object, ...]:
    """Return counts and ratios of a score."""
    ratios = map(three, (one.precision, one.recall, one.f1))
    return (one.right, one.wrong, one.missed, *ratios)


def three(number: object) -> str:
    """Return a ratio with three decimals, nothing for None."""
    return f"{number:.3f}" if isinstance(number, float) else ""


def one_line(text: str, width: int) -> str:
    """Return words of a card on one line, cut."""
    return " ".join(text.split())[:width]
