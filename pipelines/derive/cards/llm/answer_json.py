"""The JSON in an answer of a server that does not enforce the form: in fences, after reasoning.

Servers with structured outputs send the object alone. Others send what the model writes: its
reasoning, a sentence, a code fence, the object. An entry of a wrong form is left to the checks,
which reject it with a reason; the rest of the answer stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

MOST_PLACES = 50
"""So many places where an object may begin are tried."""
_REASONING = ("</think>", "</thinking>", "</reasoning>", "<|message|>")
_FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\n")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def first_object(content: str, fields: Sequence[str]) -> dict[str, Any] | None:
    """Return the object of an answer, None if there is none.

    Args:
        content: The answer as received.
        fields: Fields that were asked for: an object with one of them comes before others.
    """
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = list(_objects(_without_reasoning(content)))
        asked = [one for one in found if any(name in one for name in fields)]
        return next(iter(asked or found), None)
    return data if isinstance(data, dict) else None


def _without_reasoning(content: str) -> str:
    """Return what stands after the last end of a passage of reasoning."""
    ends = [content.rfind(mark) + len(mark) for mark in _REASONING if mark in content]
    return content[max(ends) :] if ends else content


def _objects(content: str) -> Iterator[dict[str, Any]]:
    """Yield the outermost objects: those in fences first, then any."""
    starts = [match.end() for match in _FENCE.finditer(content)][:MOST_PLACES]
    place = 0
    for number in range(2 * MOST_PLACES):
        place = starts[number] if number < len(starts) else place
        place = content.find("{", 0 if number == len(starts) else place)
        if place < 0:
            if number < len(starts):
                continue
            return
        try:
            data, place = _DECODER.raw_decode(content, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        if isinstance(data, dict):
            yield data


def entries(value: object) -> list[dict[str, Any]]:
    """Return the entries of a field; what is no entry is one without a quote.

    Null, alone or in a list, says nothing; an entry alone is a list of one.
    """
    items = value if isinstance(value, list) else [value]
    return [
        item if isinstance(item, dict) else {"value": item} for item in items if item is not None
    ]


def is_entry(item: dict[str, Any]) -> bool:
    """Return whether an entry has a value and words that it was read from."""
    return {"value", "quote"} <= item.keys()
