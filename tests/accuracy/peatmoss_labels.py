"""The ground truth of PeaTMOSS as labels: what of it can be compared, and what is left out and why.

Its rows were written by hand from cards of 2023, one a model, for a language model that filled the
same form. They name no words of the card, an empty value stands for "not stated" and for "not
looked for" alike, some are badges of the hub's page, and some cards have changed since. So only
values whose words the card has are compared, and only in fields that have one: a value of ours
elsewhere is counted apart, neither right nor wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.derive.cards import normal
from miner.schema.patterns import bounded
from tests.accuracy.field_equality import COUNTS, PRESENCE
from tests.accuracy.field_predictions import FieldSource
from tests.accuracy.field_scores import CardLabels, read_card_text, shown

KEYS = frozenset({"id", "upstream_model", "hyper_parameters", "code_demo"})
"""Keys by which a row is known to be of this form."""
_ADDRESS = bounded(r"https?://\S+")
_BRACKETS = bounded(r"\s*(?:\[[^\]]*\]|\([^)]*\))")
_HUB = re.compile(r"^https?://(?:www\.)?huggingface\.co/(?!blog|spaces|docs)")
_NO_SETTINGS = frozenset(
    {"layers", "d_model", "head_dim", "gmacs", "activations_m", "macts", "dimensions",
     "sample_per_sec", "img_sec", "pooling_method", "produces_normalized_embeddings",
     "eval_steps", "save_steps", "per_device_eval_batch_size"}
)  # fmt: skip
_NUMBERS = frozenset({"epochs", "batch_size", "learning_rate", "warmup_steps", "seed"})
_NO_RESULT = bounded(r"(?i)(?:^|_|\b)(?:total|docs / sec)$|per sec.*$")
_BY_NAME = frozenset({"base_model", "training_dataset", "repository"})
NOT_IN_CARD = "its words are not in the card: another state of it, or not read from it"
"""Reason of values that somebody who has only this card could not have found."""
_BEGINNING = 40
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?%?")

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A value of theirs that is not compared."""

    model: str
    key: str
    value: str
    reason: str


@dataclass(slots=True)
class Peatmoss:
    """Labels made from their rows, and what did not become one."""

    labels: list[CardLabels] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    without_card: list[str] = field(default_factory=list)


def is_peatmoss(path: Path) -> bool:
    """Return whether a file's first line is a row of this form; False if it cannot be read."""
    try:
        with path.open(encoding="utf-8") as stream:
            row = json.loads(next((line for line in stream if line.strip()), "null"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(row, dict) and row.keys() >= KEYS


def read_peatmoss(path: Path, folder: Path, cards: Mapping[str, str]) -> Peatmoss:
    """Read their rows as labels.

    Args:
        path: JSON lines, a model a line.
        folder: Where the cards lie.
        cards: Models in lower case and the names of their cards' files.

    Raises:
        ConfigurationError: No model of the file has a card.
        InvalidData: The file cannot be read, or a line is not of this form.
    """
    found = Peatmoss()
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
                        raise InvalidData(f"{path}:{number} is no row of PeaTMOSS: it has no id")
                    _add(found, row, folder, cards)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidData(f"cannot read the labels {path}: {error}") from error
    if not found.labels:
        raise ConfigurationError(
            f"no model of {path} has a card in the folder",
            next_step="give with --cards the folder of the cards of these models",
        )
    return found


def only_filled(
    source: FieldSource, labels: Iterable[CardLabels]
) -> tuple[FieldSource, dict[str, int]]:
    """Return a source without values of fields that a card's labels leave empty, and their counts.

    The counts, by field, fill as the source is read.
    """
    filled = {label.model: {entry["field"] for entry in label.entries} for label in labels}
    dropped: dict[str, int] = {}

    def read(card: str, model: str) -> Iterator[Mapping[str, Any]]:
        for row in source.read(card, model):
            if row["field"] in filled.get(model, ()):
                yield row
            else:
                dropped[row["field"]] = dropped.get(row["field"], 0) + 1

    return FieldSource(source.name, read, source.covered), dropped


def _add(found: Peatmoss, row: Mapping[str, Any], folder: Path, cards: Mapping[str, str]) -> None:
    model = row["id"]
    card = cards.get(model.lower())
    if card is None:
        found.without_card.append(model)
        return
    text = read_card_text(folder / card)
    entries: list[Entry] = []
    for key, value in row.items():
        if key in _OWN or _is_empty(value):
            continue
        field_name, read = _READERS.get(key, ("", _no_field))
        for compared in read(value):
            if not isinstance(compared, dict):
                found.left_out.append(LeftOut(model, key, *compared))
                continue
            entry = {"field": field_name, "confidence": "high", **compared}
            if not _is_in(text, entry):
                found.left_out.append(LeftOut(model, key, shown(field_name, entry), NOT_IN_CARD))
            elif entry not in entries:
                entries.append(entry)
    found.labels.append(CardLabels(model, card, entries, frozenset()))


def _is_in(text: str, entry: Entry) -> bool:
    """Return whether the words of a label stand in a card, whatever their case and separators."""
    name = entry["field"]
    card = _squeezed(text)
    if name == "demo" and entry["value"] == "code":
        return "```" in text or "\n    " in text
    if name in PRESENCE:  # a longer passage may be put together from several
        return _squeezed(entry["value"])[:_BEGINNING] in card
    if name == "license":
        card += " " + card.replace("license", "").replace("version", "")
    if name in COUNTS and (
        number := bounded(r"\d[\d.,]*").search(entry["value"])
    ):  # the unit may differ
        return re.search(rf"(?<![\d.]){re.escape(number[0])}(?!\d)", text) is not None
    words = [entry["value"], *entry.get("alias", ())]
    return any(_squeezed(_core(name, str(one))) in card for one in words)


def _core(name: str, value: str) -> str:
    """Return the part of a value that any way of writing it has."""
    if name in _BY_NAME:
        return normal.normal(name, value).rpartition("/")[2]
    return normal.normal(name, value) if name in {"paper", "license"} else value


def _squeezed(text: str) -> str:
    return bounded(r"[\W_]+").sub("", text).casefold()


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(_is_empty(one) for one in value.values())
    if isinstance(value, list):
        return all(_is_empty(one) for one in value)
    return value is None


LabelOrReason = Entry | tuple[str, str]  # a label, or a value and why it is none


def _texts(value: object) -> list[str]:
    many = value if isinstance(value, list) else [value]
    return [str(one).strip() for one in many if not _is_empty(one)]


def _plain(value: object) -> Iterator[LabelOrReason]:
    yield from ({"value": text} for text in _texts(value))


def _stated(value: object) -> Iterator[LabelOrReason]:
    yield from ({"value": text} for text in _texts(value)[:1])


def _words(value: object) -> Iterator[LabelOrReason]:
    yield from ({"value": text, "is_free_text": True} for text in _texts(value))


def _license(value: object) -> Iterator[LabelOrReason]:
    for text in _texts(value):
        is_address = _ADDRESS.match(text)
        yield (text, "an address, not a license") if is_address else {"value": text}


def _datasets(value: object) -> Iterator[LabelOrReason]:
    for text in _texts(value):
        bare = _BRACKETS.sub("", text).strip()
        if _HUB.match(bare) or not _ADDRESS.match(bare):
            yield {"value": bare or text, "is_free_text": True}
        else:
            names = [bare.rstrip("/").rpartition("/")[2].partition("#")[0]]
            yield {"value": bare, "alias": names, "is_free_text": True}


def _upstream(value: object) -> Iterator[LabelOrReason]:
    for text in _texts(value):
        name = bounded(r"\s*/\s*").sub("/", text) if not _ADDRESS.match(text) else text
        if _ADDRESS.match(name) and not _HUB.match(name):
            yield name, "an address of code or a site, not a model"
        else:
            yield {"value": name, "is_free_text": not _HUB.match(name)}


def _demo(value: object) -> Iterator[LabelOrReason]:
    for text in _texts(value):
        address = _ADDRESS.search(text)
        yield {"value": address[0] if address else "code"}


def _settings(value: object) -> Iterator[LabelOrReason]:
    if not isinstance(value, Mapping):
        yield str(value), "no settings by name"
        return
    for key, setting in value.items():
        name = normal.hyperparameter_name(key)
        if _is_empty(setting):
            continue
        if name in _NO_SETTINGS:
            yield f"{key}={setting}", "a shape or a speed, or not of the training"
        elif name in _NUMBERS and not bounded(r"\d").search(str(setting)):
            yield f"{key}={setting}", "a remark, not a value"
        else:
            yield {"name": name, "value": str(setting)}


def _results(value: object) -> Iterator[LabelOrReason]:
    pairs: Iterable[tuple[object, object]]
    if isinstance(value, Mapping):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = [
            (one.get("test"), one.get("result")) if isinstance(one, Mapping) else ("", one)
            for one in value
        ]
    else:
        pairs = [("", value)]
    for metric, result in pairs:
        shown = f"{metric}={result}"
        if isinstance(result, Mapping):
            yield shown, "results of several models"
        elif not _NUMBER.fullmatch(str(result).strip()):
            yield shown, "an address or a remark, not a number"
        elif _NO_RESULT.search(str(metric)):
            yield shown, "a count or a speed, not a result"
        else:
            yield {"value": str(result).strip(), "metric_as_written": str(metric)}


def _badges(value: object) -> Iterator[LabelOrReason]:
    yield from ((text, "badges of the hub's page, not words of the card") for text in _texts(value))


def _no_field(value: object) -> Iterator[LabelOrReason]:
    yield str(value), "there is no such field here"


def _task(value: object) -> Iterator[LabelOrReason]:
    yield from ({"value": text.replace("_", "-").replace(" ", "-")} for text in _texts(value))


_OWN = frozenset({"id", "card_in_corpus"})
_READERS: dict[str, tuple[str, Callable[[object], Iterator[LabelOrReason]]]] = {
    "model_tasks": ("task", _task),
    "frameworks": ("library", _badges),
    "datasets": ("training_dataset", _datasets),
    "license": ("license", _license),
    "github": ("repository", _plain),
    "paper": ("paper", _plain),
    "upstream_model": ("base_model", _upstream),
    "parameter_count": ("parameter_count", _plain),
    "hyper_parameters": ("hyperparameter", _settings),
    "evaluation": ("evaluation", _results),
    "hardware": ("hardware", _words),
    "limitation_and_bias": ("limitation_and_bias", _stated),
    "code_demo": ("demo", _demo),
    "input_format": ("input_format", _stated),
    "input_size": ("input_format", _stated),
    "output_format": ("output_format", _stated),
    "max_length": ("context_length", _plain),
    "vocabulary_size": ("vocabulary_size", _plain),
}
"""Their keys, our fields, and how a value becomes a label."""
