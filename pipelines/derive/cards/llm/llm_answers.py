"""Requests, answers and batches, and where answers that were paid for are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import orjson

from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings
from miner.pipelines.derive.cards.llm.prompt import Message, messages, prompt_hash
from miner.pipelines.derive.cards.llm.schema import answer_schema
from miner.schema.vocab import BatchState, ExtractionState


@lru_cache(maxsize=1024)
def _schema_bytes(fields: tuple[str, ...]) -> int:
    return len(orjson.dumps(answer_schema(fields)))


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """One question to the model.

    Attributes:
        digest: SHA-256 of all that decides the answer; a kept answer is found by it.
        blob_sha: git blob sha of the card.
        fields: Fields that are asked for.
        messages: The messages sent to the model.
    """

    digest: str
    blob_sha: str
    fields: tuple[str, ...]
    messages: tuple[Message, ...]

    @property
    def prompt_hash(self) -> str:
        """That of the prompt it is built from."""
        return prompt_hash()

    @property
    def most_prompt_tokens(self) -> int:
        """More tokens than its prompt can have: no token is less than a byte.

        The schema counts twice: a server may take it from the form of the answer, from the
        prompt or from both.
        """
        size = sum(len(one["content"].encode("utf-8", "surrogatepass")) for one in self.messages)
        return size + 2 * _schema_bytes(self.fields) + _FRAME


@dataclass(frozen=True, slots=True)
class BatchedRequest:
    """What is known of a request in a batch without its card.

    Attributes:
        digest: As in :class:`LlmRequest`.
        blob_sha: git blob sha of the card.
        prompt_hash: That of the prompt.
        most_prompt_tokens: More tokens than its prompt can have.
    """

    digest: str
    blob_sha: str
    prompt_hash: str
    most_prompt_tokens: int


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What came back, as received but for secrets.

    Attributes:
        digest: That of its request.
        blob_sha: git blob sha of the card.
        llm: Name of the model that was asked for.
        served_llm: Name of the model that the server says answered; empty where it does not.
        prompt_hash: That of the prompt.
        parameters: As they were sent, the form of the answer too.
        finish: ``vocab.AnswerFinish``.
        content: The text; with a refusal its words.
        prompt_tokens: Tokens of the prompt.
        completion_tokens: Tokens of the answer.
        is_counted: The server counted the tokens; else they are our upper bound.
        cost_usd: US dollars; None: the price is not known.
        is_batch: It came in a batch.
        answered_at: Clock of this machine, UTC without zone.
    """

    digest: str
    blob_sha: str
    llm: str
    served_llm: str
    prompt_hash: str
    parameters: dict[str, Any]
    finish: str
    content: str
    prompt_tokens: int
    completion_tokens: int
    is_counted: bool
    cost_usd: float | None
    is_batch: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that the server will not answer. Not paid for, not kept.

    Attributes:
        state: What it makes of the part of the card.
        reason: What the server said, cut.
        is_too_long: A smaller part may be answered.
    """

    state: ExtractionState
    reason: str
    is_too_long: bool = False


@dataclass(frozen=True, slots=True)
class SentBatch:
    """Requests that were handed in together.

    Attributes:
        key: Our own name of it, which the server keeps beside it.
        batch_id: The server's name of it; empty while it is being handed in.
        base_url: Address of the server.
        llm: Name of the model.
        prompt_hash: That of the prompt.
        parameters: As they were sent.
        requests: Digest of each request → blob sha of its card, and the tokens that its prompt
            has at most.
        state: ``vocab.BatchState``.
        reason: Detail of the state.
        most_usd: What it can cost at most; None: the price is not known.
        submitted_at: Clock of this machine, UTC without zone.
        collected_at: The same; None before.
    """

    key: str
    batch_id: str
    base_url: str
    llm: str
    prompt_hash: str
    parameters: dict[str, Any]
    requests: dict[str, tuple[str, int]]
    state: BatchState
    reason: str
    most_usd: float | None
    submitted_at: datetime
    collected_at: datetime | None = None

    def request(self, digest: str) -> BatchedRequest:
        """Return one of its requests."""
        blob_sha, most = self.requests[digest]
        return BatchedRequest(digest, blob_sha, self.prompt_hash, most)


_FRAME = 200
"""Tokens that a server's template puts around messages, at most."""
OPEN = (BatchState.SUBMITTING, BatchState.SUBMITTED)
"""States of a batch that is not done."""


class AnswerStore(Protocol):
    """Where answers and batches are kept. What was saved is safe when a call returns."""

    def find(self, digests: Sequence[str]) -> dict[str, KeptAnswer]:
        """Return the answers that are kept of some requests, by digest."""

    def save(self, answers: Sequence[KeptAnswer]) -> None:
        """Keep answers; a newer answer to the same request replaces the older one."""

    def open_batches(self, base_url: str, llm: str) -> list[SentBatch]:
        """Return the batches for a model at a server that are not done, the oldest first."""

    def save_batch(self, batch: SentBatch, answers: Sequence[KeptAnswer] = ()) -> None:
        """Keep a batch as it is now, and its answers with it."""


class AnswersInMemory:
    """Answers of one process, for reading a card without a store."""

    def __init__(self) -> None:
        self.answers: dict[str, KeptAnswer] = {}
        self.batches: dict[str, SentBatch] = {}

    def find(self, digests: Sequence[str]) -> dict[str, KeptAnswer]:
        """Return the answers that are kept of some requests, by digest."""
        return {one: self.answers[one] for one in digests if one in self.answers}

    def save(self, answers: Sequence[KeptAnswer]) -> None:
        """Keep answers."""
        self.answers |= {one.digest: one for one in answers}

    def open_batches(self, base_url: str, llm: str) -> list[SentBatch]:
        """Return the batches for a model at a server that are not done."""
        here = (base_url, llm)
        known = [one for one in self.batches.values() if (one.base_url, one.llm) == here]
        return [one for one in known if one.state in OPEN]

    def save_batch(self, batch: SentBatch, answers: Sequence[KeptAnswer] = ()) -> None:
        """Keep a batch and its answers."""
        self.batches[batch.key] = batch
        self.save(answers)


def make_request(
    settings: LlmSettings,
    *,
    blob_sha: str,
    model: str,
    part: str,
    fields: Iterable[str],
    text: str,
    problem: str = "",
) -> LlmRequest:
    """Make a request of a part of a card.

    The address of the server is no part of the digest: the same model elsewhere is the same.

    Args:
        settings: Which language model, how.
        blob_sha: git blob sha of the card.
        model: The model that the card describes.
        part: Which part of the card it is, in words.
        fields: Fields that are asked for.
        text: That part of the card.
        problem: What was wrong with the answer before; empty the first time.
    """
    names = tuple(fields)
    conversation = messages(model, part, names, text, problem)
    decisive = [blob_sha, settings.model, prompt_hash(), settings.parameters, names, conversation]
    digest = hashlib.sha256(orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return LlmRequest(digest, blob_sha, names, tuple(conversation))
