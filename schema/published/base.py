"""Published tables as the store's tables describe them, and the columns that derived ones share."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Float, Integer, Text
from sqlalchemy import Column as StoredColumn
from sqlalchemy import Table as StoredTable

from miner.schema.description import Column, Reference, Table
from miner.schema.tables.base import INFO, Base, Derived, Publication, PublishedAs

_TYPES: dict[type, str] = {
    Text: "VARCHAR",
    BigInteger: "BIGINT",
    Integer: "BIGINT",
    Float: "DOUBLE",
    Boolean: "BOOLEAN",
    DateTime: "TIMESTAMP",
    Date: "DATE",
    JSON: "VARCHAR",
}
"""Type in the store → type in DuckDB."""

_NATURAL = {
    "hub": "Short name of the hub",
    "model": "Name of the model, owner/name",
    "repository": "Name of the repository, owner/name",
}
"""What the natural keys say that references are published as, where a table does not say more."""


def described(table: type[Base]) -> Table:
    """Return the published table that a table of the store describes.

    Args:
        table: Its class, with ``__published__``; the docstring says what a row is.
    """
    published = publication_of(table)
    return Table(
        published.name or table.__tablename__,
        " ".join((table.__doc__ or "").split()),
        tuple(column for name in table.__annotations__ for column in _columns(table, name)),
        key=published.key,
        references=published.references,
        warnings=published.warnings,
        order=published.order,
    )


def publication_of(table: type[Base]) -> PublishedAs:
    """Return how the rows of a table are published.

    Raises:
        TypeError: They are not.
    """
    found = getattr(table, "__published__", None)
    if not isinstance(found, PublishedAs):
        raise TypeError(f"{table.__name__} is not published")
    return found


def how(column: StoredColumn[object]) -> Publication:
    """Return how a column of the store is published; a surrogate key is not."""
    found = column.info.get(INFO)
    return found if isinstance(found, Publication) else Publication(is_published=False)


def _columns(table: type[Base], name: str) -> list[Column]:
    """Return the published columns that one declaration makes."""
    derived = vars(table).get(name)
    if isinstance(derived, Derived):
        published = derived.name or name
        return [
            Column(published, derived.type, derived.description, derived.unit, derived.vocabulary)
        ]
    stored: StoredTable = table.__table__  # type: ignore[assignment]  # a mapped class has a table
    column = stored.c[name]
    publication = how(column)
    if not publication.is_published:
        return []
    if publication.natural is not None:
        texts = {**_NATURAL, **(publication.texts or {})}
        return [Column(shown, "VARCHAR", texts[shown]) for shown in publication.natural]
    return [
        Column(
            publication.name or name,
            publication.type or _type(column),
            publication.derived or column.comment or "",
            publication.unit,
            publication.vocabulary,
        )
    ]


def _type(column: StoredColumn[object]) -> str:
    return next(name for kind, name in _TYPES.items() if isinstance(column.type, kind))


HUB = Column("hub", "VARCHAR", "Short name of the hub")
MODEL = Column("model", "VARCHAR", "Name of the model, owner/name")
OF_HUB = Reference(("hub",), "hub", ("name",))
OF_MODEL = Reference(("hub", "model"), "model", ("hub", "name"))
EVIDENCE = Column(
    "evidence_url", "VARCHAR", "Where it can be read; null: the revision is not known"
)
OBSERVED = Column("observed_at", "TIMESTAMP", "Date of the hub's answer, UTC")
SOURCE = Column("source", "VARCHAR", "Where it was read", vocabulary="Source")
SPAN = (
    Column("blob_sha", "VARCHAR", "git blob sha of the card it was read from"),
    Column("span_start", "BIGINT", "First character of the quote in the card", "code points"),
    Column("span_end", "BIGINT", "One past its last character", "code points"),
    EVIDENCE,
)
CHOSEN = Column(
    "is_chosen", "BOOLEAN", "The best source of this fact; the others disagree or agree"
)
