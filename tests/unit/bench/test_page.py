"""The page that benches write their sections into."""

from __future__ import annotations

from pathlib import Path

from tests.bench.page import write_section


def test_a_section_is_replaced_and_its_neighbors_stay(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    write_section("one", "first", page)
    write_section("two", "second", page)
    write_section("one", "third", page)
    text = page.read_text(encoding="utf-8")
    assert "first" not in text
    assert "<!-- bench:one -->\nthird\n<!-- /bench:one -->" in text
    assert "<!-- bench:two -->\nsecond\n<!-- /bench:two -->" in text


def test_a_place_that_is_only_marked_is_filled_and_nothing_is_lost(tmp_path: Path) -> None:
    page = tmp_path / "operations.md"
    page.write_text("head\n\n<!-- bench:one -->\n\nfoot\n", encoding="utf-8")
    write_section("one", "first", page)
    write_section("one", "second", page)
    text = page.read_text(encoding="utf-8")
    assert text == "head\n\n<!-- bench:one -->\nsecond\n<!-- /bench:one -->\n\nfoot\n"
