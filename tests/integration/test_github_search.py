"""Which repositories a crawl of a replayed GitHub finds, and how it searches for them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from miner.pipelines.sources.github.session import ForgeChoice
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from tests.crawling import AtStage, ask, one
from tests.forges import build, crawl_forge, forge_settings, name, put, repository_names, source


@pytest.mark.soak
def test_every_repository_is_found_once_inside_the_limits(tmp_path: Path) -> None:
    catalog = build(1_150)
    options = ReplayOptions(
        limit_code_search=60, limit_search=30, limit_core=600, limit_graphql=20, window_seconds=1,
        estimate_off=0.2, rate_incomplete=0.2,
    )  # fmt: skip
    with serving(catalog, options) as server:
        settings = forge_settings(tmp_path, server)
        counts = crawl_forge(settings, ForgeChoice(limit=None))
        stats = server.stats()["buckets"]
    assert repository_names(settings, "state = 'present'") == {
        name(number) for number in range(1_150)
    }
    assert one(settings, "SELECT count(*) FROM repository") == 1_150
    assert counts["scans scanned"] == 1_150
    for resource in ("code_search", "search", "core", "graphql"):
        assert stats[resource]["refused"] == 0
        assert stats[resource]["most_in_a_window"] <= stats[resource]["limit"]
    states = dict(ask(settings, "SELECT state, count(*) FROM search_bin GROUP BY state"))
    assert set(states) - {"cut"} == {"split", "whole"}
    assert counts["search pages asked for again"] > 0
    # what stays incomplete after three tries is cut, and nothing else is
    assert not ask(
        settings,
        "SELECT 1 FROM search_bin WHERE (state = 'cut') <> (incomplete_results AND "
        "state <> 'split')",
    )
    # all that one search finds is more than GitHub gives: its parts are whole, and give it all
    base = "transformers from_pretrained language:python"
    files = one(
        settings,
        "SELECT count(DISTINCT repository_id || path) FROM search_hit h JOIN search_bin b "
        "ON b.id = h.bin_id WHERE b.base = ?", base,
    )  # fmt: skip
    assert files == 1_150
    assert one(settings, "SELECT max(page_count) FROM search_bin WHERE base = ?", base) <= 10


@pytest.mark.soak
def test_a_search_that_cannot_be_parted_is_cut_and_never_whole(tmp_path: Path) -> None:
    catalog = build(0)
    for number in range(1_300):
        put(catalog, number, files={"notes.xyz": source("maker/one")})
    for number in range(1_300, 1_350):
        put(catalog, number, files={"app.py": source("maker/one")})
    stop = threading.Event()
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, progress=AtStage("metadata", stop.set), stop=stop)
    base = "model_name_or_path extension:yaml"
    assert one(settings, "SELECT state FROM search_bin WHERE base = ?", base) == "whole"
    python = "transformers from_pretrained language:python"
    assert one(settings, "SELECT state FROM search_bin WHERE base = ?", python) == "whole"
    assert len(repository_names(settings)) == 50


@pytest.mark.soak
def test_same_size_files_beyond_the_bound_are_cut(tmp_path: Path) -> None:
    catalog = build(0)
    for number in range(1_200):
        put(catalog, number, files={"some/where.py": source("maker/one")})
    stop = threading.Event()
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl_forge(settings, progress=AtStage("metadata", stop.set), stop=stop)
    python = "transformers from_pretrained language:python"
    rows = ask(
        settings,
        "SELECT state, reason, lower, upper, extension, filename, distinct_count FROM search_bin "
        "WHERE base = ? AND state = 'cut'", python,
    )  # fmt: skip
    assert rows, "a bin of files of one size cannot be parted by size"
    for state, reason, lower, upper, _, _, distinct in rows:
        assert (state, lower) == ("cut", upper)
        assert "1,000" in reason
        assert distinct == 1_000
    assert not ask(
        settings,
        "SELECT 1 FROM search_bin WHERE state = 'whole' AND total_count > 1000",
    )
    assert 1_000 <= len(repository_names(settings)) <= 1_200


def test_since_is_about_pushes_and_limit_about_repositories(tmp_path: Path) -> None:
    catalog = build(24)
    with serving(catalog) as server:
        from datetime import datetime  # noqa: PLC0415

        settings = forge_settings(tmp_path, server)
        counts = crawl_forge(settings, ForgeChoice(since=datetime.fromisoformat("2025-07-01")))
        assert counts["scans scanned"] == 12
        counts = crawl_forge(settings, ForgeChoice(limit=5))
        assert counts["scans scanned"] == 5


def test_cards_lead_to_repositories(tmp_path: Path) -> None:
    from miner.pipelines.sources.replay.catalog import CURRENT, HubFile  # noqa: PLC0415
    from tests.crawling import crawl, record  # noqa: PLC0415

    catalog: Catalog = build(3)
    card = f"# A model\nCode: https://github.com/{name(2)}.git and https://github.com/topics/llm\n"
    catalog.models.put(record(1), files={(CURRENT, "README.md"): HubFile(card.encode())})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        crawl(settings)
        counts = crawl_forge(settings, ForgeChoice(with_search=False))
    assert counts["repositories linked by cards"] == 1
    assert repository_names(settings, "state = 'present'") == {name(2)}
    [(start, end, linked)] = ask(
        settings, "SELECT span_start, span_end, repository FROM model_repository"
    )
    assert card[start:end] == f"{name(2)}.git"
    assert linked == name(2)
    assert ask(settings, "SELECT source FROM repository_finding") == [("card",)]
