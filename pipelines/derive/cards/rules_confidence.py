"""How sure a value is: the measured precision of the rule that read it.

``accuracy.toml`` beside this module counts, for each field and rule, the values right and wrong
on labelled cards, and for each field those missed; ``python -m tests.accuracy card-rates``
writes it. Few counts say little,
so a rule leans on its field, and a field on all rules, as if these had been seen a few times.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("accuracy.toml")
_LEAN = 4.0
"""As many values of the wider group count beside a rule's own."""


@dataclass(frozen=True, slots=True)
class MeasuredField:
    """What was counted of a field on labelled cards.

    Attributes:
        field: Name of the field.
        right: Values found and right.
        wrong: Values found and wrong.
        missed: Values stated and not found.
        measured_at: Day, as midnight UTC without zone.
    """

    field: str
    right: int
    wrong: int
    missed: int
    measured_at: datetime


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def measurements() -> list[MeasuredField]:
    """Return what was counted, field by field."""
    day = datetime.fromisoformat(_data()["measured_on"])
    found = []
    for field, missed in _data()["missed"].items():
        counts = _counts().get(field, {}).values()
        right, wrong = (sum(pair[place] for pair in counts) for place in (0, 1))
        found.append(MeasuredField(field, right, wrong, int(missed), day))
    return found


@cache
def recall(field: str) -> float:
    """Return the share of a field's stated values that the rules found on labelled cards, 0 to 1.

    A field that no labelled card states leans on nothing: 1.
    """
    found = sum(right for right, _ in _counts().get(field, {}).values())
    stated = found + int(_data()["missed"].get(field, 0))
    return found / stated if stated else 1.0


@cache
def _counts() -> dict[str, dict[str, tuple[int, int]]]:
    return {
        field: {method: (int(right), int(wrong)) for method, (right, wrong) in methods.items()}
        for field, methods in _data()["found"].items()
    }


def _rate(pairs: list[tuple[int, int]], wider: float) -> float:
    right, wrong = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return (right + _LEAN * wider) / (right + wrong + _LEAN)


@cache
def confidence(field: str, method: str) -> float:
    """Return the share of a rule's values that were right on labelled cards, 0 to 1."""
    counts = _counts()
    every = [pair for methods in counts.values() for pair in methods.values()]
    own = counts.get(field, {})
    of_field = _rate(list(own.values()), _rate(every, 0.5))
    return round(_rate([own[method]] if method in own else [], of_field), 3)
