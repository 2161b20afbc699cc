"""From what the model says to values: only what stands in the card, in words that carry it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from miner.pipelines.derive.cards import accelerators, normal, numbers
from miner.pipelines.derive.cards.llm.card_parts import CardPart
from miner.pipelines.derive.cards.llm.llm_confidence import llm_confidence
from miner.pipelines.derive.cards.llm.says import (
    has_run,
    has_words_beside_numbers,
    says_date,
    says_freely,
    says_number,
    says_setting,
    says_text,
    stated_number,
    tokens,
)
from miner.pipelines.derive.cards.llm.schema import (
    ENUMS,
    FIXED,
    MAX_QUALIFIER,
    MAX_VALUE,
    NUMBERS,
    most_values,
    qualifiers_of,
    units_of,
)
from miner.pipelines.derive.cards.llm.visible import Visible
from miner.pipelines.derive.cards.outcome import Rejected
from miner.pipelines.derive.cards.value import CODE, FRONT_MATTER, MAX_QUOTE, TABLE, Value
from miner.schema.fields import CardField, load_fields
from miner.schema.patterns import bounded
from miner.schema.redact import redacted
from miner.schema.vocab import RejectReason, Source

METHOD = "llm"
_LEAST_WORDS = 3
_DATE = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_PLAIN_NUMBER = bounded(r"[-+−]?[\d.,]+(?:[eE][-+−]?\d+)?(?:\s*[x×*]\s*10\s*\^?\s*[-−]?\d+)?")
_ADDRESS = bounded(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?(?:[/?#]\S*)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_ORDER = bounded(
    r"(?:ignore|disregard|forget|override|bypass|skip)\s+(?:(?:all|any|the|your|these|those|of"
    r"|previous|prior|above|earlier|preceding|system|other|following|former)\s+){1,5}"
    r"(?:instructions?|prompts?|rules|directions|directives|messages?|context|text|card)"
    r"|(?:note|message|attention|instructions?|notice|important)\s+(?:to|for)\s+(?:(?:the|any|all"
    r"|every)\s+)*(?:ais?|llms?|(?:large\s+)?language\s+models?|assistants?|extractors?|bots?"
    r"|agents?)\b"
    r"|(?:llms?|ais?|language\s+models?|assistants?|extractors?|agents?)(?:\s+\w+){0,6}?\s+"
    r"(?:must|should|shall|have\s+to|need\s+to)\s+(?:always\s+)?(?:output|report|return|answer|say"
    r"|state|extract|respond|reply|set|write)\b"
    r"|\b(?:output|report|return|answer|respond|reply|state|say)\s+(?:only\s+|exactly\s+|that\s+)*"
    r"(?:with\s+)?(?:the\s+)?(?:following\s+)?(?:json\b|license\s+is|value\s+is)"
    r"|[\"']quote[\"']\s*:"
    r"|\byou\s+(?:must|should|shall|are\s+to|will\s+now|are\s+now)\s+(?:now\s+)?(?:output|report"
    r"|return|say|state|respond|reply|extract|set)\b",
    re.IGNORECASE,
)
"""Words that speak to a language model about what to say. Seldom more than a warning sign, so they
cost a value only where they stand in the paragraph of its quote."""


class _Refuse(Exception):
    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason = reason


class Verifier:
    """Judges the values that a model gives for one card.

    Args:
        visible: The card.
        llm: Name of the language model, for what is known of its accuracy.
    """

    def __init__(self, visible: Visible, llm: str) -> None:
        self._visible = visible
        self._card = visible.document.card
        self._llm = llm

    def check(self, field: str, items: list[Any], part: CardPart) -> Iterator[Value | Rejected]:
        """Yield each value as one, or as rejected with the reason.

        Args:
            field: Name of the field as the model gave it.
            items: Objects with ``value``, ``quote`` and qualifiers.
            part: The part of the card that the model was shown.
        """
        known = load_fields().get(field)
        for number, item in enumerate(items):
            try:
                if known is None:
                    raise _Refuse(RejectReason.UNKNOWN_FIELD)
                if number >= most_values(known):
                    raise _Refuse(RejectReason.TOO_MANY)
                yield self._value(known, item, part)
            except _Refuse as refusal:
                yield _rejected(field, item, refusal.reason)

    def _value(self, field: CardField, item: Mapping[str, Any], part: CardPart) -> Value:
        value = _typed(field, item.get("value"))
        start, end = self._place(item.get("quote"), part)
        quote, origin = self._card[start:end], self._visible.origin(start)
        if redacted(quote) != quote or redacted(str(value)) != str(value):
            raise _Refuse(RejectReason.SECRET)
        if _ORDER.search(self._visible.paragraph(start, end)):
            raise _Refuse(RejectReason.QUOTE_IN_INSTRUCTIONS)
        unit = self._unit(field, item)
        beside = self._visible.heads(start, end) if origin == TABLE else ""
        if isinstance(value, int | float):
            if origin != TABLE and not has_words_beside_numbers(quote):
                raise _Refuse(RejectReason.NO_QUOTE)
            after = self._card[end : end + 20]
            number = stated_number(value, quote, after, unit, origin, beside=beside)
            if number is None:
                raise _Refuse(RejectReason.QUOTE_WITHOUT_VALUE)
            value = numbers.tidy(number)
        elif not _says(field, value, quote, origin):
            raise _Refuse(RejectReason.QUOTE_WITHOUT_VALUE)
        return Value(
            field.name, value, quote, start, end, origin, METHOD, unit,
            llm_confidence(field.name, self._llm), Source.CARD_LLM.value,
            self._qualifiers(field, item, quote, beside),
        )  # fmt: skip

    def _place(self, quote: object, part: CardPart) -> tuple[int, int]:
        if not isinstance(quote, str) or not quote.strip():
            raise _Refuse(RejectReason.NO_QUOTE)
        if len(" ".join(quote.split())) > MAX_QUOTE:
            raise _Refuse(RejectReason.TOO_LONG)
        place = self._visible.find(quote, part.start, part.end)
        if place is None:
            is_hidden = self._visible.holds_hidden(quote)
            raise _Refuse(
                RejectReason.QUOTE_NOT_VISIBLE if is_hidden else RejectReason.QUOTE_NOT_IN_CARD
            )
        return place

    @staticmethod
    def _unit(field: CardField, item: Mapping[str, Any]) -> str:
        units = units_of(field)
        if len(units) < 2:
            return field.unit
        raw = item.get("unit")
        if raw not in units:
            raise _Refuse(RejectReason.WRONG_TYPE)
        return str(raw)

    def _qualifiers(
        self, field: CardField, item: Mapping[str, Any], quote: str, beside: str
    ) -> dict[str, Any]:
        """Return the qualifiers that hold; the others are left out, and the value stays."""
        found: dict[str, Any] = {}
        for name in qualifiers_of(field):
            raw = item.get(name)
            if name == "unit" or raw is None or isinstance(raw, bool):
                continue
            if name in ENUMS:
                holds = raw in ENUMS[name]
            elif name in NUMBERS:
                holds = isinstance(raw, int) and 0 < raw < 2**63 and says_number(raw, quote)
            else:
                holds = isinstance(raw, str) and self._is_named(field, raw, quote, beside)
            if holds:
                found[name] = _clean(raw) if isinstance(raw, str) else raw
        if field.name == "hardware":
            found |= accelerators.describe(str(item.get("value")), found)
        if field.name == "hyperparameter":
            name = normal.hyperparameter_name(found.get("name", ""))
            if not name:
                raise _Refuse(RejectReason.QUOTE_WITHOUT_VALUE)
            found["name"] = name
        return found

    def _is_named(self, field: CardField, raw: str, quote: str, beside: str) -> bool:
        if not raw.strip() or len(raw) > MAX_QUALIFIER or redacted(raw) != raw:
            return False
        if field.name == "hyperparameter":
            return says_setting(raw, quote) or says_setting(raw, beside)
        return has_run(raw, quote) or self._visible.find(raw, 0, len(self._card)) is not None


_DECIMAL_COMMA = re.compile(r"-?(?:\d{1,30},\d{1,2}|0,\d{1,30})")
_WRITTEN_NUMBER = re.compile(r"-?\d{1,30}(?:,\d{3}){0,9}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")


def _typed(field: CardField, raw: object) -> str | int | float:
    """Return a value of the field's type."""
    if isinstance(raw, bool) or raw is None:
        raise _Refuse(RejectReason.WRONG_TYPE)
    if field.type in {"integer", "number"}:
        return _number(field, raw)
    if not isinstance(raw, str):
        raise _Refuse(RejectReason.WRONG_TYPE)
    words = _clean(raw)
    if not words:
        raise _Refuse(RejectReason.WRONG_TYPE)
    if len(words) > MAX_VALUE:
        raise _Refuse(RejectReason.TOO_LONG)
    if not _fits(field, words):
        raise _Refuse(RejectReason.WRONG_TYPE)
    if field.name == "hyperparameter" and _PLAIN_NUMBER.fullmatch(words):
        number = numbers.decimal(words)
        return words if number is None else numbers.tidy(number)
    return words


def _number(field: CardField, raw: object) -> int | float:
    if isinstance(raw, str):  # as the card writes it, or from a server without structured outputs
        text = raw.strip().removesuffix("%").rstrip()
        if _DECIMAL_COMMA.fullmatch(text):
            raw = float(text.replace(",", "."))
        elif _WRITTEN_NUMBER.fullmatch(text):
            raw = float(text.replace(",", ""))
    if not isinstance(raw, int | float):
        raise _Refuse(RejectReason.WRONG_TYPE)
    if isinstance(raw, float) and not math.isfinite(raw):
        raise _Refuse(RejectReason.OUT_OF_RANGE)
    if field.type == "integer":
        if raw != int(raw):
            raise _Refuse(RejectReason.WRONG_TYPE)
        if not 1 <= raw < 2**63:
            raise _Refuse(RejectReason.OUT_OF_RANGE)
        return int(raw)
    if abs(raw) > 1e300 or (field.unit and raw < 0):
        raise _Refuse(RejectReason.OUT_OF_RANGE)
    return numbers.tidy(float(raw))


def _fits(field: CardField, words: str) -> bool:
    if field.name in FIXED:
        return words in FIXED[field.name]
    if field.type == "date":
        return _DATE.fullmatch(words) is not None
    if field.name == "repository" or (field.name == "demo" and words != "code"):
        return _ADDRESS.fullmatch(words) is not None
    return True


def _says(field: CardField, value: str, quote: str, origin: str) -> bool:
    if field.type == "date":
        return says_date(value, quote)
    if (field.name, value) == ("demo", "code") and origin == CODE:
        return True
    if field.name in FIXED or (field.name, value) == ("demo", "code"):
        return len(tokens(quote)) >= _LEAST_WORDS
    if field.is_free:
        return says_freely(value, quote)
    return says_text(field.name, value, quote, is_declared=origin == FRONT_MATTER)


def _rejected(field: str, item: Mapping[str, Any], reason: RejectReason) -> Rejected:
    value, quote = item.get("value"), item.get("quote")
    return Rejected(
        redacted(_clean(field))[:MAX_QUALIFIER],
        redacted(_clean(str("" if value is None else value)))[:MAX_VALUE],
        redacted(_clean(quote if isinstance(quote, str) else ""))[:MAX_QUOTE],
        reason.value,
    )


def _clean(text: str) -> str:
    """Return a text on one line, without characters that show nothing."""
    return " ".join(_CONTROL.sub(" ", text).split())
