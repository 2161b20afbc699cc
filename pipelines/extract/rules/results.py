"""Results in lists and prose: the lists of training templates, and ``an accuracy of 93.1``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract import numbers
from miner.pipelines.extract.benchmarks import METRIC, NOT_RESULT, RESULTS, benchmark
from miner.pipelines.extract.document import Document, Pair
from miner.pipelines.extract.make import from_pair, from_plain
from miner.pipelines.extract.value import TEXT, Value

_FOLLOWING = re.compile(r"achieves the following results on the evaluation set")
_VALUE = re.compile(
    r"^[*_`\s]*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*%?[*_`\s]*(?:\([^)]*\))?\.?$", re.IGNORECASE
)
_NEAR = 3000
_PROSE = re.compile(
    r"\b(accuracy|f1(?:[- ]score)?|bleu(?: score)?|wer|word error rate|cer|perplexity|exact "
    r"match|rouge-?[12l]"
    r"|map|auc|loss|precision|recall)\s+(?:score\s+)?(?:of|is|:|=)\s+(?:about |around "
    r"|~)?(\d+(?:\.\d+)?)\s*%?",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Value]:
    """Read results outside tables."""
    following = [match.end() for match in _FOLLOWING.finditer(document.low)]
    found = False
    for pair in document.pairs:
        if pair.origin != TEXT or not _VALUE.match(pair.value.text):
            continue
        near = any(
            0 <= pair.start - at < _NEAR and pair.section is document.section_at(at)
            for at in following
        )
        if NOT_RESULT.match(pair.key) or not (
            near or (_is_results(pair) and (METRIC.search(pair.key) or benchmark(pair.key)))
        ):
            continue
        match = _VALUE.match(pair.value.text)
        if match is not None:
            found = True
            yield from _result(document, pair, match[1])
    if not found:
        yield from _prose(document)
    yield from _headings(document)


def _is_results(pair: Pair) -> bool:
    title = " / ".join(pair.section.path[-2:])
    return bool(RESULTS.search(title)) and not re.search(r"param|procedure|config", title)


def _result(document: Document, pair: Pair, text: str) -> Iterator[Value]:
    title = pair.section.title
    dataset = benchmark(pair.key) or (benchmark(title) if RESULTS.search(title.lower()) else None)
    yield from_pair(
        document, "evaluation", numbers.tidy(float(text)), pair, method="list",
        metric=pair.key, dataset=dataset[0] if dataset else "",
    )  # fmt: skip
    if dataset and not METRIC.fullmatch(dataset[0]):
        yield from_pair(document, "evaluation_dataset", dataset[0], pair, method="list")


def _prose(document: Document) -> Iterator[Value]:
    for match in _PROSE.finditer(document.plain):
        yield from_plain(
            document, "evaluation", numbers.tidy(float(match[2])), match.start(), match.end(),
            method="prose", metric=match[1].lower(),
        )  # fmt: skip


def _headings(document: Document) -> Iterator[Value]:
    """Yield the test data that headings of an evaluation chapter are named after."""
    for section in document.sections:
        match = benchmark(section.title)
        if match is None or not any(RESULTS.search(title) for title in section.path):
            continue
        rest = (section.title[: match.start()] + section.title[match.end() :]).strip(" ():")
        if len(rest) > 30 or not section.path:
            continue
        start = document.plain.find(match[0], section.start)
        if start >= 0:
            yield from_plain(
                document, "evaluation_dataset", match[0], start, start + len(match[0]),
                method="heading",
            )  # fmt: skip
