"""The table of published members: where it was read, and its counts against the formulas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.derive.architecture.model_evidence import Evidence
from miner.pipelines.derive.architecture.precedence import architecture
from miner.schema.moe import load_families, members
from miner.schema.moe.members import Member, load_members

_SAME_TOTAL, _SAME_ACTIVE = 0.015, 0.04


def _differs(published: int | None, counted: tuple[int | None, ...], by: float) -> bool:
    """Return whether a published figure is none of those counted."""
    known = [one for one in counted if one]
    return bool(published and known) and all(abs(one / (published or 1) - 1) > by for one in known)


def test_there_are_many_members_and_each_says_where_and_when_it_was_read() -> None:
    rows = load_members()
    assert len(rows) >= 200
    assert len({row.family for row in rows}) >= 60
    for row in rows:
        assert row.sources, row.name
        assert date(2026, 11, 1) <= date.fromisoformat(row.read), row.name
        assert all("/" in name for name in row.names), row.name


@pytest.mark.parametrize("row", [row for row in load_members() if row.config], ids=lambda r: r.name)
def test_counts_are_those_that_the_formulas_make_of_its_config(row: Member) -> None:
    found = architecture(Evidence(config=row.config.encode()))
    assert found.is_moe, row.name
    if load_families().rows[row.family].types and found.moe_family is not None:
        assert found.moe_family == row.family
    assert (found.expert_count, found.experts_per_token) == (row.experts, row.top_k)
    assert (found.shared_expert_count or 0) == (row.shared or 0)
    assert (
        found.parameter_count,
        found.active_parameter_count,
        found.active_parameter_count_no_embedding,
    ) == (row.counted_total, row.counted_active, row.counted_active_no_embedding)


@pytest.mark.parametrize("row", load_members(), ids=lambda row: row.name)
def test_where_published_and_counted_figures_differ_the_row_says_why(row: Member) -> None:
    counted = (row.counted_active, row.counted_active_no_embedding)
    if _differs(row.total, (row.counted_total,), _SAME_TOTAL) or _differs(
        row.active, counted, _SAME_ACTIVE
    ):
        assert row.note, f"{row.name}: published {row.total}, {row.active}; counted {counted}"
    assert (row.active or 0) <= (row.total or row.active or 0), row.name


def test_a_release_takes_the_sizes_of_the_one_that_it_is_like() -> None:
    by_name = {name: row for row in load_members() for name in row.names}
    base, release = by_name["Qwen/Qwen3-30B-A3B"], by_name["Qwen/Qwen3-30B-A3B-Instruct-2507"]
    assert (release.experts, release.top_k, release.total) == (128, 8, base.total)
    assert release.released == "2025-07" > base.released


def test_a_published_count_that_no_way_of_counting_comes_near_gives_way_to_the_formulas() -> None:
    by_name = {name: row for row in load_members() for name in row.names}
    rounded = by_name["Qwen/Qwen3-Next-80B-A3B-Instruct"]  # 3 by its name, 3.9 or 3.6 counted
    without_embeddings = by_name["openai/gpt-oss-20b"]
    assert rounded.used == rounded.counted_active != rounded.active
    assert without_embeddings.used == without_embeddings.active != without_embeddings.counted_active
    for row in by_name.values():
        counts = [one for one in (row.counted_active, row.counted_active_no_embedding) if one]
        assert not counts or any(abs((row.used or 0) / one - 1) <= 0.1 for one in counts), row.name


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("mixtral,mistralai", "no-family,mistralai", "is of no family"),
        ("2026-12-02", "yesterday", "where and when"),
        ("https://", "ftp://", "where and when"),
        (",2023-12,", ",winter,", "in no month"),
        ("family,names", "names,family", "its columns are not"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, message: str
) -> None:
    text = members._FILE.read_text("utf-8")
    file = tmp_path / "members.csv"
    file.write_text(text.replace(before, after, 1), "utf-8")
    monkeypatch.setattr(members, "_FILE", file)
    load_members.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match=message):
            load_members()
    finally:
        load_members.cache_clear()


def test_a_name_that_stands_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = members._FILE.read_text("utf-8").splitlines()
    file = tmp_path / "members.csv"
    file.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    monkeypatch.setattr(members, "_FILE", file)
    load_members.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match="stands twice"):
            load_members()
    finally:
        load_members.cache_clear()
