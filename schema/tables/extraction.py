"""What extractors read in cards: one extraction a card and extractor, one row a value."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from miner.schema.description import Reference
from miner.schema.tables.base import (
    Base,
    Count,
    Derived,
    Json,
    Key,
    PublishedAs,
    Words,
    column,
    derived,
    reference,
)


class Extraction(Base):
    """One row a model's card and extractor: how its reading ended.

    A model without a row has no card that was read.
    """

    __tablename__ = "extraction"
    __table_args__ = (UniqueConstraint("model_id", "extractor", "llm"),)

    __published__ = PublishedAs(
        key=("hub", "model", "extractor", "llm"),
        references=(Reference(("hub", "model"), "model", ("hub", "name")),),
        warnings=("cards_not_fetched",),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    extractor: Mapped[Words] = column("Who read it: rules, llm, or peatmoss: imported")
    llm: Mapped[Words] = column("Name of the language model; empty for rules")
    version: Mapped[Words] = column("Version of the extractor")
    prompt_hash: Mapped[Words | None] = column("SHA-256 of prompt and schema; null for rules")
    blob_sha: Mapped[Words] = column(
        "git blob sha of the card that was read; empty: an import does not record it"
    )
    state: Mapped[Words] = column("How the reading ended", vocabulary="ExtractionState")
    reason: Mapped[Words | None] = column("Detail of the state")
    value_count: Mapped[Count] = column("Values that the card states", unit="values")
    rejected_count: Mapped[Count] = column("Values that were not kept", unit="values")
    prompt_tokens: Mapped[Count | None] = column("Sent to the language model", unit="tokens")
    completion_tokens: Mapped[Count | None] = column("Received from it", unit="tokens")
    cost_usd: Mapped[float | None] = column(
        "Price of its answers; null: not known", unit="US dollars"
    )
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    run_id: Mapped[int | None] = reference("run")


class ExtractedField(Base):
    """A value that an extractor read in a card.

    Also one that was rejected, or that a language model says is not stated. is_chosen picks one
    row of equal values, and one value where a model has one.
    """

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

    __published__ = PublishedAs(
        key=("hub", "model", "extractor", "llm", "position"),
        references=(
            Reference(
                ("hub", "model", "extractor", "llm"),
                "extraction",
                ("hub", "model", "extractor", "llm"),
            ),
        ),
        warnings=("cards_not_fetched",),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    extraction_id: Mapped[int] = reference(
        "extraction",
        published={"extractor": "extractor", "llm": "llm"},
        texts={
            "extractor": "Who read it: rules, llm, or peatmoss: imported",
            "llm": "Name of the language model; empty for rules",
        },
    )
    position: Mapped[Count] = column("Place in the extraction, from 0")
    field: Mapped[Words] = column("What it is; docs/extraction.md lists the fields")
    state: Mapped[Words] = column("What the row says", vocabulary="ValueState")
    reason: Mapped[Words | None] = column("Why it was rejected", vocabulary="RejectReason")
    value_text: Mapped[Words | None] = column("The value as text")
    value_number: Mapped[float | None] = column("The value where it is a number, in unit")
    unit: Mapped[Words | None] = column("Unit of the number")
    qualifiers: Mapped[Json | None] = column(
        "JSON object with what the field asks for beside: name, metric, dataset", kind="VARCHAR"
    )
    named: ClassVar[Derived] = derived(
        "VARCHAR", "The model or dataset held that it names; null: none is known"
    )
    dataset: ClassVar[Derived] = derived(
        "VARCHAR", "Of a dataset, held or not: its name in the one spelling of all tables"
    )
    quote: Mapped[Words | None] = column("The words it was read from, at most 200 code points")
    place: Mapped[Words | None] = column("front-matter, table, text, code or badge")
    source: Mapped[Words | None] = column("Where it was read", vocabulary="Source")
    method: Mapped[Words | None] = column("The rule that read it, llm or peatmoss")
    confidence: Mapped[float | None] = column(
        "Precision of the method, raised where extractors agree; 0 to 1"
    )
    agreement: Mapped[Count] = column("Extractors that give this value", unit="extractors")
    is_chosen: Mapped[bool] = column("The row that stands for this value")
    blob_sha: ClassVar[Derived] = derived("VARCHAR", "git blob sha of the card it was read from")
    span_start: Mapped[Count | None] = column(
        "First character of the quote in the card", unit="code points"
    )
    span_end: Mapped[Count | None] = column("One past its last character", unit="code points")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    method_confidence: Mapped[float | None] = column("Precision of the method", published=False)
    named_model_id: Mapped[int | None] = reference(
        "model", "The model that it names, where that is held"
    )
    named_dataset_id: Mapped[int | None] = reference(
        "dataset", "The dataset that it names, where that is held"
    )
