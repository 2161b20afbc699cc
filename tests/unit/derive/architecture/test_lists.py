"""The tables beside the families: libraries that run types, and papers that are followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.schema.moe import lists, load_families
from miner.schema.published import PUBLISHED


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(lists, "_FOLDER", tmp_path)
    lists.load_engines.cache_clear()
    lists.load_papers.cache_clear()
    yield tmp_path
    lists.load_engines.cache_clear()
    lists.load_papers.cache_clear()


def test_the_tables_hold_what_is_published_of_them() -> None:
    for name, rows in (
        ("engine_support", lists.load_engines()),
        ("traced_paper", lists.load_papers()),
        ("moe_family", lists.family_facts()),
    ):
        assert len(rows) >= 30
        assert all(hasattr(rows[0], column) for column in PUBLISHED[name].column_names)
    assert {row.name for row in lists.family_facts()} < set(load_families().rows)


def test_a_library_is_one_version_and_a_type_of_it_stands_once() -> None:
    rows = lists.load_engines()
    assert len({(row.engine, row.model_type) for row in rows}) == len(rows)
    versions = {(row.engine, row.version) for row in rows}
    assert len({engine for engine, _ in versions}) == len(versions)


def test_a_library_runs_a_type_since_a_version_that_is_not_newer() -> None:
    since = {(row.engine, row.model_type): row.since_version for row in lists.load_engines()}
    assert since["transformers", "mixtral"] == "4.36.0"
    assert since["gguf", "qwen3moe"] == "0.16.2"
    assert since["mlx-lm", "qwen3_moe"] == "0.24.0"
    assert since["vllm", "mixtral"] == "", "no older versions were looked at"


def test_the_family_of_a_type_is_that_of_the_families() -> None:
    table = load_families()
    for row in lists.load_engines():
        family = table.of_gguf(row.model_type) if row.engine == "gguf" else None
        family = family or table.of_type(row.model_type)
        if family is not None and family.when != "never":
            assert row.moe_family in {family.name, ""}, row


def test_owners_and_code_of_papers_are_names() -> None:
    for paper in lists.load_papers():
        assert all(re.fullmatch(r"[\w.\-]+", owner) for owner in paper.owners.split())
        assert re.fullmatch(r"([\w.\-]+/[\w.\-]+)?", paper.repository)
        assert paper.title
        assert paper.kind
        assert paper.technique


@pytest.mark.parametrize(
    "row",
    [
        "vllm,1.0,mixtral,no-such-family,",
        ",1.0,mixtral,mixtral,",
        "vllm,1.0,mixtral,mixtral",
        "vllm,1.0,mixtral,mixtral,1.10",
        "vllm,1.0,mixtral,mixtral,\nvllm,1.0,mixtral,mixtral,",
    ],
)
def test_a_library_that_cannot_be_used_is_refused(folder: Path, row: str) -> None:
    header = "engine,version,model_type,moe_family,since_version"
    (folder / "engines.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(ConfigurationError, match=r"engines\.csv"):
        lists.load_engines()


@pytest.mark.parametrize(
    "row",
    [
        "2401.066,Title,kind,what,,,,",
        "2401.06066,Title,kind,what,no-such-family,,,",
        "2401.06066,Title,kind,what,,,Heron_7B,",
        "2401.06066,Title,kind,what,,,,\n2401.06066,Title,kind,what,,,,",
    ],
)
def test_a_paper_that_cannot_be_used_is_refused(folder: Path, row: str) -> None:
    header = "arxiv_id,title,kind,technique,families,owners,names,repository"
    (folder / "papers.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(ConfigurationError, match=r"papers\.csv"):
        lists.load_papers()


def test_other_columns_are_refused(folder: Path) -> None:
    (folder / "papers.csv").write_text("arxiv_id,title\n")
    with pytest.raises(ConfigurationError, match="its columns are not"):
        lists.load_papers()
