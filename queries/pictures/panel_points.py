"""Points of a panel: plain rows of numbers and names, from the rows of a picture."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from miner.queries.pictures.drawable import ALONG, COLOR, FACET, WHOLE, Drawable
from miner.queries.pictures.spec import Form, Show

FEW = 10
"""A share of fewer than this is left out of a series, and drawn hollow in a ranking."""

Point = dict[str, Any]
"""``along``, ``part``, ``value`` and what the form needs besides."""


def panel_points(drawable: Drawable, show: Show, facet: str = "") -> list[Point]:
    """Return what a panel draws.

    Args:
        drawable: The rows.
        show: The panel.
        facet: Only rows of this one.

    Returns:
        Points in the order of the rows; none: there is nothing to draw.
    """
    rows = [row for row in drawable.rows if row[FACET] == facet]
    make = {
        Form.ONE: _one,
        Form.ROWS: _one,
        Form.STACK: _stack,
        Form.TOGETHER: _parts,
        Form.SHARE: _share,
        Form.PART: _known,
        Form.SPREAD: _spread,
        Form.BUBBLES: _bubbles,
        Form.CELLS: _cells,
    }[show.form]
    found = make(rows, show)
    if drawable.picture.kind == "series" and show.form in {Form.SHARE, Form.TOGETHER}:
        return _with_gaps(found, drawable.along)
    return found


def drawn_points(points: list[Point], show: Show) -> list[Point]:
    """Return the points of a series, empty where nothing can be drawn or little be seen.

    Shares of few are left out, for they would be the loudest thing of the picture and say least;
    where all are of few, they stay, hollow. An axis of powers has no place for nothing.
    """
    firm = [
        {**point, "value": None} if point.get("few") and point["value"] is not None else point
        for point in points
    ]
    if any(point["value"] is not None for point in firm):
        points = firm
    if show.is_log and min((p["value"] or 0 for p in points), default=0) >= 0:
        points = [{**point, "value": point["value"] or None} for point in points]
    return points


def medians(found: Iterable[Point]) -> dict[str, tuple[float, int]]:
    """Return median and number of the values of each category."""
    values: dict[str, list[float]] = defaultdict(list)
    for point in found:
        values[point["along"]].append(point["value"])
    return {along: (statistics.median(numbers), len(numbers)) for along, numbers in values.items()}


def plain(value: object) -> Any:
    """Return a value as JSON has it; dates are days of UTC."""
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | str) or value is None:
        return value
    return float(value)  # type: ignore[arg-type] # DuckDB's decimals


def short(value: float) -> str:
    """Return a number as it stands beside a bar: 1,234 or 12.3 M."""
    for bound, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e5, "k")):
        if abs(value) >= bound:
            scaled = value / (1e3 if unit == "k" else bound)
            return f"{scaled:.3g} {unit}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


def percent(value: float) -> str:
    """Return a share as a reader sees it: a small one is not nothing."""
    if 0 < value < 0.001:
        return "< 0.1 %"
    return f"{value * 100:.1f} %" if 0 < value < 0.1 else f"{value * 100:.0f} %"


def _one(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    totals: dict[tuple[Any, str], Any] = {}
    for row in rows:
        value = row[show.columns[0]] if show.columns else 1
        if value is not None:
            place = (row[ALONG], row[COLOR])
            totals[place] = totals.get(place, 0) + value
    return [
        {"along": plain(along), "part": part, "value": plain(value)}
        for (along, part), value in totals.items()
    ]


def _stack(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    totals: dict[tuple[Any, str], Any] = {}
    for point in _parts(rows, show):
        place = (point["along"], point["part"])
        totals[place] = totals.get(place, 0) + point["value"]
    return [
        {"along": along, "part": part, "value": value} for (along, part), value in totals.items()
    ]


def _parts(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    return [
        {"along": plain(row[ALONG]), "part": name, "value": plain(row[column])}
        for row in rows
        for column, name in zip(show.columns, show.names, strict=True)
        if row[column] is not None
    ]


def _share(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    share, of = show.columns
    return [
        {
            "along": plain(row[ALONG]),
            "part": row[COLOR],
            "value": plain(row[share]),
            "of": plain(row[of]),
            "few": row[of] < FEW,
            "text": f"{percent(row[share])} of {short(row[of])}",
        }
        for row in rows
        if row[share] is not None and row[of]
    ]


def _known(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    """Return known and unknown of each category; a color that sums up the others stands alone."""
    whole = [row for row in rows if row[COLOR] == WHOLE] or rows
    counts: dict[Any, list[Any]] = {}
    for row in whole:
        count = counts.setdefault(row[ALONG], [0, 0])
        count[0] += row[show.columns[0]] or 0
        count[1] += row[show.columns[1]] or 0
    return [
        {
            "along": plain(along),
            "part": name,
            "value": count / total,
            "from": start / total,
            "count": count,
            "text": f"{short(known)} of {short(total)}",
        }
        for along, (known, total) in counts.items()
        if total
        for name, count, start in zip(show.names, (known, total - known), (0, known), strict=True)
    ]


def _spread(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    return [
        {"along": row[ALONG], "part": "", "value": plain(row[show.columns[0]])}
        for row in rows
        if row[show.columns[0]] is not None
    ]


def _bubbles(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    value, size = show.columns
    totals: dict[tuple[Any, Any], int] = defaultdict(int)
    for row in rows:
        if row[value] is not None:
            totals[row[ALONG], row[value]] += row[size] or 0
    return [
        {"along": plain(along), "part": "", "value": plain(number), "size": size}
        for (along, number), size in totals.items()
    ]


def _cells(rows: list[dict[str, Any]], show: Show) -> list[Point]:
    return [
        {"along": row[ALONG], "part": name, "value": value or "yes"}
        for row in rows
        for text in row[show.columns[0]] or ()
        for name, _, value in [text.rpartition(" ") if " " in text else (text, "", "")]
    ]


def _with_gaps(found: list[Point], along: tuple[Any, ...]) -> list[Point]:
    """Return points with an empty one at each date that has none: a line must not bridge it."""
    steps = [plain(step) for step in along]
    by_part: dict[str, dict[Any, Point]] = defaultdict(dict)
    for point in found:
        by_part[point["part"]][point["along"]] = point
    return [
        dated.get(step, {"along": step, "part": part, "value": None, "few": False})
        for part, dated in by_part.items()
        for step in steps
    ]
