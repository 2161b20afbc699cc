"""Depth and root of every model in the tree of derivatives.

Edges are peeled off from the roots, one layer a round, so each edge is looked at about twice and
the work grows with edges, not with paths. What cannot be peeled hangs on a cycle: then the edges
inside cycles are dropped, and the peeling starts again.
"""

from __future__ import annotations

from miner.db.analytics import DuckDBConnection

_NUMBER_THE_MODELS = r"""
CREATE TABLE store.lineage_told AS
FROM published.model_edge
WHERE is_parent_held
    OR (
        -- what an author wrote need not be a name: None, a path on a disk, an address elsewhere
        regexp_full_match(parent, '[A-Za-z0-9_][\w.-]*(/[\w.-]+)?')
        AND lower(parent) NOT IN ('none', 'null', 'undefined', 'unknown', 'n/a')
        AND NOT starts_with(lower(parent), 'todo')
    );
CREATE TABLE store.lineage_node AS
SELECT row_number() OVER (ORDER BY hub, model) AS id, hub, model
FROM (
    SELECT hub, child AS model FROM store.lineage_told
    UNION
    SELECT hub, parent FROM store.lineage_told
);
CREATE TABLE store.lineage_edge AS
SELECT child.id AS child, parent.id AS parent
FROM store.lineage_told AS edge
JOIN store.lineage_node AS child ON child.hub = edge.hub AND child.model = edge.child
JOIN store.lineage_node AS parent ON parent.hub = edge.hub AND parent.model = edge.parent;
CREATE TABLE store.lineage_cycle AS
SELECT DISTINCT child AS node FROM store.lineage_edge WHERE child = parent;
DELETE FROM store.lineage_edge WHERE child = parent;
"""

_START = """
CREATE OR REPLACE TABLE store.open_edge AS FROM store.lineage_edge;
CREATE OR REPLACE TABLE store.lineage_place AS
SELECT DISTINCT parent AS node, 0 AS depth, parent AS root
FROM store.lineage_edge
WHERE parent NOT IN (SELECT child FROM store.lineage_edge);
"""

# A parent whose last edge went in the round before stands, by that, at the depth of that round.
_PLACE_A_LAYER = """
INSERT INTO store.lineage_place
SELECT edge.child, $depth, min(place.root)
FROM store.open_edge AS edge
JOIN store.lineage_place AS place ON place.node = edge.parent AND place.depth = $depth - 1
WHERE edge.parent NOT IN (SELECT child FROM store.open_edge)
GROUP BY edge.child
"""

_DROP_ROOTS = """
CREATE OR REPLACE TABLE store.open_edge AS
FROM store.open_edge WHERE parent IN (SELECT child FROM store.open_edge)
"""

_DROP_LEAVES = """
CREATE OR REPLACE TABLE store.open_edge AS
FROM store.open_edge WHERE child IN (SELECT parent FROM store.open_edge)
"""

_DROP_CYCLES = """
CREATE TABLE store.lineage_reach AS
WITH RECURSIVE reach(start, stop) AS (
    SELECT child, parent FROM store.open_edge
    UNION
    SELECT reach.start, edge.parent
    FROM reach
    JOIN store.open_edge AS edge ON edge.child = reach.stop
)
FROM reach;
INSERT INTO store.lineage_cycle SELECT start FROM store.lineage_reach WHERE start = stop;
DELETE FROM store.lineage_edge
WHERE (parent, child) IN (SELECT (start, stop) FROM store.lineage_reach)
    AND (child, parent) IN (SELECT (child, parent) FROM store.open_edge);
"""

_RESULT = """
CREATE TABLE store.lineage AS
WITH place AS (
    SELECT node, max(depth) AS depth, arg_max(root, depth) AS root
    FROM store.lineage_place
    GROUP BY node
)
SELECT
    node.hub,
    node.model,
    coalesce(root.model, node.model) AS root,
    coalesce(place.depth, 0) AS depth,
    node.id IN (SELECT node FROM store.lineage_cycle) AS is_in_cycle
FROM store.lineage_node AS node
LEFT JOIN place ON place.node = node.id
LEFT JOIN store.lineage_node AS root ON root.id = place.root
"""


def place_models(connection: DuckDBConnection) -> None:
    """Make the table ``store.lineage`` (hub, model, root, depth, is_in_cycle).

    One row a name that is the child or the parent of an edge. Depth is the length of the longest
    chain of bases; root is where that chain begins, the first by name where several do.

    Args:
        connection: A work database with ``published.model_edge`` filled.
    """
    connection.execute(_NUMBER_THE_MODELS)
    if not _peel(connection):
        _shrink(connection, _DROP_LEAVES)
        connection.execute(_DROP_CYCLES)
        _peel(connection)
    connection.execute(_RESULT)


def _peel(connection: DuckDBConnection) -> bool:
    """Place the models layer by layer, and return whether all edges could be peeled off."""
    connection.execute(_START)
    depth, left = 0, _count(connection)
    while left:
        depth += 1
        connection.execute(_PLACE_A_LAYER, {"depth": depth})
        connection.execute(_DROP_ROOTS)
        before, left = left, _count(connection)
        if left == before:
            return False
    return True


def _shrink(connection: DuckDBConnection, statement: str) -> None:
    """Repeat a statement until it takes no more open edges away."""
    before, left = -1, _count(connection)
    while left != before:
        connection.execute(statement)
        before, left = left, _count(connection)


def _count(connection: DuckDBConnection) -> int:
    row = connection.execute("SELECT count(*) FROM store.open_edge").fetchone()
    return int(row[0]) if row else 0
