"""Precision and recall of fields of cards, by the rules beside the labels.

The unit is a value of a field of a card, compared in normal form; labels of low confidence are set
aside. A value whose quote is not in the card is wrong, whatever it says.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.derive.cards.normal import hyperparameter_name
from tests.accuracy.field_equality import DROPPED, PRESENCE, is_unscored, same
from tests.accuracy.scoring import Score

MOST_EVALUATIONS = 12
ENOUGH = 10
_KEYS = {"base_model": ("relation",), "training_dataset": ("role",), "hardware": ("count",),
         "evaluation": ("metric", "dataset")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardLabels:
    """What one card states, and what it does not."""

    model: str
    card: str
    entries: list[dict[str, Any]]
    absent: frozenset[str]

    def of(self, name: str, *, low: bool = False) -> list[dict[str, Any]]:
        """Return the entries of a field that are scored, or with ``low`` those that are not."""
        return [
            entry
            for entry in self.entries
            if entry["field"] == name and (entry.get("confidence") == "low") == low
        ]

    def places(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        """Return the entries of a field that are scored, each with its place among all entries."""
        return [
            (at, entry)
            for at, entry in enumerate(self.entries)
            if entry["field"] == name and entry.get("confidence") != "low"
        ]


@dataclass(frozen=True, slots=True)
class FieldMiss:
    """A value that is wrong, or was not found."""

    card: str
    field: str
    value: str
    quote: str
    is_found: bool
    reason: str


@dataclass(slots=True)
class FieldResult:
    """Scores by field, and every miss.

    ``units`` holds whether a labelled value was found, by its card and place among the entries.
    """

    cards: int = 0
    units: dict[tuple[str, int], bool] = field(default_factory=dict)
    fields: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    by_origin: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    by_method: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    without_largest: Score = field(default_factory=Score)
    keys: Counter[tuple[str, bool]] = field(default_factory=Counter)
    absent_marks: int = 0
    absent_right: int = 0
    bad_quotes: int = 0
    misses: list[FieldMiss] = field(default_factory=list)

    @property
    def micro(self) -> Score:
        """The sum over all fields."""
        total = Score()
        for score in self.fields.values():
            total.add(score)
        return total

    def macro(self, *, least: int = 1) -> float | None:
        """Return the mean F1 of the fields with so many labels or more."""
        values = [s.f1 or 0.0 for s in self.fields.values() if s.right + s.missed >= least]
        return sum(values) / len(values) if values else None

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        return {
            "cards": self.cards,
            "micro": self.micro.as_dict(),
            "micro_without_largest_language_card": self.without_largest.as_dict(),
            "macro_f1": self.macro(),
            f"macro_f1_at_least_{ENOUGH}": self.macro(least=ENOUGH),
            "fields": {name: one.as_dict() for name, one in sorted(self.fields.items())},
            "by_origin": {name: one.as_dict() for name, one in sorted(self.by_origin.items())},
            "by_method": [
                {"field": name, "method": method, **one.as_dict()}
                for (name, method), one in sorted(self.by_method.items())
            ],
            "absent": {"marks": self.absent_marks, "right": self.absent_right},
            "bad_quotes": self.bad_quotes,
            "keys": [
                {"key": key, "right": self.keys[key, True], "wrong": self.keys[key, False]}
                for key in sorted({key for key, _ in self.keys})
            ],
            "misses": [asdict(miss) for miss in self.misses],
        }


def read_field_labels(path: Path) -> list[CardLabels]:
    """Return the labels of a file, a card a line.

    Raises:
        InvalidData: The file cannot be read, or a line is no labelled card.
    """
    found = []
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    found.append(_labels(json.loads(line), path, number))
    except (OSError, ValueError) as error:
        raise InvalidData(f"cannot read the labels {path}: {error}") from error
    return found


def _labels(row: Any, path: Path, number: int) -> CardLabels:
    try:
        entries = [dict(entry) for entry in row["fields"]]
        for entry in entries:
            entry["field"], entry["value"]
        return CardLabels(row["id"], row["card"], entries, frozenset(row["absent"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidData(
            f"{path}:{number} is no labelled card: {error!r} is missing or wrong",
            next_step="give a file of cards with the keys id, card, fields and absent",
        ) from error


def evaluate_fields(
    labels: Iterable[CardLabels],
    folder: Path,
    extract: Callable[[str, str], Iterable[Mapping[str, Any]]],
) -> FieldResult:
    """Extract the labelled cards and score what is found.

    Args:
        labels: The labelled cards.
        folder: Where the cards lie, under the names the labels give.
        extract: From a card and its model to rows as ``miner extract`` prints them.

    Raises:
        ConfigurationError: A labelled card is not in the folder.
    """
    labelled = list(labels)
    result = FieldResult()
    languages = {one.card: len(one.of("language")) for one in labelled}
    largest = max(languages, key=languages.__getitem__, default="")
    for one in labelled:
        card = read_card_text(folder / one.card)
        before = result.micro
        language = result.fields["language"].copy()
        score_card(result, one, card, list(extract(card, one.model)))
        part = result.micro.minus(before)
        if one.card == largest:
            part = part.minus(result.fields["language"].minus(language))
        result.without_largest.add(part)
    return result


def read_card_text(path: Path) -> str:
    """Return a card as decoded, its line ends kept.

    Raises:
        ConfigurationError: It cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the labelled card {path}: {error.strerror or error}",
            next_step="give with --cards the folder of the cards that the labels name",
        ) from error


def score_card(
    result: FieldResult, labels: CardLabels, card: str, rows: list[Mapping[str, Any]]
) -> None:
    """Add the score of one card's values to a result."""
    result.cards += 1
    names = {entry["field"] for entry in labels.entries} | {row["field"] for row in rows}
    found_fields = {row["field"] for row in rows}
    result.absent_marks += len(labels.absent)
    result.absent_right += len(labels.absent - found_fields)
    for name in sorted(names):
        gold, low = labels.of(name), labels.of(name, low=True)
        if not gold and low:
            continue  # neither stated nor absent
        mine = [row for row in rows if row["field"] == name and not _is_dropped(name, row)]
        _score_field(result, labels, name, _cut(name, gold, mine), card)


def _is_dropped(name: str, row: Mapping[str, Any]) -> bool:
    if name == "hyperparameter":
        return hyperparameter_name(row.get("name", "")) in DROPPED[name]
    return str(row["value"]).lower() in DROPPED.get(name, frozenset())


def _cut(
    name: str, gold: list[dict[str, Any]], mine: list[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the first twelve results where only twelve are labelled."""
    if name == "evaluation" and len(gold) >= MOST_EVALUATIONS:
        return sorted(mine, key=lambda row: int(row.get("start", 0)))[:MOST_EVALUATIONS]
    return mine


def _score_field(
    result: FieldResult,
    labels: CardLabels,
    name: str,
    mine: list[Mapping[str, Any]],
    card: str,
) -> None:
    low, score = labels.of(name, low=True), result.fields[name]
    places = labels.places(name)
    open_gold = places[:1] if name in PRESENCE else places
    for row in _unique(name, mine):
        quote = str(row.get("quote") or "")
        method = result.by_method[name, str(row.get("method", ""))]
        if not quote or not _is_in(quote, card):
            result.bad_quotes += 1
            _wrong(result, labels, name, row, "the quote is not in the card")
            method.wrong += 1
            continue
        found = next((place for place in open_gold if same(name, place[1], row)), None)
        if found is not None:
            open_gold.remove(found)
            at, match = found
            result.units[labels.card, at] = True
            score.right += 1
            method.right += 1
            result.by_origin[str(match.get("from", ""))].right += 1
            _score_keys(result, name, match, row)
        elif not is_unscored(name, low, row):
            method.wrong += 1
            _wrong(result, labels, name, row, "not labelled" if name not in labels.absent
                   else "labelled as not stated")  # fmt: skip
    for at, entry in open_gold:
        result.units[labels.card, at] = False
        score.missed += 1
        result.by_origin[str(entry.get("from", ""))].missed += 1
        value = shown(name, entry)
        result.misses.append(
            FieldMiss(labels.card, name, value, str(entry.get("quote", "")), False, "not found")
        )


def _unique(name: str, mine: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the values that count: results all of them, others once; presence once a card."""
    if name in PRESENCE:
        return mine[:1]
    if name == "evaluation":
        return mine
    kept: list[Mapping[str, Any]] = []
    for row in mine:
        if not any(same(name, {**other, "alias": []}, row) for other in kept):
            kept.append(row)
    return kept


def _is_in(quote: str, card: str) -> bool:
    return quote in card or quote.replace("\r\n", "\n") in card.replace("\r\n", "\n")


def _wrong(
    result: FieldResult, labels: CardLabels, name: str, row: Mapping[str, Any], reason: str
) -> None:
    result.fields[name].wrong += 1
    result.by_origin[str(row.get("from", ""))].wrong += 1
    quote = str(row.get("quote", ""))
    result.misses.append(FieldMiss(labels.card, name, shown(name, row), quote, True, reason))


def shown(name: str, row: Mapping[str, Any]) -> str:
    """Return a value of a field as people read it, with what it is a value of."""
    value = str(row["value"])
    if name == "hyperparameter":
        return f"{row.get('name')}={value}"
    metric = row.get("metric") or row.get("metric_as_written")
    if name == "evaluation" and metric:
        return f"{value} ({metric})"
    return value


def _score_keys(
    result: FieldResult, name: str, entry: Mapping[str, Any], row: Mapping[str, Any]
) -> None:
    for key in _KEYS.get(name, ()):
        if key in entry and entry[key] not in {"unknown", "unspecified"}:
            wanted, got = str(entry[key]).lower(), str(row.get(key, "")).lower()
            is_right = wanted == got or (bool(got) and (wanted in got or got in wanted))
            result.keys[f"{name}.{key}", is_right] += 1
