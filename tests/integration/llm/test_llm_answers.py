"""Answers of a server on loopback: what is kept of them, and what bad ones become."""

from __future__ import annotations

import json
from typing import Any

import pytest

from miner.errors import ConfigurationError
from miner.schema.vocab import AnswerFinish, ExtractionState
from tests.llm_cards import Reader, cards, reasons_of, settings_of, values_of
from tests.llm_server import Asked, Reply, answering, completion, error, first, reading, serving_llm


def test_an_answer_cut_off_is_asked_for_in_halves() -> None:
    def behave(asked: Asked) -> Reply:
        if len(asked.card) > 1_500:
            return Reply(completion('{"par', finish="length"))
        return reading(asked)

    text = "# own\n\nIt has 7B parameters.\n\n" + "Words and words.\n" * 150
    with serving_llm(behave) as server:
        reader, settings = Reader(), settings_of(server, overlap_characters=100)
        outcome = reader.one(text, settings)
        count = len(server.asked)
        assert count > 2
        assert reader.one(text, settings).values == outcome.values
        assert len(server.asked) == count
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    assert outcome.state == ExtractionState.EXTRACTED


def test_a_context_that_is_too_small_is_asked_for_in_halves() -> None:
    def behave(asked: Asked) -> Reply:
        if len(asked.card) > 1_500:
            return error(400, "maximum context length is 99 tokens", "context_length_exceeded")
        return reading(asked)

    text = "# own\n\nIt has 7B parameters.\n\n" + "Words and words.\n" * 150
    with serving_llm(behave) as server:
        outcome = Reader().one(text, settings_of(server, overlap_characters=100))
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (completion(None, refusal="I cannot help with that."), ExtractionState.REFUSED),
        (completion("", finish="content_filter"), ExtractionState.REFUSED),
        (completion("{", finish="length"), ExtractionState.TRUNCATED),
        (completion("Here you are: {}"), ExtractionState.INVALID),
        (completion("[]"), ExtractionState.INVALID),
        (completion("{}"), ExtractionState.INVALID),
        (completion('{"license": {"value": "mit"}}'), ExtractionState.INVALID),
        (completion('{"license": ["mit"]}'), ExtractionState.INVALID),
        (completion('{"license": [{"value": NaN, "quote": "x"}]}'), ExtractionState.INVALID),
        (completion("[" * 5_000), ExtractionState.INVALID),
    ],
)
def test_bad_answers_are_states(reply: dict[str, Any], state: ExtractionState) -> None:
    with serving_llm(lambda _asked: Reply(reply)) as server:
        reader, settings = Reader(), settings_of(server, fields=("license",))
        outcome = reader.one("# own\n", settings)
        asked = len(server.asked)
        assert reader.one("# own\n", settings).state == state
        assert len(server.asked) == asked  # paid for once
        again = settings_of(server, fields=("license",), again=frozenset({state.value}))
        reader.one("# own\n", again)
        assert len(server.asked) > asked
    assert (outcome.state, outcome.values, outcome.not_stated) == (state, [], [])
    assert outcome.reason
    assert asked == (2 if state is ExtractionState.INVALID else 1)


@pytest.mark.parametrize(
    "written",
    [
        "```json\n{}\n```",
        "<think>It may be {{7}} billion.</think>\n{}",
        "Here is what I found: {}\nIs there more?",
    ],
)
def test_what_stands_around_an_answer_does_not_count(written: str) -> None:
    def behave(asked: Asked) -> Reply:
        found: dict[str, Any] = dict.fromkeys(asked.fields)  # null: nothing is stated
        found["parameter_count"] = [
            {"value": "7000000000", "quote": "7B parameters"},
            "7B",
            {"value": None, "quote": "7B parameters"},
        ]
        return Reply(completion(written.format(json.dumps(found))))

    with serving_llm(behave) as server:
        outcome = Reader().one("# own\n\nIt has 7B parameters.\n", settings_of(server))
        assert len(server.asked) == 1
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    assert outcome.state == ExtractionState.EXTRACTED
    assert len(outcome.rejected) == 2


def test_a_run_of_mostly_invalid_answers_ends_early() -> None:
    with serving_llm(lambda _asked: Reply(completion("Sure!"))) as server:
        reader = Reader()
        with pytest.raises(ConfigurationError, match="cards got answers of") as caught:
            reader.run(cards(60), settings_of(server, concurrency=2))
        assert len(server.asked) < 60
    assert "structured outputs" in caught.value.next_step
    assert not reader.ledger.is_complete


def test_an_invalid_answer_is_asked_for_once_more() -> None:
    with serving_llm(first([Reply(completion("Sure!"))], reading)) as server:
        outcome = Reader().one("# own\n\nIt has 7B parameters.\n", settings_of(server))
        assert "no JSON" in server.asked[1].body["messages"][2]["content"]
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    assert outcome.cost_usd == pytest.approx(0.0004)


def test_a_part_that_fails_leaves_the_others() -> None:
    def behave(asked: Asked) -> Reply:
        if "BAD" in asked.card:
            return Reply(completion(None, refusal="no"))
        return reading(asked)

    text = "# own\n\nIt has 7B parameters.\n" + "Words.\n" * 200 + "BAD\n" + "Words.\n" * 20
    with serving_llm(behave) as server:
        outcome = Reader().one(
            text, settings_of(server, part_characters=1_000, overlap_characters=0)
        )
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    assert outcome.state == ExtractionState.PARTIAL
    assert outcome.not_stated == []
    assert "1 of 2 parts" in outcome.reason


def test_refusals_are_told_with_their_words() -> None:
    refusal = completion(None, refusal="No.")
    with serving_llm(lambda _asked: Reply(refusal)) as server:
        reader = Reader()
        outcome = reader.one("# own\n", settings_of(server))
    assert outcome.reason == "refused: No."
    (kept,) = reader.kept
    assert kept.finish == AnswerFinish.REFUSAL


@pytest.mark.parametrize(
    ("field", "item", "reason"),
    [
        ("license", {"value": "mit", "quote": "licensed under MIT"}, "quote-not-in-card"),
        ("license", {"value": "gpl-3.0", "quote": "an Apache license"}, "quote-without-value"),
        ("license", {"value": "mit", "quote": ""}, "no-quote"),
        ("license", {"value": "mit", "quote": 7}, "no-quote"),
        ("license", {"value": 7, "quote": "an Apache license"}, "wrong-type"),
        ("license", {"value": "x" * 201, "quote": "an Apache license"}, "too-long"),
        ("license", {"value": "apache-2.0", "quote": "an " + "Apache " * 40}, "too-long"),
        ("parameter_count", {"value": "7B", "quote": "7B parameters"}, "wrong-type"),
        ("parameter_count", {"value": True, "quote": "7B parameters"}, "wrong-type"),
        ("parameter_count", {"value": None, "quote": "7B parameters"}, "wrong-type"),
        ("parameter_count", {"value": 7.5, "quote": "7B parameters"}, "wrong-type"),
        ("parameter_count", {"value": 8e9, "quote": "7B parameters"}, "quote-without-value"),
        ("parameter_count", {"value": 7, "quote": "7B parameters"}, "quote-without-value"),
        ("parameter_count", {"value": 7_000_000_000, "quote": "7B"}, "no-quote"),
        ("parameter_count", {"value": -7, "quote": "7B parameters"}, "out-of-range"),
        ("parameter_count", {"value": 1e300, "quote": "7B parameters"}, "out-of-range"),
        ("repository", {"value": "own code", "quote": "our own code"}, "wrong-type"),
        ("training_data_cutoff", {"value": "soon", "quote": "our own code"}, "wrong-type"),
        ("hyperparameter", {"value": "7", "quote": "7B parameters", "name": None},
         "quote-without-value"),
        ("made_up", {"value": "x", "quote": "our own code"}, "unknown-field"),
    ],
)  # fmt: skip
def test_values_that_are_not_kept(field: str, item: dict[str, Any], reason: str) -> None:
    text = "# own\n\nIt has 7B parameters and an Apache license; see our own code.\n"

    def behave(asked: Asked) -> Reply:
        found: dict[str, Any] = {name: [] for name in asked.fields}
        return Reply(completion(json.dumps({**found, field: [item]})))

    with serving_llm(behave) as server:
        outcome = Reader().one(text, settings_of(server))
    assert outcome.values == []
    assert [(one.field, one.reason) for one in outcome.rejected] == [(field, reason)]
    assert field not in outcome.not_stated


def test_more_values_than_a_field_can_have() -> None:
    item = {"value": 7_000_000_000, "quote": "7B parameters"}
    with serving_llm(answering({"parameter_count": [item] * 50})) as server:
        outcome = Reader().one("# own\n\nIt has 7B parameters.\n", settings_of(server))
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    assert {reason for _, _, reason in reasons_of(outcome)} == {"too-many"}


def test_a_list_that_is_full_may_be_cut() -> None:
    names = [f"Tale{number}" for number in range(100)]
    text = f"# own\n\nTrained on {', '.join(names)}.\n"
    items = [{"value": name, "quote": name, "role": "unknown"} for name in names]
    with serving_llm(answering({"training_dataset": items})) as server:
        outcome = Reader().one(text, settings_of(server, fields=("training_dataset",)))
    assert len(outcome.values) == 100
    assert outcome.state is ExtractionState.PARTIAL
    assert outcome.reason == "as many values as an answer may have: training_dataset"


def test_characters_that_show_nothing_are_kept_out() -> None:
    item = {"value": "gpl\u0000-3.0\u202e", "quote": "x\u0000\u200b y"}
    with serving_llm(answering({"license": [item]})) as server:
        outcome = Reader().one("# own\n", settings_of(server))
    assert [(one.value, one.quote) for one in outcome.rejected] == [("gpl -3.0", "x y")]


def test_secrets_are_neither_sent_nor_kept() -> None:
    token = "_".join(("hf", "qWxRtYpLkJhGfDsAzXcVbNmQwErTyUiOpA"))
    text = f"# own\n\nTrained by a@example.org with {token} on NVIDIA A100.\n"
    quote = f"Trained by a@example.org with {token} on NVIDIA A100"
    with serving_llm(answering({"hardware": [{"value": "NVIDIA A100", "quote": quote}]})) as server:
        reader = Reader()
        outcome = reader.one(text, settings_of(server))
        sent = json.dumps(server.asked[0].body)
        (kept,) = reader.kept
    assert "hf_qWx" not in sent + kept.content + str(outcome)
    assert "a@example" not in sent + kept.content + str(outcome)
    assert outcome.values == []


def test_qualifiers_that_do_not_hold_are_left_out() -> None:
    text = "# own\n\nOn the dev set of SQuAD it has an F1 of 0.91.\n\nTrained on 8 A100 GPUs.\n"
    values = {
        "evaluation": [{"value": 0.91, "quote": "it has an F1 of 0.91", "metric": "F1",
                        "dataset": "SQuAD", "split": "test"}],
        "hardware": [{"value": "A100", "quote": "Trained on 8 A100 GPUs", "count": 9}],
    }  # fmt: skip
    with serving_llm(answering(values)) as server:
        outcome = Reader().one(text, settings_of(server))
    assert [one.qualifiers for one in outcome.values] == [
        {"metric": "F1", "dataset": "SQuAD"},
        {"accelerator": "NVIDIA A100"},
    ]
