"""Values of GitHub's answers: one of another type than it should have counts as not stated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from miner.pipelines.sources.records.values import storable


def read_mapping(value: object) -> Mapping[str, Any]:
    """Return an object; anything else is empty."""
    return value if isinstance(value, dict) else {}


def read_items(value: object) -> list[Any]:
    """Return a list; anything else is empty."""
    return value if isinstance(value, list) else []


def read_text(value: object, longest: int = 200) -> str | None:
    """Return a text as it can be stored, at most so many characters; an empty one is None."""
    return storable(value[:longest]) if isinstance(value, str) and value else None


def read_number(value: object) -> int | None:
    """Return a whole number from 0 that a column takes."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**62 else None  # type: ignore[operator, return-value]


def read_flag(value: object) -> int | None:
    """Return 1 or 0."""
    return int(value) if isinstance(value, bool) else None


def read_time(value: object) -> str | None:
    """Return a time of this century as the store keeps it, UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):  # the last hours of the year 9999
        return None
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if 2000 <= moment.year < 2100 else None
