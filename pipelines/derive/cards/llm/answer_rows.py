"""Answers of language models, and batches, into rows and back. Each call is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from miner.db import upsert as db
from miner.pipelines.derive.cards.llm.llm_answers import OPEN, KeptAnswer, SentBatch
from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.sources.archive.decisions import content_of, decision
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.values import as_json
from miner.schema.tables.llm import LlmAnswer, LlmBatch
from miner.schema.vocab import AnswerKind, BatchState

LLM_ANSWER = table_of(LlmAnswer)
LLM_BATCH = table_of(LlmBatch)
_ANSWER = (
    "request_digest", "blob_sha", "llm", "served_llm", "prompt_hash", "parameters", "finish",
    "content", "prompt_tokens", "completion_tokens", "is_counted", "cost_usd", "is_batch",
    "answered_at",
)  # fmt: skip
_BATCH = (
    "key", "batch_id", "base_url", "llm", "prompt_hash", "parameters", "requests", "state",
    "reason", "most_usd", "submitted_at", "collected_at",
)  # fmt: skip


class StoredAnswers:
    """The store as an ``AnswerStore``: what is saved is committed when a call returns.

    Args:
        engine: The store, open for writing. No other transaction of it may be open meanwhile.
        run_id: Surrogate key of the run, None outside one.
        archive: Where answers are put first, None for nowhere. The next crawl indexes them.
    """

    def __init__(
        self, engine: Engine, run_id: int | None = None, archive: Archive | None = None
    ) -> None:
        self._engine = engine
        self._run_id = run_id
        self._archive = archive

    def find(self, digests: Sequence[str]) -> dict[str, KeptAnswer]:
        """Return the answers that are kept of some requests, by digest."""
        with self._engine.connect() as connection:
            rows = db.select_rows(connection, LLM_ANSWER, _ANSWER, "request_digest", digests)
        return {row["request_digest"]: _answer(row) for row in rows}

    def save(self, answers: Sequence[KeptAnswer]) -> None:
        """Keep answers; a newer answer to the same request replaces the older one."""
        self._keep(None, answers)

    def open_batches(self, base_url: str, llm: str) -> list[SentBatch]:
        """Return the batches for a model at a server that are not done, the oldest first."""
        with self._engine.connect() as connection:
            rows = db.select_rows(
                connection, LLM_BATCH, _BATCH, "state", [one.value for one in OPEN],
                where={"base_url": base_url, "llm": llm},
            )  # fmt: skip
        return sorted(map(_batch, rows), key=lambda one: (one.submitted_at, one.key))

    def save_batch(self, batch: SentBatch, answers: Sequence[KeptAnswer] = ()) -> None:
        """Keep a batch as it is now, and its answers with it."""
        self._keep(batch, answers)

    def _keep(self, batch: SentBatch | None, answers: Sequence[KeptAnswer]) -> None:
        if self._archive is not None and (answers or batch):
            content = {"batch": batch, "answers": list(answers)}
            subject = batch.key if batch is not None else answers[0].digest
            self._archive.append(decision(AnswerKind.LLM, subject, content))
            self._archive.flush()
        with self._engine.begin() as connection:
            _write(connection, batch, answers, self._run_id)


def ingest_llm(connection: Connection, record: ReceivedAnswer, run_id: int) -> None:
    """Write archived answers of a language model, and the batch that they came with."""
    content = content_of(record)
    answers = TypeAdapter(list[KeptAnswer]).validate_python(content["answers"])
    batch = TypeAdapter(SentBatch | None).validate_python(content["batch"])
    _write(connection, batch, answers, run_id)


def _write(
    connection: Connection,
    batch: SentBatch | None,
    answers: Sequence[KeptAnswer],
    run_id: int | None,
) -> None:
    if batch is not None:
        row = {
            "key": batch.key,
            "batch_id": batch.batch_id or None,
            "base_url": batch.base_url,
            "llm": batch.llm,
            "prompt_hash": batch.prompt_hash,
            "parameters": as_json(batch.parameters),
            "requests": as_json(batch.requests),
            "state": batch.state.value,
            "reason": batch.reason or None,
            "most_usd": batch.most_usd,
            "submitted_at": as_text(batch.submitted_at),
            "collected_at": None if batch.collected_at is None else as_text(batch.collected_at),
            "run_id": run_id,
        }
        update = ("batch_id", "state", "reason", "collected_at")
        db.upsert(connection, LLM_BATCH, [row], key=("key",), update=update)
    rows: list[db.Row] = [
        {
            "request_digest": one.digest,
            "blob_sha": one.blob_sha,
            "llm": one.llm,
            "served_llm": one.served_llm or None,
            "prompt_hash": one.prompt_hash,
            "parameters": as_json(one.parameters),
            "finish": one.finish,
            "content": one.content,
            "prompt_tokens": one.prompt_tokens,
            "completion_tokens": one.completion_tokens,
            "is_counted": int(one.is_counted),
            "cost_usd": one.cost_usd,
            "is_batch": int(one.is_batch),
            "answered_at": as_text(one.answered_at),
            "run_id": run_id,
        }
        for one in answers
    ]
    db.upsert(connection, LLM_ANSWER, rows, key=("request_digest",))


def _answer(row: db.Row) -> KeptAnswer:
    return KeptAnswer(
        digest=row["request_digest"],
        blob_sha=row["blob_sha"],
        llm=row["llm"],
        served_llm=row["served_llm"] or "",
        prompt_hash=row["prompt_hash"],
        parameters=orjson.loads(row["parameters"]),
        finish=row["finish"],
        content=row["content"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        is_counted=bool(row["is_counted"]),
        cost_usd=row["cost_usd"],
        is_batch=bool(row["is_batch"]),
        answered_at=datetime.fromisoformat(row["answered_at"]),
    )


def _batch(row: db.Row) -> SentBatch:
    collected_at = row["collected_at"]
    return SentBatch(
        key=row["key"],
        batch_id=row["batch_id"] or "",
        base_url=row["base_url"],
        llm=row["llm"],
        prompt_hash=row["prompt_hash"],
        parameters=orjson.loads(row["parameters"]),
        requests={
            key: (str(sha), int(most)) for key, (sha, most) in orjson.loads(row["requests"]).items()
        },
        state=BatchState(row["state"]),
        reason=row["reason"] or "",
        most_usd=row["most_usd"],
        submitted_at=datetime.fromisoformat(row["submitted_at"]),
        collected_at=None if collected_at is None else datetime.fromisoformat(collected_at),
    )
