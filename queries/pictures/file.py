"""Pictures as files: PNG, SVG, or a page that needs nothing else. Home of vl-convert."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import IO, Any

import duckdb

from miner.errors import ConfigurationError
from miner.queries.header import Query
from miner.queries.pictures.drawable import prepare
from miner.queries.run import count_population, run_query

FORMATS = ("png", "svg", "html")
SCALE = 2
"""Pixels of a PNG for each of the picture: print needs more than a screen."""

_OF_USES = {"model_use", "repository", "scan", "use_site", "dependency"}

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
    query: Query, parameters: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> tuple[Any, tuple[str, ...]]:
    """Return a query's picture as an altair chart, with caveats and population.

    Args:
        query: The query.
        parameters: Values of parameters as typed, by name.
        connection: An open DuckDB file.

    Raises:
        ConfigurationError: As ``draw``.
    """
    if query.picture is None:
        raise no_picture(f"query {query.full_name}", f"miner query {query.full_name} --format csv")
    _require_extra()
    from miner.queries.pictures.draw import chart  # noqa: PLC0415 - needs the extra

    result = run_query(query, parameters, connection)
    drawable = prepare(query, query.picture, result, parameters)
    population = count_population(query, connection)
    drawn = chart(query, drawable, population, parameters) if drawable else None
    if drawn is None:
        raise _nothing(query, parameters, connection)
    return drawn, result.notes


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
) -> ConfigurationError:
    """Return the error for an empty answer: what is missing, and what to type."""
    missing = [table for table in query.reads if _is_empty(table, connection)]
    if missing and not parameters:  # parameters that leave everything out are the likelier cause
        fills = "miner scan" if set(missing) & _OF_USES else "miner crawl"
        return ConfigurationError(
            f"query {query.full_name} has nothing to draw: the file has no rows of "
            f"{', '.join(missing)}",
            next_step=f"{fills}, then miner query {query.full_name} again",
        )
    return ConfigurationError(
        f"query {query.full_name} has nothing to draw: no row with a value answers it",
        next_step=f"look at miner query {query.full_name}, or give other parameters: "
        + (" ".join(f"-p {param.name}={param.default}" for param in query.params) or "it has none"),
    )


def _is_empty(table: str, connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is None
