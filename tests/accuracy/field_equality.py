"""Whether a value found is the value labelled, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from miner.pipelines.derive.cards import normal

PRESENCE = frozenset({"limitation_and_bias", "input_format", "output_format"})
"""Fields scored as stated or not: their wording is free."""
DROPPED: dict[str, frozenset[str]] = {
    "library": frozenset(
        {"pytorch", "tensorflow", "jax", "flax", "tokenizers", "datasets", "accelerate",
         "safetensors"}
    ),
    "hyperparameter": frozenset(
        {"betas", "epsilon", "eval_batch_size", "total_eval_batch_size", "logging_steps",
         "save_steps", "saving_steps", "eval_steps", "evaluation_steps", "threads",
         "adam_epsilon", "adam_beta1", "adam_beta2", "per_device_eval_batch_size"}
    ),
    "language": frozenset({"code"}),
}  # fmt: skip
"""Values that count neither way."""
COUNTS = frozenset(
    {"parameter_count", "active_parameter_count", "expert_count", "experts_per_token",
     "training_tokens", "context_length", "vocabulary_size"}
)  # fmt: skip
"""Fields whose values are compared as counts."""
_LEAST_DIGITS = 3
_LEAST_LETTERS = 3
_HOURS = {"days": 24.0, "day": 24.0, "minutes": 1 / 60, "minute": 1 / 60, "weeks": 168.0}
_KILOGRAMS = {"g": 0.001, "gco2eq": 0.001, "t": 1000.0, "tco2eq": 1000.0}


def same(field: str, entry: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Return whether a value is the labelled one, or one of its aliases.

    Args:
        field: Name of the field.
        entry: The label; with ``is_free_text`` its words hold the value, or the value holds them.
        row: The value found.
    """
    if field in PRESENCE:
        return True
    if field == "hyperparameter":
        name = normal.hyperparameter_name(row.get("name", ""))
        if name != normal.hyperparameter_name(entry.get("name", "")):
            return False
    wanted = [entry["value"], *(entry.get("alias") or ())]
    if entry.get("is_free_text") and any(_contains(field, value, row["value"]) for value in wanted):
        return True
    return any(_equal(field, value, row["value"], entry, row) for value in wanted)


def is_unscored(field: str, low: Iterable[Mapping[str, Any]], row: Mapping[str, Any]) -> bool:
    """Return whether a value is one of the labels that are not scored."""
    return any(same(field, entry, row) for entry in low)


def _equal(
    field: str, wanted: object, got: object, entry: Mapping[str, Any], row: Mapping[str, Any]
) -> bool:
    if field in COUNTS:
        return _same_count(field, wanted, got)
    if field in _UNITS:
        units = _UNITS[field]
        return _within(_scaled(wanted, entry, units), _scaled(got, row, units), 0.01)
    if field in _SPECIAL:
        return _SPECIAL[field](wanted, got)
    if field == "hyperparameter":
        name = normal.hyperparameter_name(row.get("name", ""))
        return normal.hyperparameter(wanted, name) == normal.hyperparameter(got, name)
    a, b = normal.normal(field, wanted), normal.normal(field, got)
    if field in _OWNED and ("/" in a) != ("/" in b):
        return a.rpartition("/")[2] == b.rpartition("/")[2]
    return a == b


def _contains(field: str, wanted: object, got: object) -> bool:
    a, b = (normal.normal(field, value).replace(" ", "") for value in (wanted, got))
    return min(len(a), len(b)) >= _LEAST_LETTERS and (a in b or b in a)


def _same_funding(wanted: object, got: object) -> bool:
    a, b = normal.text(wanted), normal.text(got)
    return bool(a and b) and (a in b or b in a)


def _same_month(wanted: object, got: object) -> bool:
    return normal.text(wanted)[:7] == normal.text(got)[:7]


def _number(value: object) -> float | None:
    try:
        return float(normal.number_text(value))
    except ValueError:
        return None


def _within(wanted: float | None, got: float | None, share: float) -> bool:
    if wanted is None or got is None:
        return False
    return abs(wanted - got) <= share * max(abs(wanted), abs(got))


def _same_count(field: str, wanted: object, got: object) -> bool:
    a, b = _number(wanted), _number(got)
    if _within(a, b, 0.005):
        return True
    if field != "context_length" or a is None or b is None:
        return False
    return _within(a * 1.024, b, 0.005) or _within(a, b * 1.024, 0.005)


def _scaled(value: object, row: Mapping[str, Any], units: Mapping[str, float]) -> float | None:
    number = _number(value)
    unit = str(row.get("unit") or "").lower()
    return None if number is None else number * units.get(unit, 1.0)


def _same_result(wanted: object, got: object) -> bool:
    return any(
        _rounds(a, b) or _rounds(b, a)
        for a, b in (
            (str(wanted), str(got)),
            (str(wanted), _times_hundred(got)),
            (_times_hundred(wanted), str(got)),
        )
    )


def _times_hundred(value: object) -> str:
    text = str(value).strip().rstrip("% ")
    try:
        number = float(text)
    except ValueError:
        return text
    decimals = max(len(text.partition(".")[2]) - 2, 0)
    return f"{number * 100:.{decimals}f}"


def _rounds(exact: str, rounded: str) -> bool:
    """Return whether a number is another, rounded to its own decimals (three digits at least)."""
    try:
        a = float(exact.partition("±")[0].strip().rstrip("% "))
        text = rounded.partition("±")[0].strip().rstrip("% ")
        b = float(text)
    except ValueError:
        return exact.strip() == rounded.strip()
    if a == b:
        return True
    if "e" in text.lower() or len(text.lstrip("-0.").replace(".", "")) < _LEAST_DIGITS:
        return False
    decimals = len(text.partition(".")[2])
    return abs(round(a, decimals) - b) < 1e-9


_UNITS = {"training_time": _HOURS, "carbon_emitted": _KILOGRAMS}
_OWNED = frozenset({"base_model", "training_dataset", "evaluation_dataset"})
_SPECIAL: dict[str, Callable[[object, object], bool]] = {
    "evaluation": _same_result,
    "funding": _same_funding,
    "training_data_cutoff": _same_month,
}
