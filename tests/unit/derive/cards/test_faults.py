"""A rule that breaks on a card costs its own values: the card says so, and keeps the others'."""

from __future__ import annotations

from types import ModuleType

import pytest

from miner import registry
from miner.pipelines.derive.cards import rule_extractor as extractor
from miner.pipelines.derive.cards import rules
from miner.pipelines.derive.cards.card_reading import CardText, read_card
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.schema.vocab import ExtractionState

CARD = """---
license: mit
language: en
datasets: [squad]
base_model: zoo/base
---
# A model

It is fine-tuned from zoo/base with a learning rate of 1e-4 and was trained for 3 hours on 8 A100.

| Benchmark | Score |
|---|---|
| MMLU | 55.1 |
"""
MODULES = list(registry.modules_in(rules))


@pytest.mark.parametrize(
    "module", MODULES, ids=[one.__name__.rpartition(".")[2] for one in MODULES]
)
def test_an_exception_in_any_rule_costs_its_values_alone(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise KeyError("injected")

    others = tuple(one.read for one in MODULES if one is not module)
    monkeypatch.setattr(extractor, "_rules", lambda: others)
    without = extract(CARD, "zoo/alpha")
    broken = tuple(fails if one is module else one.read for one in MODULES)
    monkeypatch.setattr(extractor, "_rules", lambda: broken)
    outcome = read_card(CardText("zoo/alpha", CARD))
    assert outcome.values == without
    assert without
    assert outcome.state == ExtractionState.PARTIAL
    assert "unexpected errors: 1, KeyError at rule_extractor.py:" in outcome.reason


def test_a_card_without_an_error_is_extracted() -> None:
    outcome = read_card(CardText("zoo/alpha", CARD))
    assert (outcome.state, outcome.reason) == (ExtractionState.EXTRACTED, "")


def test_an_exception_outside_of_the_rules_fails_the_card_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("injected")

    monkeypatch.setattr(extractor, "read_document", fails)
    outcome = read_card(CardText("zoo/alpha", CARD))
    assert outcome.state == ExtractionState.FAILED
    assert outcome.reason.startswith("KeyError at rule_extractor.py:")
