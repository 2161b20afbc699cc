"""What a person names, in a DuckDB file: by name, former name, address, or in another case."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

import duckdb

from miner.errors import InvalidData
from miner.queries.records.rows import rows_of

_NEAR = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things that have a name.

    Attributes:
        name: What it is called.
        table: Published table, or a SELECT in parentheses.
        column: Column of the name.
        alias_table: Table of former names, or empty; its column ``name`` leads to the thing.
        has_hub: Whether a name stands on a hub.
    """

    name: str
    table: str
    column: str = "name"
    alias_table: str = ""
    has_hub: bool = False


_PAPERS = "SELECT arxiv_id FROM paper UNION SELECT arxiv_id FROM traced_paper"

KINDS = {
    kind.name: kind
    for kind in (
        Kind("model", "model", alias_table="model_alias", has_hub=True),
        Kind("dataset", "dataset", alias_table="dataset_alias", has_hub=True),
        Kind("repository", "repository", alias_table="repository_alias"),
        Kind("paper", f"({_PAPERS})", "arxiv_id"),
        Kind("license", "license", "license"),
        Kind("family", "moe_family"),
    )
}
"""Kinds of records by name, in the order in which pages list them."""


@dataclass(frozen=True, slots=True)
class Found:
    """The thing that was meant.

    Attributes:
        hub: Its hub, empty where it stands on none.
        name: Its name.
        found_by: ``name``, ``alias`` (a former name) or ``case``.
    """

    hub: str
    name: str
    found_by: str


def find(
    connection: duckdb.DuckDBPyConnection, kind: Kind, text: str, hub: str | None = None
) -> Found:
    """Return the thing that was meant.

    Args:
        connection: An open file.
        kind: What it is.
        text: ``owner/name``, ``hub:owner/name``, an address, or a former name.
        hub: Short name of the hub, where the name alone may be several.

    Raises:
        InvalidData: There is none, or the name fits several; the message names the nearest.
    """
    name = _plain_name(connection, kind, text)
    named, colon, rest = name.partition(":")
    if hub is None and kind.has_hub and colon and named in _hubs(connection):
        hub, name = named, rest
    for found_by, sql in _ways(kind):
        found = rows_of(connection, sql, {"name": name, "hub": hub or ""})
        if len(found) > 1:
            names = ", ".join(f"{row['hub']}:{row['name']}" for row in found[:_NEAR])
            raise InvalidData(
                f"{name} may be {len(found)} {kind.name}s: {names}", next_step="name the hub, too"
            )
        if found:
            return Found(found[0]["hub"] or "", found[0]["name"], found_by)
    raise _unknown(connection, kind, name)


def _ways(kind: Kind) -> list[tuple[str, str]]:
    """Return SELECTs that find a name, surest first."""
    own = ("hub", kind.column) if kind.has_hub else ("''", kind.column)
    places = [("name", own, kind.table, kind.column)]
    if kind.alias_table:
        target = ("hub" if kind.has_hub else "''", kind.table)
        places.append(("alias", target, kind.alias_table, "alias"))
    on_hub = "$hub IN ('', hub)" if kind.has_hub else "$hub IS NOT NULL"
    return [
        (
            found_by if exact or found_by == "alias" else "case",
            f"SELECT DISTINCT {hub} AS hub, {name} AS name FROM {table} WHERE {on_hub} AND "
            + (f"{column} = $name" if exact else f"lower({column}) = lower($name)")
            + " ORDER BY ALL LIMIT 20",
        )
        for exact in (True, False)
        for found_by, (hub, name), table, column in places
    ]


def _hubs(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {row["name"] for row in rows_of(connection, "SELECT name FROM hub", {})}


def _plain_name(connection: duckdb.DuckDBPyConnection, kind: Kind, text: str) -> str:
    """Return the name in what a person types: an address leads to one."""
    name = text.strip()
    if not name.startswith(("http://", "https://")):
        return name
    name = unquote(name.partition("?")[0].partition("#")[0].rstrip("/"))
    homes = [row["home_page"] for row in rows_of(connection, "SELECT home_page FROM hub", {})]
    homes += ["https://github.com", "https://arxiv.org/abs", "https://arxiv.org/pdf"]
    for home in filter(None, homes):
        if name.startswith(f"{home.rstrip('/')}/"):
            name = name.removeprefix(home.rstrip("/")).strip("/").removeprefix("datasets/")
    words = name.split("/")
    return name if kind.name == "paper" or "://" in name else "/".join(words[:2])


def _unknown(connection: duckdb.DuckDBPyConnection, kind: Kind, name: str) -> InvalidData:
    short = name[:200].lower()
    sql = (
        f"SELECT {kind.column} AS name FROM {kind.table} WHERE "
        f"jaro_winkler_similarity(lower({kind.column}), $short) > 0.8 ORDER BY "
        f"jaro_winkler_similarity(lower({kind.column}), $short) DESC, name LIMIT {_NEAR}"
    )
    near = ", ".join(row["name"] for row in rows_of(connection, sql, {"short": short}))
    return InvalidData(
        f"the data has no {kind.name} named {name[:200]}" + (f"; near: {near}" if near else ""),
        next_step="search for a part of the name",
    )
