"""Patterns for long texts, most of which do not have them.

A pattern of ``re`` that begins with a word boundary or one of many words is tried at every place
of a text. An automaton (RE2) reads a text many times faster, but cannot look around. So it gets
the pattern without what it cannot tell, and lets through every text that has the pattern, and some
that have not; only there ``re`` is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from re import _parser as parser  # type: ignore[attr-defined]  # no public reader of patterns
from typing import Any

import re2

from miner.schema.patterns import bounded

_CLASSES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
_BEYOND = r"\v\x1c-\x1f[:^ascii:]"
"""What the classes of ``re`` have and those of RE2, which are of ASCII, have not."""
_ANYTHING = "(?s:.)"


class SievedPattern:
    """A pattern of ``re`` that is looked for only in texts which an automaton lets through.

    It finds what the pattern finds. (The automaton does not know that a dotless i is an i to ``re``
    where case is ignored.)

    Args:
        exact: The pattern.
    """

    def __init__(self, exact: re.Pattern[str]) -> None:
        self.exact = exact

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Return the first place, as ``re.Pattern.search`` does."""
        last = len(text) if end is None else end
        first = self._first(text, start, last)
        return None if first is None else self.exact.search(text, first, last)

    def finditer(
        self, text: str, start: int = 0, end: int | None = None
    ) -> Iterator[re.Match[str]]:
        """Yield all places, as ``re.Pattern.finditer`` does."""
        last = len(text) if end is None else end
        first = self._first(text, start, last)
        return iter(() if first is None else self.exact.finditer(text, first, last))

    def _first(self, text: str, start: int, end: int) -> int | None:
        """Return the first place where the pattern may begin, None if the text cannot have it."""
        part = text[start:end].encode("utf-8", "replace")
        for match in self._sieve.finditer(part):
            return start + len(part[: match.start()].decode("utf-8", "replace"))
        return None

    @cached_property
    def _sieve(self) -> Any:
        """The automaton, made when it is first asked: RE2 has no types."""
        options = re2.Options()
        options.never_capture = True
        flags = "".join(
            letter
            for letter, flag in (("i", re.IGNORECASE), ("s", re.DOTALL))
            if self.exact.flags & flag
        )
        loose = _loose(parser.parse(self.exact.pattern, self.exact.flags))
        return re2.compile(f"(?{flags}:{loose})" if flags else loose, options)


def sieved(pattern: str, flags: int = 0) -> SievedPattern:
    """Compile a pattern for long texts; its repetitions end at a number, as those of ``bounded``.

    Raises:
        re.error: It is no pattern.
    """
    return SievedPattern(bounded(pattern, flags))


def _loose(tree: Any) -> str:
    """Return a pattern for RE2 that matches wherever a parsed one does."""
    return "".join(_loose_part(str(operation), value) for operation, value in tree)


def _loose_part(operation: str, value: Any) -> str:  # noqa: PLR0911 - one return an operation
    match operation:
        case "LITERAL":
            return _character(value)
        case "NOT_LITERAL":
            return f"[^{_character(value)}]"
        case "ANY":
            return "."
        case "IN":
            return _set(value)
        case "BRANCH":
            return f"(?:{'|'.join(map(_loose, value[1]))})"
        case "SUBPATTERN":
            _, added, _, inner = value
            return f"(?{'i' * bool(added & re.IGNORECASE)}:{_loose(inner)})"
        case "ATOMIC_GROUP":
            return f"(?:{_loose(value)})"
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            return f"(?:{_loose(inner)})" + ("?" if most == 1 else "+" if least else "*")
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
    return f"{_ANYTHING}*"


def _set(items: Any) -> str:
    names = [str(operation) for operation, _ in items]
    members = "".join(_member(*item) for item in items)
    if names[0] != "NEGATE":
        return f"[{members}{_BEYOND if 'CATEGORY' in names else ''}]"
    return _ANYTHING if any("_NOT_" in str(value) for _, value in items) else f"[^{members}]"


def _member(operation: Any, value: Any) -> str:
    match str(operation):
        case "LITERAL":
            return _character(value)
        case "RANGE":
            return "-".join(map(_character, value))
    return _CLASSES.get(str(value), "")


def _character(code: int) -> str:
    return f"\\x{{{code:x}}}"
