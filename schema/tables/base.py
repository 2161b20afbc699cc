"""What all tables share: metadata, names of constraints, and how a column is declared.

A column is declared once: its type, what it says, its unit and vocabulary, and how it is published.
``column`` declares one of the store, ``reference`` a foreign key, which is published as the natural
key of what it refers to, and ``derived`` one of the published table alone, made by
``db/sql``. The order of the declarations is the order of the published table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, FromClause, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from miner.schema.description import Reference

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
"""Surrogate key. It never leaves the store."""

Time = Annotated[datetime, mapped_column(DateTime(timezone=False))]
"""A UTC timestamp, stored without zone."""

Count = Annotated[int, mapped_column(BigInteger)]
Words = Annotated[str, mapped_column(Text)]
Json = Annotated[Any, mapped_column(JSON)]
"""A JSON list or object, as text in SQLite."""


@dataclass(frozen=True, slots=True)
class PublishedAs:
    """How the rows of a store's table are published; the docstring of its class describes them.

    Attributes:
        name: Name of the published table; empty: that of the store's table.
        key: Published columns that name a row, never null.
        references: Foreign keys of the published table.
        warnings: Keys of ``schema.warnings.WARNINGS``.
        order: Columns that sort the rows before the key does.
    """

    name: str = ""
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    warnings: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A published column that no column of the store holds.

    Attributes:
        type: Its type in DuckDB.
        description: What it says.
        unit: Unit of a number, or empty.
        vocabulary: Name of an enum in ``schema.vocab``, or empty.
        name: Its published name; empty: that of the attribute.
    """

    type: str
    description: str
    unit: str = ""
    vocabulary: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """How one column of the store is published; it stands in the column's ``info``.

    Attributes:
        name: Its published name; empty: the same. Of a reference this is not used.
        is_published: Whether it is published at all.
        type: Its published type where that does not follow from the store's: a JSON list of texts
            is ``VARCHAR[]``.
        unit: Unit of a number, or empty.
        vocabulary: Name of an enum in ``schema.vocab``, or empty.
        derived: Description of the published column of this name where ``db/sql`` computes it from
            more than this column; empty: the column is copied.
        natural: Of a reference: published column → column of the natural key that it shows.
        texts: Descriptions of those columns where they differ from the usual ones.
    """

    name: str = ""
    is_published: bool = True
    type: str = ""
    unit: str = ""
    vocabulary: str = ""
    derived: str = ""
    natural: Mapping[str, str] | None = None
    texts: Mapping[str, str] | None = None


INFO = "publication"
"""Key of a column's ``info`` with its ``Publication``."""


@dataclass(frozen=True, slots=True)
class SourceField:
    """Where the value of a column stands in the record of its hub or forge.

    Attributes:
        path: Names of the field and of those it stands in, with dots between: ``gguf.total``.
        is_volatile: Whether it changes without a new revision, so that light records have it.
    """

    path: str
    is_volatile: bool = False


SOURCE_FIELD = "source_field"
"""Key of a column's ``info`` with its ``SourceField``."""


def column(
    *arguments: Any,
    published: bool | str = True,
    kind: str = "",
    unit: str = "",
    vocabulary: str = "",
    derived: str = "",
    source_field: str = "",
    is_volatile: bool = False,
    **options: Any,
) -> MappedColumn[Any]:
    """Declare a column of the store.

    Args:
        arguments: The description, after a type where the annotation is not enough.
        published: Whether it is published, or its name there where it differs.
        kind: Published type, where it does not follow from the store's.
        unit: Unit of a number.
        vocabulary: Name of the enum in ``schema.vocab`` whose members it holds.
        derived: Description of the published column where that is computed, not copied.
        source_field: Path of the field in the record of the hub or forge that it is read from.
        is_volatile: Whether that field changes without a new revision.
        options: As of ``mapped_column``.
    """
    *types, description = arguments
    publication = Publication(
        name=published if isinstance(published, str) else "",
        is_published=bool(published),
        type=kind,
        unit=unit,
        vocabulary=vocabulary,
        derived=derived,
    )
    info: dict[str, object] = {INFO: publication}
    if source_field:
        info[SOURCE_FIELD] = SourceField(source_field, is_volatile)
    return mapped_column(*types, comment=description, info=info, **options)


def reference(
    table: str,
    description: str | None = None,
    *,
    published: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
    **options: Any,
) -> MappedColumn[Any]:
    """Declare a foreign key on the ``id`` of another table.

    Args:
        table: The other table.
        description: What it says.
        published: Published column → column of the other table's published row that it shows; None:
            it is not published.
        texts: Descriptions of those columns where they differ from the usual ones.
        options: As of ``mapped_column``.
    """
    publication = Publication(is_published=published is not None, natural=published, texts=texts)
    key = ForeignKey(f"{table}.id")
    return mapped_column(key, comment=description, info={INFO: publication}, **options)


def derived(
    kind: str, description: str, *, unit: str = "", vocabulary: str = "", name: str = ""
) -> Derived:
    """Declare a published column that ``db/sql`` makes."""
    return Derived(kind, description, unit, vocabulary, name)


class Base(DeclarativeBase):
    """Declarative base; the classes are for readers, writers use their tables."""

    metadata = metadata


def source_fields(table: FromClause) -> dict[str, SourceField]:
    """Return the columns of a table that are read from a record, each with its field."""
    return {
        column.name: column.info[SOURCE_FIELD]
        for column in table.columns
        if SOURCE_FIELD in column.info
    }
