"""Counts of right, wrong and missed, the ratios they give, and how the commands print them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

FILE: click.Path = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER: click.Path = click.Path(exists=True, file_okay=False, path_type=Path)
SCORES = ["right", "wrong", "missed", "precision", "recall", "F1"]
"""Columns of ``scored``."""

format_option = click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip


@dataclass(slots=True)
class Score:
    """Counts, and the ratios they give; a ratio over nothing is None."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, other: Score) -> None:
        """Add the counts of another score."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed

    def copy(self) -> Score:
        """Return another score of the same counts."""
        return Score(self.right, self.wrong, self.missed)

    def minus(self, other: Score) -> Score:
        """Return the counts that came after those of another score."""
        return Score(self.right - other.right, self.wrong - other.wrong, self.missed - other.missed)

    @property
    def precision(self) -> float | None:
        """Share of what was found that is right."""
        return ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """Share of what is there that was found."""
        return ratio(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        return ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def as_dict(self) -> dict[str, Any]:
        """Return counts and ratios."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall, "f1": self.f1}


def ratio(part: int, whole: int) -> float | None:
    """Return a part of a whole, None where there is none."""
    return part / whole if whole else None


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
