"""Titles that licenses of models carry, as ``titles.toml`` has them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError
from miner.pipelines.derive.licenses.license_names import resolve
from miner.pipelines.derive.licenses.texts.found import LicenseScope
from miner.schema.licenses import KnownLicense
from miner.schema.patterns import bounded

_FILE = Path(__file__).with_name("titles.toml")
HEAD_LINES = 12  # lines with text; a title is not always the first, but it is near
MAX_LINE = 200
_MAX_HEADING = 110  # a title further down stands alone on its line
_SHARE = 0.5  # of its line that a title fills; less is a sentence that mentions one
_HINT = re.compile(r"licen[sc]|terms|rail|agreement|许可|openmdw|mg-by|apple|amlr", re.IGNORECASE)
_MARKUP = bounded(r"\ufeff|<[^>]{0,200}>|[*`|#>=~\"“”【】《》]|(?<!\w)_+|_+(?!\w)")
_ASIDE = bounded(
    r"copyright|\(c\)|©|all rights reserved|\b(?:19|20)\d\d\b(?:-\d{4})?|\bdated\b.*$"
    r"|[,;]?\s*version\b|\bversion [\d.]+|\bv\d[\d.]*|\bthe\b|\blicen[sc]e agreement\b",
    re.IGNORECASE,
)
_FOR = re.compile(r"^ for [\w .+-]{1,60}$")  # "... License for OurModel"
_CHINESE = re.compile(r"^\S.{0,40}(?:许可协议|许可证|许可)$")
_GENERIC = re.compile(
    r"^(?:the )?[A-Z0-9][\w.+&()\[\]' -]{2,70}?(?:licen[sc]e(?: agreement)?|terms of use"
    r"|terms and conditions|end user agreement)(?:[ ,-]+(?:version |v)?\d[\d.]*)?$",
    re.IGNORECASE,
)
_POLICY = re.compile(r"acceptable use|use policy|prohibited uses?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A title and the license that carries it.

    Attributes:
        pattern: Matches a line without markup, in any case.
        license: Key, with places for groups of the pattern.
        scope: What such a license covers.
        body: Key of a standard license whose text is part of this one; empty if none.
        is_sentence: The license has no title: its first sentence tells it.
        examples: Titles and the keys that they lead to.
    """

    pattern: re.Pattern[str]
    license: str
    scope: LicenseScope
    body: str
    is_sentence: bool
    examples: dict[str, str]

    def key(self, match: re.Match[str]) -> str:
        """Return the license that a match leads to."""
        groups = {name: value.lower() for name, value in match.groupdict(default="").items()}
        return self.license.format(**groups)


@dataclass(frozen=True, slots=True)
class Title:
    """A title found in a text.

    Attributes:
        license: The license it leads to.
        rule: The rule that found it.
        start: First code point of its line.
        end: One past the last of its line.
        is_heading: It fills its line; else the line only mentions the license.
    """

    license: KnownLicense
    rule: Rule
    start: int
    end: int
    is_heading: bool


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules in their order.

    Raises:
        ConfigurationError: A rule lacks a key or has a wrong pattern.
    """
    found = []
    for place, row in enumerate(tomllib.loads(_FILE.read_text("utf-8"))["rule"], 1):
        try:
            found.append(
                Rule(
                    re.compile(row["pattern"], re.IGNORECASE), row["license"],
                    LicenseScope(row["scope"]), row.get("body", ""), row.get("is_sentence", False),
                    row["examples"],
                )
            )  # fmt: skip
        except (KeyError, ValueError, re.error) as error:
            raise ConfigurationError(
                f"titles.toml: rule {place} cannot be read: {error}",
                next_step="compare it with the comment at the top of the file",
            ) from error
    return tuple(found)


def lines(text: str, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int, str]]:
    """Yield the lines that have text: first code point, one past the last, text without markup.

    Args:
        text: The text.
        start: Where to begin.
        stop: No line that begins here or later is looked at.
    """
    stop = len(text) if stop is None else min(stop, len(text))
    while start < stop:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start <= MAX_LINE * 2:
            bare = " ".join(_MARKUP.sub(" ", text[start:end]).split()).strip(" -\u2013\u2014:")
            if bare:
                yield start, end, bare
        else:
            yield start, end, ""  # a paragraph, which counts as a line of the head
        start = end + 1


def first_in(line: str) -> tuple[Rule, re.Match[str], KnownLicense] | None:
    """Return the first rule that matches a line, its match and the license."""
    if not _HINT.search(line):
        return None
    for rule in rules():
        if match := rule.pattern.search(line):
            named = resolve(rule.key(match))
            if named.license is not None:
                return rule, match, named.license
    return None


def mentioned(text: str) -> Iterator[tuple[int, int, KnownLicense, LicenseScope]]:
    """Yield the licenses that sentences name by their titles: place, license, what it covers."""
    if not _HINT.search(text):
        return
    for rule in rules():
        for match in () if rule.is_sentence else rule.pattern.finditer(text):
            named = resolve(rule.key(match))
            if named.license is not None:
                yield match.start(), match.end(), named.license, rule.scope


def find(text: str) -> list[Title]:
    """Return the titles in a text: near its beginning, and headings further down.

    A title that comes again is left out.
    """
    found: list[Title] = []
    for place, (start, end, line) in enumerate(lines(text)):
        is_head = place < HEAD_LINES
        if not line or len(line) > (MAX_LINE if is_head else _MAX_HEADING) or _POLICY.search(line):
            continue
        hit = first_in(line)
        if hit is None:
            continue
        rule, match, license_ = hit
        is_heading = rule.is_sentence or _fills(line, match)
        if (is_head or is_heading) and all(one.license != license_ for one in found):
            found.append(Title(license_, rule, start, end, is_heading))
    return found


def _fills(line: str, match: re.Match[str]) -> bool:
    rest = _ASIDE.sub("", line[: match.start()] + _FOR.sub("", line[match.end() :]))
    if re.search(r"\b(?:under|by|see|in|uses?|is|are|to|and)\b", rest[:80], re.IGNORECASE):
        return False
    return len(match[0]) >= _SHARE * (len(match[0]) + len("".join(rest.split())))


def generic(text: str) -> tuple[str, int, int] | None:
    """Return what an unknown license calls itself, and where; None if it has no title."""
    for place, (start, end, line) in enumerate(lines(text)):
        if place >= HEAD_LINES:
            return None
        if len(line) > _MAX_HEADING or _POLICY.search(line):
            continue
        if _GENERIC.match(line) or _CHINESE.match(line):
            return line, start, end
    return None


def is_policy(text: str) -> bool:
    """Return whether a text is a policy on uses, which goes beside a license and is none."""
    for place, (_, _, line) in enumerate(lines(text)):
        if place >= _POLICY_LINES:
            return False
        if len(line) <= _MAX_HEADING and _POLICY.search(line):
            return True
    return False


_POLICY_LINES = 3
