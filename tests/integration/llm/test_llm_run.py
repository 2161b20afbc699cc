"""Runs against a server on loopback: what is asked, in what order, and how a run ends early."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from miner.pipelines.derive.cards.llm.llm_run import run
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.pipelines.derive.cards.rules_confidence import recall
from miner.schema.vocab import ExtractionState
from tests.llm_cards import Reader, card, cards, settings_of, values_of
from tests.llm_server import KEY, Asked, Reply, reading, serving_llm, slowly

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


def test_lists_that_the_rules_often_read_in_part_are_asked_again() -> None:
    text = "# own\n\nTrained on SQuAD.\n"
    read = tuple(extract(text, "acme/own"))
    assert {"training_dataset"} <= {one.field for one in read}
    with serving_llm() as server:
        Reader().run([dataclasses.replace(card(text), values=read)], settings_of(server))
        asked = server.asked[0].fields
    assert recall("training_dataset") < 0.95 <= recall("language")
    assert "training_dataset" in asked


def test_tokens_that_the_server_does_not_count_are_estimated() -> None:
    def uncounted(asked: Asked) -> Reply:
        reply = reading(asked)
        del reply.body["usage"]
        return reply

    with serving_llm(uncounted) as server:
        ledger = Reader().run(cards(2), settings_of(server))
    assert (ledger.requests, ledger.estimated) == (2, 2)


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
    yielded = 0
    most_ahead = 0

    def source() -> Any:
        nonlocal yielded, most_ahead
        for one in cards(60):
            yielded += 1
            most_ahead = max(most_ahead, yielded - len(reader.outcomes))
            yield one

    with serving_llm() as server:
        reader = Reader()
        reader.run(source(), settings_of(server, concurrency=3))
    assert yielded == 60
    assert most_ahead <= 7


def test_the_same_question_is_asked_once() -> None:
    with serving_llm(slowly(reading, 0.05)) as server:
        Reader().run([card("# own\n"), card("# own\n")], settings_of(server))
        assert len(server.asked) == 1


def test_marks_of_the_prompt_that_a_card_holds_stay_what_they_are() -> None:
    with serving_llm() as server:
        Reader().one("# own\n\nWords {{card}} {{boundary}}.\n", settings_of(server))
        assert server.asked[0].card == "# own\n\nWords {{card}} {{boundary}}.\n"
