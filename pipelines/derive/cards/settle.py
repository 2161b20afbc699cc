"""From all that the rules read to what a card states: doubles go, the surer place stays."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from math import isfinite

from miner.pipelines.derive.cards import accelerators, normal
from miner.pipelines.derive.cards.characters import remembered
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.rules_confidence import confidence
from miner.pipelines.derive.cards.settings_prose import IN_STAGES
from miner.pipelines.derive.cards.value import CODE, FRONT_MATTER, TABLE, TEXT, Value
from miner.schema.patterns import bounded
from miner.schema.vocab import Source

MAX_HYPERPARAMETERS = 20
MAX_EVALUATIONS = 3_000
MAX_STATED = 1_000
MAX_VALUES = 1_000
TINY = 1e-9
_DECIMALS = re.compile(r"\d\.(\d+)")
_ONE = frozenset({"limitation_and_bias", "input_format", "output_format", "carbon_emitted"})
_WEAK = frozenset({"trainer"})
"""Rules for test data that count only where no table, list or declaration names any."""
_BY_OWNER = frozenset({"base_model", "training_dataset", "evaluation_dataset"})
_ALIGNMENT = re.compile(r"dpo|rlhf|preference|feedback|hh-rlhf|orpo|reward", re.IGNORECASE)
_PRETRAINED = re.compile(r"\bpre-?train(?:ed|ing)\b|from scratch")
_TUNED = re.compile(r"fine-?\s?tun")


def settle(document: Document, values: Iterable[Value]) -> list[Value]:
    """Return values without doubles, each with its source."""
    by_field: dict[str, list[Value]] = defaultdict(list)
    for value in values:
        is_endless = isinstance(value.value, float) and not isfinite(value.value)
        if value.quote and value.value not in {"", None} and not is_endless:
            by_field[value.field].append(value)
    settled: list[Value] = []
    for field in sorted(by_field):
        settled.extend(_settle_field(field, by_field[field]))
    for value in settled:
        is_declared = value.origin == FRONT_MATTER
        value.source = Source.CARD.value if is_declared else Source.CARD_RULE.value
        value.confidence = confidence(value.field, value.method)
        if value.field == "hardware":
            value.qualifiers |= accelerators.describe(str(value.value), value.qualifiers)
    _add_roles(document, settled)
    return settled


def _settle_field(field: str, values: list[Value]) -> list[Value]:
    if field == "evaluation":
        return _results(values)
    if field == "evaluation_dataset" and any(value.method not in _WEAK for value in values):
        values = [value for value in values if value.method not in _WEAK]
    kept: dict[object, Value] = {}
    for value in values:
        kept.setdefault(_key(field, value), value)
    if field == "library" and {"pyannote", "pyannote-audio"} <= kept.keys():
        del kept["pyannote"]  # the same library, by its older tag
    if field in _BY_OWNER:
        kept = _without_short_names(kept)
    if field == "hardware":
        kept = dict(islice(kept.items(), MAX_VALUES))
        kept = {key: one for key, one in kept.items() if not _is_part(str(key), kept)}
    if field == "hyperparameter":
        kept = dict(islice(kept.items(), MAX_HYPERPARAMETERS))
    found = sorted(kept.values(), key=lambda value: value.start)
    return found[: 1 if field in _ONE else MAX_VALUES]


def _results(values: list[Value]) -> list[Value]:
    """Return results in the order of the card, those that only repeat a declared one left out.

    The same number can stand for several metrics, so equal ones stay within a table or list.
    """
    declared = [value for value in values if value.origin == FRONT_MATTER]
    stated = _Stated(declared)
    others = [value for value in values if value.origin != FRONT_MATTER and not stated.has(value)]
    drawn = {_rounded(value) for value in others if value.origin == TABLE}
    listed = any(
        value.origin == TABLE or (value.origin == TEXT and value.method != "prose")
        for value in others
    )
    others = [
        value
        for value in others
        if value.origin == TABLE
        or not (
            _rounded(value) in drawn
            or (value.origin == CODE and listed)
            or (value.method == "prose" and (drawn or declared))
        )
    ]
    found = sorted(declared + others, key=lambda value: value.start)
    return list(_without_repeated(found))[:MAX_EVALUATIONS]


def _without_repeated(values: list[Value]) -> Iterator[Value]:
    """Leave out what a later table repeats: the same number for the same metric and test data."""
    seen: set[tuple[object, ...]] = set()
    for value in values:
        data = value.qualifiers.get("dataset")
        key = (value.value, value.qualifiers.get("metric"), data, value.qualifiers.get("split"))
        if data and value.origin == TABLE and key in seen:
            continue
        seen.add(key)
        yield value


def _rounded(value: Value) -> object:
    """Return a result without the noise of floating point, which the same one has elsewhere."""
    return round(value.value, 6) if isinstance(value.value, float) else value.value


_KINDS = bounded(r"precision|recall|f.?(?:1|score|measure)|accuracy|loss", re.IGNORECASE)


_Result = tuple[float, str, int]
"""A number, the first letter of its kind of metric, and how many decimals it is written with."""


def _as_result(value: Value, number: float) -> _Result:
    written = _DECIMALS.search(value.quote)
    kind = _kind(str(value.qualifiers.get("metric")))
    return number, kind, len(written[1]) if written else 0


@remembered
def _kind(metric: str) -> str:
    kind = _KINDS.search(metric)
    return kind[0][:1].lower() if kind else ""


def _is_same(result: _Result, stated: _Result) -> bool:
    """Return whether a result is a stated one rounded, or that as a percentage."""
    number, kind, decimals = result
    declared, of_kind, coarser = stated
    if kind and of_kind and kind != of_kind:
        return False
    return any(
        abs(round(declared * factor, decimals) - number) < TINY
        or (coarser > 0 and abs(round(number * factor, coarser) - declared) < TINY)
        for factor in (1, 100, 0.01)
    )


class _Stated:
    """Results that the front matter declares, sorted: thousands of others are compared with them.

    Rounding moves a number by half a unit at most, so only those near it are looked at.
    """

    def __init__(self, declared: list[Value]) -> None:
        self._results = sorted(
            {
                _as_result(one, one.value)
                for one in declared[:MAX_STATED]
                if isinstance(one.value, int | float)
            }
        )
        self._numbers = [number for number, _, _ in self._results]
        self._known: dict[_Result, bool] = {}

    def has(self, value: Value) -> bool:
        """Return whether a result repeats one of them."""
        if not isinstance(value.value, int | float) or not self._results:
            return False
        result = _as_result(value, value.value)
        if result not in self._known:
            self._known[result] = any(_is_same(result, one) for one in self._near(result[0]))
        return self._known[result]

    def _near(self, number: float) -> Iterator[_Result]:
        for factor, room in ((1, 0.51), (0.01, 0.06), (100, 51)):
            first = bisect_left(self._numbers, number * factor - room)
            last = bisect_right(self._numbers, number * factor + room)
            yield from self._results[first:last]


def _key(field: str, value: Value) -> object:
    if field == "hyperparameter":
        name = normal.hyperparameter_name(value.qualifiers.get("name", ""))
        is_one = value.method == "prose" and name not in IN_STAGES
        return name, name if is_one else normal.hyperparameter(value.value, name)
    return normal.normal(field, value.value)


def _is_part(key: str, others: Iterable[object]) -> bool:
    """Return whether another device says the same and more."""
    return any(key != other and key in str(other) for other in others)


def _without_short_names(kept: dict[object, Value]) -> dict[object, Value]:
    """Drop a name without owner where the same name stands with one."""
    full = {str(key).rpartition("/")[2] for key in kept if "/" in str(key)}
    return {key: value for key, value in kept.items() if "/" in str(key) or str(key) not in full}


def _add_roles(document: Document, values: Iterable[Value]) -> None:
    """Set the role of training data: a model with a base was tuned on it, one without pretrained.

    Args:
        document: The card.
        values: All its values; changed in place.
    """
    values = list(values)
    has_base = any(value.field == "base_model" for value in values)
    for value in values:
        if value.field != "training_dataset" or "role" in value.qualifiers:
            continue
        if _ALIGNMENT.search(str(value.value)):
            role = "alignment"
        elif has_base or (document.contains(_TUNED) and not document.contains(_PRETRAINED)):
            role = "finetuning"
        elif document.contains(_PRETRAINED):
            role = "pretraining"
        else:
            role = "unknown"
        value.qualifiers["role"] = role
