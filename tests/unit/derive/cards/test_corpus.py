"""The extractor on real cards: the bars on labelled ones, no failure on any."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.pipelines.derive.cards.rule_extractor import extract
from miner.pipelines.derive.cards.value import MAX_QUOTE
from miner.pipelines.sources.records.card import decode
from tests.accuracy.field_scores import evaluate_fields, read_field_labels

PRECISION = 0.93
RECALL = 0.85
F1_OF_A_FIELD = 0.65
MANY = 15


@pytest.mark.shared
def test_the_bars_on_labelled_cards(shared_dir: Path) -> None:
    result = evaluate_fields(
        read_field_labels(shared_dir / "field-labels" / "labels.jsonl"),
        shared_dir / "hub-corpus" / "cards",
        lambda card, model: [value.as_row() for value in extract(card, model)],
    )
    assert result.bad_quotes == 0
    assert (result.micro.precision or 0) >= PRECISION
    assert (result.micro.recall or 0) >= RECALL
    low = {
        name: one.f1
        for name, one in result.fields.items()
        if one.right + one.missed >= MANY and (one.f1 or 0) < F1_OF_A_FIELD
    }
    assert low == {}


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("folder", ["cards", "card-bodies", "dataset-cards", "cards-other"])
def test_no_real_card_fails(shared_dir: Path, folder: str) -> None:
    paths = sorted((shared_dir / "hub-corpus" / folder).rglob("*.md"))
    assert len(paths) > 100 or folder == "cards-other"
    for path in paths:
        card = decode(path.read_bytes())[0]
        for value in extract(card, path.stem.replace("__", "/", 1)):
            assert card[value.start : value.end] == value.quote, path.name
            assert len(value.quote) <= MAX_QUOTE
