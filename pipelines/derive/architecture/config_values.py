"""Values of a config that strangers wrote: numbers as text, lists for counts, NaN, nonsense."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping

import orjson

MAX_BYTES = 8 * 1024 * 1024
MAX_COUNT = 2**53
_MAX_LIST = 20_000


def decode(body: bytes) -> tuple[Mapping[str, object] | None, str]:
    """Decode a config; NaN and a byte-order mark, which real configs hold, are accepted.

    Returns:
        The object, and an empty reason; or None, and why there is none.
    """
    if len(body) > MAX_BYTES:
        return None, f"too large: {len(body):,} bytes, at most {MAX_BYTES:,} are read"
    try:
        value = _loads(body.removeprefix(b"\xef\xbb\xbf"))
    except json.JSONDecodeError as error:
        return None, f"no JSON, from line {error.lineno}, column {error.colno} on"
    except RecursionError:
        return None, "no JSON that can be read: nested too deeply"
    except ValueError:  # Python reads no whole number beyond a few thousand digits
        return None, "no JSON that can be read: a number of too many digits"
    if not isinstance(value, Mapping):
        return None, f"{kind_of(value)} where an object is expected"
    return value, ""


def kind_of(value: object) -> str:
    """Return what a value of JSON is, in words."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    kinds = {str: "a text", list: "a list", int: "a number", float: "a number"}
    return kinds.get(type(value), "an object")


def _loads(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text.decode("utf-8", "replace"))


def whole(value: object) -> int | None:
    """Return a whole number, however it is written; None for what is none.

    A list stands for a value a layer, or a group of experts: its first entry that is one counts.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        return next((one for one in map(whole, value[:_MAX_LIST]) if one is not None), None)
    if isinstance(value, str):
        text = value.strip().replace("_", "")
        if not text.lstrip("+-").isascii() or not text.lstrip("+-").isdigit() or len(text) > 20:
            return None
        value = int(text)
    if isinstance(value, float):
        if not math.isfinite(value) or not value.is_integer():
            return None
        value = int(value)
    return value if isinstance(value, int) and abs(value) <= MAX_COUNT else None


def element_count(value: object) -> int | None:
    """Return a number of elements, which is 0 at least; None for what is none."""
    count = whole(value) if not isinstance(value, list) else None
    return count if count is not None and count >= 0 else None


def number(value: object) -> float | None:
    """Return a finite number, None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MAX_COUNT else None


def most_common(value: object) -> int | None:
    """Return a whole number; of a list the one that most layers have."""
    if not isinstance(value, list):
        return whole(value)
    numbers = [one for one in map(whole, value[:_MAX_LIST]) if one is not None]
    return Counter(numbers).most_common(1)[0][0] if numbers else None


def truth(value: object) -> bool | None:
    """Return true or false, also where it is written as text or number."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    return bool(value) if type(value) is int and value in (0, 1) else None


def text(value: object) -> str | None:
    """Return a short text, None for everything else."""
    return value if isinstance(value, str) and 0 < len(value) <= 200 else None


def texts(value: object) -> list[str]:
    """Return the short texts of a list, or of one value."""
    values = value[:_MAX_LIST] if isinstance(value, list) else [value]
    return [one for one in map(text, values) if one is not None]
