"""Keys and values as cards write them: ``Key: value`` on a line, or a row of a narrow table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract.document import Document, Pair, Span, Table
from miner.pipelines.extract.value import TABLE, TEXT

MAX_KEY = 130
MAX_VALUE = 400
_COLONS = re.compile(r"[:：](?!//)")
_LEAD = " \t-*•·–—>+"
_HEADS = frozenset(
    {"parameter", "parameters", "hyperparameter", "hyperparameters", "hyper-parameter", "value",
     "values", "setting", "settings", "key", "property", "feature", "name", "config", "argument",
     "item", "attribute", "specification", "details", "description"}
)  # fmt: skip


def read_pairs(document: Document) -> Iterator[Pair]:
    """Return the pairs of a card's text and tables, in that order."""
    yield from _from_lines(document)
    for table in document.tables:
        yield from _from_table(table)


def _from_lines(document: Document) -> Iterator[Pair]:
    plain = document.plain
    starts = document.lines
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(plain)
        colon = _COLONS.search(plain, start, min(end, start + MAX_KEY))
        if colon is None:
            continue
        key = plain[start : colon.start()].strip(_LEAD)
        last = min(end, colon.end() + MAX_VALUE)
        value = plain[colon.end() : last].strip()
        if not key or not value:
            continue
        at = plain.index(value, colon.end())
        yield Pair(
            re.sub(
                r"\s*\[optional\]$",
                    "", key.lower()), Span(value, at, at + len(value)), start, at + len(value), TEXT,
            document.section_at(start),
        )  # fmt: skip


def _from_table(table: Table) -> Iterator[Pair]:
    """Return the rows of a table of two columns; its header too, unless it names the columns."""
    width = max((len(row) for row in table.rows), default=len(table.header))
    if width != 2:
        return
    rows = table.rows
    if len(table.header) == 2 and table.header[0].text.lower() not in _HEADS:
        rows = [table.header, *rows]
    group = table.start
    for row in rows:
        if len(row) == 2 and row[0].text and row[1].text:
            key, value = row
            yield Pair(
                key.text.lower().strip(_LEAD + ":"), value, key.start, value.end, TABLE,
                table.section, group,
            )  # fmt: skip
