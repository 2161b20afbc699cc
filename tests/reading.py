"""What the tests of the extractor share: values of a card by field, with every quote checked."""

from __future__ import annotations

from miner.pipelines.derive.cards.rule_extractor import extract
from miner.pipelines.derive.cards.value import MAX_QUOTE, Value

MODEL = "acme/own"


def values(card: str, model: str = MODEL) -> list[Value]:
    """Return the values of a card; each quote is exact."""
    found = extract(card, model)
    for value in found:
        assert card[value.start : value.end] == value.quote
        assert 0 < len(value.quote) <= MAX_QUOTE
        assert 0 < value.confidence <= 1
    return found


def read(card: str, model: str = MODEL) -> dict[str, list[object]]:
    """Return the values of a card by field."""
    found: dict[str, list[object]] = {}
    for value in values(card, model):
        found.setdefault(value.field, []).append(value.value)
    return found


def settings(card: str, model: str = MODEL) -> dict[str, object]:
    """Return the hyper-parameters of a card by name."""
    return {
        value.qualifiers["name"]: value.value
        for value in values(card, model)
        if value.field == "hyperparameter"
    }
