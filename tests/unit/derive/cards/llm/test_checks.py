"""What the checks accept of an answer, and what they refuse: one value and its words at a time."""

from __future__ import annotations

from typing import Any

import pytest

from miner.pipelines.derive.cards.card_markdown import read_document
from miner.pipelines.derive.cards.llm.card_parts import CardPart
from miner.pipelines.derive.cards.llm.verify_answers import Verifier
from miner.pipelines.derive.cards.llm.visible import Visible
from miner.pipelines.derive.cards.outcome import Rejected

CARD = """---
language: [eng_Latn, zho_Hans]
---
# own

Meta\u2019s team trained it on 1 000 000 examples of \u201cTale Bank\u201d, 300 GT,
emitting 2.2 g of CO2.

| Model | learning rate | Time (GPU hours) | CO2 (tCO2eq) | Params (M) | Score |
|---|---|---|---|---|---|
| own | 2e-5 | 48 | 31.22 | 88.6 | 0.9 |

Adam with betas=(0.9,0.999), F1 **98,19**.

| batch size | 32 |
|---|---|
| warmup | 500 |
"""


def judged(field: str, **item: Any) -> Any:
    """Return the value that is kept, or why it is not."""
    verifier = Verifier(Visible(read_document(CARD, "acme/own")), "any")
    (found,) = verifier.check(field, [item], CardPart(0, len(CARD)))
    return found.reason if isinstance(found, Rejected) else found.value


@pytest.mark.parametrize(
    ("field", "item", "kept"),
    [
        ("hyperparameter", {"value": "2e-5", "quote": "| own | 2e-5 |", "name": "learning_rate"},
         2e-5),
        ("hyperparameter", {"value": "500", "quote": "| warmup | 500 |", "name": "warmup_steps"},
         500),
        ("hyperparameter", {"value": "2e-5", "quote": "| own | 2e-5 |", "name": "batch_size"},
         "quote-without-value"),
        ("hyperparameter", {"value": "48", "quote": "48", "name": "learning_rate"},
         "quote-without-value"),
        ("hyperparameter", {"value": "0.999", "quote": "betas=(0.9,0.999)", "name": "adam_beta2"},
         0.999),
        ("evaluation", {"value": "98,19", "quote": "F1 **98,19**", "metric": "F1"}, 98.19),
        ("evaluation", {"value": "98.19%", "quote": "F1 **98,19**", "metric": "F1"}, 98.19),
        ("parameter_count", {"value": "1e999", "quote": "88.6"}, "out-of-range"),
        ("evaluation", {"value": "98.18%", "quote": "F1 **98,19**", "metric": "F1"},
         "quote-without-value"),
        ("training_time", {"value": 48, "quote": "48", "unit": "hours"}, 48),
        ("training_time", {"value": 0.9, "quote": "0.9", "unit": "hours"}, "quote-without-value"),
        ("training_time", {"value": 48, "quote": "48", "unit": None}, "wrong-type"),
        ("carbon_emitted", {"value": 31_220, "quote": "31.22"}, 31_220),
        ("carbon_emitted", {"value": 31.22, "quote": "31.22"}, 31_220),
        ("carbon_emitted", {"value": 0.0022, "quote": "emitting 2.2 g of CO2"}, 0.0022),
        ("carbon_emitted", {"value": 2.2, "quote": "emitting 2.2 g of CO2"}, 0.0022),
        ("carbon_emitted", {"value": 88.6, "quote": "88.6"}, "quote-without-value"),
        ("parameter_count", {"value": 88_600_000, "quote": "88.6"}, 88_600_000),
        ("training_tokens", {"value": 300_000_000_000, "quote": "300 GT, emitting"},
         300_000_000_000),
        ("training_tokens", {"value": 1_000_000, "quote": "on 1 000 000 examples"}, 1_000_000),
        ("training_tokens", {"value": 2_000_000, "quote": "on 1 000 000 examples"},
         "quote-without-value"),
        ("training_dataset", {"value": "Tale Bank", "quote": "examples of \"Tale Bank\""},
         "Tale Bank"),
        ("funding", {"value": "Meta's team", "quote": "Meta's team trained it"}, "Meta's team"),
        ("funding", {"value": "Acme", "quote": "Meta's team trained it"}, "quote-without-value"),
        ("language", {"value": "zh", "quote": "zho_Hans"}, "zh"),
        ("language", {"value": "en", "quote": "eng_Latn"}, "en"),
        ("language", {"value": "de", "quote": "eng_Latn"}, "quote-without-value"),
    ],
)  # fmt: skip
def test_each_value_with_its_words(field: str, item: dict[str, Any], kept: object) -> None:
    assert judged(field, **item) == kept
