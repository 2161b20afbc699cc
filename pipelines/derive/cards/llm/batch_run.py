"""Requests handed in together: cheaper, and answered within a day. Submit, look, collect.

A batch is written down before it is handed in, under a name that the server keeps beside it. So a
run that was killed in between finds it again, and nothing is handed in, or paid for, twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from miner.errors import BudgetSpent, ConfigurationError, MinerError, RetryLater
from miner.pipelines.derive.cards.llm.api_dialect import Dialect
from miner.pipelines.derive.cards.llm.asker import Asker, OnOutcome, finish
from miner.pipelines.derive.cards.llm.limiter import nap
from miner.pipelines.derive.cards.llm.llm_answers import Failure, KeptAnswer, LlmRequest, SentBatch
from miner.pipelines.derive.cards.llm.llm_reading import CardReading
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard
from miner.pipelines.derive.cards.llm.prompt import prompt_hash
from miner.pipelines.derive.cards.llm.service import Halted, Refused
from miner.schema.vocab import BatchState, ExtractionState

log = logging.getLogger(__name__)

_DONE = frozenset({"completed", "expired", "cancelled"})
_IDLE_ROUNDS = 2
"""So many batches of which nothing came, one after the other, end the run."""
_MAX_FILE = 150_000_000
"""Bytes of one file of requests; services take 200 MB."""
_MAX_MESSAGE = 300


@dataclass(slots=True)
class _Begun:
    """A card that waits for answers."""

    card: LlmCard
    reading: CardReading
    known: dict[str, KeptAnswer | Failure]


async def run_batches(asker: Asker, cards: Iterator[LlmCard], on_outcome: OnOutcome) -> None:
    """Read cards by batches.

    Args:
        asker: The run.
        cards: Taken in waves of as many requests as a batch may have.
        on_outcome: Called with each card that is done.
    """
    runner = _Runner(asker, on_outcome)
    try:
        await runner.look()
        while not asker.halted.is_set() and (wave := runner.begin(cards)):
            await runner.read(wave)
    except MinerError as error:
        asker.halt(error)
    except Halted:
        pass
    asker.ledger.unfinished += runner.waiting
    asker.ledger.pending = sum(len(one.requests) for one in runner.open_batches())
    asker.ledger.is_complete = not asker.halted.is_set() and not runner.waiting


class _Runner:
    def __init__(self, asker: Asker, on_outcome: OnOutcome) -> None:
        self._asker = asker
        self._settings = asker.settings
        self._on_outcome = on_outcome
        self._ends_at = time.monotonic() + asker.settings.batch_wait_seconds
        self._failures: dict[str, Failure] = {}
        self._dialects: dict[str, Dialect] = {}
        self._reserved: dict[str, float] = {}
        self.waiting = 0

    def open_batches(self) -> list[SentBatch]:
        return self._asker.answers.open_batches(self._settings.base_url, self._settings.model)

    def begin(self, cards: Iterator[LlmCard]) -> list[_Begun]:
        """Take cards until their requests fill a batch; those that need nothing are done."""
        wave: list[_Begun] = []
        room = self._settings.batch_requests
        while room > 0 and (card := next(cards, None)) is not None:
            one = _Begun(card, CardReading(card, self._settings), {})
            missing = self._missing(one)
            if missing:
                wave.append(one)
                room -= len(missing)
            else:
                self._finish(one)
        return wave

    async def read(self, wave: list[_Begun]) -> None:
        """Hand in what is missing of some cards, wait, collect; what is left waits."""
        idle = 0
        while wave:
            before = len(wave), sum(len(one.known) for one in wave), self._asker.dialect
            self.waiting += len(wave)
            await self._submit([one for begun in wave for one in self._missing(begun)])
            if not await self._wait():
                return
            self.waiting -= len(wave)
            wave = [one for one in wave if self._missing(one) or self._finish(one)]
            is_idle = before == (
                len(wave), sum(len(one.known) for one in wave), self._asker.dialect
            )  # fmt: skip
            idle = idle + 1 if is_idle else 0
            if idle >= _IDLE_ROUNDS:
                self.waiting += len(wave)
                raise RetryLater(
                    f"{self._settings.base_url} answered nothing in {idle} batches in a row",
                    next_step="the same command goes on with what is left",
                )

    async def look(self) -> None:
        """Look at every open batch once: adopt, collect, or leave it."""
        for batch in self.open_batches():
            if batch.state is BatchState.SUBMITTING:
                await self._adopt(batch)
            else:
                await self._collect(batch)

    def _missing(self, begun: _Begun) -> list[LlmRequest]:
        """Return the requests of a card that are neither answered nor failed."""
        while needed := begun.reading.needed(begun.known):
            begun.known |= self._asker.kept(needed)
            failed = [one.digest for one in needed if one.digest in self._failures]
            begun.known |= {digest: self._failures[digest] for digest in failed}
            missing = [one for one in needed if one.digest not in begun.known]
            if missing:
                return missing
        return []

    def _finish(self, begun: _Begun) -> bool:
        outcome = begun.reading.outcome(begun.known, self._asker.paid)
        finish(self._asker, (begun.card, outcome), self._on_outcome)
        return False

    async def _wait(self) -> bool:
        """Look at open batches until none is left; False: time is up or the run was halted."""
        while True:
            await self.look()
            if not self.open_batches():
                return True
            left = self._ends_at - time.monotonic()
            if left <= 0 or self._asker.halted.is_set():
                return False
            await nap(self._asker.halted, min(left, self._settings.batch_poll_seconds))

    async def _submit(self, requests: Sequence[LlmRequest]) -> None:
        """Hand in requests that no open batch holds, as far as the budget goes."""
        open_digests = {digest for batch in self.open_batches() for digest in batch.requests}
        unique = {one.digest: one for one in requests if one.digest not in open_digests}
        left = list(unique.values())
        while left:
            chosen: list[LlmRequest] = []
            size, usd = 0, 0.0
            for one in left[: self._settings.batch_requests]:
                most = self._asker.most_usd(one, is_batch=True)
                size += len(_line(one, self._asker, self._asker.dialect))
                if (chosen and size > _MAX_FILE) or not self._asker.budget.fits(usd + most):
                    break
                chosen.append(one)
                usd += most
            if not chosen and self._reserved:
                return  # what is on its way will cost less than was set aside for it
            if not chosen:
                raise self._asker.over_budget(self._asker.most_usd(left[0], is_batch=True))
            await self._hand_in(chosen, usd)
            left = left[len(chosen) :]

    async def _hand_in(self, requests: Sequence[LlmRequest], usd: float) -> None:
        asker, dialect = self._asker, self._asker.dialect
        now = datetime.now(UTC).replace(tzinfo=None)
        identity = "\n".join([now.isoformat(), *(one.digest for one in requests)])
        batch = SentBatch(
            key=hashlib.sha256(identity.encode()).hexdigest()[:40],
            batch_id="",
            base_url=self._settings.base_url,
            llm=self._settings.model,
            prompt_hash=prompt_hash(),
            parameters=dialect.parameters(self._settings),
            requests={one.digest: (one.blob_sha, one.most_prompt_tokens) for one in requests},
            state=BatchState.SUBMITTING,
            reason="",
            most_usd=usd if self._settings.price is not None else None,
            submitted_at=now,
        )
        with tempfile.TemporaryDirectory(prefix="miner-batch-") as folder:
            path = Path(folder) / f"{batch.key}.jsonl"
            with path.open("wb") as file:
                file.writelines(_line(one, asker, dialect) for one in requests)
            try:
                file_id = await asker.service.upload(path)
                asker.answers.save_batch(batch)
                created = await asker.service.create_batch(file_id, batch.key)
            except Refused as refusal:
                raise ConfigurationError(
                    f"{self._settings.base_url} takes no batches: {refusal.message}",
                    next_step="leave out --batch",
                ) from None
        self._dialects[batch.key] = dialect
        self._reserved[batch.key] = usd
        asker.budget.take(usd)
        asker.ledger.batches += 1
        self._submitted(batch, created)

    def _submitted(self, batch: SentBatch, data: dict[str, Any]) -> None:
        batch_id = str(data.get("id") or "")
        self._asker.answers.save_batch(
            dataclasses.replace(batch, batch_id=batch_id, state=BatchState.SUBMITTED)
        )
        log.info("batch %s of %d requests is handed in", batch_id, len(batch.requests))

    async def _adopt(self, batch: SentBatch) -> None:
        """Find out whether a batch that was being handed in when a run ended is there."""
        found = await self._asker.service.find_batch(batch.key)
        if found is None:
            self._give_up(batch, "it was never begun")
        else:
            self._submitted(batch, found)

    async def _collect(self, batch: SentBatch) -> None:
        data = await self._asker.service.batch(batch.batch_id)
        status = data.get("status") if data else "lost"
        if data is None or status == "failed":
            messages = _errors(data)
            self._give_up(batch, f"{status}: {messages}"[:_MAX_MESSAGE])
            raise _failed(batch, str(status), messages)
        if status not in _DONE:
            return
        answers: dict[str, KeptAnswer] = {}
        with tempfile.TemporaryDirectory(prefix="miner-batch-") as folder:
            for key in ("output_file_id", "error_file_id"):
                if isinstance(file_id := data.get(key), str) and file_id:
                    path = Path(folder) / key
                    await self._asker.service.download(file_id, path)
                    for line in _lines(path):
                        self._take(batch, line, answers)
        collected = dataclasses.replace(
            batch, state=BatchState.COLLECTED, reason=str(status),
            collected_at=datetime.now(UTC).replace(tzinfo=None),
        )  # fmt: skip
        self._asker.answers.save_batch(collected, list(answers.values()))
        for answer in answers.values():
            self._asker.book(answer)
        self._asker.budget.release(self._reserved.pop(batch.key, 0.0))

    def _take(self, batch: SentBatch, line: dict[str, Any], answers: dict[str, KeptAnswer]) -> None:
        """Take one result: an answer, a refusal, or nothing, and then it is asked for again."""
        digest, response = line.get("custom_id"), line.get("response")
        if not isinstance(digest, str) or digest not in batch.requests:
            return
        if not isinstance(response, dict):
            return
        status, body = response.get("status_code"), response.get("body")
        if status == 200:
            asked = batch.request(digest)
            answer = self._asker.take(body, asked, batch.parameters, is_batch=True)
            if answer is not None:
                answers[digest] = answer
            else:
                reason = "what the server sent is no completion"
                self._failures[digest] = Failure(ExtractionState.FAILED, reason)
        elif isinstance(status, int) and 400 <= status < 500 and status not in {408, 409, 429}:
            error = body.get("error") if isinstance(body, dict) else None
            error = error if isinstance(error, dict) else {}
            message = f"{error.get('param') or ''} {error.get('message') or ''}".strip()[
                :_MAX_MESSAGE
            ]
            refusal = Refused(message, status, str(error.get("code") or ""))
            tried = self._dialects.get(batch.key, self._asker.dialect)
            failure = self._asker.after(refusal, tried)
            if failure is not None:
                self._failures[digest] = failure

    def _give_up(self, batch: SentBatch, reason: str) -> None:
        self._asker.answers.save_batch(
            dataclasses.replace(batch, state=BatchState.FAILED, reason=reason)
        )
        self._asker.budget.release(self._reserved.pop(batch.key, 0.0))
        log.warning("batch %s: %s", batch.batch_id or batch.key, reason)


def _line(request: LlmRequest, asker: Asker, dialect: Dialect) -> bytes:
    return orjson.dumps(
        {
            "custom_id": request.digest,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": dialect.body(request, asker.settings),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the results of a file; a line that cannot be read is as if it were not there."""
    with path.open("rb") as file:
        for line in file:
            try:
                data = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(data, dict):
                yield data


def _errors(data: dict[str, Any] | None) -> str:
    if data is None:
        return "the server does not know it any more"
    errors = data.get("errors")
    listed = errors.get("data") if isinstance(errors, dict) else None
    texts = [
        f"{one.get('code') or ''} {one.get('message') or ''}".strip()
        for one in listed or []
        if isinstance(one, dict)
    ]
    return "; ".join(texts[:3])[:_MAX_MESSAGE] or "the server does not say why"


def _failed(batch: SentBatch, status: str, messages: str) -> MinerError:
    """Return what it means that a server did not take a batch."""
    low = messages.lower()
    message = f"the batch {batch.batch_id} at {batch.base_url} is {status}: {messages}"
    if any(word in low for word in ("quota", "billing", "hard limit", "credit")):
        return BudgetSpent(message, next_step="add credit there; the same command goes on")
    if status == "lost" or "limit" in low:
        return RetryLater(message, next_step="the same command goes on with what is left")
    return ConfigurationError(message, next_step="check --llm, or leave out --batch")
