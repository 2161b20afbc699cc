"""Values of rows as pages show them: rounded, dated, linked. Strangers' text stays text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from miner.queries.output import number_for_people
from miner.terminal import printable

_MOST_CHARACTERS = 300
_KINDS = {
    "model": "model", "model_resolved": "model", "parent": "model", "child": "model",
    "base": "model", "derivative": "model", "root": "model",
    "repository": "repository", "dataset": "dataset", "arxiv_id": "paper",
    "license": "license", "canonical": "license", "upstream_license": "license",
    "downstream_license": "license", "model_license": "license", "moe_family": "family",
}  # fmt: skip
"""Column → the kind of page that its values have."""

_OF_KIND = {"upstream": "upstream_kind", "downstream": "downstream_kind"}
EVIDENCE = ("quote", "place", "method", "blob_sha", "span_start", "span_end", "evidence_url")
"""Columns that say where a fact was read; tables show them behind one click."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value on a page.

    Attributes:
        text: What is shown.
        href: Where it leads, or None.
        is_external: It leads to another host.
        is_number: It is set to the right.
    """

    text: str
    href: str | None = None
    is_external: bool = False
    is_number: bool = False


def prose(text: str) -> Markup:
    """Return a description for a page: what stands between double back quotes is code."""
    parts = text.split("``")
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def shown(value: Any, column: str = "") -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_for_people(value, column)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time().isoformat() == "00:00:00" else (
            f"{value:%Y-%m-%d %H:%M}"
        )  # fmt: skip
    if isinstance(value, date):
        return value.isoformat()
    text = json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, dict) else (
        ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    )  # fmt: skip
    text = printable(text[: _MOST_CHARACTERS + 1], keep="\n")
    return text[:_MOST_CHARACTERS] + "…" if len(text) > _MOST_CHARACTERS else text


def link_to(kind: str, name: str, hub: str = "") -> str:
    """Return the address of a page here."""
    segments = name.split("/")
    if any(segment in {"", ".", ".."} for segment in segments) or name.endswith(".json"):
        return f"/{kind}?{urlencode({'hub': hub, 'name': name})}"
    middle = f"/{quote(hub, safe='')}" if kind in {"model", "dataset"} else ""
    return f"/{kind}{middle}/{quote(name)}"


def is_address(value: object) -> bool:
    """Return whether a value may stand in a link: a web address, and no script."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def cell(row: Mapping[str, Any], column: str, hub: str = "") -> Cell:
    """Return one value of a row, with the page that it leads to."""
    value = row.get(column)
    text = shown(value, column)
    if is_address(value):
        return Cell(text, str(value), is_external=True)
    kind = str(row.get(_OF_KIND[column])) if column in _OF_KIND else _KINDS.get(column)
    if not isinstance(value, str) or not value or kind not in set(_KINDS.values()):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Cell(text, is_number=is_number)
    side = f"{column}_hub" if column in _OF_KIND else "hub"
    on = str(row.get(side) or hub)
    if kind in {"model", "dataset"} and not on:
        return Cell(text)
    return Cell(text, link_to(kind, value, on))


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns of a table that say anything, without those of the evidence."""
    if not rows:
        return []
    return [
        column
        for column in rows[0]
        if column not in EVIDENCE and column != "hub"
        and any(row[column] not in (None, "", [], {}) for row in rows)
    ]  # fmt: skip


def evidence_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where a row was read, as names and values."""
    words = {"blob_sha": "blob", "evidence_url": "page", "span_start": "characters"}
    values = dict(row)
    if row.get("span_start") is not None:
        values["span_start"] = f"{row['span_start']} to {row['span_end']}"
    return [
        (words.get(name, name), shown(values[name], name))
        for name in EVIDENCE
        if name != "span_end" and values.get(name) not in (None, "")
    ]


def in_words(column: str) -> str:
    """Return a column's name for people."""
    return column.replace("_", " ").replace("moe", "MoE")


@dataclass(frozen=True, slots=True)
class Line:
    """A series of numbers as points of an SVG of 640 by 160.

    Attributes:
        points: For the attribute ``points``.
        first: What stands at the left.
        last: What stands at the right.
        most: The largest value.
        least: The smallest value.
    """

    points: str
    first: str
    last: str
    most: str
    least: str


def line_of(rows: Sequence[Mapping[str, Any]], column: str) -> Line | None:
    """Return a series over ``observed_at``; None below two values."""
    known = [row for row in rows if row[column] is not None and row["observed_at"] is not None]
    if len(known) < 2:
        return None
    times = [row["observed_at"].timestamp() for row in known]
    values = [float(row[column]) for row in known]
    span, height = (times[-1] - times[0]) or 1.0, max(values) or 1.0
    points = " ".join(
        f"{10 + 620 * (time - times[0]) / span:.1f},{150 - 140 * value / height:.1f}"
        for time, value in zip(times, values, strict=True)
    )
    return Line(
        points, shown(known[0]["observed_at"]), shown(known[-1]["observed_at"]),
        f"{max(values):,.0f}", f"{min(values):,.0f}",
    )  # fmt: skip
