"""How pictures look: sizes, colors that also differ in gray, axes in words."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import altair as alt

from miner.queries.pictures.drawable import WHOLE, Layout
from miner.queries.pictures.panel_points import Point, plain
from miner.queries.pictures.spec import DateLines, Form, Show

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""vl-convert ships the first one; the others have its widths."""

WHOLE_COLOR = "#000000"
COLORS = ("#0b4f8a", "#e69f00", "#d55e00", "#7cc0ee", "#6a3d9a", "#f5e663")
"""Neighbors differ in lightness, so that they are distinct in gray and to the color-blind."""
KNOWN, UNKNOWN = "#4d4d4d", "#dcdcdc"
NOT_KNOWN_COLOR = "#bdbdbd"
NOT_KNOWN = ("unknown", "not known", "not stated")
"""Parts that are always gray."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 2), (10, 2))
TEXT, QUIET, GRID = "#222222", "#555555", "#e6e6e6"

_LETTER = 5.4  # pixels of one, on average, at the size of a heading
_NUMBER = (
    "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',~r') + ' B' : "
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',~r') + ' M' : "
    "abs(datum.value) >= 1e4 ? format(datum.value / 1e3, ',~r') + ' k' : format(datum.value, ',~r')"
)

Axis = dict[str, Any]


def config(layout: Layout) -> alt.Config:
    """Return the common look; a legend is cut where a phone has no room for it."""
    return alt.Config(
        font=FONT, background="white", padding=12,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelFontSize=10, titleFontSize=11, titleFontWeight="normal", labelColor=TEXT,
            titleColor=TEXT, gridColor=GRID, domainColor="#888888", tickColor="#888888",
        ),
        legend=alt.LegendConfig(
            labelFontSize=10, symbolSize=50, titleFontSize=10, titleFontWeight="normal",
            labelLimit=layout.width - 60 if layout.is_narrow else 0, labelColor=TEXT,
            titleColor=TEXT, symbolStrokeWidth=1.5,
        ),
        title=alt.TitleConfig(fontSize=11, fontWeight="normal", anchor="start", color=TEXT),
        concat=alt.CompositionConfig(spacing=14),
    )  # fmt: skip


def colors(parts: Sequence[str]) -> list[str]:
    """Return a color for each part: black is the sum of the others, light gray what is unknown."""
    rest = iter(COLORS)
    fixed = {WHOLE: WHOLE_COLOR, **dict.fromkeys(NOT_KNOWN, NOT_KNOWN_COLOR)}
    return [fixed.get(part) or next(rest) for part in parts]


def part_scale(parts: Sequence[str]) -> alt.Scale:
    """Return the colors of parts."""
    return alt.Scale(domain=list(parts), range=colors(parts))


def shape_scale(parts: Sequence[str]) -> alt.Scale:
    """Return the shapes of parts."""
    return alt.Scale(domain=list(parts), range=list(SHAPES[: len(parts)]))


def legend(parts: Sequence[str], orient: Any = "bottom", columns: int = 0) -> alt.Legend | None:
    """Return the legend of parts, or none where there is nothing to tell apart."""
    if len(parts) < 2:
        return None
    return alt.Legend(title=None, orient=orient, direction="horizontal", columns=columns, offset=4)


def legend_columns(parts: Sequence[str], width: int) -> int:
    """Return how many entries of a legend stand side by side; 0: all that there are."""
    longest = max(map(len, parts), default=0) * _LETTER + 24
    return 0 if longest * len(parts) <= width else max(1, int(width / longest))


def wrapped(words: str, width: int) -> list[str]:
    """Return words with a capital at the start, in lines that a panel has room for."""
    return textwrap.wrap(sentence(words), max(int(width / _LETTER), 12))


def measure(
    found: Iterable[Point], *, is_share: bool, is_log: bool, ticks: int = 4
) -> tuple[str, alt.Scale, Axis]:
    """Return type, scale and axis of a measure: numbers from nothing on, or dates.

    Args:
        found: Points; those without a value count for nothing.
        is_share: Numbers of 0 to 1.
        is_log: An axis of powers; where a value is negative, it is linear around nothing.
        ticks: Their approximate number.
    """
    values = [point["value"] for point in found if point["value"] is not None]
    if values and isinstance(values[0], str):
        return "temporal", alt.Scale(type="utc", nice=True), {"format": "%Y", "tickCount": ticks}
    high, low = max(values, default=0), min(values, default=0)
    if is_log and low >= 0:
        low = min((value for value in values if value > 0), default=1)
    if is_share:
        top = 1.0 if high > 0.8 else max(high * 1.15, 0.01)
        decimals = ".1%" if top < 0.03 else "%"
        return "quantitative", alt.Scale(domain=[0, top], nice=False), {
            "format": decimals, "tickCount": ticks, "labelFlush": False,
        }  # fmt: skip
    if is_log:
        top = max(high * 1.15, 1)
        bottom = math.floor(math.log10(low)) if low > 0 else 0
        powers = [10.0**n for n in range(bottom, math.floor(math.log10(top)) + 1)]
        thin = powers[:: max(1, math.ceil(len(powers) / max(ticks, 4)))]
        if low > 0:
            floor = 10.0**bottom * 0.8  # so that a point on the lowest line is seen whole
            scale = alt.Scale(
                type="log", domain=[floor, max(top, 10.0 ** (bottom + 1))], nice=False
            )
            return "quantitative", scale, {"values": thin, "labelExpr": _NUMBER}
        below = [-power for power in thin if low <= -power]
        scale = alt.Scale(type="symlog", domain=[min(low, 0), top], constant=1, nice=False)
        return "quantitative", scale, {"values": [*below, 0, *thin], "labelExpr": _NUMBER}
    axis: Axis = {"labelExpr": _NUMBER, "tickCount": ticks}
    if high < 5 and all(float(value).is_integer() for value in values):
        axis["values"] = list(range(max(1, int(high)) + 1))
    return "quantitative", alt.Scale(domain=[min(low, 0), high * 1.08 or 1], nice=False), axis


def through(lines: DateLines) -> list[Any]:
    """Return where lines are drawn, as JSON has it."""
    return [plain(at) if isinstance(at, date | datetime) else at for at in lines.at]


def fill(parts: Sequence[str], shown: alt.Legend | None) -> Any:
    """Return the fill of dots: none where a share rests on few."""
    return alt.condition(
        "datum.few === true",
        alt.value("white"),
        alt.Fill("part:N", scale=part_scale(parts), legend=shown),
    )


def rests_on(show: Show) -> list[str]:
    """Return what a tooltip says besides: how many a share rests on."""
    return ["of:Q"] if show.form is Form.SHARE else []


def sentence(words: str) -> str:
    """Return words with a capital at the start."""
    first = words.split(" ", 1)[0]
    return words[:1].upper() + words[1:] if first.islower() else words


def data(found: Iterable[Point]) -> alt.InlineData:
    """Return points as the data of a chart.

    As text: altair copies a chart wherever it becomes a part of another, every point included.
    """
    return alt.InlineData(values=json.dumps(list(found)), format=alt.JsonDataFormat(type="json"))
