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
ALIAS_WITHIN = 1_500
MIN_COMPARED = 2
MAX_HEADS = 3
FAMILY = 0.9
MIN_HEADS = 3
MOST_WORDS = 40
_NUMBER = re.compile(
    r"^[^\w\d.(-]*(-?\d{1,6}(?:\.\d+)?|\.\d+)\s*%?\s*(?:(?:±|\+/-|\+-|\(|\[|\\pm"
    r"|/\s*100).*)?[^\w]*$"
)
_TWO = re.compile(r"^\W*(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\W*$")
_LOG = re.compile(r"training[\s_]loss|train[\s_]loss|^\W*epoch\W*$|^\W*steps?\W*$", re.IGNORECASE)
_NO_RESULTS = re.compile(
    r"\bquant\b|quantization|hyper-?param|\bbits\b|\bfiles\b|^file\b|file ?(?:name|size)|download|hardware|carbon|dataset size"
    r"|architecture|pricing|\blicen[sc]e|\blabel\b|\bvram\b|throughput|latency|tokens per|max ram"
    r"|sentence_?\d|\bpremise\b|\bhypothesis\b|\banchor\b|\bsamples?\b.*\btype\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"\b(?:number|count|amount|total|size|samples|examples|images|classes?)\b", re.IGNORECASE
)
_DATASET_HEADS = re.compile(
    r"^\W*(?:data\s?sets?|(?:test|eval(?:uation)?)\s?(?:data)?sets?|testset|benchmarks?|corpus"
    r"|tasks?|evaluation"
    r"|dataset name|test data|subset)\W*$",
    re.IGNORECASE,
)
_MODEL_HEADS = re.compile(
    r"^\W*(?:.{0,15}\bmodels?|models?|methods?|systems?|checkpoints?|name|model name|network)\W*$",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"^\W*(?:.*\baverage\b.*|avg\.?.*|mean|overall|total|all|(?:macro|micro|weighted) avg|score"
    r"|value|results?|model|metrics?|this model)\W*$",
    re.IGNORECASE,
)
_EXTRA = re.compile(
    r"\s*\([^)]*\)|[,\s]+\d+(?:-\d+)?[- ]?shots?.*|\s*[↑↓]|[δΔ]\s*[<>]\s*[\d.]+"
    r"|,\s*CoT",
    re.IGNORECASE,
)
_SIZE = re.compile(r"^\W*\d+(?:\.\d+)?\s?[BM]\W*$")
_HAS_DIGIT = re.compile(r"\d")


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


def _word_errors(document: Document, table: Table) -> Iterator[Value]:
    """Read the error rates of a speech toolkit: one column counts, the heading names the metric."""
    heads = [cell.text.strip().lower() for cell in table.header]
    index = heads.index("err")
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


def number(cell: Span) -> float | None:
    """Return the result in a cell, None if it holds something else."""
    if not _HAS_DIGIT.search(cell.text):
        return None
    match = _NUMBER.match(cell.text)
    if match is None or (float(match[1]) >= MOST and float(match[1]).is_integer()):
        return None  # a thousand and more is a count of something
    return float(match[1])


def _before(document: Document, table: Table) -> Iterator[Value]:
    """Yield the test data that the short line before a table names."""
    end = table.at - 1
    start = document.plain.rfind("\n", 0, max(end, 0)) + 1
    line = document.plain[start:end]
    match = benchmark(line) if len(line) < 80 else None
    if match is not None and RESULTS.search(line.lower()):
        yield from _named(document, match[0], start + match.start())


def _titled(document: Document, table: Table) -> Iterator[Value]:
    """Yield the test data that the heading over a table names."""
    match = benchmark(table.section.title)
    if match is not None:
        yield from _named(document, match[0], document.plain.find(match[0], table.section.start))


def _named(document: Document, name: str, start: int) -> Iterator[Value]:
    if start >= 0:
        yield from_plain(
            document, "evaluation_dataset", name, start, start + len(name), method="heading"
        )


def _is_results(table: Table) -> bool:
    heads = [cell.text for cell in table.header]
    if any(_LOG.search(head) for head in heads) or _NO_RESULTS.search(" | ".join(heads)):
        return False
    if _NO_RESULTS.search(table.section.title) or "resource" in table.section.title.lower():
        return False
    words = " ".join([*heads, *(cell.text for row in table.rows[:40] for cell in row[:2])])
    known = len(METRIC.findall(words)) + len(BENCHMARK.findall(words))
    known += 2 * bool(benchmark(table.section.title))
    if _WORD_ERRORS.search(" | ".join(heads)):
        return True
    cells = [cell for row in table.rows for cell in row[1:]]
    share = sum(number(cell) is not None or bool(_TWO.match(cell.text)) for cell in cells)
    if not cells or share < 0.3 * len(cells):
        return False
    title = " / ".join(table.section.path[-2:])
    is_announced = RESULTS.search(title) is not None
    if is_announced and share > 0.6 * len(cells) and not _COUNTS.search(" | ".join(heads)):
        return True
    return known >= 1 and (known >= 2 or is_announced or len(table.rows) <= 2)


def _read_table(document: Document, table: Table) -> Iterator[Value]:
    column = _own_column(document, table)
    if column is not None:
        yield from _column(document, table, column)
        return
    row = own_row(document, table)
    if row is not None:
        for other in _same_rows(table, row):
            yield from _row(document, table, other)
    elif not _compares(table):
        yield from _whole(document, table)


def _own_column(document: Document, table: Table) -> int | None:
    """Return the column that this model heads, where columns are models."""
    heads = [cell.text for cell in table.header[1:]]
    scores = [own.likeness(document.model, text) for text in heads]
    best = max(scores, default=0.0)
    if best < SURE and len(table.rows) > 1:  # the first row can be a second header
        second = [own.likeness(document.model, cell.text) for cell in table.rows[0][1:]]
        if max(second, default=0.0) >= SURE:
            return second.index(max(second)) + 1
    if best >= SURE:
        return _last(scores, best) + 1
    place = own.nickname(document.model, heads, aliases=aliases(document))
    return None if place is None or len(heads) < MIN_COMPARED else place + 1


def _last(scores: list[float], best: float) -> int:
    """Return the last place of the best score: later stages of training stand further right."""
    return len(scores) - 1 - scores[::-1].index(best)


def _column(document: Document, table: Table, column: int) -> Iterator[Value]:
    labels = [_name_cell(row) for row in table.rows]
    is_named = _names_datasets(table, 0) or _mostly_known([cell.text for cell in labels if cell])
    for row, label in zip(table.rows, labels, strict=True):
        if len(row) <= column or label is None or NOT_RESULT.match(label.text):
            continue
        values = list(_cell(document, table, row[column], label=label.text, head="", row=row))
        yield from values
        if values:
            yield from _dataset(document, label, is_named=is_named)


def _name_cell(row: list[Span]) -> Span | None:
    """Return the last cell before the numbers of a row: what they are results of."""
    name = None
    for cell in row:
        if number(cell) is not None or _TWO.match(cell.text):
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


def _labels(row: list[Span]) -> list[str]:
    """Return the words that can name the model of a row: the first cell, and with the second."""
    first = row[0].text
    sizes = [cell.text for cell in row[1:4] if _SIZE.match(cell.text)]
    second = [row[1].text] if len(row) > 1 and number(row[1]) is None else []
    return [first, *(f"{first} {word}" for word in [*sizes, *second]), *second]


def _likeness(name: str, text: str, *, is_family: bool) -> float:
    """Return how like a label is; that of the family counts less than the model's own."""
    exact = own.likeness(name, text)
    family = own.likeness(name, text, is_family=True) * FAMILY if is_family else 0.0
    return max(exact, family)


def own_row(document: Document, table: Table, *, is_family: bool = False) -> list[Span] | None:
    """Return the row of this model, None where none is surely its own."""
    least = 0.5 if is_family else SURE
    scores = [
        max(_likeness(document.model, text, is_family=is_family) for text in _labels(row))
        if row
        else 0.0
        for row in table.rows
    ]
    best = max(scores, default=0.0)
    if best >= least:
        return table.rows[scores.index(best)]
    firsts = [row[0].text if row else "" for row in table.rows]
    place = own.nickname(document.model, firsts, aliases=aliases(document))
    return None if place is None or len(firsts) < MIN_COMPARED else table.rows[place]


def _same_rows(table: Table, row: list[Span]) -> list[list[Span]]:
    """Return the rows that name the same model, as where each test set has rows of its own."""
    name = max((cell.text for cell in row[:2] if number(cell) is None), key=len, default="")
    texts = {cell.text for cell in row[:2]}
    sizes = {cell.text for cell in row[1:4] if _SIZE.match(cell.text)}
    return [
        other
        for other in table.rows
        if other is row
        or (
            name in {cell.text for cell in other[:2]}
            and name in texts
            and own.likeness(name, name) > 0
            and not sizes
            and _MODEL_HEADS.match(table.header[_index_of(row, name)].text)
        )
    ]


def _index_of(row: list[Span], text: str) -> int:
    return next((index for index, cell in enumerate(row[:2]) if cell.text == text), 0)


_ALIAS = re.compile(
    r"(?<![\w-])([A-Z][\w.+-]*[A-Z\d][\w.+-]*)\*{0,2}\s+(?:is|was|has been)\s+(?:an?|the|our|pre-?trained|trained|fine-?tuned)\b"
)


def aliases(document: Document) -> frozenset[str]:
    """Return how the first words of a card call its model, lower case: ``FinBERT is a …``."""
    match = _ALIAS.search(document.plain[:ALIAS_WITHIN])
    return frozenset() if match is None else frozenset({match[1].lower()})


def _compares(table: Table) -> bool:
    """Return whether rows or columns are models: then none of them is this one."""
    rows = [row[0].text for row in table.rows]
    heads = [cell.text for cell in table.header[1:]]
    if _MODEL_HEADS.match(table.header[0].text) and len(table.rows) > 1:
        return True
    named = sum(own.names_a_model(text) and not benchmark(text) for text in rows)
    across = sum(own.names_a_model(text) and not benchmark(text) for text in heads)
    return named >= max(1, len(rows) / 3) or across >= 1


def _heads(table: Table) -> list[Span]:
    """Return what heads each column: the header, or the last row before the first number."""
    heads = list(table.header)
    for row in table.rows[:MAX_HEADS]:
        if any(number(cell) is not None for cell in row):
            break
        named = [
            index for index, cell in enumerate(row) if cell.text.strip() and index < len(heads)
        ]
        if len(named) >= MIN_HEADS:
            for index in named:
                heads[index] = row[index]
    return heads


def _row(document: Document, table: Table, row: list[Span]) -> Iterator[Value]:
    header = _heads(table)
    heads = [cell.text for cell in header[1:]]
    is_named = _mostly_known([head for head in heads if not NOT_RESULT.match(head)])
    for index, cell in enumerate(row[1:], 1):
        head = header[index] if index < len(header) else Span("", cell.start, cell.end)
        if NOT_RESULT.match(head.text):
            continue
        if number(cell) is not None or _TWO.match(cell.text):
            yield from _cell(document, table, cell, label="", head=head.text, row=[])
            yield from _dataset(document, head, is_named=is_named)


def _whole(document: Document, table: Table) -> Iterator[Value]:
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


def _has_counts(table: Table) -> bool:
    """Return whether whole numbers are counts there, since nearly all others have decimals."""
    numbers_in = [cell.text for row in table.rows for cell in row[1:] if number(cell) is not None]
    return sum("." in text for text in numbers_in) >= 0.6 * len(numbers_in)


def _names_datasets(table: Table, column: int) -> bool:
    return bool(_DATASET_HEADS.match(table.header[column].text))


def _cell(
    document: Document, table: Table, cell: Span, *, label: str, head: str, row: list[Span]
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
    two = _TWO.match(cell.text)
    found = [float(two[1]), float(two[2])] if two else [number(cell)]
    metric = _metric(table, label, head, row)
    dataset = next((_test_data(text) for text in (label, head, table.section.title)
                    if benchmark(text)), "")  # fmt: skip
    for result in found:
        if result is not None:
            yield from_cells(
                document, "evaluation", numbers.tidy(result), cell, method="table",
                metric=metric, dataset=dataset,
            )  # fmt: skip


_GENERIC = re.compile(
    r"^\W*(?:scores?|values?|val|test|dev|results?|performance|overall)\W*$", re.I
)


def _metric(table: Table, label: str, head: str, row: list[Span]) -> str:
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


def _dataset(document: Document, cell: Span, *, is_named: bool) -> Iterator[Value]:
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


def _name(text: str, match: re.Match[str] | None) -> str:
    """Return the name in a cell without metric, shots and remarks."""
    suite = _SUITE.search(text)
    if suite is not None:
        return suite[1]
    found = match[0] if match else ""
    if found and "(" in found:
        return re.sub(r"[-_ ]?\(m/mm\)$", "", found)
    name = _EXTRA.sub("", text).strip(" :-–*|")
    shorter = METRIC.sub("", name).strip(" :-–*|,()")
    if shorter and shorter != name and (not found or found.lower() in shorter.lower()):
        name = shorter
    return found if found and len(name) > len(found) + 14 else name
