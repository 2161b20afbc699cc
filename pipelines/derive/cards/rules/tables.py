"""Results in tables: the row or column of this model, or all of a table that names no model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import numbers
from miner.pipelines.derive.cards.benchmarks import (
    BENCHMARK,
    METRIC,
    NOT_RESULT,
    RESULTS,
    benchmark,
)
from miner.pipelines.derive.cards.document import CardTable, Document, TextSpan
from miner.pipelines.derive.cards.make import from_cells, from_plain
from miner.pipelines.derive.cards.table_rows import (
    MAX_CELL,
    MODEL_HEADS,
    compares,
    heads_of,
    number,
    own_column,
    own_row,
    same_rows,
)
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

MAX_CELLS = 200
MOST_WORDS = 40
_SEVERAL = bounded(r"^\W*\d+(?:\.\d+)?(?:\s*/\s*\d+(?:\.\d+)?){1,3}\W*$")
_ONE = re.compile(r"\d+(?:\.\d+)?")
_LOG = bounded(r"training[\s_]loss|train[\s_]loss|^\W*epoch\W*$|^\W*steps?\W*$", re.IGNORECASE)
_NO_RESULTS = sieved(
    r"\bquant\b|quantization|hyper-?param|\bbits\b|\bfiles\b|^file\b|file ?(?:name|size)"
    r"|download|hardware|carbon|dataset size"
    r"|architecture|pricing|\blicen[sc]e|\blabel\b|\bvram\b|throughput|latency|tokens per|max ram"
    r"|sentence_?\d|\bpremise\b|\bhypothesis\b|\banchor\b|\bsamples?\b.*\btype\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"\b(?:number|count|amount|total|size|samples|examples|images|classes?)\b", re.IGNORECASE
)
_DATASET_HEADS = re.compile(
    r"^\W*(?:data\s?sets?|(?:test|eval(?:uation)?)\s?(?:data)?sets?|testset|benchmarks?|corpus"
    r"|tasks?(?: ?/ ?data\s?sets?)?|evaluation"
    r"|dataset name|test data|subset)\W*$",
    re.IGNORECASE,
)
_SHARED = bounded(
    r"^\W*(?:.*\baverage\b.*|avg\.?.*|mean|overall|total|all|(?:macro|micro|weighted) avg|score"
    r"|value|results?|model|metrics?|this model)\W*$",
    re.IGNORECASE,
)
_EXTRA = bounded(
    r"\s*\([^)]*\)|[,\s]+\d+(?:-\d+)?[- ]?shots?.*|\s*[↑↓]|[δΔ]\s*[<>]\s*[\d.]+"
    r"|,\s*CoT",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Value]:
    """Read the result tables."""
    for table in document.tables:
        if _is_of_variant(document.name, table.section.title.lower()):
            continue
        if len(table.header) >= 2 and table.rows and _is_results(table):
            is_errors = _WORD_ERRORS.search(" | ".join(cell.text for cell in table.header))
            values = list((_word_errors if is_errors else _read_table)(document, table))
            yield from values
            if values:
                yield from _before(document, table)
            if values and all(value.field == "evaluation" for value in values):
                yield from _titled(document, table)


_WORD_ERRORS = re.compile(r"\|\s*Corr\s*\|\s*Sub\s*\|\s*Del\s*\|\s*Ins\s*\|\s*Err\b")


def _word_errors(document: Document, table: CardTable) -> Iterator[Value]:
    """Read the error rates of a speech toolkit: one column counts, the heading names the metric."""
    heads = [cell.text.strip().lower() for cell in table.header]
    index = next(place for place, head in enumerate(heads) if head.startswith("err"))
    for row in table.rows[:MOST_WORDS]:
        if len(row) <= index or (result := number(row[index])) is None:
            continue
        yield from_cells(
            document, "evaluation", numbers.tidy(result), row[index], method="errors",
            metric=table.section.title,
        )  # fmt: skip
        parts = [part for part in row[0].text.split("/") if part and not part.startswith("decode")]
        if parts:
            yield from_cells(document, "evaluation_dataset", parts[0], row[0], method="errors")


def _is_of_variant(name: str, title: str) -> bool:
    """Return whether a heading announces the results of the other kind: chat or base models."""
    is_tuned = re.search(r"instruct|chat|-it\b", name.lower()) is not None
    if re.search(r"instruct|chat|fine-?tuned", title) and "model" in title:
        return not is_tuned and "base" not in title
    return (
        is_tuned
        and re.search(r"\b(?:base|pre-?trained) (?:pretrained )?models?\b", title) is not None
    )


def _before(document: Document, table: CardTable) -> Iterator[Value]:
    """Yield the test data that the short line before a table names."""
    end = table.at - 1
    start = document.plain.rfind("\n", 0, max(end, 0)) + 1
    line = document.plain[start:end]
    match = benchmark(line) if len(line) < 80 else None
    if match is not None and RESULTS.search(line.lower()):
        yield from _named(document, match[0], start + match.start())


def _titled(document: Document, table: CardTable) -> Iterator[Value]:
    """Yield the test data that the heading over a table names."""
    match = benchmark(table.section.title)
    if match is not None:
        yield from _named(document, match[0], document.plain.find(match[0], table.section.start))


def _named(document: Document, name: str, start: int) -> Iterator[Value]:
    if start >= 0:
        yield from_plain(
            document, "evaluation_dataset", name, start, start + len(name), method="heading"
        )


def _is_results(table: CardTable) -> bool:
    heads = [cell.text for cell in table.header]
    if any(_LOG.search(head) for head in heads) or _NO_RESULTS.search(" | ".join(heads)):
        return False
    if _NO_RESULTS.search(table.section.title) or "resource" in table.section.title.lower():
        return False
    if _WORD_ERRORS.search(" | ".join(heads)):
        return True
    cells = [cell for row in table.rows for cell in row[1:] if cell.text.strip(" -–")]
    share = sum(
        number(cell) is not None or bool(_SEVERAL.match(cell.text[:MAX_CELL])) for cell in cells
    )
    if not cells or share < 0.3 * len(cells):
        return False
    title = " / ".join(table.section.path[-2:])
    is_announced = RESULTS.search(title) is not None
    if is_announced and share > 0.6 * len(cells) and not _COUNTS.search(" | ".join(heads)):
        return True
    second = [cell.text for cell in heads_of(table) if cell.text not in heads]
    firsts = [cell.text for row in table.rows[:40] for cell in row[:2]]
    words = " ".join([*heads, *second, *firsts])
    known = sum(1 for found in (METRIC, BENCHMARK) for _ in found.finditer(words))
    known += 2 * bool(benchmark(table.section.title))
    return known >= 1 and (known >= 2 or is_announced or len(table.rows) <= 2)


def _read_table(document: Document, table: CardTable) -> Iterator[Value]:
    column = own_column(document, table)
    if column is not None:
        yield from _column(document, table, column)
        return
    row = own_row(document, table)
    if row is not None:
        for other in same_rows(table, row):
            yield from _row(document, table, other)
    elif not compares(table):
        yield from _whole(document, table)


def _column(document: Document, table: CardTable, column: int) -> Iterator[Value]:
    labels = [_name_cell(row) for row in table.rows]
    is_named = _names_datasets(table, 0) or _mostly_known([cell.text for cell in labels if cell])
    for row, label in zip(table.rows, labels, strict=True):
        if len(row) <= column or label is None or NOT_RESULT.match(label.text):
            continue
        values = list(_cell(document, table, row[column], label=label.text, head="", row=row))
        yield from values
        if values:
            yield from _dataset(document, label, is_named=is_named)


def _name_cell(row: list[TextSpan]) -> TextSpan | None:
    """Return the last cell before the numbers of a row: what they are results of."""
    name = None
    for cell in row:
        if number(cell) is not None or _SEVERAL.match(cell.text):
            break
        if cell.text.strip(" -*"):
            if name is not None and len(cell.text) <= 3:
                break
            name = cell
            if benchmark(cell.text):
                break
    return name


def _mostly_known(labels: list[str]) -> bool:
    """Return whether most labels are names of test data: then the others are as well."""
    named = [text for text in labels if text and not _SHARED.match(text)]
    return bool(named) and sum(benchmark(text) is not None for text in named) >= 0.5 * len(named)


def _row(document: Document, table: CardTable, row: list[TextSpan]) -> Iterator[Value]:
    header = heads_of(table)
    heads = [cell.text for cell in header[1:]]
    named = [head for head in heads if not NOT_RESULT.match(head)]
    is_named = _mostly_known(named)
    is_data = _are_data(table, named)
    for index, cell in enumerate(row[1:], 1):
        head = header[index] if index < len(header) else TextSpan("", cell.start, cell.end)
        if NOT_RESULT.match(head.text):
            continue
        if number(cell) is not None or _SEVERAL.match(cell.text):
            yield from _cell(document, table, cell, label="", head=head.text, row=[])
            is_called = is_data and not _TASKS.match(head.text)
            yield from _dataset(document, head, is_named=is_named or is_called)


_TASKS = bounded(
    r"^\W*(?:NER|POS|QA|NLI|STS|RC|MT|ASR|TTS|WSD|SRL|CLS|MRC|SA|TC|DEP|LAS|UAS|avg)\W*$",
    re.IGNORECASE,
)
_ACRONYM = bounded(r"^\W*[A-Z][A-Z\d]*(?:-[A-Z\d]+)*\W*$")
LEAST_DATA = 3


def _are_data(table: CardTable, heads: list[str]) -> bool:
    """Return whether the columns beside that of models are test data: acronyms, one well known."""
    if not MODEL_HEADS.match(table.header[0].text) or len(heads) < LEAST_DATA:
        return False
    if any(METRIC.search(head) for head in heads):
        return False
    return any(map(benchmark, heads)) and all(map(_ACRONYM.match, heads))


def _whole(document: Document, table: CardTable) -> Iterator[Value]:
    """Read a table that names no model: every number is a result of this one."""
    is_named = _names_datasets(table, 0) or _mostly_known([row[0].text for row in table.rows])
    has_counts = _has_counts(table)
    count = 0
    for row in table.rows:
        if NOT_RESULT.match(row[0].text):
            continue
        has_number = False
        for index, cell in enumerate(row):
            head = table.header[index].text if index < len(table.header) else ""
            if (index == 0 and len(table.rows) > 1) or NOT_RESULT.match(head):
                continue
            if has_counts and _WHOLE.match(cell.text):
                continue
            label = row[0].text if index else ""
            for value in _cell(document, table, cell, label=label, head=head, row=row):
                has_number = True
                count += 1
                yield value
        if has_number:
            yield from _dataset(document, row[0], is_named=is_named)
        if count > MAX_CELLS:
            return
    for title in table.header[1:]:
        yield from _dataset(document, title, is_named=False)


_WHOLE = re.compile(r"^\W*(?:[2-9]|\d{2,})\W*$")


def _has_counts(table: CardTable) -> bool:
    """Return whether whole numbers are counts there, since nearly all others have decimals."""
    numbers_in = [cell.text for row in table.rows for cell in row[1:] if number(cell) is not None]
    return sum("." in text for text in numbers_in) >= 0.6 * len(numbers_in)


def _names_datasets(table: CardTable, column: int) -> bool:
    return bool(_DATASET_HEADS.match(table.header[column].text))


def _cell(
    document: Document,
    table: CardTable,
    cell: TextSpan,
    *,
    label: str,
    head: str,
    row: list[TextSpan],
) -> Iterator[Value]:
    """Yield the result in a cell, or both in ``84.6/83.4``.

    Args:
        document: The card.
        table: Its table.
        cell: Its cell.
        label: Words at the head of the row, empty where that is this model's name.
        head: Words at the head of the column, empty where that is this model's name.
        row: The row, which can have a column that names the metric.
    """
    several = _SEVERAL.match(cell.text) is not None
    found = [float(one) for one in _ONE.findall(cell.text)] if several else [number(cell)]
    names = head.split("/")
    if not several or len(names) != len(found):
        names = [head] * len(found)
    dataset = next((_test_data(text) for text in (label, head, table.section.title)
                    if benchmark(text)), "")  # fmt: skip
    for result, name in zip(found, names, strict=True):
        if result is not None:
            metric = _metric(table, label, name, row)
            yield from_cells(
                document, "evaluation", numbers.tidy(result), cell, method="table",
                metric=metric, dataset=dataset,
            )  # fmt: skip


_GENERIC = bounded(r"^\W*(?:scores?|values?|val|test|dev|results?|performance|overall)\W*$", re.I)


def _metric(table: CardTable, label: str, head: str, row: list[TextSpan]) -> str:
    """Return the metric of a cell: what a head, a label, a column or the heading names."""
    words = [text for text in (head, label, *(cell.text for cell in row[1:4])) if text]
    if METRIC.fullmatch(table.section.title.strip()) and not METRIC.fullmatch(head.strip()):
        words.insert(0, table.section.title)
    for text in [*words, table.section.title]:
        match = METRIC.search(text)
        if match is not None and not _GENERIC.match(text):
            return match[0].strip()
    for text in (head, label):
        if text and not _GENERIC.match(text) and not benchmark(text):
            return text
    return "unspecified"


def _test_data(text: str) -> str:
    return _name(text.strip(" *_`"), benchmark(text))


def _dataset(document: Document, cell: TextSpan, *, is_named: bool) -> Iterator[Value]:
    """Yield the test data that a cell names."""
    text = cell.text.strip(" *_`")
    if not text or _SHARED.match(text) or len(text) > 80:
        return
    match = benchmark(text)
    name = _name(text, match)
    if match is None and (not is_named or number(cell) is not None or METRIC.fullmatch(name)):
        return
    if name and not METRIC.fullmatch(name) and re.search(r"[A-Za-z]{2}", name):
        yield from_cells(
            document, "evaluation_dataset", name, cell,
            method="table" if match else "table-named",
        )  # fmt: skip


_SUITE = re.compile(r"^\W*leaderboard_(bbh|gpqa|ifeval|math_hard|mmlu_pro|musr)")


_SLASHED = bounded(r"(?<=\w)/(?:acc(?:_norm)?|em|f1|mc[12]|ppl|bleu|exact_match|word_perplexity)$")
"""The metric behind the name of a task: ``saga_mc/mc1``."""
_PART = bounded(r"_(?:val|test(?:mini)?|dev|avg|sum)$")


def _name(text: str, match: re.Match[str] | None) -> str:
    """Return the name in a cell without metric, shots and remarks."""
    suite = _SUITE.search(text)
    if suite is not None:
        return suite[1]
    text = _SLASHED.sub("", text)
    found = match[0] if match else ""
    if found and "(" in found:
        return re.sub(r"[-_ ]?\(m/mm\)$", "", found)
    name = _PART.sub("", _EXTRA.sub("", text)).strip(" :-–*|")
    shorter = METRIC.sub("", name).strip(" :-–*|,()")
    if shorter and shorter != name and (not found or found.lower() in shorter.lower()):
        name = shorter
    return found if found and len(name) > len(found) + 14 else name
