"""How much data a model was trained on, and up to when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards import numbers, tongues
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.make import from_cells, from_pair, from_plain, from_scalar
from miner.pipelines.derive.cards.rules.front_matter_fields import scalars
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import SievedPattern

LEAST_EXAMPLES = 500
LEAST_TOKENS = 100_000
MOST_AMOUNTS = 3
_POINTS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d|\s?[KkMBTmb]))")
"""Points between thousands, as in 378.000."""
_TOKENS = SievedPattern(
    numbers.lowered(
        rf"({numbers.COUNT}|one trillion|one billion)\s+(?:[\w-]+\s+){{0,2}}?(tokens?"
        rf"|words)\b",
    )
)
_EXAMPLES = SievedPattern(
    numbers.lowered(
        rf"({numbers.COUNT}|one million)\s*(?:(?!hours?\b|tokens?\b|models?\b|billion\b"
        rf"|parameters?\b|steps?\b"
        rf"|epochs?\b|gpus?\b|languages?\b|layers?\b|times?\b|days?\b)[\w/’'-]+[,\s]\s*){{0,4}}?"
        r"(examples?|samples?|pairs|instances|images?|sentences|records|rows|conversations"
        r"|documents|files|lines|tweets|dialogues?|articles|instructions|captions|questions|queries"
        r"|reviews"
        r"|utterances|patches|recordings|molecules|sequences|prompts|data\s?points|texts|posts"
        r"|annotations|functions|transcriptomes|cells|proteins|compounds|genomes|human-annotated "
        r"data)\b",
    )
)
_TRAIN_WORD = re.compile(
    r"train|tun(?:ed|ing)|corpus|dataset (?:of|contain(?:s|ed)|consists|comprises|makes up|totals)"
    r"|instances are used|learn|" + tongues.TRAINED
)
_NO_COUNT = re.compile(
    r"evaluat|\btest\b|\bood\b|out-of-distribution|validation|held-?out|dev set|samples/"
    r"|per second|per batch|generate(?!d)"
    r"|can generat|(?:performed|ran) inference"
    r"|context|max|batch|sequence "
    r"length|up to|window|vocab|inference|input"
)
_RATE = bounded(
    r"\s*(?:per\b|/|context|window|vocab|at (?:a|most)|max|in (?:the|each) (?:test|valid|dev|eval))"
)
_CUTOFF_KEY = re.compile(
    r"^(?:knowledge |training |pretraining |data )?(?:data )?cut-?off(?: date)?$|^data "
    r"freshness$|^knowledge cut-?off.*$"
)
_MONTH_NAMES = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
)  # fmt: skip
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DATE = re.compile(
    r"\b(?:(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t|t?ember|ober)?"
    r"\.?\s+(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)"
    r"|(?P<year2>20\d\d)[-/](?P<month2>0?[1-9]|1[0-2])(?:[-/](?P<day2>0?[1-9]|[12]\d|3[01]))?"
    r"|(?P<year3>20\d\d))\b"
)
_CUTOFF = re.compile(r"cut-?\s?off|up (?:to|until)|data freshness|knowledge (?:is )?until")


def read(document: Document) -> Iterator[Value]:
    """Read tokens, examples and the cutoff."""
    yield from _amounts(document)
    yield from _cutoffs(document)


_SIZED = bounded(r"^([\d,]+) training samples$")
_TAGGED = re.compile(r"dataset_size:(\d{1,18})$")


def _amounts(document: Document) -> Iterator[Value]:
    yield from _of_sentence_transformers(document)
    if "token" in document.low or "words" in document.low:
        yield from islice(_tokens(document), MOST_AMOUNTS)
    yield from islice(_examples(document), 1)
    yield from _totals(document)


def _of_sentence_transformers(document: Document) -> Iterator[Value]:
    """Read the sizes that sentence-transformers writes in a tag and under each dataset."""
    for tag in scalars(document.front.data.get("tags")):
        if size := _TAGGED.match(tag):
            yield from_scalar(
                document, "training_tokens", int(size[1]), tag, method="tag", unit="examples",
                counted="examples",
            )  # fmt: skip
    for pair in document.pairs:
        if pair.key == "n_cells" and (number := numbers.whole(pair.value.text)):
            yield from_pair(
                document, "training_tokens", number, pair, unit="examples", counted="examples"
            )
        if pair.key == "size" and (size := _SIZED.match(pair.value.text)):
            number = numbers.whole(size[1])
            if number:
                yield from_pair(
                    document, "training_tokens", number, pair, unit="examples", counted="examples"
                )


def _tokens(document: Document) -> Iterator[Value]:
    for match in document.matches(_TOKENS, document.low):
        number = numbers.whole(_POINTS.sub("", match[1]))
        if number is not None and number >= LEAST_TOKENS and _is_amount(document, match):
            yield from_plain(
                document, "training_tokens", number, match.start(), match.end(), method="prose",
                unit="tokens",
            )  # fmt: skip


def _examples(document: Document) -> Iterator[Value]:
    for match in document.matches(_EXAMPLES, document.low):
        number = numbers.whole(_POINTS.sub("", match[1]))
        if number is not None and number >= LEAST_EXAMPLES and _is_amount(document, match):
            yield from_plain(
                document, "training_tokens", number, match.start(), match.end(),
                method="examples", unit="examples", counted="examples",
            )  # fmt: skip


def _is_amount(document: Document, match: re.Match[str]) -> bool:
    first, last = document.sentence(match.start())
    near = document.low[max(first, match.start() - 80) : match.end()]
    after = document.low[match.end() : min(last, match.end() + 20)]
    sentence = document.low[first:last]
    title = document.section_at(match.start()).title.lower()
    is_headed = "train" in title and "data" in title
    is_headed = is_headed and not document.is_item(document.block_at(match.start())[0])
    is_training = is_headed or _TRAIN_WORD.search(sentence)
    return bool(is_training) and not _NO_COUNT.search(near) and not _RATE.match(after)


def _totals(document: Document) -> Iterator[Value]:
    """Read the total of a table of training data."""
    for table in document.tables:
        heads = " ".join(cell.text.lower() for cell in table.header)
        unit = re.search(r"pairs|tuples|examples|samples|tokens|sentences", heads)
        if not unit or not table.rows:
            continue
        last = table.rows[-1]
        if "total" in last[0].text.lower():
            number = numbers.whole(last[-1].text.strip(" *_"))
            if number and number > 1000:
                is_tokens = unit[0] == "tokens"
                yield from_cells(
                    document, "training_tokens", number, last[-1], method="table",
                    unit="tokens" if is_tokens else "examples",
                    counted="" if is_tokens else "examples",
                )  # fmt: skip


def _cutoffs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if _CUTOFF_KEY.match(pair.key):
            for match in _DATE.finditer(pair.value.text):
                yield from_pair(document, "training_data_cutoff", _date(match), pair)
    if "cutoff" not in document.low and "cut-off" not in document.low:
        return
    for match in document.matches(_CUTOFF, document.low):
        first, last = document.sentence(match.start())
        if "cutoff" not in document.low[first:last] and "cut-off" not in document.low[first:last]:
            continue
        for date in document.matches(_DATE, document.plain, match.start(), last):
            size = _FOR_SIZE.match(document.plain, date.end())
            if size and size[1].lower() not in document.name.lower():
                continue
            yield from_plain(
                document,
                "training_data_cutoff",
                _date(date),
                match.start(),
                date.end(),
                method="prose",
            )


_FOR_SIZE = re.compile(r" for (?:the )?(\d+(?:\.\d+)?[BbMm])\b")


def _date(match: re.Match[str]) -> str:
    if match["month"]:
        parts = [match["year"], f"{_MONTHS[match['month'].lower()]:02d}"]
        day = match["day"]
    elif match["year2"]:
        parts, day = [match["year2"], f"{int(match['month2']):02d}"], match["day2"]
    else:
        return str(match["year3"])
    return "-".join([*parts, *([f"{int(day):02d}"] if day else [])])
