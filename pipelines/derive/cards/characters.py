"""A card made safe to parse, every character in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SPACES = ("\u00a0", "\u3000", "\u2003", "\u2009")
LONGEST_WORD = 1000
_ENDLESS = re.compile(r"[!-~]{1000,}|\S{5000,}")
"""Base64 and the like: no words, and no pattern may run over them."""


LONGEST_KEPT = 200
Answer = TypeVar("Answer")


def remembered(function: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Keep what a function returns for short texts: names and labels come again in many cards."""
    kept = lru_cache(maxsize=8192)(function)
    return lambda text: kept(text) if len(text) <= LONGEST_KEPT else function(text)


def readable(text: str) -> str:
    """Return a text with plain spaces and line ends, and blanks for words without end."""
    text = text.replace("\r\r\n", " \r\n")
    for space in _SPACES:
        text = text.replace(space, " ")
    lines = (line for line in text.splitlines() if len(line) >= LONGEST_WORD)
    if any(len(word) >= LONGEST_WORD for line in lines for word in line.split()):
        text = _ENDLESS.sub(lambda match: " " * len(match[0]), text)
    return text


def masked(text: str) -> str:
    """Return a text of the same length in ASCII, for a parser that counts bytes."""
    return text if text.isascii() else _BEYOND_ASCII.sub("x", text)
