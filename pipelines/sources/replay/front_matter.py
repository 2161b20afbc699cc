"""The front matter of a card as the hub would give it in ``cardData``."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml

_FRONT_MATTER = re.compile(
    rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S
)
_BY_TAGS = (AttributeError, TypeError, LookupError, OverflowError)
"""What PyYAML lets through of a value that is not what its tag says (``!!timestamp y``)."""
_MAX_BYTES = 256_000
_MAX_VALUES = 50_000
_MAX_DEPTH = 30
_MAX_INTEGER = 2**63 - 1


class _TooMuchError(ValueError):
    """More values than any honest card has, by aliases for instance."""


def card_data(card: bytes) -> dict[str, Any] | None:
    """Return the front matter as plain JSON values, dates as ISO strings.

    Returns:
        None where there is none, it is no mapping, cannot be parsed, or is beyond the bounds.
    """
    found = _FRONT_MATTER.match(card)
    if found is None or len(found[1]) > _MAX_BYTES:
        return None
    try:
        # CSafeLoader is yaml.safe_load in C: it makes plain values only.
        value = yaml.load(found[1], Loader=yaml.CSafeLoader)
        plain = _Plain().of(value, 0)
    except (yaml.YAMLError, ValueError, RecursionError, *_BY_TAGS):
        return None
    return plain if isinstance(plain, dict) else None


class _Plain:
    """Turns YAML values into JSON values, counting them."""

    def __init__(self) -> None:
        self._count = 0

    def of(self, value: Any, depth: int) -> Any:
        self._count += 1
        if self._count > _MAX_VALUES or depth > _MAX_DEPTH:
            raise _TooMuchError
        if isinstance(value, dict):
            return {_key(key): self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.of(item, depth + 1) for item in value]
        if isinstance(value, date):  # datetime too
            return value.isoformat()
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if isinstance(value, int) and abs(value) > _MAX_INTEGER:
            return str(value)
        return value


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)
