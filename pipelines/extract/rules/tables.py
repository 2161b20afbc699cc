"""Results in tables: the row or column of this model, or all of a table that names no model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract import numbers, own
from miner.pipelines.extract.benchmarks import BENCHMARK, METRIC, NOT_RESULT, RESULTS, benchmark
from miner.pipelines.extract.document import Document, Span, Table
from miner.pipelines.extract.make import from_cells, from_plain
from miner.pipelines.extract.value import Value

MAX_CELLS = 200
SURE = 0.66
MOST = 1000
_NUMBER = re.compile(
    r"^[^\w\d.-]*(-?\d{1,6}(?:\.\d+)?|\.\d+)\s*%?\s*(?:(?:±|\+/-|\+-|\(|\[|±|\\pm).*)?[^\w]*$"
)
_TWO = re.compile(r"^\W*(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\W*$")
_LOG = re.compile(r"training[\s_]loss|train[\s_]loss|^\W*epoch\W*$|^\W*steps?\W*$", re.IGNORECASE)
_NO_RESULTS = re.compile(
    r"quant|hyper-?param|bits|file|download|hardware|carbon|dataset size|architecture|memory|pricing|license"
    r"|training data|label|hours|vram|usage|throughput|speed|latency|tokens per",
    re.IGNORECASE,
)
_DATASET_HEADS = re.compile(
    r"^\W*(?:data\s?sets?|test\s?sets?|testset|benchmarks?|corpus|tasks?|evaluation|eval set|dataset name)\W*$",
    re.IGNORECASE,
)
_SHARED = re.compile(r"^\W*(?:average|avg\.?|mean|overall|total|all|macro avg|micro avg)\W*$", re.IGNORECASE)


def read(document: Document) -> Iterator[Value]:
    """Read the result tables."""
    for table in document.tables:
        if len(table.header) >= 2 and table.rows and _is_results(table):
            values = list(_read_table(document, table))
            yield from values
            if values and all(value.field == "evaluation" for value in values):
                yield from _titled(document, table)


def _titled(document: Document, table: Table) -> Iterator[Value]:
    """Yield the test data that the heading over a table names."""
    match = benchmark(table.section.title)
    if match is not None:
        start = document.plain.find(match[0], table.section.start)
        yield from from_heading(document, match[0], start)


def from_heading(document: Document, name: str, start: int) -> Iterator[Value]:
    """Yield test data named at a place of the visible text."""
    if start >= 0:
        yield from_plain(
            document, "evaluation_dataset", name, start, start + len(name), method="heading"
        )


def number(cell: Span) -> float | None:
    """Return the result in a cell, None if it holds something else."""
    match = _NUMBER.match(cell.text)
    if match is None or (float(match[1]) >= MOST and float(match[1]).is_integer()):
        return None  # a thousand and more is a count of something
    return float(match[1])


def _is_results(table: Table) -> bool:
    heads = [cell.text for cell in table.header]
    if any(_LOG.search(head) for head in heads):
        return False
    title = " / ".join(table.section.path[-2:])
    if _NO_RESULTS.search(" ".join(heads)) or _NO_RESULTS.search(table.section.title):
        return False
    words = " ".join([*heads, *(row[0].text for row in table.rows[:40])])
    known = len(METRIC.findall(words)) + len(BENCHMARK.findall(words))
    cells = [cell for row in table.rows for cell in row[1:]]
    share = sum(number(cell) is not None or bool(_TWO.match(cell.text)) for cell in cells)
    if not cells or share < 0.3 * len(cells):
        return False
    return known >= 1 and (known >= 2 or bool(RESULTS.search(title)) or len(table.rows) <= 2)


def _read_table(document: Document, table: Table) -> Iterator[Value]:
    column = _own_column(document, table)
    if column is not None:
        for row in table.rows:
            if len(row) > column and not NOT_RESULT.match(row[0].text):
                yield from _cell(document, table, row[column], row[0].text, "")
                yield from _dataset(document, row[0], is_named=_names_datasets(table, 0))
        return
    row = _own_row(document, table)
    if row is not None:
        yield from _row(document, table, row)
    elif row is None and not _compares(table):
        yield from _whole(document, table)


def _own_column(document: Document, table: Table) -> int | None:
    """Return the column that this model heads, where columns are models."""
    scores = [own.likeness(document.model, cell.text) for cell in table.header[1:]]
    best = max(scores, default=0.0)
    return scores.index(best) + 1 if best >= SURE else None


def _label(row: list[Span]) -> str:
    """Return the words at the head of a row, up to its first number."""
    words = []
    for cell in row[:4]:
        if number(cell) is not None and words:
            break
        words.append(cell.text)
    return " ".join(words)


def _own_row(document: Document, table: Table) -> list[Span] | None:
    scores = [
        max(own.likeness(document.model, row[0].text), own.likeness(document.model, _label(row)))
        for row in table.rows
    ]
    best = max(scores, default=0.0)
    return table.rows[scores.index(best)] if best >= SURE else None


def _compares(table: Table) -> bool:
    """Return whether rows or columns are models: then none of them is this one."""
    rows = [row[0].text for row in table.rows]
    heads = [cell.text for cell in table.header[1:]]
    is_model = re.match(r"\W*(?:models?|methods?|systems?|checkpoint|name)\W*$", table.header[0].text, re.I)
    if is_model and len(table.rows) > 1:
        return True
    named = sum(own.names_a_model(text) and not benchmark(text) for text in rows)
    across = sum(own.names_a_model(text) and not benchmark(text) for text in heads)
    return named >= max(1, len(rows) / 3) or across >= 1


def _row(document: Document, table: Table, row: list[Span]) -> Iterator[Value]:
    for index, cell in enumerate(row[1:], 1):
        head = table.header[index] if index < len(table.header) else Span("", cell.start, cell.end)
        if NOT_RESULT.match(head.text):
            continue
        if number(cell) is not None or _TWO.match(cell.text):
            yield from _cell(document, table, cell, "", head.text)
            yield from _dataset(document, head, is_named=False)


def _whole(document: Document, table: Table) -> Iterator[Value]:
    """Read a table that names no model: every number is a result of this one."""
    is_named = _names_datasets(table, 0)
    count = 0
    for row in table.rows:
        if NOT_RESULT.match(row[0].text):
            continue
        has_number = False
        for index, cell in enumerate(row):
            head = table.header[index].text if index < len(table.header) else ""
            if (index == 0 and len(table.rows) > 1) or NOT_RESULT.match(head):
                continue
            for value in _cell(document, table, cell, row[0].text if index else "", head):
                has_number = True
                count += 1
                yield value
        if has_number:
            yield from _dataset(document, row[0], is_named=is_named)
        if count > MAX_CELLS:
            return
    for head in table.header[1:]:
        yield from _dataset(document, head, is_named=False)


def _names_datasets(table: Table, column: int) -> bool:
    return bool(_DATASET_HEADS.match(table.header[column].text))


def _cell(document: Document, table: Table, cell: Span, label: str, head: str) -> Iterator[Value]:
    two = _TWO.match(cell.text)
    found = [float(two[1]), float(two[2])] if two else [number(cell)]
    words = f"{label} {head}".strip()
    metric = METRIC.search(head) or METRIC.search(label) or METRIC.search(table.section.title)
    dataset = benchmark(label) or benchmark(head) or benchmark(table.section.title)
    for result in found:
        if result is not None:
            yield from_cells(
                document, "evaluation", numbers.tidy(result), cell, method="table",
                metric=metric[0] if metric else "unspecified",
                dataset=dataset[0] if dataset else (words if label and not metric else ""),
            )  # fmt: skip


def _dataset(document: Document, cell: Span, *, is_named: bool) -> Iterator[Value]:
    """Yield the test data that a cell names."""
    text = cell.text.strip(" *_`")
    if not text or _SHARED.match(text):
        return
    match = benchmark(text)
    if match is not None and not METRIC.fullmatch(match[0]):
        yield from_cells(document, "evaluation_dataset", match[0], cell, method="table")
    elif is_named and number(cell) is None and not METRIC.fullmatch(text) and len(text) < 60:
        yield from_cells(document, "evaluation_dataset", text, cell, method="table-named")
