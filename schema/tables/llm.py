"""What was asked of language models: answers that were paid for, and batches of requests."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Time, Words


class LlmAnswer(Base):
    """An answer of a language model, kept before anything is made of it; never asked for twice."""

    __tablename__ = "llm_answer"
    __table_args__ = (Index(None, "blob_sha"),)

    request_digest: Mapped[Words] = mapped_column(
        primary_key=True, comment="SHA-256 of all that decides the answer: card, prompt, model"
    )
    blob_sha: Mapped[Words] = mapped_column(comment="git blob sha of the card")
    llm: Mapped[Words] = mapped_column(comment="Model that was asked for")
    served_llm: Mapped[Words | None] = mapped_column(comment="Model that the server names")
    prompt_hash: Mapped[Words] = mapped_column(comment="SHA-256 of prompt and schema")
    parameters: Mapped[Json] = mapped_column(comment="As sent, form of the answer too, object")
    finish: Mapped[Words] = mapped_column(comment="vocab.AnswerFinish")
    content: Mapped[Words] = mapped_column(comment="The text as received, secrets taken out")
    prompt_tokens: Mapped[Count] = mapped_column(comment="Tokens of the prompt")
    completion_tokens: Mapped[Count] = mapped_column(comment="Tokens of the answer")
    is_counted: Mapped[bool] = mapped_column(comment="By the server; else our upper bound")
    cost_usd: Mapped[float | None] = mapped_column(comment="US dollars; null: no known price")
    is_batch: Mapped[bool] = mapped_column(comment="It came in a batch")
    answered_at: Mapped[Time] = mapped_column(comment="Clock of this machine, UTC")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class LlmBatch(Base):
    """Requests that were handed in together, and where they are."""

    __tablename__ = "llm_batch"
    __table_args__ = (Index(None, "state"),)

    key: Mapped[Words] = mapped_column(
        primary_key=True, comment="Our name of it, which the server keeps beside it"
    )
    batch_id: Mapped[Words | None] = mapped_column(comment="The server's name of it")
    base_url: Mapped[Words] = mapped_column(comment="Address of the server")
    llm: Mapped[Words] = mapped_column(comment="Model that was asked for")
    prompt_hash: Mapped[Words] = mapped_column(comment="SHA-256 of prompt and schema")
    parameters: Mapped[Json] = mapped_column(comment="As sent, object")
    requests: Mapped[Json] = mapped_column(
        comment="Digest of a request → blob sha of its card, most tokens of its prompt"
    )
    state: Mapped[Words] = mapped_column(comment="vocab.BatchState")
    reason: Mapped[Words | None] = mapped_column(comment="Detail of the state")
    most_usd: Mapped[float | None] = mapped_column(comment="What it can cost at most, US dollars")
    submitted_at: Mapped[Time] = mapped_column(comment="Clock of this machine, UTC")
    collected_at: Mapped[Time | None] = mapped_column(comment="Clock of this machine, UTC")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
