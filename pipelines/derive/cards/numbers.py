"""Numbers as cards write them: 1.3B, 2,048, 8k, 9.7 x 10^-6, 7 million, 1e-5."""

from __future__ import annotations

import re
from decimal import Decimal

from miner.schema.patterns import bounded

SCALES = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mm": 10**6, "mil": 10**6, "mln": 10**6,
    "million": 10**6, "millions": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9,
    "billions": 10**9, "t": 10**12, "trillion": 10**12, "trillions": 10**12,
    "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "만": 10**4, "억": 10**8,
}  # fmt: skip
_GROUPS = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\dx×.])(?! \d)|\d{1,3}(?:\.\d{3}){2,5}(?![\d.])"
"""Thousands set apart by blanks, or more than once by points."""
COUNT = (
    rf"(?<![A-Za-z0-9_./-])(?<!\d,)(?:{_GROUPS}|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?"
    r"|\d+(?:\.\d+)?)"
    r"(?:[ -]?(?:thousand|millions?|billions?|trillions?|mln|mil|bn)\b| ?[KkMmBbTt]\b(?![.\-]\d)"
    r"| ?[万萬亿億만억])?"
)
"""Pattern of a count with its scale."""
WORDS = {
    "single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "sixteen": 16,
}  # fmt: skip
_COUNT = re.compile(
    rf"[~≈<>+\s]{{0,40}}({_GROUPS}|\d[\d,]*(?:\.\d+)?)[\s-]?([A-Za-z]+|[万萬亿億만억])?"
)
_BETWEEN = re.compile(r"[,\s](?=\d{3})")
_POWER = bounded(
    r"(\d+(?:\.\d+)?)\s*(?:x|×|\*|·|\\times|\\cdot)\s*10\s*(?:\^|\*\*)?\s*\{?([-−–]?\d+)\}?"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_DECIMAL = re.compile(
    rf"[-−]?(?:{_GROUPS}|\d{{1,3}}(?:,\d{{3}})+|\d+)?(?:\.\d+)?(?:[eE][-+−]?\d+)?"
)


def count(text: str) -> float | None:
    """Return a count with its scale applied, None if there is none."""
    word = WORDS.get(text.strip().lower())
    if word:
        return word
    first, _, rest = text.strip().partition(" ")
    if first.lower() in WORDS and rest.strip().lower() in SCALES:
        return WORDS[first.lower()] * SCALES[rest.strip().lower()]
    match = _COUNT.match(text)
    if match is None:
        return None
    return float(Decimal(_plain(match[1])) * SCALES.get((match[2] or "").lower(), 1))


def _plain(text: str) -> str:
    """Return a number without the marks between thousands; several points are such marks."""
    text = _BETWEEN.sub("", text).replace(",", "")
    return text.replace(".", "") if text.count(".") > 1 else text


def whole(text: str) -> int | None:
    """Return a count as a whole number, None if there is none or it is beyond 63 bits."""
    number = count(text)
    if number is None or number >= 2**63:
        return None
    return round(number)


_SIMPLE = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
"""What most numbers are."""


def decimal(text: str) -> float | None:
    """Return a number, powers of ten included; None if the text does not begin with one."""
    if _SIMPLE.fullmatch(text):
        return float(text)
    text = text.strip().lstrip("~≈<>= $").translate(_RAISED)
    match = _POWER.match(text)
    if match:
        return float(f"{match[1]}e{match[2].replace('−', '-').replace('–', '-')}")
    match = _DECIMAL.match(text)
    if not match or not any(char.isdigit() for char in match[0]):
        return None
    try:
        return float(_plain(match[0]).replace("−", "-"))
    except ValueError:
        return None


def tidy(number: float) -> int | float:
    """Return a whole number as int, another as it is."""
    return int(number) if abs(number) < 2**63 and number == int(number) else number


_REST = re.compile(
    r"(?:\s{0,4},\s{0,4}|\s{1,4})(?:and\s{1,4})?(\d{1,4}(?:\.\d{1,9})?)\s{0,4}(days?|hours?|hrs?|minutes?|mins?)\b"
)
_HOURS = {"d": 24.0, "h": 1.0, "m": 1 / 60}


def hours_after(text: str, at: int) -> tuple[float, int]:
    """Return what a duration has behind its first part, and where it ends.

    ``4 days, 15 hours, 6 minutes`` has 15.1 hours behind the days.

    Args:
        text: In lower case.
        at: Where the first part ends.
    """
    hours = 0.0
    while (match := _REST.match(text, at)) is not None:
        hours += float(match[1]) * _HOURS[match[2][0]]
        at = match.end()
    return hours, at


_UPPER = re.compile(r"(?<!\\)[A-Z]")


def lowered(pattern: str) -> re.Pattern[str]:
    """Compile a pattern for sentences in lower case: it finds much faster than one for any case."""
    folded = _UPPER.sub(lambda match: match[0].lower(), pattern)
    return bounded(folded.replace(r"\s", " "), re.ASCII)


def on_a_line(pattern: str) -> re.Pattern[str]:
    """Compile a pattern for sentences, in any case: its white space never ends a line."""
    return bounded(pattern.replace(r"\s", " "), re.IGNORECASE | re.ASCII)
