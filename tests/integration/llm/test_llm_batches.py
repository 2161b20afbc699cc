"""Batches against a server on loopback: submit, look, collect, go on."""

from __future__ import annotations

import dataclasses
import json
import threading
import time

import pytest

from miner.errors import BudgetSpent, ConfigurationError, RetryLater
from miner.pipelines.derive.cards.llm.llm_answers import AnswersInMemory, SentBatch
from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings
from miner.schema.vocab import BatchState
from tests.llm_cards import Reader, cards, settings_of
from tests.llm_server import Asked, LlmServer, Reply, completion, error, first, reading, serving_llm


def batched(server: LlmServer, **options: object) -> LlmSettings:
    return settings_of(server, is_batch=True, **options)


def states(reader: Reader) -> list[str]:
    assert isinstance(reader.answers, AnswersInMemory)
    return [one.state.value for one in reader.answers.batches.values()]


def test_cards_come_back_as_they_do_one_by_one() -> None:
    with serving_llm() as server:
        one_by_one, reader = Reader(), Reader()
        one_by_one.run(cards(9), settings_of(server))
        ledger = reader.run(cards(9), batched(server))
        sent = json.loads(next(iter(server.files.values())).splitlines()[0])
    assert ledger.is_complete
    assert (ledger.batches, ledger.requests, ledger.pending) == (1, 9, 0)
    assert {name: one.values for name, one in reader.outcomes.items()} == {
        name: one.values for name, one in one_by_one.outcomes.items()
    }
    assert (sent["method"], sent["url"]) == ("POST", "/v1/chat/completions")
    assert all(one.is_batch for one in reader.answers.find([sent["custom_id"]]).values())


def test_answers_of_a_batch_are_those_of_any_run() -> None:
    with serving_llm() as server:
        reader = Reader()
        reader.run(cards(3), batched(server))
        assert reader.run(cards(3), settings_of(server)).cached == 3
        assert reader.run(cards(3), batched(server)).batches == 0


def test_what_is_too_much_for_one_batch_goes_in_several() -> None:
    with serving_llm() as server:
        reader = Reader()
        ledger = reader.run(cards(10), batched(server, batch_requests=4))
    assert (ledger.batches, len(reader.outcomes)) == (3, 10)


def test_without_waiting_the_next_run_collects() -> None:
    with serving_llm() as server:
        server.batch_seconds = 0.3
        reader = Reader()
        ledger = reader.run(cards(4), batched(server, batch_wait_seconds=0))
        assert (ledger.pending, ledger.unfinished, ledger.is_complete) == (4, 4, False)
        assert not reader.outcomes
        ledger = reader.run(cards(6), batched(server))
        assert (ledger.batches, ledger.requests) == (1, 6)  # nothing is handed in twice
        assert len(server.batches) == 2
    assert (len(reader.outcomes), ledger.is_complete) == (6, True)
    assert states(reader) == ["collected", "collected"]


def test_a_run_that_is_stopped_leaves_its_batch_to_the_next() -> None:
    with serving_llm() as server:
        server.batch_seconds = 2.0
        reader = Reader()

        def stop_when_begun() -> None:
            while not server.batches:
                time.sleep(0.01)
            time.sleep(0.2)
            reader.stop.set()

        threading.Thread(target=stop_when_begun, daemon=True).start()
        ledger = reader.run(cards(4), batched(server))
        assert (ledger.pending, ledger.is_complete) == (4, False)
        reader.stop = threading.Event()
        assert reader.run(cards(4), batched(server)).batches == 0
        assert len(server.batches) == 1
    assert len(reader.outcomes) == 4


class _Dying(AnswersInMemory):
    """Kept answers of a process that dies right after a batch was begun."""

    is_alive = False

    def save_batch(self, batch: SentBatch, answers: object = ()) -> None:
        if batch.state is BatchState.SUBMITTED and not self.is_alive:
            raise KeyboardInterrupt
        super().save_batch(batch, answers)  # type: ignore[arg-type]


def test_a_batch_that_was_begun_when_the_run_died_is_found_again() -> None:
    with serving_llm() as server:
        dying = _Dying()
        reader = Reader(dying)
        with pytest.raises(KeyboardInterrupt):
            reader.run(cards(4), batched(server))
        assert states(reader) == ["submitting"]
        dying.is_alive = True
        ledger = reader.run(cards(4), batched(server))
        assert len(server.batches) == 1
        assert len(server.asked) == 4
    assert (ledger.is_complete, len(reader.outcomes)) == (True, 4)


def test_a_batch_that_was_never_begun_is_handed_in_again() -> None:
    with serving_llm() as server:
        dying = _Dying()
        reader = Reader(dying)
        with pytest.raises(KeyboardInterrupt):
            reader.run(cards(4), batched(server))
        server.batches.clear()
        dying.is_alive = True
        assert reader.run(cards(4), batched(server)).is_complete
    assert states(reader) == ["failed", "collected"]


def test_a_batch_that_expires_leaves_the_rest_to_the_next() -> None:
    with serving_llm() as server:
        server.batch_end, server.lines_kept = "expired", 2
        reader = Reader()
        ledger = reader.run(cards(5), batched(server))
        assert (ledger.batches, len(server.asked)) == (3, 5)
    assert (ledger.is_complete, len(reader.outcomes)) == (True, 5)


def test_batches_of_which_nothing_comes_end_the_run() -> None:
    with serving_llm() as server:
        server.batch_end, server.lines_kept = "expired", 0
        reader = Reader()
        with pytest.raises(RetryLater, match="answered nothing in 2 batches"):
            reader.run(cards(3), batched(server))
    assert reader.ledger.unfinished == 3


def test_a_batch_that_is_refused_ends_the_run() -> None:
    with serving_llm() as server:
        server.batch_end = "failed"
        reader = Reader()
        with pytest.raises(ConfigurationError, match="bad file"):
            reader.run(cards(3), batched(server))
    assert states(reader) == ["failed"]


def test_a_server_without_batches() -> None:
    with serving_llm() as server:
        settings = batched(server, base_url=f"{server.address}/v2")
        with pytest.raises(ConfigurationError, match="not what was asked for"):
            Reader().run(cards(3), settings)


def test_a_batch_that_the_server_lost() -> None:
    with serving_llm() as server:
        server.batch_seconds = 60
        reader = Reader()
        reader.run(cards(2), batched(server, batch_wait_seconds=0))
        server.batches.clear()
        with pytest.raises(RetryLater, match="does not know it any more"):
            reader.run(cards(2), batched(server))
        server.batch_seconds = 0
        assert reader.run(cards(2), batched(server)).is_complete


def test_answers_that_need_a_second_question_go_in_a_second_batch() -> None:
    bad = [Reply(completion("Sure!")), error(400, "bad words"), error(500, "oops")]
    with serving_llm(first(bad, reading)) as server:
        reader = Reader()
        ledger = reader.run(cards(4), batched(server))
    assert ledger.cards == {"extracted": 3, "failed": 1}
    assert ledger.batches == 2
    assert ledger.is_complete


def test_the_form_that_a_server_takes_is_learnt_from_a_batch() -> None:
    def behave(asked: Asked) -> Reply:
        if asked.body["response_format"]["type"] == "json_schema":
            return error(400, "only json_object", param="response_format")
        return reading(asked)

    with serving_llm(behave) as server:
        reader = Reader()
        ledger = reader.run(cards(3), batched(server))
    assert (ledger.is_complete, ledger.batches) == (True, 3)


def test_the_budget_holds_for_batches_too() -> None:
    with serving_llm() as server:
        reader = Reader()
        chosen = batched(server, budget_usd=0.1)
        ledger = reader.run(cards(12), chosen)
        assert ledger.is_complete  # in several batches: each is cheaper than what was set aside
        assert ledger.batches > 1
        poor = dataclasses.replace(chosen, budget_usd=0.001)
        with pytest.raises(BudgetSpent):
            reader.run(cards(14), poor)
        assert len(server.asked) == 12
    assert reader.ledger.cached == 12


def test_results_that_make_no_sense_are_passed_over() -> None:
    with serving_llm() as server:
        reader = Reader()
        server.batch_seconds = 60
        reader.run(cards(2), batched(server, batch_wait_seconds=0))
        (batch,) = server.batches.values()
        good = json.loads(server.files[batch["input_file_id"]].splitlines()[0])
        lines = [
            b"no JSON", b"[]", b"{}", b'{"custom_id": "unknown", "response": {}}',
            json.dumps({"custom_id": good["custom_id"], "response": None}).encode(),
            json.dumps({"custom_id": good["custom_id"], "response": {"status_code": 200,
                        "body": None}}).encode(),
        ]  # fmt: skip
        server.files["results"] = b"\n".join(lines)
        batch |= {"status": "completed", "output_file_id": "results"}
        server.batch_seconds = 0
        ledger = reader.run(cards(2), batched(server))
    assert ledger.cards == {"failed": 1, "extracted": 1}
