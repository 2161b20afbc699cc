"""What describes a published table: columns, keys, references, warnings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a published table.

    Attributes:
        name: Its name.
        type: Its type in DuckDB: VARCHAR, BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, VARCHAR[].
        description: What it says, one line. A null means: not stated, or not known.
        unit: Unit of a number, or empty.
        vocabulary: Name of the enum in ``schema.vocab`` whose members it holds, or empty.
    """

    name: str
    type: str
    description: str
    unit: str = ""
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key, checked at export.

    Attributes:
        columns: Columns here. A row with a null among them refers to nothing.
        table: The published table that is referred to.
        target: Its columns, as many as ``columns``.
        where: SQL condition on the rows that have to hold; empty: all.
    """

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One published table, or view.

    Attributes:
        name: Its name, singular.
        description: What one row is, and what is left out.
        columns: In the order of the file.
        key: Columns that name a row, never null; empty: rows have no name of their own.
        references: Foreign keys.
        warnings: Keys of ``schema.warnings.WARNINGS``.
        order: Columns that sort the rows, where it is not the key; together they are unique.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    warnings: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)

    @property
    def sorted_by(self) -> tuple[str, ...]:
        """Columns that give the rows of the file one order, the same in every export."""
        return self.order or self.key or self.column_names
