"""Whatever a model answers to whatever card: no failure, and every value in the card's words."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from miner.pipelines.derive.cards.llm.llm_answers import Failure, KeptAnswer
from miner.pipelines.derive.cards.llm.llm_reading import CardReading
from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings
from miner.pipelines.derive.cards.value import MAX_QUOTE
from miner.schema.fields import load_fields
from miner.schema.vocab import ExtractionState
from tests.llm_cards import card

_CARD = """---
license: mit
language: [en, fr]
---
# Harbor <!-- gpl-3.0 -->

A **7B** model, 🦙 trained on 8 A100 for 3.5 hours with learning_rate: 2e-5 on
[acme/tales](https://huggingface.co/datasets/acme/tales).

| Metric | Value |
|---|---|
| F1 | 0.91 |

```python
AutoModel.from_pretrained("acme/harbor")
```
"""
_SETTINGS = LlmSettings("some-model", base_url="http://127.0.0.1:1/v1", ask_all=True)
_words = st.one_of(
    st.text(max_size=20),
    st.sampled_from(_CARD.split()),
    st.tuples(st.integers(0, len(_CARD)), st.integers(0, 80)).map(
        lambda place: _CARD[place[0] : place[0] + place[1]]
    ),
)
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _words,
    st.sampled_from([7_000_000_000, 0.91, 8, 3.5, "mit", "acme/tales", "stated", "code", "2e-5"]),
)  # fmt: skip
_things = st.recursive(_leaves, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
_items = st.fixed_dictionaries(
    {"value": _things, "quote": _things},
    optional=dict.fromkeys(("unit", "name", "metric", "count", "relation", "x"), _things),
)
_names = st.sampled_from([*load_fields(), "made_up", ""])


def _answer(digest: str, content: str) -> KeptAnswer:
    from datetime import datetime  # noqa: PLC0415

    return KeptAnswer(
        digest, "", "some-model", "", "", {}, "stop", content, 1, 1, True, None, False,
        datetime(2026, 1, 1),  # noqa: DTZ001
    )  # fmt: skip


@given(st.dictionaries(_names, st.lists(_items, max_size=4), max_size=4))
@settings(max_examples=150, deadline=None)
def test_values_of_any_kind(values: dict[str, list[dict[str, Any]]]) -> None:
    empty: dict[str, Any] = {name: [] for name in load_fields()}
    content = json.dumps({**empty, **values})
    reading = CardReading(card(_CARD), _SETTINGS)
    known: dict[str, KeptAnswer | Failure] = {}
    while needed := reading.needed(known):
        known |= {one.digest: _answer(one.digest, content) for one in needed}
    outcome = reading.outcome(known, {})
    assert outcome.state in {ExtractionState.EXTRACTED, ExtractionState.INVALID}
    for value in outcome.values:
        assert _CARD[value.start : value.end] == value.quote
        assert 0 < len(value.quote) <= MAX_QUOTE
        assert "gpl" not in value.quote
        assert value.field in load_fields()
        assert value.value not in ("", None)
        json.dumps([value.value, value.qualifiers], allow_nan=False)
    for rejected in outcome.rejected:
        assert rejected.reason
        assert max(map(len, (rejected.field, rejected.value, rejected.quote))) <= MAX_QUOTE


@given(st.one_of(st.text(max_size=60), _things.map(json.dumps)))
@settings(max_examples=100, deadline=None)
def test_texts_of_any_kind(content: str) -> None:
    reading = CardReading(card(_CARD), _SETTINGS)
    known: dict[str, KeptAnswer | Failure] = {}
    rounds = 0
    while needed := reading.needed(known):
        rounds += 1
        known |= {one.digest: _answer(one.digest, content) for one in needed}
    assert rounds == 2  # once more, and no more
    assert reading.outcome(known, {}).state is ExtractionState.INVALID
