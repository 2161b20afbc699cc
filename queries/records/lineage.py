"""Bases and derivatives of a model as trees of bounded size; a cycle ends where it closes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from miner.queries.records.rows import Row, rows_of

MOST_NODES = 150
MOST_LEVELS = 12
_BRANCHES = 25
_TWIGS = 5

_UP = """
SELECT edge.child, edge.parent AS name, edge.relation, edge.source, edge.is_parent_held AS is_known,
    edge.evidence_url, base.license, base.downloads
FROM model_edge AS edge
LEFT JOIN model AS base ON base.hub = edge.hub AND base.name = edge.parent
WHERE edge.hub = $hub AND list_contains($names, edge.child)
ORDER BY edge.child, edge.parent
LIMIT $most
"""
_DOWN = """
SELECT edge.parent, edge.child AS name, edge.relation, edge.source, true AS is_known,
    edge.evidence_url, derived.license, derived.downloads,
    coalesce(below.derivative_count, 0) AS derivative_count
FROM model_edge AS edge
LEFT JOIN model AS derived ON derived.hub = edge.hub AND derived.name = edge.child
LEFT JOIN model_lineage AS below ON below.hub = edge.hub AND below.model = edge.child
WHERE edge.hub = $hub AND list_contains($names, edge.parent)
QUALIFY row_number() OVER (
    PARTITION BY edge.parent ORDER BY derived.downloads DESC NULLS LAST, edge.child
) <= $most
ORDER BY edge.parent, derived.downloads DESC NULLS LAST, edge.child
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


def bases(connection: duckdb.DuckDBPyConnection, hub: str, name: str) -> list[Node]:
    """Return the bases of a model, their bases below them, and so on."""
    roots: list[Node] = []
    level = {name: roots}
    seen, left = {name}, MOST_NODES
    for _ in range(MOST_LEVELS):
        if not level or left <= 0:
            break
        values = {"hub": hub, "names": list(level), "most": left}
        found = rows_of(connection, _UP, values)
        left -= len(found)
        coming: dict[str, list[Node]] = {}
        for row in found:
            node = _node(row, is_repeated=row["name"] in seen)
            level[row["child"]].append(node)
            if not node.is_repeated:
                coming[node.name] = node.below
            seen.add(node.name)
        level = coming
    return roots


def derivatives(connection: duckdb.DuckDBPyConnection, hub: str, name: str) -> list[Node]:
    """Return the most downloaded derivatives of a model, and of each the most downloaded."""
    first = _below(connection, hub, [name], _BRANCHES).get(name, [])
    with_more = [node.name for node in first if node.derivative_count and node.name != name]
    second = _below(connection, hub, with_more, _TWIGS)
    for node in first:
        node.is_repeated = node.name == name
        node.below = [] if node.is_repeated else second.get(node.name, [])
        for twig in node.below:
            twig.is_repeated = twig.name == name
    return first


def _below(
    connection: duckdb.DuckDBPyConnection, hub: str, names: Iterable[str], most: int
) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    values = {"hub": hub, "names": list(names), "most": most}
    for row in rows_of(connection, _DOWN, values) if values["names"] else []:
        found.setdefault(row["parent"], []).append(_node(row))
    return found


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
