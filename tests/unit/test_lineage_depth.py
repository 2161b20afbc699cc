"""Depth and root, against a slow and obvious way of finding them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import pytest

from miner.pipelines.derive import lineage_depth

Edges = set[tuple[str, str]]
Places = dict[str, tuple[str, int, bool]]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("ATTACH ':memory:' AS published; CREATE SCHEMA store")
        opened.execute(
            "CREATE TABLE published.model_edge "
            "(hub VARCHAR, child VARCHAR, parent VARCHAR, is_parent_held BOOLEAN)"
        )
        yield opened


def _place(connection: duckdb.DuckDBPyConnection, edges: Edges) -> Places:
    if edges:
        connection.executemany(
            "INSERT INTO published.model_edge VALUES ('h', ?, ?, false)", sorted(edges)
        )
    lineage_depth.place_models(connection)
    rows = connection.execute("SELECT model, root, depth, is_in_cycle FROM store.lineage")
    return {model: (root, depth, cycle) for model, root, depth, cycle in rows.fetchall()}


def _reaches(edges: Edges) -> dict[str, set[str]]:
    reach: dict[str, set[str]] = {node: set() for edge in edges for node in edge}
    for start, found in reach.items():
        todo = [start]
        while todo:
            node = todo.pop()
            for child, parent in edges:
                if child == node and parent not in found:
                    found.add(parent)
                    todo.append(parent)
    return reach


def _slowly(edges: Edges) -> Places:
    reach = _reaches(edges)
    kept = {(child, parent) for child, parent in edges if child not in reach[parent]}

    def place(node: str) -> tuple[int, str]:
        chains = [(depth + 1, root) for depth, root in (place(p) for c, p in kept if c == node)]
        if not chains:
            return 0, node
        longest = max(depth for depth, _ in chains)
        return longest, min(root for depth, root in chains if depth == longest)

    return {node: (place(node)[1], place(node)[0], node in reach[node]) for node in reach}


def test_no_edges_no_places(connection: duckdb.DuckDBPyConnection) -> None:
    assert _place(connection, set()) == {}


def test_the_longest_chain_counts_and_ties_go_by_name(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    edges = {("leaf", "mid"), ("mid", "root"), ("leaf", "root"), ("both", "z"), ("both", "a")}
    assert _place(connection, edges) == {
        "root": ("root", 0, False),
        "mid": ("root", 1, False),
        "leaf": ("root", 2, False),
        "a": ("a", 0, False),
        "z": ("z", 0, False),
        "both": ("a", 1, False),
    }


def test_cycles_are_left_out_and_flagged(connection: duckdb.DuckDBPyConnection) -> None:
    edges = {("self", "self"), ("x", "y"), ("y", "x"), ("y", "base"), ("below", "x")}
    assert _place(connection, edges) == {
        "self": ("self", 0, True),
        "base": ("base", 0, False),
        "y": ("base", 1, True),
        "x": ("x", 0, True),
        "below": ("x", 1, False),
    }


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"m{number:02}" for number in range(14)]
    edges = {
        (chance.choice(names), chance.choice(names)) for _ in range(chance.choice([9, 13, 20]))
    }
    assert _place(connection, edges) == _slowly(edges)


@pytest.mark.parametrize(
    "written", ["None", "./out/model", "/cache/models/x", "https://a.example/b"]
)
def test_what_is_no_name_is_no_root(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    places = _place(connection, {("a/child", written), ("a/other", "a/base")})
    assert places == {"a/other": ("a/base", 1, False), "a/base": ("a/base", 0, False)}
