"""A value that was read from a card, and the words it was read from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

MAX_QUOTE = 200

FRONT_MATTER = "front-matter"
TABLE = "table"
TEXT = "text"
CODE = "code"
BADGE = "badge"


@dataclass(slots=True)
class Value:
    """One value of one field.

    Attributes:
        field: Name of a file in ``schema/fields``.
        value: Text or number, in ``unit``.
        quote: The words, at most 200 code points; ``card[start:end] == quote``.
        start: First code point of the quote in the card as decoded.
        end: One past its last.
        origin: Where in the card: front-matter, table, text, code or badge.
        method: The rule that read it.
        unit: Unit of a number, empty without one.
        confidence: Measured precision of the rule, 0 to 1.
        source: ``vocab.Source``.
        qualifiers: More keys, as the field asks for: name, metric, relation, count ...
    """

    field: str
    value: str | int | float
    quote: str
    start: int
    end: int
    origin: str
    method: str
    unit: str = ""
    confidence: float = 0.0
    source: str = ""
    qualifiers: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """Return what ``miner extract`` prints of it: qualifiers beside the other keys."""
        return {
            "field": self.field,
            "value": self.value,
            "unit": self.unit or None,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "from": self.origin,
            "source": self.source,
            "method": self.method,
            "confidence": self.confidence,
            **self.qualifiers,
        }
