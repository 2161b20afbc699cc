"""A listing page, read record by record, even where it is damaged.

Fast path: the page is one JSON list. Otherwise (a record with NaN, a page cut in half) records are
decoded one after the other with the standard library; a stretch that is no JSON is set aside
and reading goes on at the next record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import orjson

from miner.pipelines.parse.facts import Problem
from miner.pipelines.parse.values import excerpt
from miner.schema.vocab import RecordReason

_MAX_SALVAGE_BYTES = 200_000_000


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
    return end in {b"]", b"}"} and body.lstrip()[:1] in {b"[", b"{"}


def _salvage(text: str) -> Records:
    decoder = json.JSONDecoder()
    found = Records([], [], is_whole=text.rstrip().endswith("]"))
    place = text.find("[") + 1
    if place == 0:
        found.problems.append(Problem("", RecordReason.NOT_JSON.value, excerpt(text)))
        found.is_whole = False
        return found
    position = 0
    while True:
        place = _skip(text, place)
        if place >= len(text) or text[place] == "]":
            return found
        try:
            record, end = decoder.raw_decode(text, place)
            found.records.append((position, record))
        except (json.JSONDecodeError, RecursionError):
            end = _next_record(text, place)
            reason = RecordReason.NOT_JSON if end < len(text) else RecordReason.CUT_SHORT
            found.problems.append(
                Problem("", reason.value, excerpt(text[place : place + 200]), position)
            )
        position += 1
        place = end


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in ", \t\r\n":
        place += 1
    return place


def _next_record(text: str, place: int) -> int:
    """Return where the next record begins: the Hub's records start with ``{"_id"`` or ``{"id"``."""
    starts = [found for mark in ('{"_id"', '{"id"') if (found := text.find(mark, place + 1)) >= 0]
    return min(starts, default=len(text))
