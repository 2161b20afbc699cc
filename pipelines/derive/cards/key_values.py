"""Keys and values as cards write them: ``Key: value`` on a line, or a row of a narrow table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards.document import CardTable, Document, KeyValue, TextSpan
from miner.pipelines.derive.cards.value import TABLE, TEXT
from miner.schema.patterns import bounded

MAX_KEY = 130
MAX_VALUE = 400
MAX_LEAD = 30
_OPTIONAL = bounded(r"\s*\[optional\]$")
_COLONS = re.compile(r"[:：](?!//)| = (?=\S+\s*$)")
_LEAD = " \t-*•·–—>+"
_HEADS = frozenset(
    {"parameter", "parameters", "hyperparameter", "hyperparameters", "hyper-parameter", "value",
     "values", "setting", "settings", "key", "property", "feature", "name", "config", "argument",
     "item", "attribute", "specification", "details", "description"}
)  # fmt: skip


def read_pairs(document: Document) -> Iterator[KeyValue]:
    """Return the pairs of a card's text and tables, in that order."""
    yield from _from_lines(document)
    yield from _from_leads(document)
    for table in document.tables:
        yield from _from_table(table)


def _from_lines(document: Document) -> Iterator[KeyValue]:
    plain = document.plain
    starts = document.lines
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(plain)
        colon = _COLONS.search(plain, start, min(end, start + MAX_KEY))
        if colon is not None:
            key = plain[start : colon.start()].strip(_LEAD)
            if end > colon.end() and not plain[colon.end() : end].strip(" "):
                end = starts[index + 2] if index + 2 < len(starts) else len(plain)
            yield from _pair(document, key, start, colon.end(), end)


def _from_leads(document: Document) -> Iterator[KeyValue]:
    """Return blocks that begin with bold words and no colon, as in ``**Input** Text only.``."""
    for start, end in document.leads:
        key = document.plain[start:end].strip(_LEAD)
        if len(key) <= MAX_LEAD and ":" not in key:
            yield from _pair(document, key, start, end, document.plain.find("\n", end))


def _pair(document: Document, key: str, start: int, at: int, end: int) -> Iterator[KeyValue]:
    plain = document.plain
    value = plain[at : min(end if end >= 0 else len(plain), at + MAX_VALUE)].strip()
    if not key or not value or value[0] == ":":
        return
    at = plain.index(value, at)
    key = _OPTIONAL.sub("", key.lower())
    span = TextSpan(value, at, at + len(value))
    yield KeyValue(key, span, start, span.end, TEXT, document.section_at(start))


def _from_table(table: CardTable) -> Iterator[KeyValue]:
    """Return the rows of a table of two columns; its header too, unless it names the columns."""
    width = max((len(row) for row in table.rows), default=len(table.header))
    if width != 2:
        return
    rows = table.rows
    heads = {cell.text.lower().strip(_LEAD) for cell in table.header}
    if len(table.header) == 2 and not heads & _HEADS:
        rows = [table.header, *rows]
    group = table.start
    for row in rows:
        if len(row) == 2 and row[0].text and row[1].text:
            key, value = row
            yield KeyValue(
                key.text.lower().strip(_LEAD + ":"), value, key.start, value.end, TABLE,
                table.section, group,
            )  # fmt: skip
