"""Training data in tables: of data with amounts, and this model's row in one of its family."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import data_names, table_columns
from miner.pipelines.derive.cards.benchmarks import METRIC
from miner.pipelines.derive.cards.document import CardTable, Document, TextSpan
from miner.pipelines.derive.cards.make import from_cells
from miner.pipelines.derive.cards.table_columns import ColumnRole
from miner.pipelines.derive.cards.table_rows import own_row
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded

MAX_ROWS = 40
MAX_NAMES = 80
MAX_REFERENCES = 4
_BESIDE = frozenset({ColumnRole.AMOUNT, ColumnRole.LANGUAGE, ColumnRole.NOTE})
_TOTAL = re.compile(r"total|sum|all\b|average")
_JOINED = bounded(r"\s+\+\s+|;\s*")
HUB_DATASET = re.compile(
    r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/([\w.-]+(?:/[\w.-]+)?)"
)
"""An address of data on the Hub."""


def amounts(document: Document) -> Iterator[Value]:
    """Read the column of names of a table of the data a model was trained on."""
    for table in document.tables:
        column = _data_column(table)
        if column is None:
            continue
        for row in table.rows[:MAX_ROWS]:
            for name in _cell_names(document, row[column]) if len(row) > column else ():
                text = name.strip(" *_`")
                if data_names.is_name(text) and not _TOTAL.match(text.lower()):
                    yield from_cells(
                        document, "training_dataset", text, row[column], method="table"
                    )


def _cell_names(document: Document, cell: TextSpan) -> list[str]:
    """Return the names in a cell: ids where it links to data of the Hub, else its words."""
    links = document.links_from(cell.start - 2, cell.end + 1, in_text=False)
    linked = [match[1] for link in links if (match := HUB_DATASET.match(link.url))]
    return linked or _JOINED.split(cell.text)


def _data_column(table: CardTable) -> int | None:
    """Return the column with the names of the training data, None where a table has no such."""
    heads = [cell.text for cell in table.header]
    if not heads or any(METRIC.search(head) for head in heads):
        return None
    title = " / ".join(table.section.path[-2:])
    if re.search(r"eval|result|benchmark|performance|test", title):
        return None
    column = table_columns.first(table, ColumnRole.DATA)
    roles = [one.role for one in table_columns.columns(table) if one.index != column]
    if column is None or not re.search(r"train|data|corpus|corpora", title):
        return None
    if column and (ColumnRole.MODEL in roles or roles[0] not in _BESIDE):
        return None  # what stands first says that rows are something else
    return column if _BESIDE & set(roles) else None


_SIZE_NOTE = bounded(r"\s*\([^)]*\)|\s+\d[\d.]*\s?[GMT]B\b.*$|^(?i:sub-?sample|subset|part) of ")
_REFERENCE = bounded(
    r"^\W*(?:the )?(?:same|all|everything|data)(?: data(?:sets?)?)? (?:as|of|in)(?: for)?\s+"
    r"[`*\"]*([\w.-]+)",
    re.IGNORECASE,
)
"""``Same as X with more``: the data of another row."""
_LISTED = bounded(r"(?:^|(?<=\s))[-•]\s+(?:[A-Z][\w /&-]{2,40}:\s+)?")
_COMMA = bounded(r",\s*|\s\+\s|;\s*")


def _is_whole_name(name: str) -> bool:
    return not name[0].isdigit() and not re.search(r"\b(?:same|but|only|see)\b", name.lower())


def family(document: Document) -> Iterator[Value]:
    """Read the training data in this model's row of a table of its family."""
    for table in document.tables:
        heads = [cell.text for cell in table.header]
        index = table_columns.first(table, ColumnRole.TRAINED_ON, ColumnRole.DATA)
        if not index or any(METRIC.search(head) for head in heads):
            continue
        row = own_row(document, table, is_family=True)
        if row is None or index >= len(row):
            continue
        for name, cell in _names(table, row, index, MAX_REFERENCES):
            yield from_cells(document, "training_dataset", name, cell, method="family")


def _names(
    table: CardTable, row: list[TextSpan], index: int, left: int
) -> Iterator[tuple[str, TextSpan]]:
    """Yield the names in a cell, and those of the row that it refers to."""
    cell = row[index]
    text = _SIZE_NOTE.sub("", cell.text)
    reference = _REFERENCE.match(text)
    if reference is not None:
        other = _row_of(table, reference[1])
        if other is not None and other is not row and index < len(other) and left:
            yield from _names(table, other, index, left - 1)
        marks = _LISTED.search(text, reference.end())
        text = text[marks.start() :] if marks is not None else ""
    for part in [part for item in _LISTED.split(text) for part in _COMMA.split(item)][:MAX_NAMES]:
        name = part.strip(" .*`_:")
        if (
            1 < len(name) <= data_names.MAX_NAME
            and not data_names.is_blank(name)
            and _is_whole_name(name)
        ):
            yield name, cell


def _row_of(table: CardTable, name: str) -> list[TextSpan] | None:
    """Return the row that a name heads."""
    wanted = name.strip(" .:*`_").lower()
    return next(
        (row for row in table.rows if row and row[0].text.strip(" *`_").lower() == wanted), None
    )
