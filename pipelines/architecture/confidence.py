"""How often a method was right on labelled models: the confidence of what it says.

The counts stand in ``accuracy.csv``, written by ``miner.pipelines.evaluate.moe_accuracy``. A
method that was seldom seen leans on the middle. Headers of weights, of which no labelled files are
at hand, lean on the reading of configs, whose keys they repeat.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_LIKE = {"gguf": "config", "gguf-name": "type-always", "tensors": "config-structure",
         "config-pair": "config"}  # fmt: skip
_FILE = Path(__file__).parent / "accuracy.csv"


@cache
def measured() -> dict[str, tuple[int, int]]:
    """Return how many answers of each method were right and wrong."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {
            row["method"]: (int(row["right"]), int(row["wrong"])) for row in csv.DictReader(stream)
        }


def confidence(method: str) -> float:
    """Return the measured precision of a method, 0 to 1, to three places."""
    right, wrong = measured().get(_LIKE.get(method, method), (0, 0))
    return round((right + 1) / (right + wrong + 2), 3)
