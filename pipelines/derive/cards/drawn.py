"""Tables drawn with bars in a code block, as evaluation tools print them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards.document import CardTable, Section, TextSpan

MAX_ROWS = 500
_RULER = re.compile(r"^[|\s:+-]+$")


def drawn_tables(text: str, start: int, at: int, section: Section) -> Iterator[CardTable]:
    """Return the tables in a block.

    Args:
        text: The block.
        start: Where it stands in the card.
        at: Where it comes in the visible text.
        section: The heading over it.
    """
    rows: list[list[TextSpan]] = []
    place = start
    for line in text.splitlines(keepends=True):
        if line.lstrip()[:1] == "|" and len(rows) < MAX_ROWS:
            if not _RULER.match(line):
                rows.append(_cells(line, place))
        elif rows:
            yield CardTable(rows[0], rows[1:], rows[0][0].start, at, section)
            rows = []
        place += len(line)
    if rows:
        yield CardTable(rows[0], rows[1:], rows[0][0].start, at, section)


def _cells(line: str, place: int) -> list[TextSpan]:
    first = line.index("|") + 1
    last = line.rstrip().rfind("|")
    cells = []
    at = first
    for part in line[first : max(last, first)].split("|"):
        words = part.strip()
        start = place + at + (part.index(words) if words else 0)
        cells.append(TextSpan(words, start, start + len(words)))
        at += len(part) + 1
    return cells or [TextSpan("", place, place)]
