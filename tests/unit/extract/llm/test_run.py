"""Runs against a server on loopback: what is asked, kept and paid, and how a run ends early."""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
import time
from typing import Any

import pytest

from miner.errors import BudgetSpent, ConfigurationError, MinerError, RetryLater, SourceRefused
from miner.pipelines.extract.llm.run import estimate, run
from miner.schema.vocab import AnswerFinish, ExtractionState
from tests.llm_cards import Reader, card, cards, reasons_of, settings_of, values_of
from tests.llm_server import (
    KEY,
    Asked,
    Behavior,
    Reply,
    answering,
    completion,
    error,
    first,
    reading,
    serving_llm,
    slowly,
)

ASKED = ("hardware", "parameter_count")


def test_values_with_quotes_and_what_is_not_stated() -> None:
    with serving_llm() as server:
        reader = Reader()
        outcome = reader.one(
            "# own\n\nIt has **7B parameters**.\n", settings_of(server, fields=ASKED)
        )
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    (value,) = outcome.values
    assert (value.quote, value.unit, value.confidence) == ("7B parameters", "parameters", 0.5)
    assert outcome.not_stated == ["hardware"]
    assert (outcome.state, outcome.llm) == (ExtractionState.EXTRACTED, "test-model")
    assert len(outcome.prompt_hash) == 64
    assert (outcome.prompt_tokens, outcome.completion_tokens) == (100, 50)
    assert outcome.cost_usd == pytest.approx(0.0002)
    assert server.authorizations == {f"Bearer {KEY}"}


def test_what_is_asked_is_strict_and_cold() -> None:
    with serving_llm() as server:
        Reader().one("# own\n", settings_of(server, extra={"top_k": 1}))
    body = server.asked[0].body
    assert (body["temperature"], body["seed"], body["top_k"]) == (0, 0, 1)
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["strict"] is True


def test_the_second_run_asks_nothing() -> None:
    with serving_llm() as server:
        reader, settings = Reader(), settings_of(server)
        reader.run(cards(5), settings)
        before = dict(reader.outcomes)
        ledger = reader.run(cards(5), settings)
        assert len(server.asked) == 5
    assert (ledger.requests, ledger.cached, ledger.cost_usd) == (0, 5, 0.0)
    for name, outcome in reader.outcomes.items():
        assert outcome.values == before[name].values
        assert outcome.cost_usd == 0.0


@pytest.mark.parametrize(
    "changes", [{"seed": 1}, {"max_output_tokens": 99}, {"extra": {"a": 1}}, {"fields": ASKED}]
)
def test_other_parameters_are_another_question(changes: dict[str, Any]) -> None:
    with serving_llm() as server:
        reader = Reader()
        reader.run(cards(1), settings_of(server))
        assert reader.run(cards(1), settings_of(server, **changes)).requests == 1


def test_only_what_the_rules_left_open() -> None:
    with serving_llm() as server:
        reader, settings = Reader(), settings_of(server)
        reader.one("# own\n\nIt has 7B parameters.\n", settings)
        (value,) = reader.outcomes["acme/own"].values
        known = dataclasses.replace(card("# own\n\nIt has 7B parameters.\n"), values=(value,))
        other = dataclasses.replace(value, value=8_000_000_000)
        reader.run([known], settings)
        reader.run([dataclasses.replace(known, values=(value, other))], settings)
        reader.run([known], settings_of(server, ask_all=True))
        asked = ["parameter_count" in one.fields for one in server.asked]
    assert asked == [True, False]  # the contradiction and --all lead to the first question again
    assert reader.ledger.cached == 1


def test_a_card_with_nothing_to_ask_or_see_costs_nothing() -> None:
    with serving_llm() as server:
        outcome = Reader().one("<!-- nothing -->\n", settings_of(server))
        assert not server.asked
    assert (outcome.state, outcome.cost_usd) == (ExtractionState.EXTRACTED, 0.0)


def test_long_cards_go_in_parts_and_come_back_merged() -> None:
    sections = [f"## Part {n}\n\n" + "Some words here. " * 40 + "\n" for n in range(8)]
    text = f"# own\n\nIt has 7B parameters.\n\n{''.join(sections)}\n- **hardware:** NVIDIA A9\n"
    with serving_llm() as server:
        settings = settings_of(server, part_characters=2_000, overlap_characters=300)
        outcome = Reader().one(text, settings)
        assert len(server.asked) > 2
        assert all(len(one.card) <= 2_000 for one in server.asked)
        assert "Part 3" in "".join(one.user for one in server.asked)
    assert values_of(outcome) == [("hardware", "NVIDIA A9"), ("parameter_count", 7_000_000_000)]


def test_what_stands_twice_in_overlapping_parts_is_one_value() -> None:
    text = "# own\n\n" + "Words.\n" * 100 + "It has 7B parameters.\n" + "Words.\n" * 100
    with serving_llm() as server:
        outcome = Reader().one(
            text, settings_of(server, part_characters=1_000, overlap_characters=500)
        )
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]


def test_a_card_without_end_is_read_in_part() -> None:
    lines = "".join(f"Words and words {number}.\n" for number in range(1_000))
    text = f"# own\n\nIt has 7B parameters.\n\n{lines}"
    with serving_llm() as server:
        outcome = Reader().one(text, settings_of(server, part_characters=1_000, most_parts=3))
        assert len(server.asked) == 3
    assert values_of(outcome) == [("parameter_count", 7_000_000_000)]
    assert (outcome.state, outcome.not_stated) == (ExtractionState.PARTIAL, [])
    assert "too long" in outcome.reason


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


def test_characters_that_show_nothing_are_kept_out() -> None:
    item = {"value": "gpl\u0000-3.0\u202e", "quote": "x\u0000\u200b y"}
    with serving_llm(answering({"license": [item]})) as server:
        outcome = Reader().one("# own\n", settings_of(server))
    assert [(one.value, one.quote) for one in outcome.rejected] == [("gpl -3.0", "x y")]


def test_secrets_are_neither_sent_nor_kept() -> None:
    token = "_".join(("hf", "ABCDEFGHIJKLMNOPQRST"))
    text = f"# own\n\nTrained by a@example.org with {token} on NVIDIA A100.\n"
    quote = f"Trained by a@example.org with {token} on NVIDIA A100"
    with serving_llm(answering({"hardware": [{"value": "NVIDIA A100", "quote": quote}]})) as server:
        reader = Reader()
        outcome = reader.one(text, settings_of(server))
        sent = json.dumps(server.asked[0].body)
        (kept,) = reader.kept
    assert "hf_ABC" not in sent + kept.content + str(outcome)
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
    assert [one.qualifiers for one in outcome.values] == [{"metric": "F1", "dataset": "SQuAD"}, {}]


class TestBadServers:
    @pytest.mark.parametrize(
        ("reply", "kind", "said"),
        [
            (error(401, "Incorrect API key"), SourceRefused, "OPENAI_API_KEY"),
            (error(403, "no"), SourceRefused, "OPENAI_API_KEY"),
            (error(404, "no such model"), ConfigurationError, "test-model"),
            (error(429, "out", "insufficient_quota"), BudgetSpent, "no money left"),
            (error(402, "Insufficient Balance"), BudgetSpent, "no money left"),
            (error(429, "slow down", retry_after="900"), RetryLater, "900"),
            (Reply(b"", 302, {"location": "http://127.0.0.1:9/"}), ConfigurationError, "302"),
        ],
    )
    def test_the_run_ends_with_what_to_do(
        self, reply: Reply, kind: type[MinerError], said: str
    ) -> None:
        with serving_llm(lambda _asked: reply) as server:
            reader = Reader()
            with pytest.raises(kind) as caught:
                reader.run(cards(20), settings_of(server))
            assert len(server.asked) <= 8
        assert said in caught.value.render()
        assert KEY not in caught.value.render()
        assert caught.value.next_step
        assert not reader.ledger.is_complete

    def test_a_server_that_is_not_there(self) -> None:
        with serving_llm() as server:
            settings = settings_of(server, attempts=2)
        with pytest.raises(RetryLater, match="did not answer properly 2 times") as caught:
            Reader().run(cards(3), settings)
        assert "goes on" in caught.value.next_step

    def test_a_limit_holds_for_all_and_passes(self) -> None:
        times: list[float] = []

        def behave(asked: Asked) -> Reply:
            times.append(time.monotonic())
            if asked.number == 0:
                return error(429, "slow down", "rate_limit_exceeded", retry_after="1")
            return reading(asked)

        with serving_llm(behave) as server:
            ledger = Reader().run(cards(4), settings_of(server, concurrency=1))
        assert ledger.is_complete
        assert ledger.retries == 1
        assert times[1] - times[0] >= 1.0
        assert ledger.uncertain_usd == 0

    def test_a_limit_that_many_meet_ends_nothing(self) -> None:
        allowed = iter([False, False, False, True] * 20)

        def behave(asked: Asked) -> Reply:
            if not next(allowed):
                return error(429, "slow down", retry_after_ms="100")
            return reading(asked)

        with serving_llm(behave) as server:
            ledger = Reader().run(cards(6), settings_of(server, attempts=1))
        assert (ledger.is_complete, ledger.requests) == (True, 6)
        assert ledger.retries >= 18

    @pytest.mark.parametrize(
        "bad",
        [
            error(500, "oops"), error(503, "busy", retry_after="0"), Reply(b"<html>"),
            Reply({"choices": []}), Reply({"choices": [{"message": {"content": None}}]}),
            Reply([]), Reply({"choices": "x"}), error(408, "late"),
        ],
    )  # fmt: skip
    def test_trouble_that_passes(self, bad: Reply) -> None:
        with serving_llm(first([bad], reading)) as server:
            reader = Reader()
            ledger = reader.run(cards(1), settings_of(server))
        assert ledger.is_complete
        assert reader.outcomes["acme/m0"].values

    def test_a_server_that_lies_all_the_time(self) -> None:
        with (
            serving_llm(lambda _asked: Reply({"hello": "world"})) as server,
            pytest.raises(ConfigurationError, match="no completion"),
        ):
            Reader().run(cards(20), settings_of(server))

    def test_a_slow_server_is_given_up_and_may_have_been_paid(self) -> None:
        with serving_llm(slowly(reading, 5)) as server:
            reader = Reader()
            with pytest.raises(RetryLater, match="no answer in time"):
                reader.run(cards(1), settings_of(server, timeout_seconds=0.3, attempts=2))
        assert reader.ledger.uncertain_usd > 0
        assert reader.ledger.unfinished == 1

    def test_usage_that_is_missing_or_nonsense_is_our_upper_bound(self) -> None:
        for usage in (None, {"prompt_tokens": -5, "completion_tokens": 1}, {"prompt_tokens": "x"},
                      {"prompt_tokens": 10**30, "completion_tokens": 1}):  # fmt: skip
            body = {**completion('{"license": []}'), "usage": usage}
            with serving_llm(lambda _asked, body=body: Reply(body)) as server:  # type: ignore[misc]
                reader = Reader()
                reader.run(cards(1), settings_of(server, fields=("license",)))
            (kept,) = reader.kept
            assert kept.is_counted is False
            assert kept.prompt_tokens > 1_000
            assert kept.completion_tokens == 4_000

    @pytest.mark.parametrize(
        ("refusal", "holds"),
        [
            (error(400, "Unsupported parameter", "unsupported_parameter", param="max_tokens"),
             lambda body: "response_format" in body),
            (error(400, "use max_completion_tokens", param="max_tokens"),
             lambda body: body["max_completion_tokens"] == 4_000 and "max_tokens" not in body),
            (error(400, "temperature does not support 0"), lambda body: "temperature" not in body),
            (error(422, "seed is not known"), lambda body: "seed" not in body),
            (error(400, "invalid response_format"),
             lambda body: "maxLength" not in json.dumps(body["response_format"])),
        ],
    )  # fmt: skip
    def test_a_parameter_that_is_not_taken_is_left_out(self, refusal: Reply, holds: Any) -> None:
        with serving_llm(first([refusal], reading)) as server:
            reader = Reader()
            assert reader.run(cards(3), settings_of(server, concurrency=1)).is_complete
            assert len(server.asked) == 4  # found out once
            assert all(holds(one.body) for one in server.asked[1:])

    @pytest.mark.parametrize("status", [400, 500])
    def test_without_json_schema_the_schema_goes_into_the_prompt(
        self, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        def behave(asked: Asked) -> Reply:
            if asked.body["response_format"]["type"] == "json_schema":
                return error(status, "only json_object is supported, not json_schema")
            return reading(asked)

        with caplog.at_level(logging.WARNING), serving_llm(behave) as server:
            reader = Reader()
            assert reader.run(cards(10), settings_of(server)).is_complete
            body = server.asked[-1].body
        assert body["response_format"] == {"type": "json_object"}
        assert '"additionalProperties":false' in body["messages"][0]["content"]
        (kept, *_) = reader.kept
        assert kept.parameters["form"] == "json_object"
        told = [record.message for record in caplog.records if "does not take" in record.message]
        assert len(told) == 2  # once for each form, not for each request

    def test_one_card_that_the_server_will_not_take(self) -> None:
        def behave(asked: Asked) -> Reply:
            return error(400, "bad words") if asked.model == "acme/m2" else reading(asked)

        with serving_llm(behave) as server:
            reader = Reader()
            ledger = reader.run(cards(5), settings_of(server, concurrency=1))
        assert ledger.cards == {"extracted": 4, "failed": 1}
        assert "bad words" in reader.outcomes["acme/m2"].reason

    def test_a_filter_is_a_refusal(self) -> None:
        with serving_llm(
            first([Reply(completion(json.dumps({"license": []})))],
                  lambda _asked: error(400, "filtered", "content_filter"))
        ) as server:  # fmt: skip
            reader = Reader()
            reader.run(cards(2), settings_of(server, concurrency=1, fields=("license",)))
        assert reader.ledger.cards == {"extracted": 1, "refused": 1}

    def test_a_server_that_answers_nothing_is_told_soon(self) -> None:
        with serving_llm(lambda _asked: error(400, "bad words")) as server:
            with pytest.raises(ConfigurationError, match="answers no request"):
                Reader().run(cards(100), settings_of(server))
            assert len(server.asked) < 60


class TestMoney:
    def test_the_budget_is_never_passed_and_all_that_is_paid_is_kept(self) -> None:
        with serving_llm(_costing(2_000)) as server:
            reader = Reader()
            settings = settings_of(server, budget_usd=0.05)
            with pytest.raises(BudgetSpent, match="the budget of") as caught:
                reader.run(cards(50), settings)
            paid = len(server.asked)
            assert len(reader.kept) == paid
            assert reader.ledger.cost_usd is not None
            assert reader.ledger.cost_usd == pytest.approx(paid * 0.0021)
            assert reader.ledger.cost_usd <= 0.05
            assert 0.05 - reader.ledger.cost_usd < 0.04  # what one request can cost at most
            assert f"{len(reader.outcomes)} cards are read" in caught.value.kept
            assert "--budget-usd" in caught.value.next_step
            ledger = reader.run(cards(50), settings_of(server, budget_usd=1.0))
            assert len(server.asked) == 50
        assert (ledger.cached, ledger.requests) == (paid, 50 - paid)
        assert len(reader.outcomes) == 50

    def test_nothing_is_spent_with_nothing_to_spend(self) -> None:
        with serving_llm() as server:
            with pytest.raises(BudgetSpent):
                Reader().run(cards(3), settings_of(server, budget_usd=0))
            assert not server.asked

    def test_free_servers_have_a_budget_of_any_size(self) -> None:
        with serving_llm() as server:
            chosen = settings_of(server, budget_usd=0, price_in=0, price_out=0)
            assert Reader().run(cards(3), chosen).is_complete

    def test_lost_answers_count_against_the_budget(self) -> None:
        with serving_llm(slowly(reading, 5)) as server:
            chosen = settings_of(server, budget_usd=0.05, timeout_seconds=0.2, attempts=50)
            with pytest.raises(BudgetSpent):
                Reader().run(cards(1), chosen)
            assert len(server.asked) <= 3

    def test_no_price_no_cost(self) -> None:
        with serving_llm() as server:
            reader = Reader()
            ledger = reader.run(cards(1), settings_of(server, price_in=None, price_out=None))
        assert ledger.cost_usd is None
        assert reader.outcomes["acme/m0"].cost_usd is None

    def test_an_estimate_asks_nothing(self) -> None:
        with serving_llm() as server:
            reader, settings = Reader(), settings_of(server)
            reader.run(cards(2), settings)
            found = estimate(cards(5), settings, reader.answers)
            assert len(server.asked) == 2
        assert (found.cards, found.requests, found.cached) == (5, 3, 2)
        assert found.cost_usd is not None
        expected = (found.prompt_tokens + 2 * found.completion_tokens) / 1e6
        assert found.cost_usd == pytest.approx(expected)


def test_a_run_that_is_stopped_keeps_what_is_on_its_way() -> None:
    reader = Reader()

    def behave(asked: Asked) -> Reply:
        if asked.number == 10:
            reader.stop.set()
        return slowly(reading, 0.05)(asked)

    with serving_llm(behave) as server:
        settings = settings_of(server, concurrency=4)
        ledger = reader.run(cards(200), settings)
        paid = len(server.asked)
        assert paid < 200
        assert ledger.requests == paid == len(reader.kept)
        assert not ledger.is_complete
        reader.stop = threading.Event()
        ledger = reader.run(cards(200), settings)
        assert len(server.asked) == 200
    assert ledger.is_complete
    assert len(reader.outcomes) == 200


def test_a_caller_that_breaks_loses_nothing_that_is_paid() -> None:
    with serving_llm(slowly(reading, 0.05)) as server:
        reader = Reader()
        settings = settings_of(server, concurrency=4)

        def broken(*_: object) -> None:
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="the disk is full"):
            run(cards(20), settings, reader.answers, broken)
        assert len(reader.kept) == len(server.asked)


@pytest.mark.parametrize("concurrency", [1, 7])
def test_only_the_limiter_bounds_the_requests_in_flight(concurrency: int) -> None:
    with serving_llm(slowly(reading, 0.02)) as server:
        Reader().run(cards(40), settings_of(server, concurrency=concurrency))
        assert server.most_in_flight == concurrency


def test_cards_are_taken_as_there_is_room() -> None:
    taken = 0
    most_ahead = 0

    def source() -> Any:
        nonlocal taken, most_ahead
        for one in cards(60):
            taken += 1
            most_ahead = max(most_ahead, taken - len(reader.outcomes))
            yield one

    with serving_llm() as server:
        reader = Reader()
        reader.run(source(), settings_of(server, concurrency=3))
    assert taken == 60
    assert most_ahead <= 7


def test_the_same_question_is_asked_once() -> None:
    with serving_llm(slowly(reading, 0.05)) as server:
        Reader().run([card("# own\n"), card("# own\n")], settings_of(server))
        assert len(server.asked) == 1


def test_refusals_are_told_with_their_words() -> None:
    refusal = completion(None, refusal="No.")
    with serving_llm(lambda _asked: Reply(refusal)) as server:
        reader = Reader()
        outcome = reader.one("# own\n", settings_of(server))
    assert outcome.reason == "refused: No."
    (kept,) = reader.kept
    assert kept.finish == AnswerFinish.REFUSAL


def _costing(tokens: int) -> Behavior:
    def behave(asked: Asked) -> Reply:
        reply = reading(asked)
        reply.body["usage"] = {"prompt_tokens": tokens, "completion_tokens": 50}
        return reply

    return behave


def test_marks_of_the_prompt_that_a_card_holds_stay_what_they_are() -> None:
    with serving_llm() as server:
        Reader().one("# own\n\nWords {{card}} {{boundary}}.\n", settings_of(server))
        assert server.asked[0].card == "# own\n\nWords {{card}} {{boundary}}.\n"
