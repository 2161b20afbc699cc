"""A hub that refuses fields of the listing, in the words and line breaks of the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.errors import SourceRefused
from miner.pipelines.replay import listing
from miner.pipelines.replay.serve import serving
from tests.crawling import build, crawl, names_held, settings_for

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
    assert len(names_held(settings_for(tmp_path, ""))) == 30
    for name in refused:
        assert any(name in line.getMessage() for line in caplog.records)


def test_a_refusal_that_cannot_be_read_is_not_put_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_invalid_option", lambda _, place: f"no such thing at {place}")
    monkeypatch.setitem(listing.EXPAND, "models", ("sha",))
    with serving(build(3, cards=0)) as server, pytest.raises(SourceRefused, match="no such thing"):
        crawl(settings_for(tmp_path, server.endpoint))
