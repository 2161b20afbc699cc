"""How sure a value of a language model is.

Measured where ``accuracy.toml`` beside this module counts the values of the model on labelled
cards; elsewhere a prior that says that nobody has measured it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

NOT_MEASURED = 0.5
_FILE = Path(__file__).with_name("accuracy.toml")
_LEAN = 4.0
"""The prior counts as much as so many labelled values."""


def llm_confidence(field: str, llm: str) -> float:
    """Return the share of values of a field that a model gives right, 0 to 1.

    Args:
        field: Name of the field.
        llm: Name of the language model.
    """
    right, wrong = _counts().get((llm, field), (0, 0))
    return round((right + _LEAN * NOT_MEASURED) / (right + wrong + _LEAN), 3)


@cache
def _counts() -> dict[tuple[str, str], tuple[int, int]]:
    data = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        (llm, field): (int(right), int(wrong))
        for llm, fields in data.items()
        for field, (right, wrong) in fields.items()
    }
