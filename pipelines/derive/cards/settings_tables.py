"""Settings in tables of three columns and more: a row or column of this model, or one of values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import devices, numbers, table_columns
from miner.pipelines.derive.cards.document import CardTable, Document, TextSpan
from miner.pipelines.derive.cards.hyperparameters import NUMBERS, value_of
from miner.pipelines.derive.cards.make import from_cells
from miner.pipelines.derive.cards.settings_prose import NOT_TRAINING, TRAINING
from miner.pipelines.derive.cards.table_columns import ColumnRole
from miner.pipelines.derive.cards.table_rows import MODEL_HEADS, base_row, own_column, own_row
from miner.pipelines.derive.cards.value import Value

MAX_ROWS = 60
WIDE = 3
_SEVERAL = re.compile(r"\d\s*(?:/|,\s|\bor\b|\bto\b|\|)\s*\d")


def read(document: Document) -> Iterator[Value]:
    """Read the settings of this model in tables that have more than a name and a value."""
    for table in document.tables:
        if len(table.header) < WIDE or not table.rows:
            continue
        values = list(_in_row(document, table))
        yield from values or _in_column(document, table)


def _in_row(document: Document, table: CardTable) -> Iterator[Value]:
    """Read this model's row where the header names settings."""
    named = [one for one in table_columns.columns(table) if one.setting in NUMBERS]
    settings = {one.setting for one in named}
    if any("loss" in cell.text.lower() for cell in table.header):
        return  # a log of the training
    if len(settings) < table_columns.LEAST_SETTINGS and "learning_rate" not in settings:
        return
    row = table.rows[0]
    if len(table.rows) > 1:
        found = own_row(document, table, is_family=True)
        if found is None and MODEL_HEADS.match(table.header[0].text):
            found = base_row(document, table)
        if found is None:
            return
        row = found
    for column in named:
        if column.index < len(row):
            yield from _value(document, column.setting, row[column.index])
    yield from _devices(document, table, row)


_COUNTED = re.compile(r"^\W*(?:#|no\.|num\w*|n\b)", re.IGNORECASE)


def _devices(document: Document, table: CardTable, row: list[TextSpan]) -> Iterator[Value]:
    """Read the device that a header counts: ``# of A100 GPUs``."""
    for head, cell in zip(table.header, row, strict=False):
        device = devices.first(head.text) if _COUNTED.match(head.text) else None
        count = numbers.whole(cell.text) if device is not None else None
        if device is not None and count:
            name = device[1].strip()
            yield from_cells(document, "hardware", name, cell, method="table", count=count)


def _in_column(document: Document, table: CardTable) -> Iterator[Value]:
    """Read the column of this model, or the one of values, where the rows name settings."""
    title = " / ".join(table.section.path[-2:])
    key = table_columns.key_column(table)
    if key is None or NOT_TRAINING.search(title):
        return
    column = own_column(document, table)
    if column is None or column <= key:
        column = table_columns.value_column(table, key)
    named = {table_columns.setting_of(row[key].text) for row in table.rows if len(row) > key}
    is_of_training = TRAINING.search(title) or named & {"learning_rate", "epochs", "batch_size"}
    if column is None or not is_of_training:
        return
    if table_columns.role_of(table.header[column].text) in {
        ColumnRole.METRIC,
        ColumnRole.NOTE,
        ColumnRole.UNIT,
    }:
        return
    for row in table.rows[:MAX_ROWS]:
        name = table_columns.setting_of(row[key].text) if len(row) > key else ""
        if name and len(row) > column:
            yield from _value(document, name, row[column])


def _value(document: Document, name: str, cell: TextSpan) -> Iterator[Value]:
    value = None if _SEVERAL.search(cell.text) else value_of(name, cell.text)
    if value is not None:
        yield from_cells(document, "hyperparameter", value, cell, method="table", name=name)
