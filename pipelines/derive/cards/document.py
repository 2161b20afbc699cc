"""A card as rules see it: visible text, sections, tables, links, code, pairs; all with places.

``plain`` is the visible text without marks. A place in it maps to a code point of the card, so
that every match becomes an exact quote. Comments, styles and base64 never reach it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from miner.pipelines.derive.cards.value import MAX_QUOTE
from miner.pipelines.sources.records.front_matter import FrontMatter
from miner.schema.sieve import SievedPattern

MAX_SENTENCE = 1_500
MAX_PLACES = 2_000
"""So many places of a card are looked at for one kind of statement; no card needs as many."""
_SENTENCE_END = re.compile(r"[.!?](?:[\"')\]]*)\s+(?=[A-ZÀ-ÖØ-ÞЀ-Я\[*\"'(])|[。！？]|\n")


@dataclass(slots=True)
class TextSpan:
    """Words and their place in the card: ``card[start:end]`` holds them, with their marks."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        title: Words of the heading; empty before the first.
        level: 1 to 6; 7 for a paragraph that is bold as a whole.
        start: Where the heading stands in ``plain``.
        path: Titles down to this one, lower case.
    """

    title: str
    level: int
    start: int
    path: tuple[str, ...]


@dataclass(slots=True)
class CardTable:
    """A table. Rows hold cells in the order of the header; short rows are short.

    ``start`` is a code point of the card, ``at`` where it comes in ``plain``; ``own_rows`` has the
    row of the model, and that of its family, as far as they were asked for.
    """

    header: list[TextSpan]
    rows: list[list[TextSpan]]
    start: int
    at: int
    section: Section
    own_rows: dict[bool, list[TextSpan] | None] = field(default_factory=dict)


@dataclass(slots=True)
class CodeBlock:
    """A code block, fenced or indented."""

    language: str
    text: str
    start: int
    section: Section


@dataclass(slots=True)
class CardLink:
    """A link or a bare address.

    Attributes:
        text: Its words; for a badge the text of the image.
        url: Where it leads.
        at: Where its words begin in ``plain``.
        end_at: Where they end in ``plain``.
        start: Code point in the card.
        end: One past its last code point.
        is_image: It is the address of an image.
        is_in_table: It stands in a table; then its words are not in ``plain``.
    """

    text: str
    url: str
    at: int
    end_at: int
    start: int
    end: int
    is_image: bool = False
    is_in_table: bool = False


@dataclass(slots=True)
class KeyValue:
    """A key and its value, as cards write them: a list item, a row of a table, a line.

    ``group`` is the same for the rows of one table, -1 elsewhere.
    """

    key: str
    value: TextSpan
    start: int
    end: int
    origin: str
    section: Section
    group: int = -1


@dataclass(slots=True)
class Document:
    """A card that was read.

    Attributes:
        card: The card as decoded.
        model: Its model, ``owner/name``.
        front: Its front matter.
        plain: The visible text, a block a line.
        low: The same in lower case, of the same length.
        plain_starts: Where pieces of ``plain`` begin, and
        card_starts: where these stand in the card.
        sections: In order; the first has no title.
        section_starts: Where they begin in ``plain``.
        blocks: Where paragraphs, items and headings begin in ``plain``.
        lines: Where lines begin in ``plain``, those inside a paragraph too.
        tables: In order.
        codes: In order.
        links: In order of the card.
        pairs: In order of the text, then of the tables.
        leads: Bold words that begin a block, from and to.
        items: Where items of lists begin in ``plain``.
        cut: What was left out because there is too much of it, for the reader.
        own_labels: How its tables call the model; None until they were asked.
        aliases: How its first words call the model, lower case; None until they were asked.
    """

    card: str
    model: str
    front: FrontMatter
    plain: str = ""
    low: str = ""
    plain_starts: list[int] = field(default_factory=list)
    card_starts: list[int] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    section_starts: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    tables: list[CardTable] = field(default_factory=list)
    codes: list[CodeBlock] = field(default_factory=list)
    links: list[CardLink] = field(default_factory=list)
    pairs: list[KeyValue] = field(default_factory=list)
    leads: list[tuple[int, int]] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    own_labels: frozenset[str] | None = None
    aliases: frozenset[str] | None = None
    _ends: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)
    _contained: dict[re.Pattern[str], bool] = field(default_factory=dict)
    _by_place: list[tuple[list[int], list[CardLink]]] = field(default_factory=list)
    _lines_with: dict[tuple[str, ...], list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The model's name without its owner."""
        return self.model.rpartition("/")[2]

    def is_item(self, at: int) -> bool:
        """Return whether an item of a list begins at a place of ``plain``."""
        index = bisect_right(self.items, at) - 1
        return index >= 0 and self.items[index] == at

    def place(self, at: int) -> int:
        """Return the code point of the card that shows at a place of ``plain``."""
        index = bisect_right(self.plain_starts, at) - 1
        if index < 0:
            return 0
        return self.card_starts[index] + at - self.plain_starts[index]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of a part of ``plain``, at most as many as a quote may have."""
        while start < end and self.plain[start].isspace():
            start += 1
        while start < end and self.plain[end - 1].isspace():
            end -= 1
        first = self.place(start)
        last = self.place(end - 1) + 1 if end > start else first
        return first, min(max(last, first), first + MAX_QUOTE, len(self.card))

    def section_at(self, at: int) -> Section:
        """Return the section of a place in ``plain``."""
        return self.sections[max(bisect_right(self.section_starts, at) - 1, 0)]

    def block_at(self, at: int) -> tuple[int, int]:
        """Return the paragraph, item or heading around a place of ``plain``."""
        index = max(bisect_right(self.blocks, at) - 1, 0)
        start = self.blocks[index] if self.blocks else 0
        return start, self._end_of_block(index)

    def sentence(self, at: int) -> tuple[int, int]:
        """Return the sentence around a place of ``plain``, as far as it is not endless."""
        index = max(bisect_right(self.blocks, at) - 1, 0)
        block, last = self.blocks[index] if self.blocks else 0, self._end_of_block(index)
        if index not in self._ends:  # once a block: it may have megabytes, and thousands ask
            found = list(_SENTENCE_END.finditer(self.plain, block, last))
            self._ends[index] = [one.start() + 1 for one in found], [one.end() for one in found]
        ends, nexts = self._ends[index]
        following = bisect_right(nexts, at)
        start = nexts[following - 1] if following else block
        end = ends[following] if following < len(ends) else last
        return max(start, at - MAX_SENTENCE), min(end, at + MAX_SENTENCE)

    def _end_of_block(self, index: int) -> int:
        """Return where a block ends: one place before the next, where the line ends."""
        if index + 1 < len(self.blocks):
            return self.blocks[index + 1] - 1
        return len(self.plain)

    def matches(
        self,
        pattern: re.Pattern[str] | SievedPattern,
        text: str,
        start: int = 0,
        end: int | None = None,
    ) -> Iterator[re.Match[str]]:
        """Yield the places of a pattern, as many as are looked at; more are noted in ``cut``."""
        last = len(text) if end is None else end
        for count, match in enumerate(pattern.finditer(text, start, last)):
            if count == MAX_PLACES:
                self.note_cut(f"more than {MAX_PLACES:,} places of one kind")
                return
            yield match

    def matches_beside(
        self, words: tuple[str, ...], pattern: re.Pattern[str] | SievedPattern, text: str
    ) -> Iterator[re.Match[str]]:
        """Yield the places of a pattern that never leaves a line, in lines that have a word.

        Most lines have none of the words, and are passed over many times faster than searched.

        Args:
            words: In lower case; every place of the pattern has one of them in it.
            pattern: What is looked for.
            text: ``plain`` or ``low``.
        """
        count = 0
        for first, last in self._with(words):
            for match in pattern.finditer(text, first, last):
                if count == MAX_PLACES:
                    self.note_cut(f"more than {MAX_PLACES:,} places of one kind")
                    return
                count += 1
                yield match

    def _with(self, words: tuple[str, ...]) -> list[tuple[int, int]]:
        """Return the lines of ``low`` that have one of some words; looked for once."""
        if words not in self._lines_with:
            found = set()
            for word in words:
                at = self.low.find(word)
                while at >= 0:
                    end = self.low.find("\n", at)
                    end = len(self.low) if end < 0 else end
                    found.add((self.low.rfind("\n", 0, at) + 1, end))
                    at = self.low.find(word, end)
            self._lines_with[words] = sorted(found)
        return self._lines_with[words]

    def links_from(self, start: int, end: int, *, in_text: bool) -> list[CardLink]:
        """Return the links that begin between two places: of ``plain``, or of the card."""
        if not self._by_place:
            for name in ("start", "at"):
                links = sorted(self.links, key=attrgetter(name))
                self._by_place.append(([getattr(link, name) for link in links], links))
        places, links = self._by_place[in_text]
        return links[bisect_left(places, start) : bisect_left(places, end)]

    def contains(self, pattern: re.Pattern[str]) -> bool:
        """Return whether ``low`` has a pattern; it is searched once, however often asked for."""
        if pattern not in self._contained:
            self._contained[pattern] = pattern.search(self.low) is not None
        return self._contained[pattern]

    def note_cut(self, what: str) -> None:
        """Note that something of the card is not read, because there is too much of it."""
        if what not in self.cut:
            self.cut.append(what)
