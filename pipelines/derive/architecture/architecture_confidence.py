"""How often a method was right on labelled models: the confidence of what it says.

The counts stand in ``accuracy.csv``, written by ``python -m tests.accuracy moe-rates``. A
method that was seldom seen leans on the middle. Headers of weights, of which no labelled files are
at hand, lean on the reading of configs, whose keys they repeat.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

_LIKE = {"gguf": "config", "gguf-name": "type-always", "tensors": "config-structure",
         "config-pair": "config"}  # fmt: skip
_FILE = Path(__file__).parent / "accuracy.csv"

MEASURED_AT = datetime(2026, 12, 2)  # noqa: DTZ001 - UTC without zone, as everywhere
"""Day on which the counts were made; to be changed with them."""


@dataclass(frozen=True, slots=True)
class MeasuredMethod:
    """What was counted of a method.

    Attributes:
        method: Its name.
        right: Answers that were right.
        wrong: Answers that were not.
        labels: What they were compared with.
    """

    method: str
    right: int
    wrong: int
    labels: str


@cache
def measurements() -> list[MeasuredMethod]:
    """Return what was counted, method by method."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return [
            MeasuredMethod(row["method"], int(row["right"]), int(row["wrong"]), row["measured_on"])
            for row in csv.DictReader(stream)
        ]


@cache
def measured() -> dict[str, tuple[int, int]]:
    """Return how many answers of each method were right and wrong."""
    return {one.method: (one.right, one.wrong) for one in measurements()}


def confidence(method: str) -> float:
    """Return the measured precision of a method, 0 to 1, to three places."""
    right, wrong = measured().get(_LIKE.get(method, method), (0, 0))
    return round((right + 1) / (right + wrong + 2), 3)
