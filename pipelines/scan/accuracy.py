"""How often each rule of the scanner is right: measured, and written down with what was counted."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from miner.pipelines.scan.site import scanner_version

_FILE = Path(__file__).parent / "accuracy.csv"
UNMEASURED = 0.9  # assumed of a rule that no labels reach: ``listed`` needs a store


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One measurement.

    Attributes:
        method: ``scan``, or ``scan/`` and the name of a rule.
        version: Of the scanner.
        labels: What was counted, and against what.
        right: Found and right.
        wrong: Found and wrong.
        missed: There and not found; None where that was not counted.
        measured_at: Day, as midnight UTC without zone.
    """

    method: str
    version: str
    labels: str
    right: int
    wrong: int
    missed: int | None
    measured_at: datetime

    @property
    def precision(self) -> float:
        """Share of what was found that is right, 0 to 1."""
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """Share of what is there that was found, 0 to 1; None if not counted."""
        return None if self.missed is None else self.right / (self.right + self.missed)

    @property
    def denominator(self) -> int:
        """How many were judged."""
        return self.right + self.wrong + (self.missed or 0)


@cache
def measurements() -> tuple[Accuracy, ...]:
    """Return all measurements of this version."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Accuracy(
                row["method"],
                scanner_version(),
                row["labels"],
                int(row["right"]),
                int(row["wrong"]),
                int(row["missed"]) if row["missed"] else None,
                datetime.fromisoformat(row["measured_on"]),
            )
            for row in csv.DictReader(stream)
        )


@cache
def confidence(rule: str) -> float:
    """Return the measured precision of a rule, to two digits, 0 to 1."""
    found = next((one for one in measurements() if one.method == f"scan/{rule}"), None)
    return round(found.precision, 2) if found else UNMEASURED
