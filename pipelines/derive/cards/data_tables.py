"""Training data in tables: of data with amounts, and this model's row in one of its family."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import data_names
from miner.pipelines.derive.cards.benchmarks import METRIC
from miner.pipelines.derive.cards.document import CardTable, Document
from miner.pipelines.derive.cards.make import from_cells
from miner.pipelines.derive.cards.table_rows import own_row
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded

_NAME_HEAD = re.compile(
    r"^\W*(?:data\s?sets?(?: name)?|corpus|corpora|data sources?|sources?)\W*$", re.I
)
_AMOUNT_HEAD = re.compile(
    r"token|size|pairs|tuples|samples|examples|sentences|hours|images|weight|proportion|words|%"
    r"|documents|rows"
    r"|split|license|link|language|epoch|count|number|utteran",
    re.IGNORECASE,
)


def amounts(document: Document) -> Iterator[Value]:
    """Read the first column of a table of the data a model was trained on."""
    for table in document.tables:
        if not _is_of_data(table):
            continue
        for row in table.rows[:40]:
            text = row[0].text.strip(" *_`") if row else ""
            if data_names.is_name(text) and not re.match(r"total|sum|all\b|average", text.lower()):
                yield from_cells(document, "training_dataset", text, row[0], method="table")


def _is_of_data(table: CardTable) -> bool:
    heads = [cell.text for cell in table.header]
    if not heads or not _NAME_HEAD.match(heads[0]) or any(METRIC.search(head) for head in heads):
        return False
    title = " / ".join(table.section.path[-2:])
    if re.search(r"eval|result|benchmark|performance|test", title):
        return False
    return bool(re.search(r"train|data|corpus|corpora", title)) and any(
        _AMOUNT_HEAD.search(head) for head in heads[1:]
    )


_DATA_HEAD = re.compile(
    r"^\W*(?:pre-?)?(?:training|fine-?tuning)[ -]?(?:data(?:\s?sets?)?|corpus|corpora)\W*$"
    r"|^\W*(?:corpus|corpora|datasets?|trained on)\W*$",
    re.IGNORECASE,
)
_SIZE_NOTE = bounded(r"\s*\([^)]*\)|\s+\d[\d.]*\s?[GMT]B\b.*$|^(?i:sub-?sample|subset|part) of ")


def _is_whole_name(name: str) -> bool:
    return not name[0].isdigit() and not re.search(r"\b(?:same|but|only|see)\b", name.lower())


def family(document: Document) -> Iterator[Value]:
    """Read the training data in this model's row of a table of its family."""
    for table in document.tables:
        heads = [cell.text for cell in table.header]
        index = next((i for i, head in enumerate(heads[1:], 1) if _DATA_HEAD.match(head)), None)
        if index is None or any(METRIC.search(head) for head in heads):
            continue
        row = own_row(document, table, is_family=True)
        if row is None or index >= len(row):
            continue
        for part in re.split(r",\s*|\s\+\s|;\s*", _SIZE_NOTE.sub("", row[index].text)):
            name = part.strip(" .*`_")
            if (
                1 < len(name) <= data_names.MAX_NAME
                and not data_names.is_blank(name)
                and _is_whole_name(name)
            ):
                yield from_cells(document, "training_dataset", name, row[index], method="family")
