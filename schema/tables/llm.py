"""What was asked of language models: answers that were paid for, and batches of requests."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from miner.schema.tables.base import Base, Count, Json, Time, Words, column, reference


class LlmAnswer(Base):
    """An answer of a language model, kept before anything is made of it; never asked for twice."""

    __tablename__ = "llm_answer"
    __table_args__ = (Index(None, "blob_sha"),)

    request_digest: Mapped[Words] = column(
        "SHA-256 of all that decides the answer: card, prompt, model",
        published=False,
        primary_key=True,
    )
    blob_sha: Mapped[Words] = column("git blob sha of the card", published=False)
    llm: Mapped[Words] = column("Model that was asked for", published=False)
    served_llm: Mapped[Words | None] = column("Model that the server names", published=False)
    prompt_hash: Mapped[Words] = column("SHA-256 of prompt and schema", published=False)
    parameters: Mapped[Json] = column("As sent, form of the answer too, object", published=False)
    finish: Mapped[Words] = column("vocab.AnswerFinish", published=False)
    content: Mapped[Words] = column("The text as received, secrets taken out", published=False)
    prompt_tokens: Mapped[Count] = column("Tokens of the prompt", published=False)
    completion_tokens: Mapped[Count] = column("Tokens of the answer", published=False)
    is_counted: Mapped[bool] = column("By the server; else our upper bound", published=False)
    cost_usd: Mapped[float | None] = column("US dollars; null: no known price", published=False)
    is_batch: Mapped[bool] = column("It came in a batch", published=False)
    answered_at: Mapped[Time] = column("Clock of this machine, UTC", published=False)
    run_id: Mapped[int | None] = reference("run")


class LlmBatch(Base):
    """Requests that were handed in together, and where they are."""

    __tablename__ = "llm_batch"
    __table_args__ = (Index(None, "state"),)

    key: Mapped[Words] = column(
        "Our name of it, which the server keeps beside it", published=False, primary_key=True
    )
    batch_id: Mapped[Words | None] = column("The server's name of it", published=False)
    base_url: Mapped[Words] = column("Address of the server", published=False)
    llm: Mapped[Words] = column("Model that was asked for", published=False)
    prompt_hash: Mapped[Words] = column("SHA-256 of prompt and schema", published=False)
    parameters: Mapped[Json] = column("As sent, object", published=False)
    requests: Mapped[Json] = column(
        "Digest of a request → blob sha of its card, most tokens of its prompt", published=False
    )
    state: Mapped[Words] = column("vocab.BatchState", published=False)
    reason: Mapped[Words | None] = column("Detail of the state", published=False)
    most_usd: Mapped[float | None] = column("What it can cost at most, US dollars", published=False)
    submitted_at: Mapped[Time] = column("Clock of this machine, UTC", published=False)
    collected_at: Mapped[Time | None] = column("Clock of this machine, UTC", published=False)
    run_id: Mapped[int | None] = reference("run")
