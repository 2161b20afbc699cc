"""Which names count as like a paper's: words at the beginning of a word, up to a hyphen's sign."""

from __future__ import annotations

import duckdb
import pytest

from miner.db import analytics
from miner.db.export import select_of
from miner.schema.published import PUBLISHED

PAPERS = [
    ("2401.00001", "maker other", "small-experts"),
    ("2402.00002", None, "pasta- sauce"),
    ("2403.00003", "maker", None),
]
MODELS = [
    ("maker/small-experts-16b", "present"),
    ("Maker/My_Small_Experts", "gone"),
    ("x/Tiny Small--Experts v2", "present"),
    ("x/smaller-experts", "present"),
    ("x/dismall-experts", "present"),
    ("small-experts/base", "present"),
    ("z/pasta-sauce", "present"),
    ("z/pastas", "present"),
    ("z/applesauce", "present"),
    ("n/small-experts", "named"),
]
BASES = [("maker/Small-Experts-2b", False), ("small-experts", False), ("x/small-experts-3b", True)]


@pytest.fixture
def called() -> dict[tuple[str, str], tuple[bool, bool]]:
    """Return what the table holds: (paper, model) → (is_stored, is_by_authors)."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA store")
        connection.execute("ATTACH ':memory:' AS published")
        for name in ("model", "model_edge"):
            connection.execute(analytics.create_table(PUBLISHED[name], "published"))
        connection.execute(
            "CREATE TABLE store.traced_paper_fact (arxiv_id VARCHAR, owners VARCHAR, names VARCHAR)"
        )
        connection.executemany("INSERT INTO store.traced_paper_fact VALUES (?, ?, ?)", PAPERS)
        connection.executemany(
            "INSERT INTO published.model (hub, name, owner, state) "
            "VALUES ('h', $1, split_part($1, '/', 1), $2)",
            MODELS,
        )
        connection.executemany(
            "INSERT INTO published.model_edge (hub, child, parent, is_parent_held) "
            "VALUES ('h', 'a/b', $1, $2)",
            BASES,
        )
        rows = connection.execute(select_of("paper_lookalike")).fetchall()
    found = {(paper, model): (is_stored, is_by) for paper, _, model, is_stored, is_by in rows}
    assert len(found) == len(rows), "one row a paper and model"
    return found


def test_names_of_models_and_of_bases_are_compared_by_words(
    called: dict[tuple[str, str], tuple[bool, bool]],
) -> None:
    assert called == {
        ("2401.00001", "maker/small-experts-16b"): (True, True),
        ("2401.00001", "Maker/My_Small_Experts"): (True, True),
        ("2401.00001", "x/Tiny Small--Experts v2"): (True, False),
        ("2401.00001", "maker/Small-Experts-2b"): (False, True),
        ("2402.00002", "z/pasta-sauce"): (True, False),
    }
