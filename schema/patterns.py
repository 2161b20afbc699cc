"""Patterns for strangers' text: those of ``re``, with an end to every repetition.

White space before a comma is looked at once for every blank before it, and two optional gaps in a
row once for every pair: a card of a few thousand blanks then takes minutes. No gap, word or list
that says something is that long; repetitions that stop at a number let the time grow with the text
alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import AnyStr

MOST_BLANKS = 40
"""Of a repetition that takes blanks: ``\\s*``, ``[\\s-]+``, ``\\W*``."""
MOST_CHARACTERS = 200
"""Of a repetition of other characters: ``\\w+``, ``[\\d.]*``."""
MOST_PARTS = 300
"""Of a repetition of a group: ``(?:, a)*``."""
MOST_OTHERS = 1000
"""Of a repetition of all but some characters: ``[^)]*``. A dot goes on to the end of the line."""
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\]){0,1000}+\]|\{\d*,?\d*\}|.", re.DOTALL)
_BLANK = re.compile(r"\\[sW]|[ \t\n]")
_ALMOST_ALL = re.compile(r"\[\^|\\[SD]|\[.*\\[SD]")


def bounded(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Compile a pattern whose repetitions (``*``, ``+``) end at a number.

    Args:
        pattern: As ``re.compile`` takes it, without ``re.VERBOSE``.
        flags: As ``re.compile`` takes them.

    Raises:
        re.error: It is no pattern.
    """
    if isinstance(pattern, bytes):
        return re.compile(_rewritten(pattern.decode("latin-1")).encode("latin-1"), flags)
    return re.compile(_rewritten(pattern), flags)


@cache
def _rewritten(pattern: str) -> str:
    return "".join(_bounded(pattern))


def _bounded(pattern: str) -> Iterator[str]:
    before, is_repeated = "", True
    for piece in _TOKEN.findall(pattern):
        if piece in {"*", "+"} and not is_repeated and before != ".":
            yield f"{{{int(piece == '+')},{_most(before)}}}"
            is_repeated = True
            continue
        yield piece
        is_repeated = piece in {"*", "+", "?", "(", "|"} or (piece[0] == "{" and len(piece) > 1)
        before = piece


def _most(repeated: str) -> int:
    """Return how often a character, set or group may be repeated."""
    if repeated == ")":
        return MOST_PARTS
    if _ALMOST_ALL.match(repeated):
        return MOST_OTHERS
    return MOST_BLANKS if _BLANK.search(repeated) else MOST_CHARACTERS
