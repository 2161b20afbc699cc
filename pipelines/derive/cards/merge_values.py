"""Values of several extractors of one card, side by side: which row stands for what.

Equal values (``normal``) make a group; of each group one row is chosen. A field that a model has
one value of keeps one group only. The surer value stands: confidence is the measured precision of
what read it, for its field. Of equally sure ones (to a hundredth) front matter goes before rules
and rules before a language model (``vocab.SOURCE_RANK``), then the surer, then the earlier.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miner.pipelines.derive.cards import normal
from miner.pipelines.derive.cards.value import Value
from miner.schema.fields import load_fields
from miner.schema.vocab import SOURCE_RANK

_SUREST = 0.999
"""Agreement makes nothing certain."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A value that an extractor read.

    Attributes:
        extractor: Who read it; two values of one extractor do not confirm each other.
        field: Name of the field.
        value: Text or number.
        qualifiers: Name, metric, dataset ... of the value.
        source: ``vocab.Source``.
        confidence: Measured precision of the method, 0 to 1.
        start: Where its quote begins in the card.
    """

    extractor: str
    field: str
    value: str | float
    qualifiers: dict[str, Any]
    source: str
    confidence: float
    start: int


@dataclass(frozen=True, slots=True)
class ValueStanding:
    """What became of a value beside the others.

    Attributes:
        is_chosen: It stands for its value, and for its field where there is one value.
        agreement: Extractors that give the value.
        confidence: 0 to 1: that at least one of them is right, as if they erred apart from
            each other.
    """

    is_chosen: bool
    agreement: int
    confidence: float


def merged_readings(readings: Mapping[str, Sequence[Value]]) -> list[Value]:
    """Return the values that stand for one card, with the confidence that agreement gives them.

    Args:
        readings: What each extractor read, by its name.
    """
    read = [(name, value) for name, values in readings.items() for value in values]
    standings = merge(
        [
            Stated(
                name, one.field, one.value, one.qualifiers, one.source, one.confidence, one.start
            )
            for name, one in read
        ]
    )
    chosen = [
        dataclasses.replace(value, confidence=standing.confidence)
        for (_, value), standing in zip(read, standings, strict=True)
        if standing.is_chosen
    ]
    return sorted(chosen, key=lambda one: (one.field, one.start))


def merge(values: Sequence[Stated]) -> list[ValueStanding]:
    """Return the standing of each value of one card, in their order."""
    groups: dict[tuple[Hashable, Hashable], list[int]] = defaultdict(list)
    for number, value in enumerate(values):
        groups[_fact(value), _same(value)].append(number)
    best = {
        key: min(members, key=lambda one: _rank(values[one])) for key, members in groups.items()
    }
    chosen = {
        one for key, number in best.items() for one in _standing_for(groups[key], number, values)
    }
    for rivals in _rivals(best).values():
        chosen -= set(rivals) - {min(rivals, key=lambda one: _rank(values[one]))}
    standings: dict[int, ValueStanding] = {}
    for members in groups.values():
        surest = _surest(values[one] for one in members)
        agreed = 1 - math.prod(1 - confidence for confidence in surest.values())
        for one in members:
            confidence = values[one].confidence
            if len(surest) > 1:
                confidence = max(confidence, min(agreed, _SUREST))
            standings[one] = ValueStanding(one in chosen, len(surest), round(confidence, 3))
    return [standings[number] for number in range(len(values))]


def _standing_for(members: list[int], best: int, values: Sequence[Stated]) -> list[int]:
    """Return the rows that stand for a group: its best one.

    Equal numbers can be different results, so of results all that the best one's extractor read
    stay.
    """
    if values[best].field != "evaluation":
        return [best]
    return [one for one in members if values[one].extractor == values[best].extractor]


def _fact(value: Stated) -> Hashable:
    """Return what a value speaks of; a hyper-parameter is one by its name."""
    if value.field == "hyperparameter":
        return value.field, normal.hyperparameter_name(value.qualifiers.get("name", ""))
    return value.field


def _same(value: Stated) -> Hashable:
    """Return the form in which values of one fact are the same."""
    known = load_fields().get(value.field)
    if known is not None and known.is_free:
        return ""
    if value.field == "hyperparameter":
        name = normal.hyperparameter_name(value.qualifiers.get("name", ""))
        return normal.hyperparameter(value.value, name)
    return normal.normal(value.field, value.value)


def _rivals(best: dict[tuple[Hashable, Hashable], int]) -> dict[Hashable, list[int]]:
    """Return the best rows of the values of facts that have one value."""
    fields = load_fields()
    rivals: dict[Hashable, list[int]] = defaultdict(list)
    for (fact, _), number in best.items():
        is_named = isinstance(fact, tuple)
        if is_named or (str(fact) in fields and fields[str(fact)].is_single):
            rivals[fact].append(number)
    return rivals


def _rank(value: Stated) -> tuple[float, int, float, int]:
    source = SOURCE_RANK.get(value.source, len(SOURCE_RANK))
    return -round(value.confidence, 2), source, -value.confidence, value.start


def _surest(values: Iterable[Stated]) -> dict[str, float]:
    """Return the best confidence of each extractor."""
    found: dict[str, float] = {}
    for value in values:
        found[value.extractor] = max(found.get(value.extractor, 0.0), value.confidence)
    return found
