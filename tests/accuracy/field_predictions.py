"""Values of cards from a file: what some extractor found, in the form ``miner extract`` prints.

One JSON object a line, with ``model`` or ``card`` (the file's name) beside the keys of
``miner extract --format jsonl``. A line without ``field`` says that the card was read; one whose
``state`` is not ``stated`` is no value. Lines of other cards are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.schema.vocab import ValueState
from tests.accuracy.field_scores import CardLabels

RULES = "rules"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldSource:
    """An extractor whose values are scored.

    Attributes:
        name: How it is called in what is printed.
        read: From a card's text and its model to rows as ``miner extract`` prints them.
        covered: Names of the labelled cards that it read; None if it reads any card.
    """

    name: str
    read: Callable[[str, str], Iterable[Row]]
    covered: frozenset[str] | None = None


def the_rules() -> FieldSource:
    """Return the rules of this code as a source."""
    return FieldSource(RULES, lambda card, model: [one.as_row() for one in extract(card, model)])


def read_sources(paths: Iterable[Path], labels: list[CardLabels]) -> list[FieldSource]:
    """Return a source a file, named by the file without ending, or by its path where that is taken.

    Raises:
        ConfigurationError: A file has no line of a labelled card.
        InvalidData: A file cannot be read, or a line is no value.
    """
    files = list(dict.fromkeys(paths))
    stems = [RULES, *(path.stem for path in files)]
    return [
        _source(path, path.stem if stems.count(path.stem) == 1 else str(path), labels)
        for path in files
    ]


def covered_by_all(
    labels: Iterable[CardLabels], sources: Iterable[FieldSource]
) -> list[CardLabels]:
    """Return the labels of cards that every source has read."""
    known = [one.covered for one in sources if one.covered is not None]
    return [label for label in labels if all(label.card in covered for covered in known)]


def _source(path: Path, name: str, labels: list[CardLabels]) -> FieldSource:
    by_model = {label.model.lower(): label for label in labels}
    by_card = {label.card: label for label in labels}
    rows: dict[str, list[Row]] = {}
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                row, place = json.loads(line), f"{path}:{number}"
                label = _label_of(row, place, by_model, by_card)
                if label is None:
                    continue
                values = rows.setdefault(label.model, [])
                if "field" in row and row.get("state") in {None, ValueState.STATED}:
                    values.append(_checked(row, place))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidData(f"cannot read the predictions {path}: {error}") from error
    if not rows:
        raise ConfigurationError(
            f"no line of {path} is of a labelled card",
            next_step="give lines with the key model or card, named as in the labels",
        )
    covered = frozenset(label.card for label in labels if label.model in rows)
    return FieldSource(name, lambda _, model: rows.get(model, ()), covered)


def _label_of(
    row: Any, place: str, by_model: Mapping[str, CardLabels], by_card: Mapping[str, CardLabels]
) -> CardLabels | None:
    model, card = (row.get("model"), row.get("card")) if isinstance(row, dict) else (None, None)
    if isinstance(model, str):
        return by_model.get(model.lower())
    if isinstance(card, str):
        return by_card.get(PurePosixPath(card).name)
    raise InvalidData(
        f"{place} names no model and no card",
        next_step='give each line the key "model", owner/name',
    )


def _checked(row: dict[str, Any], place: str) -> Row:
    """Return a value without keys that say nothing; those that places are told by are numbers."""
    kept = {key: value for key, value in row.items() if value is not None}
    if not isinstance(kept["field"], str) or not isinstance(kept.get("value"), str | int | float):
        raise InvalidData(
            f"{place} is no value: field has to be a name, and value a text or number",
            next_step="give lines as miner extract --format jsonl prints them",
        )
    if not isinstance(kept.get("start", 0), int):
        raise InvalidData(f"{place} is no value: start has to be a whole number")
    return kept
