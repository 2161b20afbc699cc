"""Tolerant readers of single values. Each returns a usable value or None, and notes what was wrong.

Bounds: a text of a record at most 10,000 characters, a list at most 20,000 entries: beyond
them the field is set aside, not the record.
"""

from __future__ import annotations

import re
import reprlib
from datetime import UTC, datetime

import orjson

from miner.pipelines.sources.records.facts import Problem
from miner.schema.vocab import RecordReason

MAX_TEXT = 10_000
MAX_ITEMS = 20_000
MAX_COUNT = 2**63 - 1
_DATE_FAST = re.compile(r"(20\d\d-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{3})Z", re.ASCII)
_REPR = reprlib.Repr()  # bounded: what strangers send can be deep and large
_REPR.maxstring = _REPR.maxother = 100


def excerpt(value: object) -> str:
    """Return at most 200 characters of what was found, on one line, as every store can hold it."""
    if not isinstance(value, str):
        value = f"{type(value).__name__}: {_REPR.repr(value)}"
    return " ".join(storable(value[:400]).split())[:200]


class Reader:
    """Reads fields of one record and collects the problems."""

    __slots__ = ("name", "position", "problems")

    def __init__(self, position: int = 0, name: str | None = None) -> None:
        self.problems: list[Problem] = []
        self.position = position
        self.name = name

    def note(self, field: str, reason: RecordReason, found: object) -> None:
        """Note that a field could not be used; the first finding in a field stands for all."""
        if any(problem.field == field for problem in self.problems):
            return
        self.problems.append(Problem(field, reason.value, excerpt(found), self.position, self.name))

    def text(self, field: str, value: object) -> str | None:
        """Read a text; empty is None. Lone surrogates and NUL cannot be stored: replaced."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.note(field, RecordReason.WRONG_TYPE, value)
            return None
        if len(value) > MAX_TEXT:
            self.note(field, RecordReason.TOO_LONG, value)
            return None
        return self.stored(field, value)

    def count(self, field: str, value: object) -> int | None:
        """Read a number that counts something: whole, from 0, fitting 63 bits."""
        if type(value) is int and 0 <= value <= MAX_COUNT:
            return value
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.note(field, RecordReason.WRONG_TYPE, value)
            return None
        if not 0 <= value <= MAX_COUNT:
            self.note(field, RecordReason.OUT_OF_RANGE, value)
            return None
        return value

    def flag(self, field: str, value: object) -> bool | None:
        """Read true or false."""
        if value is None or isinstance(value, bool):
            return value
        self.note(field, RecordReason.WRONG_TYPE, value)
        return None

    def time(self, field: str, value: object) -> str | None:
        """Read an ISO 8601 time; UTC text with microseconds, so that texts sort as times do."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.note(field, RecordReason.WRONG_TYPE, value)
            return None
        if fast := _DATE_FAST.fullmatch(value):
            text = f"{fast[1]} {fast[2]}.{fast[3]}000"
            if _is_calendar(text):
                return text
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.note(field, RecordReason.BAD_DATE, value)
            return None
        if not 2000 <= moment.year < 2100:
            self.note(field, RecordReason.BAD_DATE, value)
            return None
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

    def mapping(self, field: str, value: object) -> dict[str, object]:
        """Read an object; anything else is empty."""
        if isinstance(value, dict):
            return value
        if value is not None:
            self.note(field, RecordReason.WRONG_TYPE, value)
        return {}

    def texts(self, field: str, value: object) -> list[str]:
        """Read a list of texts, or one text standing for a list of one; duplicates dropped.

        Entries that are no texts (numbers apart, which authors write for versions) are noted.
        """
        if value is None or value == "":
            return []
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self.note(field, RecordReason.WRONG_TYPE, value)
            return []
        if len(value) > MAX_ITEMS:
            self.note(field, RecordReason.TOO_LONG, f"{len(value)} entries")
            return []
        if _are_plain(value):
            return list(dict.fromkeys(value))
        found: dict[str, None] = {}
        for item in value:
            if (text := self._entry(field, item)) is not None:
                found[text] = None
        return list(found)

    def stored(self, field: str, value: str) -> str | None:
        """Return a text as every store can hold it; note where that is another one."""
        kept = storable(value)
        if kept != value:
            self.note(field, RecordReason.ALTERED, value)
        return kept or None

    def _entry(self, field: str, item: object) -> str | None:
        if isinstance(item, str):
            if len(item) <= MAX_TEXT:
                return self.stored(field, item)
            self.note(field, RecordReason.TOO_LONG, item)
        elif isinstance(item, int | float) and not isinstance(item, bool):
            return str(item)
        elif item is not None:
            self.note(field, RecordReason.WRONG_TYPE, item)
        return None


def storable(text: str) -> str:
    """Return a text that every store can hold: no NUL, no lone surrogates."""
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
    return text if clean == text else clean  # the same object: a card's values know their place


def as_json(value: object) -> str:
    """Return a value as the JSON text that a column of the store holds."""
    return orjson.dumps(value).decode()


def _are_plain(items: list[object]) -> bool:
    """Tell whether all entries are texts that need no care: the usual case, decided cheaply."""
    if set(map(type, items)) != {str}:
        return False
    joined = "".join(items)  # type: ignore[arg-type] # all are texts
    return joined.isascii() and "\x00" not in joined and "" not in items and len(joined) <= MAX_TEXT


def _is_calendar(text: str) -> bool:
    """Tell whether a text of the right shape is a real moment (no 31st of February)."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
