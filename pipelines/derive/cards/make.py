"""Values from places: every rule makes its values here, so that every quote is exact."""

from __future__ import annotations

from typing import Any

from miner.pipelines.derive.cards.document import CardLink, Document, KeyValue, TextSpan
from miner.pipelines.derive.cards.value import (
    BADGE,
    CODE,
    FRONT_MATTER,
    MAX_QUOTE,
    TABLE,
    TEXT,
    Value,
)
from miner.pipelines.sources.records.front_matter import Scalar


def from_card(
    document: Document,
    field: str,
    value: str | int | float,
    start: int,
    end: int,
    *,
    origin: str,
    method: str,
    unit: str = "",
    **qualifiers: Any,
) -> Value:
    """Make a value of code points of the card; a longer quote is cut."""
    end = min(end, start + MAX_QUOTE)
    kept = {key: item for key, item in qualifiers.items() if item not in (None, "")}
    return Value(
        field, value, document.card[start:end], start, end, origin, method, unit, qualifiers=kept
    )


def from_plain(
    document: Document,
    field: str,
    value: str | int | float,
    start: int,
    end: int,
    *,
    method: str,
    origin: str = TEXT,
    unit: str = "",
    **qualifiers: Any,
) -> Value:
    """Make a value of a place in the visible text."""
    first, last = document.span(start, end)
    return from_card(
        document, field, value, first, last, origin=origin, method=method, unit=unit, **qualifiers
    )


def from_pair(
    document: Document,
    field: str,
    value: str | int | float,
    pair: KeyValue,
    *,
    method: str = "pair",
    unit: str = "",
    **qualifiers: Any,
) -> Value:
    """Make a value of a key and its value."""
    make = from_card if pair.origin == TABLE else from_plain
    return make(
        document, field, value, pair.start, pair.end,
        origin=pair.origin, method=method, unit=unit, **qualifiers,
    )  # fmt: skip


def from_link(
    document: Document,
    field: str,
    value: str | int | float,
    link: CardLink,
    *,
    method: str = "link",
    **qualifiers: Any,
) -> Value:
    """Make a value of a link, its words and address."""
    origin = BADGE if link.is_image else TEXT
    return from_card(
        document, field, value, link.start, link.end, origin=origin, method=method, **qualifiers
    )


def from_cells(
    document: Document,
    field: str,
    value: str | int | float,
    cell: TextSpan,
    *,
    method: str,
    unit: str = "",
    **qualifiers: Any,
) -> Value:
    """Make a value of a cell of a table."""
    return from_card(
        document, field, value, cell.start, cell.end,
        origin=TABLE, method=method, unit=unit, **qualifiers,
    )  # fmt: skip


def from_code(
    document: Document,
    field: str,
    value: str | int | float,
    start: int,
    end: int,
    *,
    method: str,
    unit: str = "",
    **qualifiers: Any,
) -> Value:
    """Make a value of code points of a code block."""
    return from_card(
        document, field, value, start, end, origin=CODE, method=method, unit=unit, **qualifiers
    )


def from_scalar(
    document: Document,
    field: str,
    value: str | int | float,
    scalar: Scalar,
    *,
    method: str,
    unit: str = "",
    **qualifiers: Any,
) -> Value:
    """Make a value of a scalar of the front matter, its key or dash before it in the quote."""
    card = document.card
    before = card[card.rfind("\n", 0, scalar.start) + 1 : scalar.start]
    start = scalar.start - len(before.lstrip())
    end = scalar.end
    if end - start > MAX_QUOTE:
        start = scalar.start
    if end < len(card) and card[end] in "\"'" and start < scalar.start:
        end += 1
    return from_card(
        document, field, value, start, end,
        origin=FRONT_MATTER, method=method, unit=unit, **qualifiers,
    )  # fmt: skip
