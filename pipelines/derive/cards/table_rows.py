"""Rows and columns of a table: which is this model's, which name other models, what heads them."""

from __future__ import annotations

import re

from miner.pipelines.derive.cards import own_names
from miner.pipelines.derive.cards.benchmarks import benchmark
from miner.pipelines.derive.cards.document import CardTable, Document, TextSpan
from miner.schema.patterns import bounded

SURE = 0.66
MOST = 1000
ALIAS_WITHIN = 1_500
MIN_COMPARED = 2
MAX_HEADS = 3
MAX_CELL = 500  # characters of a cell that holds a result
FAMILY = 0.9
MIN_HEADS = 3
LEAST_BASE = 5
_NUMBER = re.compile(
    r"^[^\w\d.(-]*(-?\d{1,6}(?:\.\d+)?|\.\d+)\s*%?\s*(?:(?:±|\+/-|\+-|\(|\[|\\pm"
    r"|/\s*100).*)?[^\w]*$"
)
MODEL_HEADS = re.compile(
    r"^\W*(?:.{0,15}\bmodels?|models?|methods?|systems?|checkpoints?|name|model name|network)\W*$",
    re.IGNORECASE,
)
_SIZE = re.compile(r"^\W*\d+(?:\.\d+)?\s?[BM]\W*$")
_ITSELF = re.compile(r"^\W*this (?:model|one|repo(?:sitory)?)\W*$", re.IGNORECASE)
_HAS_DIGIT = re.compile(r"\d")


def number(cell: TextSpan) -> float | None:
    """Return the result in a cell, None if it holds something else."""
    if len(cell.text) > MAX_CELL or not _HAS_DIGIT.search(cell.text):
        return None
    match = _NUMBER.match(cell.text)
    if match is None or (float(match[1]) >= MOST and float(match[1]).is_integer()):
        return None  # a thousand and more is a count of something
    return float(match[1])


def _labels(row: list[TextSpan]) -> list[str]:
    """Return the words that can name the model of a row: the first cell, and with the second."""
    first = row[0].text
    sizes = [cell.text for cell in row[1:4] if _SIZE.match(cell.text)]
    second = [row[1].text] if len(row) > 1 and number(row[1]) is None else []
    return [first, *(f"{first} {word}" for word in [*sizes, *second]), *second]


def _likeness(name: str, text: str, *, is_family: bool) -> float:
    """Return how like a label is; that of the family counts less than the model's own."""
    exact = own_names.likeness(name, text)
    family = own_names.likeness(name, text, is_family=True) * FAMILY if is_family else 0.0
    return max(exact, family)


def own_row(
    document: Document, table: CardTable, *, is_family: bool = False
) -> list[TextSpan] | None:
    """Return the row of this model, None where none is surely its own."""
    if is_family not in table.own_rows:
        table.own_rows[is_family] = _own_row(document, table, is_family=is_family)
    return table.own_rows[is_family]


def _own_row(document: Document, table: CardTable, *, is_family: bool) -> list[TextSpan] | None:
    least = 0.5 if is_family else SURE
    itself = [row for row in table.rows if any(_ITSELF.match(cell.text) for cell in row)]
    if len(itself) == 1:
        return itself[0]
    scores = [
        max(_likeness(document.model, text, is_family=is_family) for text in _labels(row))
        if row
        else 0.0
        for row in table.rows
    ]
    best = max(scores, default=0.0)
    if best >= least:
        tied = [row for row, score in zip(table.rows, scores, strict=True) if score == best]
        return max(tied, key=lambda row: own_names.ours(document.model, row[0].text))
    firsts = [row[0].text if row else "" for row in table.rows]
    called = [index for index, text in enumerate(firsts) if text in own_labels(document)]
    if len(called) == 1:
        return table.rows[called[0]]
    place = own_names.nickname(document.model, firsts, aliases=aliases(document))
    return None if place is None or len(firsts) < MIN_COMPARED else table.rows[place]


def own_labels(document: Document) -> frozenset[str]:
    """Return how the tables of a card call its model: what heads the row with ``this model``."""
    if document.own_labels is None:
        found = set()
        for table in document.tables:
            rows = [row for row in table.rows if any(_ITSELF.match(cell.text) for cell in row[1:])]
            if len(rows) == 1 and rows[0][0].text.strip():
                found.add(rows[0][0].text)
        document.own_labels = frozenset(found)
    return document.own_labels


def base_row(document: Document, table: CardTable) -> list[TextSpan] | None:
    """Return the row of the model that this one is named after, in a table of bases.

    ``Base7-8B`` is the row of ``acme/own-base7-8b``: all its words are in the name, and no other
    row has as many.
    """
    own = own_names.squeezed(document.name)
    parts = [own_names.squeezed(row[0].text) if row else "" for row in table.rows]
    scores = [len(part) if len(part) >= LEAST_BASE and part in own else 0 for part in parts]
    best = max(scores, default=0)
    return table.rows[scores.index(best)] if best and scores.count(best) == 1 else None


def same_rows(table: CardTable, row: list[TextSpan]) -> list[list[TextSpan]]:
    """Return the rows that name the same model, as where each test set has rows of its own."""
    names = [(index, cell.text) for index, cell in enumerate(row[:2]) if number(cell) is None]
    headed = [text for index, text in names if MODEL_HEADS.match(table.header[index].text)]
    name = max(headed or [text for _, text in names], key=len, default="")
    texts = {cell.text for cell in row[:2]}
    sizes = {cell.text for cell in row[1:4] if _SIZE.match(cell.text)}
    return [
        other
        for other in table.rows
        if other is row
        or (
            name in {cell.text for cell in other[:2]}
            and name in texts
            and own_names.likeness(name, name) > 0
            and not sizes
            and MODEL_HEADS.match(table.header[_index_of(row, name)].text)
        )
    ]


def _index_of(row: list[TextSpan], text: str) -> int:
    return next((index for index, cell in enumerate(row[:2]) if cell.text == text), 0)


_ALIAS = bounded(
    r"(?<![\w-])([A-Z](?=[\w.+-]*[A-Z\d])[\w.+-]*+)\*{0,2}\s+(?:is|was|has been)\s+(?:an?|the|our"
    r"|pre-?trained|trained|fine-?tuned)\b"
)


def aliases(document: Document) -> frozenset[str]:
    """Return how the first words of a card call its model, lower case: ``FinBERT is a …``."""
    if document.aliases is None:
        match = _ALIAS.search(document.plain[:ALIAS_WITHIN])
        document.aliases = frozenset() if match is None else frozenset({match[1].lower()})
    return document.aliases


def own_column(document: Document, table: CardTable) -> int | None:
    """Return the column that this model heads, where columns are models."""
    heads = [cell.text for cell in table.header[1:]]
    scores = [own_names.likeness(document.model, text) for text in heads]
    best = max(scores, default=0.0)
    if best < SURE and len(table.rows) > 1 and not _has_results(table.rows[0]):  # a second header
        second = [own_names.likeness(document.model, cell.text) for cell in table.rows[0][1:]]
        if max(second, default=0.0) >= SURE:
            return second.index(max(second)) + 1
    if best >= SURE:
        return _last(scores, best) + 1
    place = own_names.nickname(document.model, heads, aliases=aliases(document))
    if place is None:  # a name without its variant, where no other one of the family stands
        family = [own_names.likeness(document.model, text, is_family=True) for text in heads]
        place = family.index(max(family)) if sum(score >= FAMILY for score in family) == 1 else None
    return None if place is None or len(heads) < MIN_COMPARED else place + 1


def _has_results(row: list[TextSpan]) -> bool:
    return any(number(cell) is not None for cell in row)


def _last(scores: list[float], best: float) -> int:
    """Return the last place of the best score: later stages of training stand further right."""
    return len(scores) - 1 - scores[::-1].index(best)


def compares(table: CardTable) -> bool:
    """Return whether rows or columns are models: then none of them is this one."""
    rows = [row[0].text for row in table.rows]
    heads = [cell.text for cell in table.header[1:]]
    if MODEL_HEADS.match(table.header[0].text) and len(table.rows) > 1:
        return True
    named = sum(own_names.names_a_model(text) and not benchmark(text) for text in rows)
    across = sum(own_names.names_a_model(text) and not benchmark(text) for text in heads)
    return named >= max(1, len(rows) / 3) or across >= 1


def heads_of(table: CardTable) -> list[TextSpan]:
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
