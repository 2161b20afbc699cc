"""Counts of right, wrong and missed, and the ratios they give."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


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
