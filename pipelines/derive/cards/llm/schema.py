"""The form of an answer, made out of the field files: bounded strings, bounded lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from miner.pipelines.derive.cards.value import MAX_QUOTE
from miner.schema.fields import CardField, load_fields
from miner.schema.vocab import Relation

MAX_VALUE = 200
MAX_QUALIFIER = 100
LISTS = {"evaluation": 400, "language": 400}
"""Most values of a field; of others ``_MANY``, of one that a model has one value of ``_FEW``.

More than any part of a card states: they end lists of a model that runs on. A list that is longer
makes its card partial."""
_MANY, _FEW = 100, 3
_TYPES = {"text": "string", "date": "string", "integer": "integer", "number": "number"}
FIXED = {"limitation_and_bias": ("stated",)}
"""Fields whose value is one of some words."""
ENUMS: dict[str, tuple[str, ...]] = {
    "relation": tuple(member.value for member in Relation),
    "role": ("pretraining", "finetuning", "alignment", "unknown"),
    "counted": ("tokens", "examples"),
    "kind": ("wall-clock", "device", "unknown"),
}
"""Qualifiers that are one of some words."""
NUMBERS = frozenset({"count"})
"""Qualifiers that are whole numbers."""
_QUALIFIERS = re.compile(r"[Qq]ualifiers?:? ([a-z_]+(?:(?:, | and )[a-z_]+)*)(?=[.,]| =)")


def qualifiers_of(field: CardField) -> tuple[str, ...]:
    """Return the names of a field's qualifiers, as its description lists them.

    A unit that is one of several is a qualifier to the model.
    """
    named = _QUALIFIERS.search(field.description)
    names = re.split(r", | and ", named[1]) if named else []
    names = [name for name in names if name != "in"]
    return (*names, *(["unit"] if " or " in field.unit else []))


def units_of(field: CardField) -> tuple[str, ...]:
    """Return the units that a value of a field can have, one or several; empty without one."""
    return tuple(field.unit.split(" or ")) if field.unit else ()


def most_values(field: CardField) -> int:
    """Return how many values of a field one answer may have."""
    if field.is_free:
        return 1
    return LISTS.get(field.name, _FEW if field.is_single else _MANY)


def answer_schema(names: Sequence[str], *, is_bounded: bool = True) -> dict[str, Any]:
    """Return the JSON Schema of an answer, as strict structured outputs want it.

    Args:
        names: Fields that are asked for.
        is_bounded: Strings and lists have bounds. Small models run on without them, and some
            servers refuse a schema that has them.

    Returns:
        One object for all callers: not to be changed.
    """
    return _schema(tuple(names), is_bounded)


@lru_cache(maxsize=1024)
def _schema(names: tuple[str, ...], is_bounded: bool) -> dict[str, Any]:
    fields = [load_fields()[name] for name in names]
    return {
        "type": "object",
        "properties": {field.name: _list_of(field, is_bounded=is_bounded) for field in fields},
        "required": list(names),
        "additionalProperties": False,
        "$defs": {
            **{_kind(field): _item(field, is_bounded=is_bounded) for field in fields},
            "words": _text(MAX_VALUE, is_bounded=is_bounded),
            "quote": _text(MAX_QUOTE, is_bounded=is_bounded),
        },
    }


def _kind(field: CardField) -> str:
    """Return the name of the form of a field's values; most fields share one of few."""
    names = qualifiers_of(field)
    return field.name if names or field.name in FIXED else f"{_TYPES[field.type]}_value"


def _item(field: CardField, *, is_bounded: bool) -> dict[str, Any]:
    properties = {"value": _value(field), "quote": {"$ref": "#/$defs/quote"}}
    for name in qualifiers_of(field):
        properties[name] = _qualifier(field, name, is_bounded=is_bounded)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(field: CardField, *, is_bounded: bool) -> dict[str, Any]:
    bounds = {"maxItems": most_values(field)} if is_bounded else {}
    return {"type": "array", "items": {"$ref": f"#/$defs/{_kind(field)}"}, **bounds}


def _value(field: CardField) -> dict[str, Any]:
    if field.name in FIXED:
        return {"type": "string", "enum": list(FIXED[field.name])}
    kind = _TYPES[field.type]
    return {"$ref": "#/$defs/words"} if kind == "string" else {"type": kind}


def _qualifier(field: CardField, name: str, *, is_bounded: bool) -> dict[str, Any]:
    if name == "unit":
        return {"type": "string", "enum": list(units_of(field))}
    if name in ENUMS:
        return {"type": "string", "enum": list(ENUMS[name])}
    if name in NUMBERS:
        return {"type": ["integer", "null"]}
    return {**_text(MAX_QUALIFIER, is_bounded=is_bounded), "type": ["string", "null"]}


def _text(most: int, *, is_bounded: bool) -> dict[str, Any]:
    return {"type": "string", **({"maxLength": most} if is_bounded else {})}
