"""What can be read from a card: one file a field, with worked examples.

A field file says name, type, unit, what it means, the question it answers, the words for its
absence, since when it is there, and at least two examples: one that is stated and one that is not.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from miner import registry
from miner.errors import ConfigurationError

if __name__ != "miner.schema.fields":
    raise ImportError("import miner.schema.fields, not fields")

TYPES = ("text", "integer", "number", "date")
_KEYS = {"name", "type", "unit", "description", "question", "missing", "since", "example",
         "single", "free"}  # fmt: skip
_REQUIRED = _KEYS - {"unit", "single", "free"}
_LEAST_EXAMPLES = 2
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class FieldExample:
    """A card and what it states.

    Attributes:
        card: The card.
        values: What a reader finds; empty if it is not stated.
        quote: Where the first value is read.
        missing: The word for its absence, empty if it is stated.
        why: Why it is absent.
    """

    card: str
    values: tuple[str | int | float, ...]
    quote: str
    missing: str
    why: str


@dataclass(frozen=True, slots=True)
class CardField:
    """One fact that a card can state.

    Attributes:
        name: As in the output and in labels.
        type: One of ``TYPES``.
        unit: Of numbers, empty without one.
        description: What it means and what it does not.
        prompt: The same as a question, for a reader or a language model.
        missing: Words for its absence.
        since: Version of the data in which it came.
        examples: At least two.
        is_single: A model has one value of it: two that differ contradict each other.
        is_free: It is worded freely: two statements of it are not compared.
    """

    name: str
    type: str
    unit: str
    description: str
    prompt: str
    missing: tuple[str, ...]
    since: str
    examples: tuple[FieldExample, ...]
    is_single: bool = False
    is_free: bool = False


@cache
def load_fields() -> dict[str, CardField]:
    """Return every field by name.

    Raises:
        ConfigurationError: A file lacks a key, has an unknown one, or a name that is not its own.
    """
    fields = [_read(path) for path in registry.files_in(_FOLDER, ".toml")]
    return registry.index_by_name(fields, lambda one: one.name, lambda one: f"{one.name}.toml")


def _read(path: Path) -> CardField:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"cannot read the field file {path}: {error}") from error
    lacking, unknown = sorted(_REQUIRED - data.keys()), sorted(data.keys() - _KEYS)
    examples = tuple(_example(one) for one in data.get("example", ()))
    problems = [
        *(f"lacks {key}" for key in lacking),
        *(f"has the unknown key {key}" for key in unknown),
        *(["does not bear its name"] if data.get("name") != path.stem else []),
        *(["has an unknown type"] if data.get("type") not in TYPES else []),
        *(["has fewer than two examples"] if len(examples) < _LEAST_EXAMPLES else []),
    ]
    if problems:
        raise ConfigurationError(
            f"the field file {path} {', '.join(problems)}", next_step="see docs/adding.md"
        )
    return CardField(
        data["name"], data["type"], data.get("unit", ""), data["description"], data["question"],
        tuple(data["missing"]), data["since"], examples, bool(data.get("single")),
        bool(data.get("free")),
    )  # fmt: skip


def _example(data: dict[str, object]) -> FieldExample:
    value = data.get("value")
    values = tuple(value) if isinstance(value, list) else () if value is None else (value,)
    return FieldExample(
        str(data["card"]), values, str(data.get("quote", "")), str(data.get("missing", "")),
        str(data.get("why", "")),
    )  # fmt: skip
