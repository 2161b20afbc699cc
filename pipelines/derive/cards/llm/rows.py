"""Answers of language models, and batches, into rows and back. Each call is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from miner.db import upsert as db
from miner.pipelines.derive.cards.llm.answers import OPEN, Answer, Batch
from miner.pipelines.intake.batch import as_text, table_of
from miner.schema.tables.llm import LlmAnswer, LlmBatch
from miner.schema.vocab import BatchState

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
    """The store as an ``AnswerStore``: what was given is committed when a call returns.

    Args:
        engine: The store, open for writing. No other transaction of it may be open meanwhile.
        run_id: Surrogate key of the run, None outside one.
    """

    def __init__(self, engine: Engine, run_id: int | None = None) -> None:
        self._engine = engine
        self._run_id = run_id

    def find(self, digests: Sequence[str]) -> dict[str, Answer]:
        """Return the answers that are kept of some requests, by digest."""
        with self._engine.connect() as connection:
            rows = db.select_in(connection, LLM_ANSWER, _ANSWER, "request_digest", digests)
        return {str(row[0]): _answer(row) for row in rows}

    def save(self, answers: Sequence[Answer]) -> None:
        """Keep answers; a newer answer to the same request replaces the older one."""
        with self._engine.begin() as connection:
            self._write(connection, answers)

    def open_batches(self, base_url: str, llm: str) -> list[Batch]:
        """Return the batches for a model at a server that are not done, the oldest first."""
        with self._engine.connect() as connection:
            rows = db.select_in(
                connection, LLM_BATCH, _BATCH, "state", [one.value for one in OPEN],
                where={"base_url": base_url, "llm": llm},
            )  # fmt: skip
        return sorted(map(_batch, rows), key=lambda one: (one.submitted_at, one.key))

    def save_batch(self, batch: Batch, answers: Sequence[Answer] = ()) -> None:
        """Keep a batch as it is now, and its answers with it."""
        row = (
            batch.key, batch.batch_id or None, batch.base_url, batch.llm, batch.prompt_hash,
            _json(batch.parameters), _json(batch.requests), batch.state.value,
            batch.reason or None, batch.most_usd, as_text(batch.submitted_at),
            None if batch.collected_at is None else as_text(batch.collected_at), self._run_id,
        )  # fmt: skip
        with self._engine.begin() as connection:
            db.upsert(
                connection, LLM_BATCH, (*_BATCH, "run_id"), [row], key=("key",),
                update=("batch_id", "state", "reason", "collected_at"),
            )  # fmt: skip
            self._write(connection, answers)

    def _write(self, connection: Connection, answers: Sequence[Answer]) -> None:
        rows = [
            (one.digest, one.blob_sha, one.llm, one.served_llm or None, one.prompt_hash,
             _json(one.parameters), one.finish, one.content,
             one.prompt_tokens, one.completion_tokens, int(one.is_counted), one.cost_usd,
             int(one.is_batch), as_text(one.answered_at), self._run_id)
            for one in answers
        ]  # fmt: skip
        db.upsert(connection, LLM_ANSWER, (*_ANSWER, "run_id"), rows, key=("request_digest",))


def _answer(row: db.Values) -> Answer:
    given: dict[str, Any] = dict(zip(_ANSWER, row, strict=True))
    return Answer(
        digest=given.pop("request_digest"),
        served_llm=given.pop("served_llm") or "",
        parameters=orjson.loads(given.pop("parameters")),
        is_counted=bool(given.pop("is_counted")),
        is_batch=bool(given.pop("is_batch")),
        answered_at=datetime.fromisoformat(given.pop("answered_at")),
        **given,
    )


def _batch(row: db.Values) -> Batch:
    given: dict[str, Any] = dict(zip(_BATCH, row, strict=True))
    collected_at = given.pop("collected_at")
    requests = orjson.loads(given.pop("requests"))
    return Batch(
        batch_id=given.pop("batch_id") or "",
        parameters=orjson.loads(given.pop("parameters")),
        requests={key: (str(sha), int(most)) for key, (sha, most) in requests.items()},
        state=BatchState(given.pop("state")),
        reason=given.pop("reason") or "",
        submitted_at=datetime.fromisoformat(given.pop("submitted_at")),
        collected_at=None if collected_at is None else datetime.fromisoformat(collected_at),
        **given,
    )


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
