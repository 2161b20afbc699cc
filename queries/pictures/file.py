"""Pictures as files: PNG, SVG, or a page that needs nothing else. Home of vl-convert."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import duckdb

from miner.errors import ConfigurationError
from miner.queries.header import Query
from miner.queries.missing import missing
from miner.queries.pictures.drawable import PRINT, Layout, Rows, prepare
from miner.queries.pictures.themes import themed
from miner.queries.run import count_population, run_query

FORMATS = ("png", "svg", "html")
SCALE = 2
"""Pixels of a PNG for each of the picture: print needs more than a screen."""

_EXPORTS = "window.vegaEmbed = vegaEmbed;"

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'">
<title>{title}</title>
</head>
<body>
<div id="picture" role="img" aria-label="{purpose}"></div>
<script>{bundle}</script>
<script>vegaEmbed("#picture", {spec}, {{renderer: "svg", actions: {{source: false, \
compiled: false, editor: false, export: true}}}});</script>
</body>
</html>
"""


class NothingToDraw(ConfigurationError):
    """No row of the answer has a value."""


def draw(
    query: Query,
    parameters: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    stream: IO[bytes],
    format_name: str,
) -> tuple[str, ...]:
    """Answer a query with a picture.

    Args:
        query: The query.
        parameters: Values of parameters as typed, by name.
        connection: An open DuckDB file.
        stream: Where the picture goes.
        format_name: One of ``FORMATS``.

    Returns:
        Caveats and population, as they stand below a table.

    Raises:
        ConfigurationError: The query has no picture, the answer nothing to draw, the extra
            ``report`` is not installed, or a parameter is wrong.
    """
    drawn, notes = chart_of(query, parameters, connection)
    stream.write(_rendered(query, drawn.to_dict(), format_name))
    return notes


def chart_of(
    query: Query,
    parameters: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    layout: Layout = PRINT,
) -> tuple[Any, tuple[str, ...]]:
    """Return a query's picture as an altair chart, with caveats and population.

    Args:
        query: The query.
        parameters: Values of parameters as typed, by name.
        connection: An open DuckDB file.
        layout: The room for it.

    Raises:
        ConfigurationError: As ``draw``.
    """
    if query.picture is None:
        raise no_picture(f"query {query.full_name}", f"miner query {query.full_name} --format csv")
    _require_extra()
    from miner.queries.pictures.draw import chart  # noqa: PLC0415 - needs the extra

    result = run_query(query, parameters, connection)
    drawable = prepare(query, query.picture, result, parameters, layout)
    population = count_population(query, connection)
    drawn = chart(query, drawable, population, parameters) if drawable else None
    if drawn is None:
        raise _nothing(query, parameters, connection)
    return drawn, result.notes


def render_figure(
    query: Query, connection: duckdb.DuckDBPyConnection, formats: Sequence[str]
) -> dict[str, bytes]:
    """Draw a query once, with title and small print, in several formats.

    Args:
        query: A query that has a picture; its parameters take their defaults.
        connection: An open DuckDB file.
        formats: Of ``FORMATS``.

    Returns:
        The files by format; none: there is nothing to draw.

    Raises:
        ConfigurationError: The extra ``report`` is not installed, or the file is another version's.
    """
    try:
        drawn, _ = chart_of(query, {}, connection)
    except NothingToDraw:
        return {}
    spec = drawn.to_dict()
    return {name: _rendered(query, spec, name) for name in formats}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture for a page, which has its title and its caveats.

    Attributes:
        svgs: One a layout asked for, in colors of light and dark pages.
        notes: How to read it, and what of the answer is not drawn.
    """

    svgs: tuple[str, ...]
    notes: tuple[str, ...]


def draw_fetched(
    query: Query, rows: Rows, parameters: Mapping[str, str], layouts: Sequence[Layout]
) -> Drawn | None:
    """Draw an answer for a page.

    Args:
        query: A query that has a picture.
        rows: Its answer, which is read once a layout.
        parameters: Parameters as typed.
        layouts: The room for each of the pictures.

    Returns:
        The pictures; ``None``: there is nothing to draw.

    Raises:
        ConfigurationError: The extra ``report`` is not installed.
    """
    _require_extra()
    from miner.queries.pictures import look  # noqa: PLC0415 - needs the extra
    from miner.queries.pictures.draw import panels_of, reading  # noqa: PLC0415 - needs the extra

    assert query.picture  # noqa: S101 - callers ask for those that have one
    svgs: list[str] = []
    notes: list[str] = []
    for layout in layouts:
        drawable = prepare(query, query.picture, rows, parameters, layout)
        chart, empty = panels_of(drawable) if drawable else (None, ())
        if drawable is None or chart is None:
            return None
        chart.config = look.config(layout)
        svgs.append(themed(_rendered(query, chart.to_dict(), "svg").decode()))
        notes = [f"Not drawn, as there is no value: {show.words}." for show in empty]
        notes += [*drawable.notes, *reading(drawable)]
    return Drawn(tuple(svgs), tuple(dict.fromkeys(notes)))


def draw_for_page(
    query: Query,
    parameters: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
) -> bytes:
    """Answer a query with a picture as SVG, in the colors of light and dark pages.

    Args:
        query: The query.
        parameters: Values of parameters as typed, by name.
        connection: An open DuckDB file.
        layout: The room for it; bare, for the page has title and caveats.

    Raises:
        ConfigurationError: As ``draw``.
    """
    drawn, _ = chart_of(query, parameters, connection, layout)
    return themed(_rendered(query, drawn.to_dict(), "svg").decode()).encode()


def no_picture(what: str, instead: str) -> ConfigurationError:
    """Return the error for an answer that cannot be drawn."""
    return ConfigurationError(
        f"{what} has no picture",
        next_step=f"{instead}   (miner query --list says which queries have one)",
    )


def _require_extra() -> None:
    try:
        import altair  # noqa: F401, PLC0415 - an extra, and heavy
        import vl_convert  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise ConfigurationError(
            f"pictures need altair and vl-convert, which are not installed: {error}",
            next_step="pip install 'miner[report]'",
        ) from error


def _rendered(query: Query, spec: dict[str, Any], format_name: str) -> bytes:
    import vl_convert  # noqa: PLC0415 - an extra
    from altair import SCHEMA_VERSION  # noqa: PLC0415 - an extra, and heavy

    version = ".".join(SCHEMA_VERSION.split(".")[:2])
    if format_name == "png":
        return vl_convert.vegalite_to_png(
            spec, vl_version=version, scale=SCALE, ppi=72, allowed_base_urls=[]
        )
    if format_name == "svg":
        return vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[]).encode()
    # In a script element only "<" can end it; as an escape it is the same text to JSON.
    embedded = json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")
    page = _PAGE.format(
        title=html.escape(query.title),
        purpose=html.escape(query.purpose),
        bundle=vl_convert.javascript_bundle(_EXPORTS, vl_version=version),
        spec=embedded.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
    )
    return page.encode()


def _nothing(
    query: Query, parameters: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> NothingToDraw:
    """Return the error for an empty answer: what is missing, and what to type."""
    lacking = missing(query.reads, connection)
    if lacking and not parameters:  # parameters that leave everything out are the likelier cause
        return NothingToDraw(
            f"query {query.full_name} has nothing to draw: "
            f"{', '.join(part.reason for part in lacking)}",
            next_step=f"{lacking[0].next_step}, then miner query {query.full_name} again",
        )
    return NothingToDraw(
        f"query {query.full_name} has nothing to draw: no row with a value answers it",
        next_step=f"look at miner query {query.full_name}, or give other parameters: "
        + (" ".join(f"-p {param.name}={param.default}" for param in query.params) or "it has none"),
    )
