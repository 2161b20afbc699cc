"""The LLM extractor with a store, processes that are killed, and a real small model."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from miner.db.session import open_store
from miner.errors import BudgetSpent
from miner.pipelines.derive.cards.llm.answer_rows import LLM_ANSWER, LLM_BATCH, StoredAnswers
from miner.pipelines.derive.cards.llm.llm_settings import llm_settings
from miner.pipelines.derive.cards.llm.prices import Price
from miner.schema.vocab import AnswerFinish, ExtractionState
from miner.settings import Settings
from tests.llm_cards import Reader, card, cards, settings_of
from tests.llm_server import LlmServer, Reply, completion, reading, serving_llm, slowly
from tests.local_llm import NAME, serving_local_llm


@pytest.fixture
def chosen(tmp_path: Path, store_url: str) -> Settings:
    return Settings(tmp_path / "data", store_url)


@pytest.fixture
def engine(chosen: Settings) -> Iterator[Engine]:
    opened = open_store(chosen)
    yield opened
    opened.dispose()


def answers_in(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(LLM_ANSWER)) or 0)


def begin(chosen: Settings, server: LlmServer, count: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.llm_process", str(chosen.data_dir), chosen.database_url,
         server.base_url, str(count), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_answers_come_back_from_the_store_as_they_went_in(engine: Engine) -> None:
    odd = Reply(completion('{"license": [], "x": [{"value": "\\u0000 🦙", "quote": "é"}]}'))
    with serving_llm() as server:
        reader, again = Reader(StoredAnswers(engine)), Reader(StoredAnswers(engine))
        server.behave = lambda asked: odd if asked.model == "acme/own" else reading(asked)
        settings = settings_of(server, fields=("license", "parameter_count"))
        read = [*cards(5), card("# own\n")]
        reader.run(read, settings)
        ledger = again.run(read, settings)
        asked = len(server.asked)
    assert (ledger.requests, ledger.cached, asked) == (0, 7, 7)
    for name, outcome in reader.outcomes.items():
        kept = again.outcomes[name]
        assert (kept.values, kept.rejected, kept.state) == (
            outcome.values, outcome.rejected, outcome.state,
        )  # fmt: skip
        assert (kept.prompt_tokens, kept.cost_usd) == (outcome.prompt_tokens, 0.0)
    with engine.connect() as connection:
        row = connection.execute(
            select(LLM_ANSWER).where(LLM_ANSWER.c.blob_sha == read[0].blob_sha)
        ).one()
    assert (row.llm, row.served_llm, row.finish) == ("test-model", "test-model-2026", "stop")
    assert row.parameters["temperature"] == 0
    assert (row.prompt_tokens, row.completion_tokens, row.is_counted) == (100, 50, True)
    assert row.cost_usd == pytest.approx(0.0002)
    assert json.loads(row.content)["parameter_count"]


def test_batches_go_on_with_a_store(engine: Engine) -> None:
    with serving_llm() as server:
        server.batch_seconds = 60
        reader = Reader(StoredAnswers(engine))
        reader.run(cards(3), settings_of(server, is_batch=True, batch_wait_seconds=0))
        (batch,) = StoredAnswers(engine).open_batches(server.base_url, "test-model")
        assert len(batch.requests) == 3
        assert StoredAnswers(engine).open_batches(server.base_url, "another") == []
        assert StoredAnswers(engine).open_batches("http://elsewhere/v1", "test-model") == []
        server.batch_seconds = 0
        later = Reader(StoredAnswers(engine))
        ledger = later.run(cards(3), settings_of(server, is_batch=True))
    assert (ledger.is_complete, len(later.outcomes), len(server.batches)) == (True, 3, 1)
    with engine.connect() as connection:
        row = connection.execute(select(LLM_BATCH)).one()
    assert (row.state, row.reason, row.batch_id) == ("collected", "completed", "batch_0")
    assert row.collected_at >= row.submitted_at


def test_a_run_that_is_killed_pays_for_nothing_twice(chosen: Settings, engine: Engine) -> None:
    count = 60
    with serving_llm(slowly(reading, 0.03)) as server:
        with begin(chosen, server, count) as killed:
            while len(server.asked) < 25:
                assert killed.poll() is None, killed.stderr and killed.stderr.read()
                time.sleep(0.002)
            killed.kill()
        asked, kept = len(server.asked), answers_in(engine)
        assert kept >= asked - 4  # all but what was on its way
        with begin(chosen, server, count) as running:
            done, output = running.communicate(timeout=60)
        assert running.returncode == 0, output
        assert len(done.split()) == count
        assert len(server.asked) - asked == count - kept
    assert answers_in(engine) == count


def test_a_kill_while_a_batch_is_begun(chosen: Settings, engine: Engine) -> None:
    with serving_llm() as server:
        server.batch_delay = 30
        with begin(chosen, server, 5, "batch") as killed:
            while not server.batches:
                assert killed.poll() is None, killed.stderr and killed.stderr.read()
                time.sleep(0.002)
            killed.kill()
        server.batch_delay = 0
        with begin(chosen, server, 5, "batch") as running:
            done, output = running.communicate(timeout=60)
        assert running.returncode == 0, output
        assert len(done.split()) == 5
        assert len(server.batches) == 1  # found again, not handed in twice
        assert len(server.asked) == 5
    assert answers_in(engine) == 5


@pytest.mark.slow
@pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)
@pytest.mark.soak
def test_a_real_small_model(engine: Engine) -> None:
    """The wire, the schema and the checks; what so small a model says is of no use."""
    text = (
        "---\nlicense: apache-2.0\n---\n# Harbor\n\nHarbor has 7 billion parameters and a context "
        "of 4096 tokens. It was trained on 8 NVIDIA A100 GPUs.\n"
    )
    fields = ("license", "parameter_count")
    with serving_local_llm() as base_url:
        settings = llm_settings(
            NAME, base_url=base_url, fields=fields, price_in=0.0, price_out=0.0,
            max_output_tokens=900, concurrency=1,
        )  # fmt: skip
        reader = Reader(StoredAnswers(engine))
        outcome = reader.one(text, settings)
        assert outcome.state is ExtractionState.EXTRACTED, outcome.reason
        named = [*(one.field for one in outcome.values), *(one.field for one in outcome.rejected)]
        assert set(named) <= set(fields)
        assert outcome.prompt_tokens > 300
        assert outcome.completion_tokens > 5
        dear = dataclasses.replace(settings, price=Price(10.0, 10.0), budget_usd=0.001)
        with pytest.raises(BudgetSpent):
            reader.run([card(text), card("# another\n")], dear)
        assert (reader.ledger.cached, reader.ledger.requests) == (1, 0)
    ledger = reader.run([card(text)], settings)  # the server is gone: all of it was kept
    assert (ledger.requests, ledger.cached) == (0, 1)
    with engine.connect() as connection:
        row = connection.execute(select(LLM_ANSWER)).one()
    assert row.finish == AnswerFinish.STOP
    answer = json.loads(row.content)
    assert set(answer) == set(fields)
    for field, items in answer.items():
        assert len(items) <= 3
        for item in items:
            assert set(item) == {"value", "quote"}
            assert isinstance(item["value"], str if field == "license" else int)
            assert len(item["quote"]) <= 200
