"""Long cards in parts: cut at headings, else at empty lines, else at lines; with overlap."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from miner.pipelines.derive.cards.document import Document

LEAST = 1_000
"""A part shorter than this, in code points, is not cut further."""
_DEEPEST = 3
_TITLE = 80


@dataclass(frozen=True, slots=True)
class CardPart:
    """Code points of a card that go into one request.

    Attributes:
        start: First code point.
        end: One past the last.
        depth: How often it was cut because an answer was too long.
    """

    start: int
    end: int
    depth: int = 0

    @property
    def can_be_cut(self) -> bool:
        """It can be made smaller."""
        return self.depth < _DEEPEST and self.end - self.start > LEAST


def cut(document: Document, most: int, overlap: int) -> list[CardPart]:
    """Return the parts of a card, in order; together they hold all of it.

    Args:
        document: The card as read.
        most: Longest part, in code points.
        overlap: What a part repeats of the one before, at most, in code points.
    """
    return [
        CardPart(start, end)
        for start, end in _ranges(document, 0, len(document.card), most, overlap)
    ]


def halves(document: Document, part: CardPart, overlap: int) -> list[CardPart]:
    """Return a part cut in about two."""
    most = (part.end - part.start) // 2 + overlap + 1
    return [
        CardPart(start, end, part.depth + 1)
        for start, end in _ranges(document, part.start, part.end, most, overlap)
    ]


def headings(document: Document) -> list[int]:
    """Return where lines with headings begin in the card, in order."""
    found = {document.front.end}
    for section in document.sections[1:]:
        if section.start < len(document.plain):
            at = document.place(section.start)
            found.add(document.card.rfind("\n", 0, at) + 1)
    return sorted(found)


def title_at(document: Document, at: int) -> str:
    """Return the headings above a place of the card, the outermost first; empty without one."""
    best = document.sections[0]
    for section in document.sections[1:]:
        if section.start >= len(document.plain) or document.place(section.start) > at:
            break
        best = section
    return " > ".join(title[:_TITLE] for title in best.path)


def _ranges(
    document: Document, start: int, stop: int, most: int, overlap: int
) -> list[tuple[int, int]]:
    card, at = document.card, start
    heads = headings(document)
    found: list[tuple[int, int]] = []
    while stop - at > most:
        end = _cut_before(card, heads, at, at + most)
        found.append((at, end))
        following = _line_after(card, max(at + 1, end - overlap), end) if overlap else end
        at = following if following > at else end
    found.append((at, stop))
    return found


def _cut_before(card: str, heads: list[int], at: int, last: int) -> int:
    """Return where to end a part: the last good place in its later half."""
    half = at + (last - at) // 2
    head = heads[bisect_right(heads, last) - 1] if bisect_right(heads, last) else 0
    if head > half:
        return head
    for mark in ("\n\n", "\n", " "):
        place = card.rfind(mark, half, last)
        if place > half:
            return place + len(mark)
    return last


def _line_after(card: str, at: int, end: int) -> int:
    """Return the beginning of the first line that begins at or after a place, ``end`` at most."""
    if card[at - 1] == "\n":
        return at
    line = card.find("\n", at, end)
    return line + 1 if line >= 0 else at
