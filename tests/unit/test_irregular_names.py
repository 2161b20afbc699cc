"""Columns that are not called as the thing they name are all explained, and no others are."""

from __future__ import annotations

from miner.schema.description import Table
from miner.schema.naming import IRREGULAR, REGULAR
from miner.schema.published import PUBLISHED, VIEWS

TABLES = (*PUBLISHED.values(), *VIEWS)
EXPLAINED = {column for columns in IRREGULAR for column in columns}


def irregular(table: Table) -> set[str]:
    """Return the columns of a table that lead to a thing under another name."""
    found = {"name"} & set(table.column_names)
    for reference in table.references:
        regular = REGULAR.get(reference.table)
        for column, target in zip(reference.columns, reference.target, strict=True):
            if target in {"name", regular} and regular not in {None, column}:
                found.add(column)
    return {f"{table.name}.{column}" for column in found}


def test_each_is_explained() -> None:
    assert set().union(*map(irregular, TABLES)) <= EXPLAINED


def test_what_is_explained_is_there() -> None:
    assert {f"{table.name}.{name}" for table in TABLES for name in table.column_names} >= EXPLAINED
