"""What extractors read in cards: one extraction a card and extractor, one row a value."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Key, Words


class Extraction(Base):
    """The reading of a model's card by one extractor, the last one of each."""

    __tablename__ = "extraction"
    __table_args__ = (UniqueConstraint("model_id", "extractor", "llm"),)

    id: Mapped[Key]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    extractor: Mapped[Words] = mapped_column(comment="rules or llm")
    llm: Mapped[Words] = mapped_column(comment="Name of the language model; empty for rules")
    version: Mapped[Words] = mapped_column(comment="Version of the extractor")
    prompt_hash: Mapped[Words | None] = mapped_column(comment="SHA-256 of prompt and schema")
    blob_sha: Mapped[Words] = mapped_column(comment="git blob sha of the card that was read")
    state: Mapped[Words] = mapped_column(comment="vocab.ExtractionState")
    reason: Mapped[Words | None] = mapped_column(comment="Detail of the state")
    value_count: Mapped[Count] = mapped_column(comment="Values that the card states")
    rejected_count: Mapped[Count] = mapped_column(comment="Values that were not kept")
    prompt_tokens: Mapped[Count | None] = mapped_column(comment="Tokens sent")
    completion_tokens: Mapped[Count | None] = mapped_column(comment="Tokens received")
    cost_usd: Mapped[float | None] = mapped_column(comment="Price of its answers, US dollars")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class ExtractedField(Base):
    """A value of a field, as an extractor read it; or that it was rejected, or is not stated."""

    __tablename__ = "extracted_field"
    __table_args__ = (
        UniqueConstraint("extraction_id", "position"),
        Index(None, "model_id"),
        Index(
            "ix_extracted_field_open_name", "field", "value_text",
            sqlite_where=text("named_model_id IS NULL AND named_dataset_id IS NULL"),
            postgresql_where=text("named_model_id IS NULL AND named_dataset_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    extraction_id: Mapped[int] = mapped_column(ForeignKey("extraction.id"))
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    position: Mapped[Count] = mapped_column(comment="Place in the extraction, from 0")
    field: Mapped[Words] = mapped_column(comment="Name of a file in schema/fields")
    state: Mapped[Words] = mapped_column(comment="vocab.ValueState")
    reason: Mapped[Words | None] = mapped_column(comment="vocab.RejectReason where rejected")
    value_text: Mapped[Words | None] = mapped_column(comment="The value as text")
    value_number: Mapped[float | None] = mapped_column(comment="The value where it is a number")
    unit: Mapped[Words | None] = mapped_column(comment="Unit of the number")
    qualifiers: Mapped[Json | None] = mapped_column(comment="metric, name, relation ..., object")
    quote: Mapped[Words | None] = mapped_column(comment="The words, at most 200 code points")
    span_start: Mapped[Count | None] = mapped_column(comment="First code point of the quote")
    span_end: Mapped[Count | None] = mapped_column(comment="One past its last")
    place: Mapped[Words | None] = mapped_column(comment="front-matter, table, text, code, badge")
    source: Mapped[Words | None] = mapped_column(comment="vocab.Source")
    method: Mapped[Words | None] = mapped_column(comment="The rule, or llm")
    method_confidence: Mapped[float | None] = mapped_column(comment="Precision of the method")
    confidence: Mapped[float | None] = mapped_column(comment="Raised where extractors agree")
    agreement: Mapped[Count] = mapped_column(comment="Extractors that give this value")
    is_chosen: Mapped[bool] = mapped_column(comment="The row that stands for this value")
    named_model_id: Mapped[int | None] = mapped_column(
        ForeignKey("model.id"), comment="The model that it names, where that is held"
    )
    named_dataset_id: Mapped[int | None] = mapped_column(
        ForeignKey("dataset.id"), comment="The dataset that it names, where that is held"
    )
