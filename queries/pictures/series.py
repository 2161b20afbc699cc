"""Panels of a series: time along, one measure up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Literal

import altair as alt

from miner.queries.pictures import look
from miner.queries.pictures.drawable import Drawable
from miner.queries.pictures.panel_points import Point, drawn_points, panel_points, plain
from miner.queries.pictures.spec import STEPS, DateLines, Form, Show, in_words, is_share

_BESIDE = 66  # pixels beside a panel: its axis, and the edge of the picture
_TALL, _LOW = 110, 42
_NAME_ROW, _NAME_WIDTH = 42, 12  # pixels of a name that stands along a line
_TICKS = 8
_FORMATS = {
    "half_year": "%b %Y",
    "quarter": "%Y Q%q",
    "month": "%b %Y",
    "week": "%Y-%m-%d",
    "day": "%Y-%m-%d",
}


def panels(drawable: Drawable) -> tuple[list[Any], list[Show]]:
    """Return the panels, from top to bottom, and those that have nothing to draw."""
    found = [(show, panel_points(drawable, show)) for show in drawable.picture.shows]
    empty = [show for show, points in found if not any(p["value"] is not None for p in points)]
    drawn = [(show, points) for show, points in found if show not in empty]
    charts = []
    seen: set[tuple[str, ...]] = set()
    for number, (show, points) in enumerate(drawn):
        panel = _SeriesPanel(
            drawable, show, points, is_first=number == 0, is_last=number == len(drawn) - 1
        )
        chart = panel.chart(with_legend=panel.parts not in seen)
        seen.add(panel.parts)
        charts.append(
            chart.properties(
                width=panel.width,
                height=_height(drawable, show),
                title=alt.TitleParams(text=look.wrapped(show.words, panel.width), offset=4),
            )
        )
    return charts, empty


def _height(drawable: Drawable, show: Show) -> int:
    """Return the height of a panel: more where names stand along lines."""
    lines = drawable.picture.lines
    if lines and lines.names and show is drawable.picture.shows[0]:
        return 2 * _TALL
    return _LOW if show.form is Form.PART else _TALL


class _SeriesPanel:
    """One panel, still to be drawn."""

    def __init__(
        self, drawable: Drawable, show: Show, points: list[Point], *, is_first: bool, is_last: bool
    ) -> None:
        self.is_first = is_first
        self.width = drawable.layout.width - _BESIDE
        self.drawable, self.show, self.points = drawable, show, drawn_points(points, show)
        self.step = drawable.picture.along.column if drawable.picture.along.column in STEPS else ""
        if show.form in {Form.STACK, Form.TOGETHER, Form.PART}:
            self.parts = show.names
        else:
            self.parts = drawable.colors
        first, last = _moment(drawable.along[0]), _moment(drawable.along[-1])
        room = timedelta(
            days={"half_year": 183, "quarter": 92, "month": 31, "week": 7}.get(self.step, 1)
        )
        self.bar = min(max(self.width / (((last - first) / room) + 2) * 0.7, 1.5), 40)
        self.begin, self.end = plain(first - room * 0.8), plain(last + room * 0.8)
        words = drawable.picture.along.words
        self.along = alt.X(
            "along:T",
            title=words if is_last else None,
            scale=alt.Scale(
                type="utc", nice=False, padding=0,
                domain=[self.begin, self.end],
            ),
            axis=alt.Axis(
                format=_FORMATS.get(self.step, "%Y-%m-%d"), grid=False,
                labelOverlap="greedy", titleAnchor="end", **self._ticks((last - first).days),
            ),
        )  # fmt: skip

    def _ticks(self, days: int) -> dict[str, Any]:
        """Return where ticks stand: never between two steps, nor twice on a day."""
        ticks = max(3, min(_TICKS, self.width // 80))
        if self.step and len(self.drawable.along) <= ticks:
            return {"values": [plain(step) for step in self.drawable.along]}
        if days < ticks * 30:
            return {"tickCount": {"interval": "day", "step": days // ticks + 1}}
        return {"tickCount": ticks}

    def pixels(self, one: str, other: str) -> float:
        """Return how far two moments of the axis are apart."""
        begin, end, a, b = map(datetime.fromisoformat, (self.begin, self.end, one, other))
        return (b.replace(tzinfo=UTC) - a.replace(tzinfo=UTC)) / (end - begin) * self.width

    def chart(self, *, with_legend: bool) -> Any:
        """Return the panel."""
        columns = look.legend_columns(self.parts, self.width)
        self.legend = look.legend(self.parts, "top", columns) if with_legend else None
        form = self.show.form
        if form is Form.PART:
            chart = self._known()
        elif form is Form.BUBBLES:
            chart = self._bubbles()
        elif form in {Form.SHARE, Form.TOGETHER} or self.show.is_log or not self.step:
            chart = self._lines()
        else:
            chart = self._columns()
        lines = self.drawable.picture.lines
        if lines and self.show is self.drawable.picture.shows[0]:
            chart = alt.layer(*_through(self, lines), chart)
        return chart

    def _value(
        self, points: Sequence[Point] | None = None, stack: Literal["zero"] | None = None
    ) -> alt.Y:
        column = self.show.columns[0] if self.show.columns else ""
        kind, scale, axis = look.measure(
            self.points if points is None else points,
            is_share=self.show.form is Form.SHARE or is_share(column),
            is_log=self.show.is_log,
            ticks=6 if self.show.is_log else 4,
        )
        return alt.Y(
            f"value:{kind[0].upper()}", title=None, scale=scale,
            axis=alt.Axis(**axis, minExtent=38, maxExtent=38), stack=stack,
        )  # fmt: skip

    def _lines(self) -> Any:
        value = self._value()
        points = [point for point in self.points if point["value"] is not None]
        dots = (
            alt.Chart(look.data(points))
            .mark_point(size=20, strokeWidth=1.2, opacity=1)
            .encode(
                x=self.along,
                y=value,
                stroke=alt.Stroke("part:N", scale=look.part_scale(self.parts), legend=self.legend),
                shape=alt.Shape("part:N", scale=look.shape_scale(self.parts), legend=self.legend),
                fill=look.fill(self.parts, self.legend),
                tooltip=["along:T", "part:N", "value:Q", *look.rests_on(self.show)],
            )
        )
        if self.show.is_log:
            return dots
        # One layer a line: an encoding of dashes would tear the symbols of the legend.
        lines = [
            alt.Chart(look.data(point for point in self.points if point["part"] == part))
            .mark_line(strokeWidth=1.3, color=color, strokeDash=list(dash))
            .encode(x=self.along, y=value)
            for part, color, dash in zip(
                self.parts, look.colors(self.parts), look.DASHES, strict=False
            )
        ]
        return alt.layer(*lines, dots)

    def _columns(self) -> Any:
        totals: dict[Any, Any] = {}
        for point in self.points:
            totals[point["along"]] = totals.get(point["along"], 0) + point["value"]
            point["place"] = self.parts.index(point["part"])
        value = self._value([{"value": total} for total in totals.values()], stack="zero")
        return (
            alt.Chart(look.data(self.points))
            .mark_bar(size=self.bar, stroke="white", strokeWidth=0.4)
            .encode(
                x=self.along,
                y=value,
                color=alt.Color("part:N", scale=look.part_scale(self.parts), legend=self.legend),
                order=alt.Order("place:Q"),
                tooltip=["along:T", "part:N", "value:Q"],
            )
        )

    def _known(self) -> Any:
        for point in self.points:
            point["to"] = point["from"] + point["value"]
        axis = alt.Axis(format="%", values=[0, 0.5, 1], minExtent=38, maxExtent=38, grid=False)
        return (
            alt.Chart(look.data(self.points))
            .mark_bar(size=self.bar)
            .encode(
                x=self.along,
                y=alt.Y("from:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis),
                y2="to",
                color=alt.Color(
                    "part:N",
                    scale=alt.Scale(domain=list(self.parts), range=[look.KNOWN, look.UNKNOWN]),
                    legend=self.legend,
                ),
                tooltip=["along:T", "part:N", "count:Q"],
            )
        )

    def _bubbles(self) -> Any:
        words = f"area: {in_words(self.show.columns[1])}"
        base = alt.Chart(look.data(self.points)).encode(
            x=self.along,
            y=self._value(),
            tooltip=["along:T", "value:Q", "size:Q"],
        )
        bubbles = base.mark_point(
            filled=True, opacity=0.6, color=look.COLORS[0], stroke="white", strokeWidth=0.6
        ).encode(
            size=alt.Size(
                "size:Q",
                scale=alt.Scale(domain=[0, self._largest()], range=[0, 420]),
                legend=alt.Legend(
                    title=words, orient="top", direction="horizontal", titleOrient="left",
                    values=_round_sizes(self._largest()), offset=4,
                ) if self.is_first else None,
            ),
        )  # fmt: skip
        # The area of one beside hundreds is too small to be seen.
        return bubbles + base.mark_point(filled=True, opacity=1, color=look.COLORS[0], size=8)

    def _largest(self) -> int:
        """Return the largest bubble of all panels: their areas are those of one picture."""
        points = [
            point["size"]
            for show in self.drawable.picture.shows
            if show.form is Form.BUBBLES
            for point in panel_points(self.drawable, show)
        ]
        return max(points, default=1) or 1


def _through(panel: _SeriesPanel, lines: DateLines) -> tuple[Any, ...]:
    """Return lines at dates, and what they are: all of one name, or each of its own."""
    names = lines.names or (lines.words,) * len(lines.at)
    found = [
        {"along": moment, "text": name, "row": 0}
        for moment, name in zip(look.through(lines), names, strict=True)
        if panel.begin <= moment <= panel.end
    ]
    for before, line in pairwise(found):
        if panel.pixels(before["along"], line["along"]) < _NAME_WIDTH:
            line["row"] = 1 - before["row"]
    base = alt.Chart(look.data(found)).encode(x=panel.along)
    rules = base.mark_rule(color="#999999", strokeDash=[3, 3])
    if not lines.names:
        text = alt.Chart(look.data(found[:1])).mark_text(
            align="left", dx=4, fontSize=9, color=look.QUIET
        )
        return rules, text.encode(x=panel.along, y=alt.value(6), text="text:N")
    # Along their lines, and neighbors one above the other: releases can be a month apart.
    return rules, *(
        alt.Chart(look.data(line for line in found if line["row"] == row))
        .mark_text(angle=270, align="right", baseline="bottom", dx=-2, dy=-1, fontSize=9,
                   color=look.QUIET)
        .encode(x=panel.along, y=alt.value(row * _NAME_ROW), text="text:N")
        for row in (0, 1)
    )  # fmt: skip


def _round_sizes(largest: int) -> list[int]:
    """Return sizes to compare with: the power of ten below the largest, and smaller ones."""
    power = 10 ** (len(str(largest)) - 1)
    return sorted({size for size in (power // 10, power, largest // power * power) if size > 0})


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC)
