"""A query's answer as one picture: title, panels, and the small print below.

Home of altair, with ``picture_look`` and the modules of the kinds. Import it inside functions:
it is an extra, and heavy.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from miner.queries.header import Query
from miner.queries.pictures import flow, look, ranking, series
from miner.queries.pictures.drawable import Drawable, clean
from miner.queries.pictures.panel_points import FEW
from miner.queries.pictures.spec import Form, Show, in_words
from miner.queries.run import Population
from miner.schema.warnings import WARNINGS

_LETTERS_OF_TITLE = 118
_LETTERS_OF_NOTE = 150


def chart(
    query: Query, drawable: Drawable, population: Population, parameters: Mapping[str, str]
) -> Any:
    """Return the picture as an altair chart; ``None``: no panel has a value.

    Args:
        query: The query.
        drawable: Its rows.
        population: What the answer rests on.
        parameters: Parameters as typed; they are part of the small print.
    """
    together, empty = panels_of(drawable)
    if together is None:
        return None
    if drawable.layout.is_bare:
        together.config = look.config(drawable.layout)
        return together
    together.title = alt.TitleParams(
        text=query.title,
        subtitle=textwrap.wrap(query.purpose, _LETTERS_OF_TITLE),
        anchor="start", frame="bounds", fontSize=15, fontWeight="bold", subtitleFontSize=11,
        subtitleColor=look.QUIET, subtitlePadding=4, offset=14,
    )  # fmt: skip
    print_below = alt.TitleParams(
        text=small_print(query, drawable, population, parameters, empty),
        orient="bottom", anchor="start", frame="bounds", fontSize=9, lineHeight=12,
        fontWeight="normal", color=look.QUIET, offset=14,
    )  # fmt: skip
    return alt.vconcat(together, title=print_below, config=look.config(drawable.layout))


def panels_of(drawable: Drawable) -> tuple[Any, list[Show]]:
    """Return the panels as one chart without a look, and those that have nothing to draw.

    Altair copies all panels at each method of a chart that holds them, so none is called.
    """
    kind = drawable.picture.kind
    panels, empty = {"series": series, "ranking": ranking, "flow": flow}[kind].panels(drawable)
    if not panels:
        return None, empty
    is_across = kind == "ranking" and not drawable.layout.is_narrow
    concat: Any = alt.hconcat if is_across else alt.vconcat
    # Else panels that tell other things apart would share one set of colors, and one legend.
    apart = dict.fromkeys(("color", "fill", "stroke", "shape", "strokeDash", "size"), "independent")
    resolve = {"scale": apart, "legend": apart}
    return concat(*panels, spacing=16 if is_across else 10, resolve=resolve), empty


def small_print(
    query: Query,
    drawable: Drawable,
    population: Population,
    parameters: Mapping[str, str],
    empty: Sequence[Show] = (),
) -> list[str]:
    """Return what stands below a picture, in lines that fit: nothing of it is cut."""
    asked = "".join(f" -p {name}={value}" for name, value in parameters.items())
    notes = [
        f"Counted: {_without_underscores(query.counts, query.columns)}.",
        *(f"Not drawn, as there is no value: {show.words}." for show in _once(empty)),
        *drawable.notes,
        *reading(drawable),
        population.for_people(),
        *filter(None, [population.skew]),
        *(look.sentence(WARNINGS[key]) for key in query.caveats),
        f"Drawn by: miner query {query.full_name}{asked}",
    ]
    return [clean(line) for text in notes for line in textwrap.wrap(text, _LETTERS_OF_NOTE)]


def reading(drawable: Drawable) -> list[str]:
    """Return how to read the marks that do not say it themselves."""
    notes = []
    shows = drawable.picture.shows
    shares = [show for show in shows if show.form is Form.SHARE]
    if any((row[show.columns[1]] or FEW) < FEW for row in drawable.rows for show in shares):
        is_series = drawable.picture.kind == "series"
        notes.append(
            f"Shares of fewer than {FEW} are left out; a panel without others draws them hollow."
            if is_series
            else f"Hollow: a share of fewer than {FEW}."
        )
    if any(show.is_log and not _has_negative(drawable, show) for show in shows):
        notes.append("An axis of powers of ten has no zero: values of 0 are in the table alone.")
    for show in shows:
        if show.form is Form.SPREAD:
            without = sum(row[show.columns[0]] is None for row in drawable.rows)
            notes.append(
                f"One tick: one row of the answer; of {len(drawable.rows):,} rows {without:,} have "
                f"no {in_words(show.columns[0])}."
            )
    marks = drawable.picture.lines
    if marks and drawable.picture.kind == "ranking":
        notes.append(f"Dashed lines: {marks.words}.")
    return notes


def _has_negative(drawable: Drawable, show: Show) -> bool:
    """Return whether a panel has values below nothing: its axis then has a zero."""
    return any(
        isinstance(row[column], int | float) and row[column] < 0
        for row in drawable.rows
        for column in show.columns
    )


def _without_underscores(text: str, names: Sequence[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"\b{name}\b", in_words(name), text)
    return text


def _once(shows: Sequence[Show]) -> list[Show]:
    return list(dict.fromkeys(shows))
