"""Languages that the text states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards.card_words import LANGUAGE_CODES, LANGUAGE_NAMES
from miner.pipelines.derive.cards.document import Document, KeyValue
from miner.pipelines.derive.cards.make import from_card, from_pair, from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_KEY = re.compile(
    r"^(?:supported |model |source |target |input |output )?languages?(?:\(s\))?(?: \(nlp\))?"
    r"(?: supported)?$|^lang$"
)
_NAME = sieved(r"\b(" + "|".join(sorted(LANGUAGE_NAMES, key=len, reverse=True)) + r")\b")
_CODE = re.compile(r"(?<![A-Za-z])[a-z]{2,3}(?![A-Za-z])")
_CODES = frozenset(LANGUAGE_CODES.values())
_EMBEDDED = bounded(
    r"^---[ \t]*\r?\n(?:[^\n]*\n){0,40}?(?P<list>languages?:[ \t]*"
    r"(?:\r?\n(?:[ \t]*-[ \t]+[\w-]+[ \t]*\r?\n)+|[a-z]{2,3}[ \t]*\r?\n))",
    re.MULTILINE,
)
_ITEM = bounded(r"(?:^[ \t]*-[ \t]+|languages?:[ \t]*)([a-z]{2,3}|multilingual)\b", re.MULTILINE)
_FAR = 4000
_WIDE = 400
_SHORT = 60
_HEAD = 1500
_NEAR = 30


def read(document: Document) -> Iterator[Value]:
    """Read languages: from a key; without one, and undeclared, from the first words."""
    values = [value for pair in document.pairs for value in _pair(document, pair)]
    yield from values
    declared = document.front.data.get("language") or document.front.data.get("languages")
    if not values and declared in (None, "", [], "code", ["code"]):
        yield from (
            list(_embedded(document))
            or list(_enumerated(document))
            or list(_stated(document))
            or _intended(document)
        )


_LIST = sieved(
    r"\b[Ll]anguages?\b(?: \w+){0,2}\W{0,3}(?:such as|including|includes?|like|namely|[:(])\s*"
)
LEAST_LISTED = 2


def _enumerated(document: Document) -> Iterator[Value]:
    """Read several languages in one sentence: ``languages such as Thai, Lao, and Malay``."""
    match = _LIST.search(document.plain[:_FAR])
    if match is None:
        return
    _, last = document.sentence(match.end())
    found = list(_NAME.finditer(document.plain, match.end(), min(last, match.end() + _WIDE)))
    if len(found) >= LEAST_LISTED:
        for name in found:
            start, end = name.span()
            code = LANGUAGE_NAMES[name[1]]
            yield from_plain(document, "language", code, start, end, method="listed")


_INTENDED = sieved(r"\b(?:research|commercial) use in ([A-Z][a-z]+)\b")


def _intended(document: Document) -> Iterator[Value]:
    """Read what a model is ``intended for commercial and research use in``, wherever it stands."""
    match = _INTENDED.search(document.plain)
    if match is not None and match[1] in LANGUAGE_NAMES:
        start, end = match.span()
        yield from_plain(document, "language", LANGUAGE_NAMES[match[1]], start, end, method="prose")


def _embedded(document: Document) -> Iterator[Value]:
    """Read the front matter of another card that stands in the text, as repacks quote it."""
    end = document.front.end
    match = _EMBEDDED.search(document.card, end, end + _FAR)
    if match is None:
        return
    for item in _ITEM.finditer(document.card, *match.span("list")):
        start, last = item.span(1)
        yield from_card(
            document, "language", item[1], start, last, origin="text", method="embedded", of="base"
        )


def _pair(document: Document, pair: KeyValue) -> Iterator[Value]:
    text = pair.value.text
    if not _KEY.match(pair.key) or "information needed" in text.lower():
        return
    found = [LANGUAGE_NAMES[name[0]] for name in _NAME.finditer(text[:_WIDE])]
    if not found and len(text) < _SHORT:
        codes = [LANGUAGE_CODES.get(code, code) for code in _CODE.findall(text)]
        found = [code for code in codes if code in _CODES]
        if found and re.match(r"(?:source|target) ", pair.key):
            found = codes  # rarer languages stand beside the well-known ones
    for code in found:
        yield from_pair(document, "language", code, pair)


def _stated(document: Document) -> Iterator[Value]:
    """Read the first language named as such: ``in English``, ``the French language``."""
    head = document.plain[:_HEAD]
    for match in _NAME.finditer(head):
        name = match[1].lower()
        near = head[max(0, match.start() - _NEAR) : match.end() + _NEAR].lower()
        if re.search(
            rf"language|\b(?:in|for|of) {name}|{name} text|{name} (?:bert|speech|prompts?)", near
        ):
            start, end = match.span()
            code = LANGUAGE_NAMES[match[1]]
            yield from_plain(document, "language", code, start, end, method="prose")
            return
