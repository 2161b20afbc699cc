"""A listing page, read record by record, even where it is damaged.

Fast path: the page is one JSON list. Otherwise (a record with NaN, a page cut in half) records are
decoded one after the other with the standard library; a stretch that is no JSON is set aside
and reading goes on at the next record. What stands inside a broken record must not pass for a
record: the bases that the Hub lists in ``baseModels`` have nothing but ``_id`` and ``id``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import orjson

from miner.pipelines.sources.records.facts import Problem
from miner.pipelines.sources.records.values import excerpt
from miner.schema.patterns import bounded
from miner.schema.vocab import RecordReason

_MAX_SALVAGE_BYTES = 200_000_000
_CUT = RecordReason.CUT_SHORT.value
_LOOKED_AT = 4_096
_NAME_KEYS = (b'"id"', b'"_id"', b'"modelId"')
_DECODER = json.JSONDecoder()
_PAGE_START = bounded(r"\ufeff?\s*\[")
_PAGE_END = re.compile(r"\]\s*\Z")
_BETWEEN = re.compile(r"[,\s]*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_ID = r'"_?id"\s*:[^,{}\[\]]*,\s*'
_RECORD_START = bounded(rf'\{{\s*{_ID}(?:{_ID})?"(?!_?id")[^"]*"')
"""The Hub's records begin with ``_id`` or ``id`` and have more keys than these."""


@dataclass(slots=True)
class Records:
    """What a page holds."""

    records: list[tuple[int, object]]
    problems: list[Problem]
    is_whole: bool


def decode_page(body: bytes) -> Records:
    """Return a page's records with their positions; what is no JSON is a problem, not an error."""
    try:
        page = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _salvage(body[:_MAX_SALVAGE_BYTES].decode("utf-8", "replace"))
    if not isinstance(page, list):
        problem = Problem("", RecordReason.NOT_AN_OBJECT.value, excerpt(page))
        return Records([], [problem], is_whole=False)
    return Records(list(enumerate(page)), [], is_whole=True)


def is_whole(body: bytes) -> bool:
    """Tell whether a body ends as a JSON list or object does; cheap, no parsing."""
    end = body.rstrip()[-1:]
    return body.lstrip()[:1] + end in {b"[]", b"{}"}


def is_list(body: bytes) -> bool:
    """Tell whether a body begins as a list, as every listing page does; cheap, no parsing."""
    return body[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def is_whole_list(body: bytes) -> bool:
    """Tell whether a body begins and ends as a list does; cheap, no parsing."""
    return is_list(body) and body.rstrip()[-1:] == b"]"


def is_whole_record(body: bytes) -> bool:
    """Tell whether a body could be a record: a whole object, and not one that tells an error."""
    is_object = is_whole(body) and body.lstrip()[:1] == b"{"
    return is_object and any(key in body for key in _NAME_KEYS)


def _salvage(text: str) -> Records:
    opening = _PAGE_START.match(text)
    if opening is None:
        problem = Problem("", RecordReason.NOT_JSON.value, excerpt(text[:400]))
        return Records([], [problem], is_whole=False)
    found = Records([], [], is_whole=False)
    place = _skip(text, opening.end())
    while place < len(text):
        if _PAGE_END.match(text, place):
            found.is_whole = True
            break
        position = len(found.records) + len(found.problems)
        try:
            record, end = _DECODER.raw_decode(text, place)
            found.records.append((position, record))
        except (ValueError, RecursionError):  # a plain ValueError: a number without end
            end = _next_record(text, place)
            is_cut = end == len(text) and not _is_closed(text[place:])
            found.is_whole = end == len(text) and not is_cut
            reason = RecordReason.CUT_SHORT if is_cut else RecordReason.NOT_JSON
            detail = excerpt(text[place : place + 200])
            found.problems.append(Problem("", reason.value, detail, position))
        place = _skip(text, end)
    if not found.is_whole and not any(problem.reason == _CUT for problem in found.problems):
        position = len(found.records) + len(found.problems)  # how many should follow is not known
        found.problems.append(Problem("", _CUT, "the page ends behind a record", position))
    return found


def _skip(text: str, place: int) -> int:
    between = _BETWEEN.match(text, place)
    return between.end() if between else place


def _next_record(text: str, place: int) -> int:
    """Return where the next record begins, or the end of the text."""
    start = _RECORD_START.search(text, place + 1)
    return start.start() if start else len(text)


def _is_closed(rest: str) -> bool:
    """Tell whether the rest of a page closes all that it opens, and the page itself."""
    outside = _STRING.sub("", rest)
    opened = outside.count("[") + outside.count("{")
    return outside.count("]") + outside.count("}") == opened + 1
