"""From all that the rules read to what a card states: doubles go, the surer place stays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from miner.pipelines.extract import normal
from miner.pipelines.extract.confidence import confidence
from miner.pipelines.extract.document import Document
from miner.pipelines.extract.roles import add_roles
from miner.pipelines.extract.value import FRONT_MATTER, TABLE, Value
from miner.schema.vocab import Source

MAX_HYPERPARAMETERS = 20
MAX_EVALUATIONS = 60
MAX_VALUES = 200
_DECIMALS = re.compile(r"\d\.(\d+)")
_ONE = frozenset({"limitation_and_bias", "input_format", "output_format", "carbon_emitted"})
_BY_OWNER = frozenset({"base_model", "training_dataset", "evaluation_dataset"})


def settle(document: Document, values: Iterable[Value]) -> list[Value]:
    """Return values without doubles, each with its source."""
    by_field: dict[str, list[Value]] = defaultdict(list)
    for value in values:
        if value.quote and (value.value != "" and value.value is not None):
            by_field[value.field].append(value)
    settled: list[Value] = []
    for field in sorted(by_field):
        settled.extend(_settle_field(field, by_field[field]))
    for value in settled:
        is_declared = value.origin == FRONT_MATTER
        value.source = Source.CARD.value if is_declared else Source.CARD_RULE.value
        value.confidence = confidence(value.field, value.method)
    add_roles(document, settled)
    return settled


def _settle_field(field: str, values: list[Value]) -> list[Value]:
    if field == "evaluation":
        return _results(values)
    kept: dict[object, Value] = {}
    for value in values:
        kept.setdefault(_key(field, value), value)
    if field in _BY_OWNER:
        kept = _without_short_names(kept)
    if field == "hardware":
        kept = {key: one for key, one in kept.items() if not _is_part(str(key), kept)}
    found = sorted(kept.values(), key=lambda value: value.start)
    if field in _ONE:
        return found[:1]
    return found[: MAX_HYPERPARAMETERS if field == "hyperparameter" else MAX_VALUES]


def _results(values: list[Value]) -> list[Value]:
    """Return results in the order of the card, those that only repeat a declared one left out.

    The same number can stand for several metrics, so equal ones stay within a table or list.
    """
    declared = [value for value in values if value.origin == FRONT_MATTER]
    others = [
        value
        for value in values
        if value.origin != FRONT_MATTER and not any(repeats(value, one.value) for one in declared)
    ]
    drawn = {value.value for value in others if value.origin == TABLE}
    others = [value for value in others if value.origin == TABLE or value.value not in drawn]
    return sorted(declared + others, key=lambda value: value.start)[:MAX_EVALUATIONS]


def repeats(value: Value, declared: object) -> bool:
    """Return whether a result is another one rounded, or that as a percentage."""
    number = value.value
    if not isinstance(number, int | float) or not isinstance(declared, int | float):
        return False
    written = _DECIMALS.search(value.quote)
    decimals = len(written[1]) if written else 0
    return any(abs(round(declared * factor, decimals) - number) < 1e-9 for factor in (1, 100, 0.01))


def _key(field: str, value: Value) -> object:
    if field == "hyperparameter":
        return normal.hyperparameter_name(value.qualifiers.get("name", ""))
    return normal.normal(field, value.value)


def _is_part(key: str, others: Iterable[object]) -> bool:
    """Return whether another device says the same and more."""
    return any(key != other and key in str(other) for other in others)


def _without_short_names(kept: dict[object, Value]) -> dict[object, Value]:
    """Drop a name without owner where the same name stands with one."""
    full = {str(key).rpartition("/")[2] for key in kept if "/" in str(key)}
    return {key: value for key, value in kept.items() if "/" in str(key) or str(key) not in full}
