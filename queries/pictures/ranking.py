"""Panels of a ranking: categories down, one measure across."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from miner.queries.pictures import look
from miner.queries.pictures.drawable import Drawable
from miner.queries.pictures.panel_points import Point, medians, panel_points, percent, short
from miner.queries.pictures.spec import Form, Show, is_share

_ROW = 18  # pixels of a category
_LETTER = 5.6  # pixels of one, on average, at the size of labels
_NARROWEST, _WIDEST = 95, 420
_FIVE_TICKS = 160  # pixels from which on an axis of shares has five
_SHORTEST_TITLE = 14  # characters
_ADDED = {Form.ONE, Form.STACK, Form.ROWS}  # their parts lie end to end
_WIDE_FORMS = {Form.CELLS: 62}  # pixels of a column


def panels(drawable: Drawable) -> tuple[list[Any], list[Show]]:
    """Return the panels, from left to right, and those that have nothing to draw."""
    words = drawable.picture.facet.words if drawable.picture.facet else ""
    facets: Sequence[str] = drawable.facets or ("",)
    found = [
        (facet, show, panel_points(drawable, show, facet))
        for facet in facets
        for show in drawable.picture.shows
    ]
    empty = [show for facet, show, points in found if not _has_something(points)]
    drawn = [(facet, show, points) for facet, show, points in found if _has_something(points)]
    labels = max((len(str(along)) for along in drawable.along), default=0) * _LETTER
    layout = drawable.layout
    columns = 1 if layout.is_narrow else max(len(drawn), 1)
    width = int((layout.width - labels) / columns) - 22
    width = min(max(width, _NARROWEST), _WIDEST)
    lines = max((len(_heading(facet, words, show, width)) for facet, show, _ in drawn), default=0)
    if layout.is_narrow:
        lines = 0  # nothing stands beside a heading
    charts = []
    for number, (facet, show, points) in enumerate(drawn):
        heading = _heading(facet, words, show, width)
        same = [
            point
            for _, other, points_too in drawn
            if other is show
            for point in (_summed(points_too) if show.form in _ADDED else points_too)
        ]
        panel = _RankingPanel(
            drawable, show, points, width, same=same, is_first=number == 0 or layout.is_narrow
        )
        charts.append(
            panel.chart().properties(
                width=panel.width,
                height=_ROW * len(drawable.along),
                title=alt.TitleParams(
                    text=[*[""] * (lines - len(heading)), *heading],
                    frame="group",
                    offset=6,
                ),
            )
        )
    return charts, empty


def _has_something(points: list[Point]) -> bool:
    return any(point["value"] is not None for point in points)


def _heading(facet: str, words: str, show: Show, width: int) -> list[str]:
    letters = max(int(width / 5.4), 12)
    named = f"{words}: {facet}" if facet in {"yes", "no"} else facet
    return [*([named.upper()] if facet else []), *textwrap.wrap(look.sentence(show.words), letters)]


class _RankingPanel:
    """One panel, still to be drawn."""

    def __init__(
        self,
        drawable: Drawable,
        show: Show,
        points: list[Point],
        width: int,
        *,
        same: list[Point],
        is_first: bool,
    ) -> None:
        self.drawable, self.show, self.points, self.width = drawable, show, points, width
        self.same = same  # what is measured in all its facets: they have one axis
        self.is_first = is_first
        # Below the labels, in lines that are no longer: the panel would be pushed aside.
        letters = max(_SHORTEST_TITLE, *(len(str(along)) for along in drawable.along))
        self.along = alt.Y(
            "along:N",
            title=textwrap.wrap(drawable.picture.along.words, letters) if is_first else None,
            scale=alt.Scale(domain=list(drawable.along)),
            axis=alt.Axis(
                labels=is_first, ticks=False, labelLimit=0, labelPadding=6, titleAngle=0,
                titleAlign="right", titleX=-20, titleY=_ROW * len(drawable.along) + 12,
            ),
        )  # fmt: skip

    def chart(self) -> Any:
        """Return the panel."""
        draw = {
            Form.ONE: self._dots if self.show.is_log else self._bars,
            Form.ROWS: self._bars,
            Form.STACK: self._bars,
            Form.TOGETHER: self._dots,
            Form.SHARE: self._dots,
            Form.PART: self._known,
            Form.SPREAD: self._spread,
            Form.CELLS: self._cells,
        }[self.show.form]
        chart = draw()
        lines = self.drawable.picture.lines
        if lines and self.is_first and self.show.form in {Form.TOGETHER, Form.ONE}:
            at = alt.Chart(look.data({"at": at} for at in look.through(lines)))
            rules = at.mark_rule(color="#999999", strokeDash=[3, 3]).encode(x=self._value("at"))
            chart = alt.layer(rules, chart)
        return chart

    def _columns(self, parts: Sequence[str]) -> int:
        """Return how many entries of a legend stand side by side."""
        layout = self.drawable.layout
        return min(2, look.legend_columns(parts, layout.width - 60) or 2) if layout.is_narrow else 2

    def _parts(self) -> tuple[str, ...]:
        if self.show.form in {Form.STACK, Form.TOGETHER}:
            return self.show.names
        return self.drawable.colors

    def _value(
        self,
        name: str = "value",
        *,
        room: float = 0.0,
        stack: Literal["zero"] | None = None,
    ) -> alt.X:
        """Return the axis of the measure, with some room at its end for numbers."""
        column = self.show.columns[0] if self.show.columns else ""
        in_percent = self.show.form is Form.SHARE or is_share(column)
        kind, scale, axis = look.measure(
            self.same, is_share=in_percent, is_log=self.show.is_log, ticks=max(2, self.width // 60)
        )
        if room and not self.show.is_log and isinstance(scale["domain"], list):
            low, high = scale["domain"]
            scale["domain"] = [low, high * (1 + room)]
            if in_percent and high >= 1:  # no share is larger than all
                axis["values"] = (
                    [0, 0.25, 0.5, 0.75, 1] if self.width > _FIVE_TICKS else [0, 0.5, 1]
                )
                axis["labelOverlap"] = False
                axis.pop("tickCount")  # it would thin the values
        lines = self.drawable.picture.lines
        if lines and kind == "quantitative" and self.is_first:
            axis |= {"values": look.through(lines), "labelOverlap": "greedy", "labelFontSize": 8}
        return alt.X(
            f"{name}:{kind[0].upper()}",
            title=None,
            scale=scale,
            axis=alt.Axis(**axis),
            stack=stack,
        )

    def _bars(self) -> Any:
        parts = self._parts()
        in_percent = any(is_share(column) for column in self.show.columns)
        for point in self.points:
            point["place"] = parts.index(point["part"]) if point["part"] in parts else 0
            point["text"] = percent(point["value"]) if in_percent else ""
        base = alt.Chart(look.data(self.points))
        value = self._value(room=0.35, stack="zero")
        bars = base.mark_bar(height=11, stroke="white", strokeWidth=0.5).encode(
            x=value,
            y=self.along,
            color=alt.Color(
                "part:N",
                scale=look.part_scale(parts),
                legend=look.legend(parts, columns=self._columns(parts)),
            ),
            order=alt.Order("place:Q"),
            tooltip=["along:N", "part:N", "value:Q"],
        )
        if in_percent:
            return bars + _text(base, "value", self.along, value)
        ends = alt.Chart(look.data({**p, "text": short(p["value"])} for p in _summed(self.points)))
        return bars + _text(ends, "value", self.along, value)

    def _dots(self) -> Any:
        parts = self._parts()
        is_single = self.show.form in {Form.SHARE, Form.ONE} and len(parts) < 2
        if self.show.form is Form.ONE:
            self.points = [{**point, "text": short(point["value"])} for point in self.points]
        if self.show.is_log:  # what has no place on the axis would be drawn at its end
            self.points = [point for point in self.points if point["value"]]
        base = alt.Chart(look.data(self.points))
        value = self._value(room=0.45 if is_single else 0.0)
        legend = look.legend(parts, columns=self._columns(parts))
        beside = (
            {}
            if is_single or len(parts) < 2
            else {
                # A little apart, so that none hides another of nearly the same value.
                "yOffset": alt.YOffset(
                    "part:N", scale=alt.Scale(domain=list(parts), range=[_ROW / 3, _ROW * 2 / 3])
                )
            }
        )
        dots = base.mark_point(size=40, strokeWidth=1.4, opacity=1).encode(
            **beside,
            x=value,
            y=self.along,
            shape=alt.Shape("part:N", scale=look.shape_scale(parts), legend=legend),
            stroke=alt.Stroke("part:N", scale=look.part_scale(parts), legend=legend),
            fill=look.fill(parts, legend),
            tooltip=["along:N", "part:N", "value:N", *look.rests_on(self.show)],
        )
        if is_single:
            return dots + _text(base, "value", self.along, value)
        span = (
            alt.Chart(look.data(_spans(self.points)))
            .mark_rule(color="#bbbbbb")
            .encode(x=self._value("low"), x2="high", y=self.along)
        )
        return span + dots

    def _known(self) -> Any:
        names = self.show.names
        for point in self.points:
            point["to"] = point["from"] + point["value"]
        base = alt.Chart(look.data(self.points))
        axis = alt.Axis(format="%", values=[0, 0.5, 1])
        across = alt.X("from:Q", title=None, scale=alt.Scale(domain=[0, 1.75]), axis=axis)
        bars = base.mark_bar(height=11).encode(
            x=across,
            x2="to",
            y=self.along,
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(names), range=[look.KNOWN, look.UNKNOWN]),
                legend=look.legend(names, columns=1),
            ),
            tooltip=["along:N", "part:N", "count:Q"],
        )
        ends = alt.Chart(look.data([p for p in self.points if p["part"] == names[1]]))
        return bars + _text(ends, "to", self.along, across)

    def _spread(self) -> Any:
        value = self._value()
        base = alt.Chart(look.data(self.points))
        ticks = base.mark_tick(thickness=1.6, size=11, opacity=0.65, color=look.COLORS[0]).encode(
            x=value, y=self.along, tooltip=["along:N", "value:Q"]
        )
        middle = [
            {
                "along": along,
                "value": median,
                "part": "median",
                "text": f"{short(median)} of {count}",
            }
            for along, (median, count) in medians(self.points).items()
        ]
        marks = alt.Chart(look.data(middle)).mark_point(
            shape="diamond", size=70, filled=True, opacity=1
        ).encode(
            x=value,
            y=self.along,
            color=alt.Color(
                "part:N", scale=alt.Scale(domain=["median"], range=[look.COLORS[2]]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=["along:N", "text:N"],
        )  # fmt: skip
        return ticks + marks

    def _cells(self) -> Any:
        names = _by_frequency(self.points)
        self.width = _WIDE_FORMS[Form.CELLS] * len(names)
        base = alt.Chart(look.data(self.points)).encode(
            x=alt.X(
                "part:N", title=None, scale=alt.Scale(domain=names),
                axis=alt.Axis(orient="top", labelAngle=0, ticks=False, labelLimit=0, domain=False),
            ),
            y=self.along,
            tooltip=["along:N", "part:N", "value:N"],
        )  # fmt: skip
        return base.mark_rect(color="#cfe3f3", stroke="white", strokeWidth=1.5) + base.mark_text(
            fontSize=9, color=look.TEXT
        ).encode(text="value:N")


def _text(base: Any, at: str, along: alt.Y, across: alt.X) -> Any:
    return base.mark_text(align="left", dx=6, fontSize=9, color=look.QUIET).encode(
        x=alt.X(f"{at}:Q", title=None, scale=across["scale"], axis=across["axis"]),
        y=along,
        text="text:N",
    )


def _summed(points: list[Point]) -> list[Point]:
    totals: dict[Any, Any] = {}
    for point in points:
        totals[point["along"]] = totals.get(point["along"], 0) + point["value"]
    return [{"along": along, "value": total} for along, total in totals.items()]


def _spans(points: list[Point]) -> list[Point]:
    """Return from where to where the values of each category lie."""
    values: dict[Any, list[Any]] = {}
    for point in points:
        values.setdefault(point["along"], []).append(point["value"])
    return [
        {"along": along, "low": min(found), "high": max(found)} for along, found in values.items()
    ]


def _by_frequency(points: list[Point]) -> list[str]:
    counts: dict[str, int] = {}
    for point in points:
        counts[point["part"]] = counts.get(point["part"], 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))
