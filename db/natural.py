"""Natural keys: how a row is named without the surrogate keys of its store.

A foreign key is replaced by the natural key of the row that it points to, so that two stores
can be compared though they numbered their rows differently.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from miner.db.dialect import in_code_points

_EXPLICIT: dict[str, tuple[str, ...]] = {
    "answer": ("kind", "url"),
    "dependency": ("repository_id", "ecosystem", "name", "path", "line"),
    "llm_answer": ("request_digest",),
    "llm_batch": ("key",),
    "license_statement": ("model_id", "dataset_id", "source", "position"),
    "rejected_record": ("hub_id", "subject", "name", "field", "position"),
    "use_site": ("repository_id", "path", "line", "hub", "model", "kind", "api"),
}
"""Tables whose rows are named otherwise than by a unique constraint of theirs."""

_RUN_TABLES = frozenset({"run", "answer"})
"""Tables that tell of one execution; what points to them is no part of a row's meaning."""


@dataclass(frozen=True, slots=True)
class NaturalRows:
    """The rows of a table as natural keys and values, ready to be read in order.

    Attributes:
        table: Name of the table.
        key: Names of the key's parts, as ``model.hub`` for the hub of the model pointed to.
        values: Names of the compared values, after the key in each row.
        query: Selects key and values, ordered by the key: by code point, nulls first.
    """

    table: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    query: Select[*tuple[Any, ...]]


def natural_key(table: Table) -> tuple[str, ...]:
    """Return the columns that name a row: a unique constraint, the one with fewest nulls.

    Raises:
        TypeError: The table has no such columns, so its rows cannot be told apart.
    """
    if table.name in _EXPLICIT:
        return _EXPLICIT[table.name]
    uniques = [
        tuple(constraint.columns)
        for constraint in sorted(table.constraints, key=lambda found: str(found.name))
        if isinstance(constraint, UniqueConstraint)
    ]
    primary = tuple(table.primary_key.columns)
    if all(column.foreign_keys for column in primary):
        uniques.append(primary)
    if not uniques:
        raise TypeError(f"table {table.name} has no natural key: add a unique constraint")
    best = min(uniques, key=lambda columns: sum(bool(column.nullable) for column in columns))
    return tuple(column.name for column in best)


def natural_rows(table: Table, ignored: Collection[str], *, dialect: str) -> NaturalRows:
    """Return how to read a table by natural keys.

    Args:
        table: A table of the store.
        ignored: Columns to leave out, of the key too.
        dialect: SQLAlchemy's name of the database's dialect.
    """
    key_columns = natural_key(table)
    reader = _JoinedTable(table)
    key: dict[str, ColumnElement[object]] = {}
    values: dict[str, ColumnElement[object]] = {}
    for column in table.columns:
        if column.name in ignored or _is_surrogate(column):
            continue
        target = key if column.name in key_columns else values
        target.update(reader.expand(table, column))
    everything = {**key, **values}
    query = select(*(part.label(name) for name, part in everything.items()))
    order = (_in_order(part, dialect).nulls_first() for part in key.values())
    return NaturalRows(
        table.name, tuple(key), tuple(values), query.select_from(reader.source).order_by(*order)
    )


def _is_surrogate(column: Column[object]) -> bool:
    if column.foreign_keys:
        return _target(column).name in _RUN_TABLES
    return column.primary_key and not isinstance(column.type, Text)


def _target(column: Column[object]) -> Table:
    (foreign_key,) = column.foreign_keys
    return foreign_key.column.table


def _in_order(part: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    return in_code_points(dialect, part) if isinstance(part.type, String) else part


class _JoinedTable:
    """A table joined with all that its foreign keys lead to, as far as natural keys go."""

    def __init__(self, table: Table) -> None:
        self.source: FromClause = table

    def expand(self, owner: FromClause, column: Column[object]) -> dict[str, ColumnElement[object]]:
        """Return name → expression of a column, foreign keys replaced by natural keys."""
        value: ColumnElement[object] = owner.c[column.name]
        if not column.foreign_keys:
            return {column.name: value}
        target, prefix = _target(column), column.name.removesuffix("_id")
        joined = target.alias()
        (foreign_key,) = column.foreign_keys
        self.source = self.source.outerjoin(joined, value == joined.c[foreign_key.column.name])
        parts: dict[str, ColumnElement[object]] = {}
        for name in natural_key(target):
            parts.update(self.expand(joined, target.c[name]))
        if len(parts) == 1:
            return {prefix: next(iter(parts.values()))}
        return {f"{prefix}.{name}": part for name, part in parts.items()}
