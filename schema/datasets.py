"""Datasets that have moved under an owner since models named them: ``datasets.csv``, reviewed.

The hub answers to the former name with the present one; where it was not asked, this table does.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError

_FILE = Path(__file__).parent / "datasets.csv"


@dataclass(frozen=True, slots=True)
class MovedDataset:
    """A dataset that has moved.

    Attributes:
        name: Its present name, ``owner/name``.
        former: Its name without owner, as older cards have it.
    """

    name: str
    former: str


@cache
def load_moved_datasets() -> list[MovedDataset]:
    """Return the datasets, in the order of the file.

    Raises:
        ConfigurationError: A former name stands twice, or a name has no owner.
    """
    with _FILE.open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    if header != [one.name for one in fields(MovedDataset)]:
        raise ConfigurationError(f"schema/datasets.csv cannot be used: its columns are {header}")
    moved = [MovedDataset(*row) for row in rows]
    if any("/" not in one.name or not one.former or "/" in one.former for one in moved):
        raise ConfigurationError("schema/datasets.csv cannot be used: a name lacks its owner")
    if len({one.former for one in moved}) != len(moved):
        raise ConfigurationError("schema/datasets.csv cannot be used: a name stands twice")
    return moved
