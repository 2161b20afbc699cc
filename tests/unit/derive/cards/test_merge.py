"""Values of several extractors side by side: which row stands for what, and how sure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.derive.cards.merge_values import Stated, merge, merged_readings
from miner.pipelines.derive.cards.value import Value
from miner.schema.vocab import Source

RULES, LLM = "rules:", "llm:small"


def stated(
    field: str, value: str | float, *, by: str = RULES, source: str = "", sure: float = 0.9,
    start: int = 0, **qualifiers: Any,
) -> Stated:  # fmt: skip
    found = source or (Source.CARD_RULE.value if by == RULES else Source.CARD_LLM.value)
    return Stated(by, field, value, qualifiers, found, sure, start)


def chosen(values: list[Stated]) -> list[Any]:
    standings = zip(values, merge(values), strict=True)
    return [value.value for value, standing in standings if standing.is_chosen]


def test_of_one_fact_the_surer_stands_then_front_matter_then_rules() -> None:
    front = stated("license", "mit", source=Source.CARD.value, sure=0.898, start=9)
    text = stated("license", "apache-2.0", sure=0.9)
    asked = stated("license", "gpl-3.0", by=LLM, sure=0.9)
    assert chosen([asked, text, front]) == ["mit"]
    assert chosen([asked, text]) == ["apache-2.0"]
    surer = stated("license", "gpl-3.0", by=LLM, sure=0.95)
    assert chosen([surer, text, front]) == ["gpl-3.0"]
    not_measured = stated("license", "gpl-3.0", by=LLM, sure=0.5)
    assert chosen([not_measured, text]) == ["apache-2.0"]


def test_readings_of_one_card_are_merged() -> None:
    def value(what: str, source: Source, sure: float) -> Value:
        return Value("task", what, what, 0, len(what), "text", "m", "", sure, source.value)

    merged = merged_readings(
        {
            "rules": [value("ner", Source.CARD_RULE, 0.9)],
            "llm": [value("NER", Source.CARD_LLM, 0.5), value("qa", Source.CARD_LLM, 0.5)],
        }
    )
    assert [(one.value, one.source, one.confidence) for one in merged] == [
        ("ner", "card-rule", 0.95), ("qa", "card-llm", 0.5),
    ]  # fmt: skip


def test_of_a_list_every_value_stands_once() -> None:
    values = [
        stated("training_dataset", "SQuAD"),
        stated("training_dataset", "squad", by=LLM),
        stated("training_dataset", "The Pile", by=LLM),
    ]
    assert chosen(values) == ["SQuAD", "The Pile"]


def test_agreement_of_extractors_raises_confidence_and_one_alone_does_not_confirm_itself() -> None:
    both = merge([stated("task", "ner", sure=0.9), stated("task", "NER", by=LLM, sure=0.5)])
    assert [(one.agreement, one.confidence) for one in both] == [(2, 0.95), (2, 0.95)]
    alone = merge([stated("task", "ner", sure=0.9), stated("task", "ner", sure=0.8, start=5)])
    assert [(one.agreement, one.confidence) for one in alone] == [(1, 0.9), (1, 0.8)]


def test_a_setting_is_one_fact_by_its_name() -> None:
    values = [
        stated("hyperparameter", 2e-5, name="learning_rate"),
        stated("hyperparameter", "2e-05", by=LLM, name="lr"),
        stated("hyperparameter", 3, name="epochs"),
        stated("hyperparameter", 4, by=LLM, name="num_train_epochs"),
    ]
    assert chosen(values) == [2e-5, 3]


def test_equal_results_of_one_reading_all_stand() -> None:
    values = [
        stated("evaluation", 0.9, metric="precision"),
        stated("evaluation", 0.9, metric="recall", start=4),
        stated("evaluation", 0.9, by=LLM, metric="precision"),
    ]
    assert [one.is_chosen for one in merge(values)] == [True, True, False]


def test_words_that_are_free_are_not_compared() -> None:
    values = [
        stated("input_format", "16 kHz mono"),
        stated("input_format", "audio sampled at 16 kHz", by=LLM),
    ]
    assert [one.agreement for one in merge(values)] == [2, 2]
    assert chosen(values) == ["16 kHz mono"]


@pytest.mark.parametrize("field", ["license", "paper", "evaluation", "no-such-field"])
@given(st.data())
def test_every_fact_has_a_chosen_row_and_the_order_does_not_matter(
    field: str, data: st.DataObject
) -> None:
    one = st.builds(
        stated, st.just(field), st.sampled_from(["a", "b", "c"]), by=st.sampled_from([RULES, LLM]),
        sure=st.sampled_from([0.1, 0.5, 1.0]), start=st.integers(0, 10**6),
    )  # fmt: skip
    values = data.draw(st.lists(one, min_size=1, max_size=6, unique_by=lambda value: value.start))
    standings = dict(zip((value.start for value in values), merge(values), strict=True))
    assert any(standing.is_chosen for standing in standings.values())
    assert all(0 <= standing.confidence <= 1 for standing in standings.values())
    turned = values[::-1]
    assert dict(zip((value.start for value in turned), merge(turned), strict=True)) == standings
