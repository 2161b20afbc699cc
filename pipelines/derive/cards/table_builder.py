"""Collects the cells of a table while a card is read, from Markdown or from HTML."""

from __future__ import annotations

from miner.pipelines.derive.cards.document import CardTable, Section, TextSpan
from miner.pipelines.derive.cards.html import attribute

MAX_SPREAD = 50
MAX_ROWS = 2_000
MAX_REPEATED = 100_000
"""Places of a card that cells which reach over several rows or columns may fill."""


class TableBuilder:
    """One table after the other; ``tables`` holds those that are finished.

    ``cut`` says what of them was not read as it stands.
    """

    def __init__(self) -> None:
        self.tables: list[CardTable] = []
        self.cut: set[str] = set()
        self._repeated = 0
        self._table: CardTable | None = None
        self._row: list[TextSpan] | None = None
        self._words: list[str] | None = None
        self._place = (0, 0)
        self._spread = (1, 1)
        self._above: dict[int, tuple[int, TextSpan]] = {}

    @property
    def in_cell(self) -> bool:
        """Whether words belong to a cell now."""
        return self._words is not None

    @property
    def length(self) -> int:
        """How many pieces of words the open cell has."""
        return len(self._words or ())

    def text_from(self, piece: int) -> str:
        """Return the words of the open cell from a piece on."""
        return "".join((self._words or [])[piece:])

    def open(self, start: int, at: int, section: Section) -> None:
        """Begin a table at a code point of the card and a place of the visible text."""
        self._table = CardTable([], [], start, at, section)
        self._row, self._words, self._above = None, None, {}

    def close(self) -> None:
        """End a table."""
        self.end_row()
        if self._table is not None and (self._table.rows or self._table.header):
            self.tables.append(self._table)
        self._table = None

    def start_row(self) -> None:
        """Begin a row."""
        self.end_row()
        self._row = []

    def end_row(self) -> None:
        """End a row; the first is the header."""
        self.end_cell()
        self._fill_from_above()
        table, row = self._table, self._row
        if row and table is not None:
            if not table.header and not table.rows:
                table.header = row
            elif len(table.rows) < MAX_ROWS:
                table.rows.append(row)
            else:
                self.cut.add(f"a table of more than {MAX_ROWS:,} rows")
        self._row = None

    def start_cell(self, start: int, attributes: str = "") -> None:
        """Begin a cell.

        Args:
            start: Its code point in the card.
            attributes: Of its tag in HTML.
        """
        self.end_cell()
        if self._row is None and self._table is not None:
            self._row = []  # a cell between rows begins one, as browsers have it
        if self._row is not None:
            self._words, self._place = [], (start, start)
            self._spread = (_times(attributes, "rowspan"), _times(attributes, "colspan"))

    def add(self, words: str, start: int) -> None:
        """Add words to the open cell, and where they stand in the card."""
        if self._words is not None:
            first = self._place[0] if self._words else start
            self._words.append(words)
            self._place = (first, start + len(words))

    def end_cell(self) -> None:
        """End a cell; one that reaches over columns stands in each of them."""
        if self._words is None or self._row is None:
            return
        self._fill_from_above()
        cell = TextSpan("".join(self._words).strip(), self._place[0], max(self._place))
        self._words = None
        rows, columns = self._reach()
        at = len(self._row)
        self._row.extend([cell] * columns)
        if rows > 1:
            self._above.update({at + index: (rows - 1, cell) for index in range(columns)})

    def _reach(self) -> tuple[int, int]:
        """Return over how many rows and columns the cell reaches, 1 and 1 where it is too much."""
        rows, columns = self._spread
        if rows * columns > 1:
            self._repeated += rows * columns
        if self._repeated <= MAX_REPEATED:
            return rows, columns
        self.cut.add(f"cells of tables that reach over more than {MAX_REPEATED:,} places")
        return 1, 1

    def _fill_from_above(self) -> None:
        """Repeat the cells that reach down from earlier rows."""
        while self._row is not None and (above := self._above.pop(len(self._row), None)):
            left, cell = above
            if left > 1:
                self._above[len(self._row)] = (left - 1, cell)
            self._row.append(cell)


def _times(attributes: str, name: str) -> int:
    """Return over how many rows or columns a cell reaches."""
    text = attribute(attributes, name) if name in attributes else ""
    return min(max(int(text[:9]), 1), MAX_SPREAD) if text.isdecimal() else 1
