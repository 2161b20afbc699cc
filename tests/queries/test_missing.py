"""What was not collected is null with a reason in every answer, and never 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from miner.db import analytics
from miner.queries import loader, run
from miner.queries.missing import missing
from miner.schema.published import PUBLISHED, VIEWS

QUERIES = loader.shipped_queries(loader.load())
OF_UNCOLLECTED = (
    "repositor", "use", "reuse", "issue", "discussion", "pull_requests", "commits", "stars",
    "text_only", "fetched_cards", "by_card", "linking",
)  # fmt: skip
"""Words in the names of columns that count what comes from repositories, cards and histories."""
OF_MODELS = {"paper_use", "dataset_use"}  # their "use" is a naming by models


@pytest.fixture(scope="module")
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    """Models with bases, families, papers and datasets, and nothing from anywhere else."""
    with analytics.open_empty() as connection:
        connection.execute("""
            INSERT INTO model (hub, name, owner, state, downloads, created_at, is_moe, base_count,
                library_name, pipeline_tag, domain, tag_count, card_state, observed_at,
                dataset_count)
            SELECT 'h', 'a/' || n, 'a', 'present', 100 * n, TIMESTAMP '2024-01-15', n % 2 = 0,
                (n > 2)::BIGINT, 'transformers', 'text-generation', 'NLP', 3, 'not-fetched',
                TIMESTAMP '2026-01-01', 1
            FROM range(1, 9) AS _(n);
            INSERT INTO model_architecture (hub, model, is_moe, moe_family, expert_count)
            SELECT hub, name, is_moe, CASE WHEN is_moe THEN 'mixtral' END, 8 FROM model;
            INSERT INTO model_edge (hub, child, parent, relation, source)
            SELECT 'h', 'a/' || n, 'a/1', 'finetune', 'tag' FROM range(3, 9) AS _(n);
            INSERT INTO model_dataset (hub, model, dataset, role, is_dataset_held)
            SELECT hub, name, 'd/1', 'trained_on', false FROM model;
            INSERT INTO model_commit (hub, model, sha) SELECT hub, name, 'abc' FROM model;
            INSERT INTO traced_paper (arxiv_id, title, kind, families, owners, names)
            VALUES ('2401.00001', 'A Paper', 'architecture', [], [], []);
        """)
        yield connection


def _answer(name: str, connection: duckdb.DuckDBPyConnection) -> tuple[run.Result, list[Any]]:
    result = run.run_query(QUERIES[name], {}, connection)
    return result, list(result.rows())


def test_no_count_of_what_was_not_collected_is_zero(bare: duckdb.DuckDBPyConnection) -> None:
    unknown = set()
    for name in QUERIES.keys() - {f"models/{query}" for query in OF_MODELS}:
        result, rows = _answer(name, bare)
        for place, column in enumerate(result.columns):
            if rows and any(word in column for word in OF_UNCOLLECTED):
                assert {row[place] for row in rows} == {None}, f"{name}: {column}"
                unknown.add(name)
    assert unknown >= {
        "cards/training_datasets", "licenses/without_license", "moe/adoption", "moe/families",
        "moe/paper_trace", "moe/upcycled", "peatmoss/domains", "peatmoss/downloads_and_reuse",
        "peatmoss/reuse_by_library", "peatmoss/summary", "peatmoss/time_to_reuse",
        "quality/missing_licenses",
    }  # fmt: skip


def test_every_answer_says_what_it_lacks_and_how_to_get_it(
    bare: duckdb.DuckDBPyConnection,
) -> None:
    for name, query in QUERIES.items():
        notes = [note for note in _answer(name, bare)[0].notes if note.startswith("not collected")]
        assert all("; get it with: " in note and "miner crawl" in note for note in notes)
        needs_github = {"model_use", "use_site", "repository", "scan"}.intersection(query.reads)
        assert any("GITHUB_TOKEN" in note for note in notes) >= bool(needs_github), name
        assert len(set(notes)) == len(notes)
    assert _answer("models/by_month", bare)[0].notes[0].startswith("caveat")


def test_what_was_collected_and_found_nothing_is_zero(bare: duckdb.DuckDBPyConnection) -> None:
    bare.execute("INSERT INTO scan (repository, state) VALUES ('o/r', 'scanned')")
    try:
        result, rows = _answer("moe/families", bare)
        assert [row[result.columns.index("repositories")] for row in rows] == [0]
        assert not missing(["model_use"], bare)
    finally:
        bare.execute("DELETE FROM scan")


def test_every_table_of_the_view_exists(bare: duckdb.DuckDBPyConnection) -> None:
    listed = bare.execute("SELECT table_name FROM collection").fetchall()
    names = {name for (name,) in listed}
    assert names < {*PUBLISHED, *(view.name for view in VIEWS)}
    assert len(names) == len(listed)
