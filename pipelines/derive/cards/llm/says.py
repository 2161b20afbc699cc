"""Whether the words of a quote say the value: numbers, names, addresses, dates, keys.

Numbers count as the card writes them, with their scale: a quote that says 7B says seven billion and
not seven. Names and addresses have to stand in the quote letter by letter, case and separators
aside; licenses and languages by any of their usual names.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from miner.pipelines.derive.cards import normal, numbers
from miner.pipelines.derive.cards.card_words import LANGUAGE_NAMES, LICENSE_IN_TEXT, license_key
from miner.pipelines.derive.cards.known_names import TASK_TAGS
from miner.pipelines.derive.cards.value import FRONT_MATTER, TEXT
from miner.schema.patterns import bounded

_WORD_NUMBERS = "|".join(numbers.WORDS)
_SCALES = (
    r"(?:[\s-]?(thousand|millions?|billions?|trillions?|mil|mln|bn|mm|gt|[kmbt])(?![a-z0-9])"
    r"|\s?(g)(?=\s?tokens?)|\s?([万萬亿億만억]))?"
)
_POWER = r"(?:\s*(?:x|×|\*|\\times)\s*10\s*(?:\^|\*\*)?\s*\{?([-−–]?\d{1,3})\}?)"
_NUMBER = bounded(
    rf"(?<![a-z\d.,])10\s*(?:\^|\*\*)\s*\{{?([-−–]?\d{{1,3}})\}}?"
    rf"|(?:(?<![a-z\d.,])|(?<=\d[x×]))(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d*\.\d+|\d+\.?)"
    rf"(?:e([-+−–]?\d{{1,3}})(?![a-z\d])|{_POWER}|{_SCALES})"
    rf"|\b({_WORD_NUMBERS})\b{_SCALES}",
    re.IGNORECASE,
)
_GROUPED = bounded(
    r"(?<![\d.,])([1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+|[1-9]\d{0,2}(?:\.\d{3})+|\d+,\d{1,2}|0,\d+)"
    rf"(?![\d.,]*\d){_SCALES}",
    re.IGNORECASE,
)
"""Thousands set apart by blanks or points, and decimals behind a comma: a second way to read."""
_PAIR = re.compile(r"\d\.\d{1,30},(\d{1,30}\.\d{1,30})(?![\d.])")
"""The second of two numbers without a blank between them: ``betas=(0.9,0.999)``."""
_MINUS = bounded(r"(?<![\w)\]])\s*[-−–]$")
_EAST = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(f"[{_EAST}]|[^\\W_{_EAST}]+")
"""Scripts without spaces count character by character."""
_TIMES = re.compile(r"(?<=\d)[x×](?=\w)")
_RAISED = re.compile(r"</?sup>", re.IGNORECASE)
_BINARY = re.compile(r"\d\s?k\b", re.IGNORECASE)
_BEFORE_NAME = re.compile(r"^(?:(?:https?://)?(?:www\.)?|(?:the|an?)\s+)", re.IGNORECASE)
_SPEAKS_OF_LANGUAGE = re.compile(r"lang", re.IGNORECASE)
_LEAST_STEM = 4
_TASK_WORDS = (
    *TASK_TAGS.items(), ("language model", "text-generation"),
    ("language models", "text-generation"), ("LLM", "text-generation"),
    ("causal language modeling", "text-generation"),
)  # fmt: skip
"""Words that say a task beside its own name."""
_ADDRESSES = frozenset({"paper", "repository", "demo"})
_WORD = re.compile(r"[^\s<>()\[\]\"'`]+")
_AFTER = 14
"""Code points behind a quote that may hold the scale of its last number."""
_LONGEST_RUN = 40
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MINUTES, _HOURS = r"min(?:ute)?s?", r"h(?:(?:ou)?rs?)?"
_DAYS, _WEEKS = r"d(?:ays?)?", r"weeks?"
_UNITS = {
    "hours": ((_HOURS, 1.0), (_MINUTES, 1 / 60), (_DAYS, 24.0), (_WEEKS, 168.0)),
    "days": ((_DAYS, 1.0), (_WEEKS, 7.0), (_HOURS, 1 / 24)),
    "kgCO2eq": (
        (r"k(?:ilo)?g(?:rams?)?(?:\W?co\w*)?|kilos?", 1.0),
        (r"g(?:rams?)?(?:\W?co\w*)?", 1e-3),
        (r"(?:metric )?t(?:on(?:ne)?s?)?(?:\W?co\w*)?", 1e3),
    ),
}
"""Units as cards write them, and what one of them is in the unit of the field.

A number of such a quantity says nothing without its unit."""
_GRAMS = 1e-3
"""What the Hub's own key for emissions counts in, in kilograms."""
_BINARY_K = 1.024
_IN_SCALE = re.compile(
    r"\((?:in |# ?|x )?(k|m|b|bn|thousands?|millions?|billions?|trillions?)\)", re.IGNORECASE
)
"""The scale of a column or row: ``Params (M)``."""
_GIGA = 1e9
"""Giga-tokens: ``300 GT``."""
_SCRIPT = re.compile(r"(?<=[a-z])[-_](?:[a-z]{4})$", re.IGNORECASE)
"""Script behind a code of a language: ``zho_Hans``."""


def says_number(
    value: float,
    quote: str,
    after: str = "",
    unit: str = "",
    origin: str = TEXT,
    *,
    beside: str = "",
) -> bool:
    """Tell whether a quote has a number in it that is the value; see ``stated_number``."""
    return stated_number(value, quote, after, unit, origin, beside=beside) == value


def stated_number(
    value: float,
    quote: str,
    after: str = "",
    unit: str = "",
    origin: str = TEXT,
    *,
    beside: str = "",
) -> float | None:
    """Return the number of a quote that a value is, in the unit of the field; None: there is none.

    Hours, days and emissions in other units are converted, and 8k tokens may be 8,192. Emissions
    whose number was given as written are converted here, where the words have one unit alone.

    Args:
        value: The number.
        quote: The card's words.
        after: What follows in the card, for a scale or unit that the quote cuts off.
        unit: Unit of the value.
        origin: Where the quote stands.
        beside: In a table the headers of its cells and the head of its row, which may name the
            unit.
    """
    behind = after[:_AFTER].partition("\n")[0]
    factors = _factors(quote + behind, unit, origin)
    if unit not in _UNITS or not factors:
        factors += _factors(beside, unit, origin)
    written = list(numbers_in(quote, after))
    if any(_is_close(value, number * factor) for number in written for factor in factors):
        return value
    is_undone = unit == "kgCO2eq" and len(factors) == 1
    if is_undone and any(_is_close(value, number) for number in written):
        return value * factors[0]
    return None


def _is_close(value: float, number: float) -> bool:
    return math.isclose(value, number, rel_tol=1e-9, abs_tol=1e-300)


def numbers_in(quote: str, after: str = "") -> Iterator[float]:
    """Yield the numbers that begin in a quote; one behind a minus as both."""
    quote = _RAISED.sub(lambda tag: "" if "/" in tag[0] else "^", quote)
    text = quote + after[:_AFTER]
    for match in _NUMBER.finditer(text):
        if match.start() >= len(quote):
            break
        number = _number(match)
        if number is None:
            continue
        yield number
        if _MINUS.search(text, max(0, match.start() - 4), match.start()):
            yield -number
    for match in _PAIR.finditer(quote):
        yield float(match[1])
    for match in _GROUPED.finditer(text):
        if match.start() < len(quote):
            digits = re.sub(r"[ .\u00a0\u202f]", "", match[1]).replace(",", ".")
            yield float(Decimal(digits) * Decimal(_scale(match[2] or match[3] or match[4])))


def has_words_beside_numbers(quote: str) -> bool:
    """Tell whether a quote says more than a number."""
    return any(char.isalpha() for char in _NUMBER.sub(" ", quote))


def says_text(field: str, value: str, quote: str, *, is_declared: bool) -> bool:
    """Tell whether a quote names the value.

    Args:
        field: Name of the field.
        value: The value.
        quote: The card's words.
        is_declared: The quote stands in the front matter, where codes are values.
    """
    if field in {"license", "license_in_text"}:
        return _says_license(value, quote)
    if field == "language":
        return _says_language(value, quote, is_declared=is_declared)
    if has_run(_BEFORE_NAME.sub("", value), quote):
        return True
    if field == "task":
        return any(task == value and has_run(tag, quote) for tag, task in _TASK_WORDS)
    return field in _ADDRESSES and any(
        normal.normal(field, word) == normal.normal(field, value) for word in _WORD.findall(quote)
    )


def says_freely(value: str, quote: str) -> bool:
    """Tell whether a quote has half of the words of a free wording, and all its numbers."""
    words, quoted = tokens(value), set(tokens(quote))
    has_numbers = all(word in quoted for word in words if word.isdigit())
    return has_numbers and 2 * sum(word in quoted for word in words) >= len(words) > 0


def has_run(value: str, text: str) -> bool:
    """Tell whether letters and digits of a value stand in a text as whole words in a row."""
    wanted = "".join(tokens(value))
    if not wanted:
        return False
    words = tokens(text)
    for first in range(len(words)):
        run = ""
        for word in words[first : first + _LONGEST_RUN]:
            run += word
            if run == wanted:
                return True
            if not wanted.startswith(run):
                break
    return False


def tokens(text: str) -> list[str]:
    """Return the words of a text: letters and digits, one case, compatible forms as one."""
    return _TOKEN.findall(_TIMES.sub(" ", unicodedata.normalize("NFKC", text).casefold()))


def says_setting(name: str, quote: str) -> bool:
    """Tell whether a quote names a hyper-parameter, by any of its spellings."""
    form = normal.hyperparameter_name(name)
    spellings = {name, form, *(key for key, value in normal.NAMES.items() if value == form)}
    if form == "training_steps":
        spellings |= {"step", "iterations"}
    stem = max(form.split("_"), key=len)  # warmup of warmup_steps, learning of learning_rate
    bare = stem.rstrip("0123456789")  # ``betas=(0.9, 0.999)`` are beta1 and beta2
    if len(bare) >= _LEAST_STEM:
        spellings |= {stem, bare, f"{bare}s"} if bare != stem else {stem}
    return any(len(one) > 1 and has_run(one, quote) for one in spellings)


def says_date(value: str, quote: str) -> bool:
    """Tell whether a quote has the year of a date in it, and its month and day where given."""
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    words = tokens(quote)
    if year not in words and not any(word.startswith(year) for word in words):
        return False
    if month and not _says_month(int(month), words):
        return False
    return not day or any(re.fullmatch(rf"0?{int(day)}(?:st|nd|rd|th)?", word) for word in words)


def _says_month(month: int, words: list[str]) -> bool:
    name = _MONTHS[month - 1]
    return any(word.startswith(name) or re.fullmatch(rf"0?{month}", word) for word in words)


def _says_license(value: str, quote: str) -> bool:
    if has_run(value, quote):
        return True
    key = license_key(value)
    return any(license_key(match[0]) == key for match in LICENSE_IN_TEXT.finditer(quote))


def _says_language(value: str, quote: str, *, is_declared: bool) -> bool:
    code = normal.language(_SCRIPT.sub("", value))
    names = [name for name, known in LANGUAGE_NAMES.items() if known == code]
    if any(has_run(name, quote) for name in names):
        return True
    if is_declared or _SPEAKS_OF_LANGUAGE.search(quote):
        return any(
            code in {normal.language(word), normal.language(_SCRIPT.sub("", word))}
            for word in re.findall(r"[\w-]+", quote)
        )
    return len(value) > 3 and has_run(value, quote)  # a code of two letters is a word elsewhere


def _factors(words: str, unit: str, origin: str) -> list[float]:
    """Return what the units that some words name are in the unit of a value."""
    if unit not in _UNITS:
        scales = [_scale(match[1]) for match in _IN_SCALE.finditer(words)]
        binary = [_BINARY_K] if unit == "tokens" and _BINARY.search(words) else []
        return [1.0, *binary, *scales]
    found = [
        factor
        for name, factor in _UNITS[unit]
        if re.search(rf"(?<![a-z])(?:{name})(?![a-z])", words, re.IGNORECASE)
    ]
    if not found and origin == FRONT_MATTER and unit == "kgCO2eq":
        found.append(_GRAMS)
    return found


def _number(match: re.Match[str]) -> float | None:
    bare, digits, exponent, power, *scales, word = match.groups()[:8]
    scale, word_scale = (
        next(filter(None, scales), None),
        next(filter(None, match.groups()[8:]), None),
    )
    if bare is not None:
        return float(f"1e{_sign(bare)}")
    if word is not None:
        return float(numbers.WORDS[word.lower()]) * _scale(word_scale)
    digits = digits.replace(",", "")
    shift = exponent or power
    if shift:  # read as written: a product of floats would make 3 x 10^-4 0.00030000000000000003
        number = float(f"{digits}e{_sign(shift)}")
        return number if math.isfinite(number) else None
    return float(Decimal(digits) * Decimal(_scale(scale)))


def _scale(name: str | None) -> float:
    if not name:
        return 1.0
    low = name.lower()
    scale = numbers.SCALES.get(low) or numbers.SCALES.get(low.removesuffix("s"))
    return float(scale) if scale else _GIGA


def _sign(text: str) -> int:
    return int(text.replace("−", "-").replace("–", "-"))
