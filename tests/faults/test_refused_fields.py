"""A hub that refuses fields of the listing, in the words and line breaks of the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.errors import SourceRefused
from miner.pipelines.sources.replay import listing
from miner.pipelines.sources.replay.serve import serving
from tests.crawling import ask, build, crawl, model_names, record, settings_for

Words = Callable[[Any, str], str]


def _listed(allowed: Any, between: str = "|") -> str:
    return between.join(f'"{name}"' for name in allowed)


LINES = " |\n"
WORDS: dict[str, Words] = {
    "one line": lambda allowed, place: (
        f"* Invalid option: expected one of {_listed(allowed)} at {place}"
    ),
    "two lines": lambda allowed, place: (
        f"✖ Invalid option: expected one of {_listed(allowed)}\n  → at {place}"
    ),
    "values on lines": lambda allowed, place: (
        f"Invalid option: expected one of\n{_listed(allowed, LINES)}\nat {place}"
    ),
}


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("refused", [("gguf",), ("gguf", "safetensors", "baseModels")])
def test_refused_fields_are_left_out_and_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    words: str,
    refused: tuple[str, ...],
) -> None:
    monkeypatch.setattr(listing, "_invalid_option", WORDS[words])
    allowed = tuple(name for name in listing.EXPAND["models"] if name not in refused)
    monkeypatch.setitem(listing.EXPAND, "models", allowed)
    with serving(build(30, cards=0)) as server:
        crawl(settings_for(tmp_path, server.endpoint))
    assert len(model_names(settings_for(tmp_path, ""))) == 30
    for name in refused:
        assert any(name in line.getMessage() for line in caplog.records)


def test_a_refusal_that_cannot_be_read_is_not_put_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_invalid_option", lambda _, place: f"no such thing at {place}")
    monkeypatch.setitem(listing.EXPAND, "models", ("sha",))
    with serving(build(3, cards=0)) as server, pytest.raises(SourceRefused, match="no such thing"):
        crawl(settings_for(tmp_path, server.endpoint))


def test_used_storage_is_asked_for_where_it_is_wanted_and_its_lack_is_said(tmp_path: Path) -> None:
    unknown = "models whose used storage is not known (--storage asks)"
    sql = "SELECT count(used_storage_bytes), count(DISTINCT used_storage_bytes) FROM model"
    catalog = build(20, cards=0)
    for number in range(20):
        catalog.models.put(record(number, siblings=[], usedStorage=1_000 + number))
    with serving(catalog) as server:
        settings = settings_for(tmp_path, server.endpoint)
        assert crawl(settings)[unknown] == 20
        assert ask(settings, sql) == [(0, 0)]
        counts = crawl(settings, with_storage=True)
        assert counts["models asked for used storage found"] == 20
        assert unknown not in +counts
        assert ask(settings, sql) == [(20, 20)]
        catalog.models.put(record(3, siblings=[], sha="5" * 40, lastModified="2026-02-01"))
        counts = crawl(settings, with_storage=True)
        assert not counts["models asked for used storage found"]
    assert ask(settings, sql) == [(20, 20)], "a listing does not take it away"
