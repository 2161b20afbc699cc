"""Servers on loopback that limit, fail, lie or are slow: how a run goes on, or ends."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from miner.errors import BudgetSpent, ConfigurationError, MinerError, RetryLater, SourceRefused
from tests.llm_cards import Reader, cards, settings_of
from tests.llm_server import (
    KEY,
    Asked,
    Reply,
    completion,
    error,
    first,
    reading,
    serving_llm,
    slowly,
)


class TestBadServers:
    @pytest.mark.parametrize(
        ("reply", "kind", "message"),
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
        self, reply: Reply, kind: type[MinerError], message: str
    ) -> None:
        with serving_llm(lambda _asked: reply) as server:
            reader = Reader()
            with pytest.raises(kind) as caught:
                reader.run(cards(20), settings_of(server))
            assert len(server.asked) <= 8
        assert message in caught.value.render()
        assert KEY not in caught.value.render()
        assert caught.value.next_step
        assert not reader.ledger.is_complete

    def test_a_server_that_is_not_there(self) -> None:
        with serving_llm() as server:
            settings = settings_of(server, attempts=2)
        with pytest.raises(RetryLater, match="did not answer properly in 2 tries") as caught:
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

    def test_a_limit_that_leaves_requests_is_not_learnt(self) -> None:
        """It speaks of another limit than it shows: six a minute are not what counts."""

        def behave(asked: Asked) -> Reply:
            if asked.number == 0:
                return error(
                    429, "slow down", retry_after_ms="100",
                    x_ratelimit_limit_requests="6", x_ratelimit_remaining_requests="1",
                )  # fmt: skip
            return reading(asked)

        begun = time.monotonic()
        with serving_llm(behave) as server:
            ledger = Reader().run(cards(5), settings_of(server, concurrency=1))
        assert ledger.is_complete
        assert time.monotonic() - begun < 50

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

    def test_a_slow_answer_is_waited_for_as_long_as_was_asked(self) -> None:
        with serving_llm(slowly(reading, 1.3)) as server:  # as 130 s are to a bound of 120 s
            with pytest.raises(RetryLater, match="no answer in time"):
                Reader().run(cards(1), settings_of(server, timeout_seconds=1.2, attempts=1))
            reader = Reader()
            reader.run(cards(1), settings_of(server, timeout_seconds=10, attempts=1))
        assert reader.outcomes["acme/m0"].values

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
        warnings = [
            record.message for record in caplog.records if "does not take" in record.message
        ]
        assert len(warnings) == 2  # once for each form, not for each request

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
