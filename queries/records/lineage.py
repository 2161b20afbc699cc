"""Bases and derivatives of a model as trees of bounded size; a cycle ends where it closes."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from miner.queries.records.name_index import AnyPlace, Key, RowCondition
from miner.queries.records.rows import Row, rows_of

MOST_NODES = 150
MOST_LEVELS = 12
_BRANCHES = 25
_TWIGS = 5
_UNKNOWN: Row = {"license": None, "downloads": None}

_UP = """
SELECT child, parent AS name, relation, source, is_parent_held AS is_known, evidence_url,
    hash(hub, parent) AS name_hash
FROM model_edge
WHERE {place} AND hub = $hub AND list_contains($names, child)
ORDER BY child, parent
LIMIT $most
"""
_KNOWN = """
SELECT name, license, downloads FROM model
WHERE {place} AND hub = $hub AND list_contains($names, name)
"""
_CHILDREN = """
SELECT hash(hub, child) AS name_hash FROM model_edge AS edge
WHERE {place} AND hub = $hub AND list_contains($names, parent)
"""
_DOWN = """
SELECT edge.parent, edge.child AS name, edge.relation, edge.source, true AS is_known,
    edge.evidence_url, derived.license, derived.downloads, hash(edge.hub, edge.child) AS name_hash
FROM model_edge AS edge
LEFT JOIN (FROM model WHERE {models}) AS derived
    ON derived.hub = edge.hub AND derived.name = edge.child
WHERE {place} AND edge.hub = $hub AND list_contains($names, edge.parent)
QUALIFY row_number() OVER (
    PARTITION BY edge.parent ORDER BY derived.downloads DESC NULLS LAST, edge.child
) <= $most
ORDER BY edge.parent, derived.downloads DESC NULLS LAST, edge.child
"""
_BELOW = """
SELECT model, derivative_count FROM model_lineage
WHERE {place} AND hub = $hub AND list_contains($names, model)
"""


@dataclass(slots=True)
class Node:
    """A model in a tree.

    Attributes:
        name: ``owner/name``.
        relation: How the derivative of the two was derived.
        license: Declared license, None where none is or the model is not stored.
        downloads: Downloads of 30 days, None where they are not known.
        is_known: Whether the data has the model itself.
        evidence_url: Where the relation is stated.
        derivative_count: Models that name it as their base, where that was counted.
        is_repeated: It stands elsewhere in the tree already: a cycle, or two ways to one base.
        below: The next level.
    """

    name: str
    relation: str | None
    license: str | None
    downloads: int | None
    is_known: bool
    evidence_url: str | None
    derivative_count: int = 0
    is_repeated: bool = False
    below: list[Node] = field(default_factory=list)


def bases(connection: duckdb.DuckDBPyConnection, key: Key, index: AnyPlace) -> list[Node]:
    """Return the bases of a model, their bases below them, and so on."""
    hub, name, _ = key
    roots: list[Node] = []
    level = {key: roots}
    seen, left = {name}, MOST_NODES
    for _ in range(MOST_LEVELS):
        if not level or left <= 0:
            break
        below = {child: nodes for (_, child, _), nodes in level.items()}
        place = index.condition("bases_tree", level)
        values = {"hub": hub, "names": list(below), "most": left, **place.values}
        found = rows_of(connection, _UP.format(place=place.sql), values)
        left -= len(found)
        known = _known(connection, hub, found, index)
        coming: dict[Key, list[Node]] = {}
        for row in found:
            facts = known.get(row["name"], _UNKNOWN)
            node = _node({**row, **facts}, is_repeated=row["name"] in seen)
            below[row["child"]].append(node)
            if not node.is_repeated:
                coming[hub, node.name, row["name_hash"]] = node.below
            seen.add(node.name)
        level = coming
    return roots


def _known(
    connection: duckdb.DuckDBPyConnection, hub: str, found: list[Row], index: AnyPlace
) -> dict[str, Row]:
    """Return what the data says of models, by name, where it has them."""
    if not found:
        return {}
    place = index.condition_of_models(row["name_hash"] for row in found)
    values = {"hub": hub, "names": [row["name"] for row in found], **place.values}
    rows = rows_of(connection, _KNOWN.format(place=place.sql), values)
    return {row["name"]: row for row in rows}


def derivatives(connection: duckdb.DuckDBPyConnection, key: Key, index: AnyPlace) -> list[Node]:
    """Return the most downloaded derivatives of a model, and of each the most downloaded."""
    hub, name, _ = key
    found = _below(connection, hub, [key], _BRANCHES, index)
    with_more = [
        (hub, row["name"], row["name_hash"])
        for row in found
        if row["derivative_count"] and row["name"] != name
    ]
    twigs: dict[str, list[Node]] = {}
    for row in _below(connection, hub, with_more, _TWIGS, index):
        twigs.setdefault(row["parent"], []).append(_node(row, is_repeated=row["name"] == name))
    first = [_node(row, is_repeated=row["name"] == name) for row in found]
    for node in first:
        node.below = twigs.get(node.name, [])
    return first


def condition_of_children(
    connection: duckdb.DuckDBPyConnection, hub: str, keys: list[Key], index: AnyPlace
) -> RowCondition:
    """Return a condition that the derivatives of some models meet in table ``model``."""
    place = index.condition("derivatives", keys)
    values = {"hub": hub, "names": [name for _, name, _ in keys], **place.values}
    found = rows_of(connection, _CHILDREN.format(place=place.sql), values)
    return index.condition_of_models(row["name_hash"] for row in found)


def _below(
    connection: duckdb.DuckDBPyConnection, hub: str, keys: list[Key], most: int, index: AnyPlace
) -> list[Row]:
    """Return the most downloaded derivatives of some models."""
    if not keys:
        return []
    place = index.condition("derivatives", keys)
    models = condition_of_children(connection, hub, keys, index)
    names = [name for _, name, _ in keys]
    found = rows_of(
        connection,
        _DOWN.format(place=place.sql, models=models.sql),
        {"hub": hub, "names": names, "most": most, **place.values, **models.values},
    )
    below = [(hub, row["name"], row["name_hash"]) for row in found]
    place = index.condition("lineage", below)
    values = {"hub": hub, "names": [name for _, name, _ in below], **place.values}
    counted = {
        row["model"]: row["derivative_count"]
        for row in rows_of(connection, _BELOW.format(place=place.sql), values)
    }
    return [{**row, "derivative_count": counted.get(row["name"], 0)} for row in found]


def _node(row: Row, *, is_repeated: bool = False) -> Node:
    return Node(
        name=row["name"],
        relation=row["relation"],
        license=row["license"],
        downloads=row["downloads"],
        is_known=bool(row["is_known"]),
        evidence_url=row["evidence_url"],
        derivative_count=row.get("derivative_count") or 0,
        is_repeated=is_repeated,
    )
