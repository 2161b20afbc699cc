"""What a reader of the card sees, and where a quote stands in it.

A quote is looked for with white space aside; then through marks of Markdown; then in the text
without any marks. What is stored is always the card's own words at that place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.value import BADGE, CODE, FRONT_MATTER, MAX_QUOTE, TABLE, TEXT

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<tag>script|style|template)\b[^<>]{0,500}>.*?(?:</(?P=tag)\s*>|\Z)"
    r"|<(?!img|br|hr|input|source)(?P<box>[a-z][a-z0-9]*)\b[^<>]{0,500}?"
    r"(?:\shidden(?=[\s=>/])|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0"
    r"|opacity\s*:\s*0(?![.\d]))[^<>]{0,500}>"
    r".*?(?:</(?P=box)\s*>|\Z)"
    r"|^[ \t]*\[[^\]\n]*\]:[ \t]*(?:#|<>)[^\n]*$",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
"""Comments, what is not shown, and links to nowhere that hold a comment."""
_YAML_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_ENDLESS = re.compile(r"[!-~]{1000,}|\S{5000,}")
_SPACE = "\\s\u200b-\u200d\u2060\ufeff\u00ad\x00"
_WORDS = re.compile(f"[^{_SPACE}]+")
_UNMARKED = re.compile(rf"[^{_SPACE}*`\\]+")
_DECIMAL = re.compile(r"\d[.,]\d", re.ASCII)
_TRIES = 100
_TYPOGRAPHIC = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2032": "'", "\u201c": '"', "\u201d": '"',
    "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
})  # fmt: skip
"""Signs that a model types plainly where a card has the printer's: code point for code point."""
_SEPARATOR = "\x00"


@dataclass(slots=True)
class _Squeezed:
    """A text without white space; a place in it maps to a place of the text."""

    text: str
    starts: list[int]
    places: list[int]

    def place(self, at: int) -> int:
        index = bisect_right(self.starts, at) - 1
        return self.places[index] + at - self.starts[index]


def _squeeze(pieces: Iterator[tuple[str, int]]) -> _Squeezed:
    parts: list[str] = []
    starts: list[int] = []
    places: list[int] = []
    length = 0
    for words, place in pieces:
        parts.append(words)
        starts.append(length)
        places.append(place)
        length += len(words)
    return _Squeezed("".join(parts).translate(_TYPOGRAPHIC), starts, places)


class Visible:
    """A card as its reader sees it.

    Args:
        document: The card as read.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._card = document.card
        self._hidden = _hidden_ranges(document)
        self._hidden_words: str | None = None
        self._squeezed: dict[str, _Squeezed] = {}

    def text(self, start: int, end: int) -> str:
        """Return what is visible of a part of the card, in its own words."""
        kept = [self._card[first:last] for first, last in self._shown(start, end)]
        return " ".join(kept)

    def find(self, quote: str, start: int, end: int) -> tuple[int, int] | None:
        """Return the code points of the card that hold a quote, None where it does not stand.

        Args:
            quote: Words that the answer quotes.
            start: First code point of the part of the card to look in.
            end: One past its last.

        Returns:
            At most as many code points as a quote may have: a longer place is cut.
        """
        quote = quote.translate(_TYPOGRAPHIC)
        for kind in ("words", "unmarked"):
            pattern = _WORDS if kind == "words" else _UNMARKED
            sought = "".join(pattern.findall(quote))
            place = self._find(self._index(kind), sought, start, end, self._card)
            if place is not None:
                return place[0], min(place[1], place[0] + MAX_QUOTE)
        sought = "".join(_UNMARKED.findall(quote))
        place = self._find(self._index("plain"), sought, 0, len(self._card), self.document.plain)
        if place is not None:
            first, last = self.document.span(*place)
            if last > first and start <= first < end and not self._is_hidden(first, last):
                return first, last
        return None

    def holds_hidden(self, quote: str) -> bool:
        """Tell whether the words stand in a part of the card that its reader does not see."""
        if self._hidden_words is None:
            self._hidden_words = _SEPARATOR.join(
                "".join(_WORDS.findall(self._card[first:last])) for first, last in self._hidden
            ).translate(_TYPOGRAPHIC)
        return "".join(_WORDS.findall(quote.translate(_TYPOGRAPHIC))) in self._hidden_words

    def origin(self, start: int) -> str:
        """Return what kind of place a code point of the card is in, of ``value``'s names."""
        document = self.document
        if start < document.front.end:
            return FRONT_MATTER
        if any(one.start <= start < one.start + len(one.text) for one in document.codes):
            return CODE
        for table in document.tables:
            rows = [table.header, *table.rows]
            ends = [cell.end for row in rows for cell in row]
            if ends and table.start <= start < max(ends):
                return TABLE
        if any(link.is_image and link.start <= start < link.end for link in document.links):
            return BADGE
        return TEXT

    def heads(self, start: int, end: int) -> str:
        """Return what names the cells of a table at a place: their headers, and heads of rows."""
        for table in self.document.tables:
            rows = [table.header, *table.rows]
            ends = [cell.end for row in rows for cell in row]
            if not ends or not table.start <= start < max(ends):
                continue
            found = []
            for row in rows:
                columns = [at for at, one in enumerate(row) if one.start < end and one.end > start]
                if columns:
                    found += [row[0].text, *(table.header[at].text for at in columns
                                             if at < len(table.header))]  # fmt: skip
            return " | ".join(found)
        return ""

    def paragraph(self, start: int, end: int, most: int = 1_500) -> str:
        """Return the lines around a place, as far as no empty line parts them."""
        first = self._card.rfind("\n\n", max(0, start - most), start)
        last = self._card.find("\n\n", end, end + most)
        return self._card[
            first + 2 if first >= 0 else max(0, start - most) : last if last >= 0 else end + most
        ]

    def _shown(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        at = start
        for first, last in self._hidden:
            if last <= at:
                continue
            if first >= end:
                break
            if first > at:
                yield at, first
            at = last
        if at < end:
            yield at, end

    def _is_hidden(self, start: int, end: int) -> bool:
        return any(first < end and start < last for first, last in self._hidden)

    def _index(self, kind: str) -> _Squeezed:
        if kind not in self._squeezed:
            if kind == "plain":
                pieces = _pieces(self.document.plain, _UNMARKED, 0, len(self.document.plain))
                self._squeezed[kind] = _squeeze(pieces)
            else:
                pattern = _WORDS if kind == "words" else _UNMARKED
                self._squeezed[kind] = _squeeze(self._card_pieces(pattern))
        return self._squeezed[kind]

    def _card_pieces(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, int]]:
        for first, last in self._shown(0, len(self._card)):
            yield from _pieces(self._card, pattern, first, last)
            yield _SEPARATOR, last  # no quote reaches over what is hidden

    def _find(
        self, index: _Squeezed, sought: str, start: int, end: int, text: str
    ) -> tuple[int, int] | None:
        """Return where words stand as whole words, in places of ``text``."""
        if not sought:
            return None
        at = -1
        for _ in range(_TRIES):
            at = index.text.find(sought, at + 1)
            if at < 0:
                return None
            first, last = index.place(at), index.place(at + len(sought) - 1) + 1
            if start <= first and last <= end and _is_whole(text, first, last):
                return first, last
        return None


def _pieces(text: str, pattern: re.Pattern[str], start: int, end: int) -> Iterator[tuple[str, int]]:
    for match in pattern.finditer(text, start, end):
        yield match[0], match.start()


def _is_whole(text: str, first: int, last: int) -> bool:
    """Tell whether a place neither begins nor ends inside a word or number."""
    is_cut_before = first > 0 and _joins(text[first - 1], text[first])
    is_cut_after = last < len(text) and _joins(text[last - 1], text[last])
    is_part_before = _DECIMAL.match(text, max(0, first - 2), first + 1)
    is_part_after = _DECIMAL.match(text, last - 1, last + 2)
    return not (is_cut_before or is_cut_after or is_part_before or is_part_after)


def _joins(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def _hidden_ranges(document: Document) -> list[tuple[int, int]]:
    card, head = document.card, document.front.end
    codes = [(one.start, one.start + len(one.text)) for one in document.codes]
    found = [match.span() for match in _YAML_COMMENT.finditer(card, 0, head)]
    found += [
        match.span()
        for match in _HIDDEN.finditer(card, head)
        if not any(first <= match.start() < last for first, last in codes)
    ]
    found += [match.span() for match in _ENDLESS.finditer(card)]
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
