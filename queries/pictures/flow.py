"""Panels of a flow: categories at the left and the right, bands between them (a Sankey diagram).

Vega-Lite has no mark for it: places are computed here, in pixels, and drawn as rectangles and
areas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import altair as alt

from miner.queries.pictures import look
from miner.queries.pictures.drawable import ALONG, COLOR, FACET, REST, TO, Drawable
from miner.queries.pictures.panel_points import Point, short
from miner.queries.pictures.spec import Show

_BESIDE = 40  # pixels of the edges of the picture
_ALL_BANDS = 300  # pixels of all bands of a panel together
_LOWEST, _GAP = 13, 4  # pixels of a node with its label, and between two
_NODE = 10  # pixels of a node's width
_LETTER = 5.4  # pixels of one, on average, at the size of labels
_TOP = 20  # pixels above the nodes, for the names of the sides
_BENDS = (0.0, 0.12, 0.5, 0.88, 1.0)  # where the edges of a band are given, as parts of its length


@dataclass(frozen=True, slots=True)
class _Band:
    """How much goes from a category at the left to one at the right, and of which part it is."""

    left: str
    right: str
    part: str
    value: float


@dataclass(slots=True)
class _Node:
    """A category of one side: its sum, and where it begins and its next band does, in pixels."""

    value: float
    top: float
    next: float


def panels(drawable: Drawable) -> tuple[list[Any], list[Show]]:
    """Return the panels, from top to bottom, and those that have nothing to draw."""
    (show,) = drawable.picture.shows
    charts: list[Any] = []
    for facet in drawable.facets or ("",):
        if bands := _bands(drawable, show, facet):
            panel = _FlowPanel(drawable, bands, is_first=not charts)
            title = f"{drawable.picture.facet.words}: {facet}" if drawable.picture.facet else ""
            charts.append(panel.chart(look.sentence(title or show.words)))
    return charts, [] if charts else [show]


def _bands(drawable: Drawable, show: Show, facet: str) -> list[_Band]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for row in drawable.rows:
        if row[FACET] == facet:
            sums[row[ALONG], row[TO], row[COLOR]] += row[show.columns[0]]
    return [_Band(*place, float(value)) for place, value in sums.items()]


class _FlowPanel:
    """One panel, still to be drawn."""

    def __init__(self, drawable: Drawable, bands: list[_Band], *, is_first: bool) -> None:
        color = drawable.picture.color
        known = color.order if color else ()
        # Parts that have a place in an order keep its color where others are missing.
        self.parts = (*known, *(part for part in drawable.colors if part not in known))
        self.bands = bands
        self.words = drawable.picture.along.words, getattr(drawable.picture.to, "words", "")
        self.width = drawable.layout.width - _BESIDE
        self.is_narrow = drawable.layout.is_narrow
        columns = look.legend_columns(self.parts, self.width)
        self.legend = look.legend(self.parts, "top", columns) if is_first and color else None
        if self.legend is not None:
            self.legend["values"] = list(drawable.colors)  # one is told too, if there is but one
        self.scale = _ALL_BANDS / sum(band.value for band in bands)
        self.left = self._nodes((band.left, band.value) for band in bands)
        self.right = self._nodes((band.right, band.value) for band in bands)
        left, right = ("", "") if self.is_narrow else self.words
        self.start = _margin(self.left, left)
        self.end = self.width - _margin(self.right, right)
        self.height = max(
            node.top + max(node.value * self.scale, _LOWEST)
            for node in (*self.left.values(), *self.right.values())
        )

    def chart(self, title: str) -> Any:
        """Return the panel."""
        lines = look.wrapped(title, self.width)
        if self.is_narrow:
            lines += look.wrapped(" → ".join(self.words), self.width)
        return alt.layer(self._areas(), self._blocks(), *self._labels()).properties(
            width=self.width, height=self.height, title=alt.TitleParams(text=lines, offset=4)
        )

    def _nodes(self, values: Iterable[tuple[str, float]]) -> dict[str, _Node]:
        """Return the categories of a side from top to bottom: the largest first, the rest last."""
        sums: Counter[str] = Counter()
        for name, value in values:
            sums[name] += value  # type: ignore[assignment] # sums can be of a column of floats
        nodes: dict[str, _Node] = {}
        top = float(_TOP)
        for name, value in sorted(sums.items(), key=lambda item: (_is_rest(item[0]), -item[1])):
            nodes[name] = _Node(value, top, top)
            top += max(value * self.scale, _LOWEST) + _GAP
        return nodes

    def _areas(self) -> Any:
        return (
            alt.Chart(look.data(self._points()))
            .mark_area(interpolate="monotone", orient="vertical", opacity=0.6)
            .encode(
                x=self._across(), y=self._down("top"), y2="bottom", detail="band:N",
                color=alt.Color("part:N", scale=look.part_scale(self.parts), legend=self.legend),
                tooltip=["from:N", "to:N", "part:N", "value:Q"],
            )
        )  # fmt: skip

    def _points(self) -> list[Point]:
        """Return the edges of the bands; what is not known lies below the others."""
        tops: dict[_Band, list[float]] = {band: [] for band in self.bands}
        part = self.parts.index
        for band in sorted(self.bands, key=lambda b: (self.right[b.right].top, part(b.part))):
            tops[band].append(_next(self.left[band.left], band.value * self.scale))
        for band in sorted(self.bands, key=lambda b: (self.left[b.left].top, part(b.part))):
            tops[band].append(_next(self.right[band.right], band.value * self.scale))
        ordered = sorted(tops, key=lambda b: (b.part not in look.NOT_KNOWN, part(b.part)))
        return [
            {
                "band": number, "from": band.left, "to": band.right, "part": band.part,
                "value": band.value, "x": self.start + (self.end - self.start) * bend,
                "top": top, "bottom": top + max(band.value * self.scale, 0.5),
            }
            for number, band in enumerate(ordered)
            for bend, top in zip(_BENDS, _bent(*tops[band]), strict=True)
        ]  # fmt: skip

    def _blocks(self) -> Any:
        blocks = [
            {
                "x": x,
                "right": x + _NODE,
                "top": node.top,
                "bottom": node.top + node.value * self.scale,
            }
            for nodes, x in ((self.left, self.start - _NODE), (self.right, self.end))
            for node in nodes.values()
        ]
        base = alt.Chart(look.data(blocks)).mark_rect(color=look.TEXT)
        return base.encode(x=self._across(), x2="right", y=self._down("top"), y2="bottom")

    def _labels(self) -> list[Any]:
        charts = []
        sides: tuple[tuple[dict[str, _Node], float, Any], ...] = (
            (self.left, self.start - _NODE, "right"), (self.right, self.end + _NODE, "left"),
        )  # fmt: skip
        for (nodes, x, align), words in zip(sides, self.words, strict=True):
            labels = [
                {
                    "x": x,
                    "y": node.top + max(node.value * self.scale, 9) / 2,
                    "text": _named(name, node),
                }
                for name, node in nodes.items()
            ]
            base = alt.Chart(look.data(labels))
            encoded = {"x": self._across(), "y": self._down("y"), "text": "text:N"}
            shift = 4 if align == "left" else -4
            charts.append(
                base.mark_text(
                    align=align, dx=shift, baseline="middle", fontSize=10, color=look.TEXT
                ).encode(**encoded)
            )
            if self.is_narrow:
                continue
            head = alt.Chart(look.data([{"x": x, "y": 6, "text": words}]))
            charts.append(
                head.mark_text(
                    align=align, dx=shift, baseline="middle", fontSize=10, color=look.QUIET
                ).encode(**encoded)
            )
        return charts

    def _across(self) -> alt.X:
        return alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, self.width], nice=False))

    def _down(self, name: str) -> alt.Y:
        scale = alt.Scale(domain=[0, self.height], nice=False, reverse=True)
        return alt.Y(f"{name}:Q", axis=None, scale=scale)


def _next(node: _Node, height: float) -> float:
    """Return where the next band of a node begins."""
    node.next += height
    return node.next - height


def _is_rest(name: str) -> bool:
    """Return whether a category is what a picture, or its query, put together of small ones."""
    return name == REST or name.startswith("other ")


def _bent(left: float, right: float) -> tuple[float, ...]:
    """Return how far down a band is at each of its bends."""
    return left, left, (left + right) / 2, right, right


def _margin(nodes: dict[str, _Node], words: str) -> float:
    labels = (len(_named(name, node)) for name, node in nodes.items())
    return max(len(words), *labels) * _LETTER + _NODE + 8


def _named(name: str, node: _Node) -> str:
    return f"{name} ({short(node.value)})"
