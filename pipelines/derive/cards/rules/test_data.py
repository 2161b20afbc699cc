"""Test data that results are reported on, where no table or list of results names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards import data_names
from miner.pipelines.derive.cards.benchmarks import RESULTS, benchmark
from miner.pipelines.derive.cards.document import CardLink, CardTable, Document
from miner.pipelines.derive.cards.make import from_cells, from_code, from_link, from_plain
from miner.pipelines.derive.cards.table_rows import number
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

FIELD = "evaluation_dataset"
MAX_REST = 30
MAX_SENTENCES = 60
MAX_CELL = 80
LEAST_NAMES = 3
_TRAINER = re.compile(
    r"on (?:the|an?) ([\w./-]{2,80})(?: - [\w-]+)? dataset\.\s+it achieves the following"
    r" results on the evaluation set"
)
_NOBODY = frozenset(
    {
        "none",
        "unknown",
        "unkown",
        "generator",
        "imagefolder",
        "audiofolder",
        "json",
        "csv",
        "custom",
        "text",
    }
)
_EVALUATED = sieved(
    r"\b(?:evaluat(?:ed?|ing|ion|ions)|tested|benchmarked|(?:results?|performance|scores?"
    r"|accuracy|wer|f1|bleu|perplexity)(?: score)?)\b[^.\n]{0,70}?"
    r"\b(?:on|against|over|using)\s+"
)
_LEAD = bounded(
    r"(?:[\w-]+ ){0,5}(?:benchmarks?|data\s?sets?|test sets?)\s?(?:[:(,]|including|such as|namely)"
    r"(?: ?(?:including|such as|namely|i\.e\.|e\.g\.))?\s+"
)
"""``two code generation benchmarks:`` before their names."""
_PART = bounded(r"\b(?:test|dev)\b(?! data)", re.IGNORECASE)
"""The part of test data in a heading over results."""
_TEST_SET = bounded(r"\s+(?:test|dev|validation)\s?(?:set|split)$", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\bfine-?tun|\bcan be\b|\bshould\b|\bwe recommend|\bfor example\b"
    r"|state[- ]of[- ]the[- ]art|sota\b|\bother models\b|\bleaderboard"
)


def read(document: Document) -> Iterator[Value]:
    """Read names of test data in headings, sentences and tables without numbers."""
    yield from _headings(document)
    yield from _of_trainer(document)
    yield from _stated(document)
    yield from _in_sections(document)
    yield from _commands(document)
    for table in document.tables:
        yield from _listed(table, document)


def _of_trainer(document: Document) -> Iterator[Value]:
    """Read the data of a training template without declared results: it holds some of it out."""
    match = _TRAINER.search(document.low.replace("\n", " "))
    if match is None or match[1] in _NOBODY:
        return
    start, end = match.span(1)
    yield from_plain(document, FIELD, document.plain[start:end], start, end, method="trainer")


def _stated(document: Document) -> Iterator[Value]:
    """Read the names after ``evaluated on``: known test data, and what is called a dataset."""
    links = {link.at: link for link in document.links if not link.is_image}
    for match in islice(_EVALUATED.finditer(document.low), MAX_SENTENCES):
        first, last = document.sentence(match.start())
        if _OF_OTHERS.search(document.low, first, match.end()):
            continue
        found = data_names.enumerated(document, match.end(), last, shapes=False)
        lead = None if found else _LEAD.match(document.low, match.end(), last)
        if lead is not None:
            found = data_names.enumerated(document, lead.end(), last, shapes=False)
        link = links.get(match.end())
        if not found and link is not None and match[0].startswith("evaluat") and _is_data(link):
            yield from_link(document, FIELD, link.text, link, method="prose")
        for name in found:
            yield from _prose(document, name)


_SECTION = re.compile(r"^\W*(?:evaluation|test(?:ing)?)\s?(?:data(?:\s?sets?)?|sets?)\W*$")
_OF_SECTION = re.compile(
    r"\b(?:(?:split|set|part)s? of|benchmarks?[,:]|data\s?sets?[,:])\s+(?:the )?"
)
MAX_SECTION = 800


def _in_sections(document: Document) -> Iterator[Value]:
    """Read the names in sentences under a heading on test data."""
    for section in document.sections:
        if not _SECTION.match(section.title.lower()):
            continue
        at = document.low.find("\n", section.start) + 1
        for match in document.matches(_OF_SECTION, document.low, at, at + MAX_SECTION):
            if document.section_at(match.start()) is not section:
                break
            _, last = document.sentence(match.start())
            for name in data_names.enumerated(document, match.end(), last):
                yield from _prose(document, name)


def _prose(document: Document, name: data_names.DataName) -> Iterator[Value]:
    text = _TEST_SET.sub("", name.text)
    yield from_plain(document, FIELD, text, name.start, name.end, method="prose")


_COMMAND = sieved(r"\bsacrebleu\b[^\n|>]{0,60}?(?:-t|--test-set)[ =]([A-Za-z][\w/-]{2,40})")


def _commands(document: Document) -> Iterator[Value]:
    """Read the test set that a command of a scoring program names."""
    for code in document.codes:
        match = _COMMAND.search(code.text)
        if match is not None:
            start, end = code.start + match.start(), code.start + match.end()
            yield from_code(document, FIELD, match[1], start, end, method="command")


def _is_data(link: CardLink) -> bool:
    return data_names.is_name(link.text) and not data_names.NOT_DATA_URL.search(link.url)


def _listed(table: CardTable, document: Document) -> Iterator[Value]:
    """Read a table without numbers that lists test data by task."""
    title = " / ".join(table.section.path[-2:])
    cells = [cell for row in table.rows for cell in row[1:] if len(cell.text) <= MAX_CELL]
    if not RESULTS.search(title) or any(number(cell) is not None for cell in cells):
        return
    found = [
        (cell, part.strip(" *_`"))
        for cell in cells
        for part in re.split(r",\s*|;\s*", cell.text)
        if benchmark(part) and len(part) < MAX_REST
    ]
    if len(found) >= LEAST_NAMES:
        for cell, name in found:
            yield from_cells(document, FIELD, name, cell, method="listed")


def _headings(document: Document) -> Iterator[Value]:
    """Yield the test data that headings of an evaluation chapter are named after."""
    for section in document.sections:
        match = benchmark(section.title)
        if match is None:
            continue
        if not (_PART.search(section.title) or any(RESULTS.search(t) for t in section.path)):
            continue
        if any("dataset" in title for title in section.path[:-1]):
            continue
        rest = (section.title[: match.start()] + section.title[match.end() :]).strip(" ():")
        if len(rest) > MAX_REST or not section.path:
            continue
        start = document.plain.find(match[0], section.start)
        if start >= 0:
            yield from_plain(
                document, FIELD, match[0], start, start + len(match[0]),
                method="heading",
            )  # fmt: skip
