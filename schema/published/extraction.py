"""What cards state, field by field, each value with its words."""

from __future__ import annotations

from miner.schema.fields import Field, load_fields
from miner.schema.published.base import (
    EVIDENCE,
    HUB,
    MODEL,
    OF_MODEL,
    SOURCE,
    SPAN,
    Column,
    Reference,
    Table,
)

_EXTRACTOR = Column("extractor", "VARCHAR", "Who read it: rules or llm")
_LLM = Column("llm", "VARCHAR", "Name of the language model; empty for rules")
_CONFIDENCE = Column(
    "confidence", "DOUBLE", "Precision of the method, raised where extractors agree; 0 to 1"
)

EXTRACTION: tuple[Table, ...] = (
    Table(
        "extraction",
        "One row a model's card and extractor: how its reading ended. A model without a row has no "
        "card that was read.",
        (
            HUB,
            MODEL,
            _EXTRACTOR,
            _LLM,
            Column("version", "VARCHAR", "Version of the extractor"),
            Column("prompt_hash", "VARCHAR", "SHA-256 of prompt and schema; null for rules"),
            Column("blob_sha", "VARCHAR", "git blob sha of the card that was read"),
            Column("state", "VARCHAR", "How the reading ended", vocabulary="ExtractionState"),
            Column("reason", "VARCHAR", "Detail of the state"),
            Column("value_count", "BIGINT", "Values that the card states", "values"),
            Column("rejected_count", "BIGINT", "Values that were not kept", "values"),
            Column("prompt_tokens", "BIGINT", "Sent to the language model", "tokens"),
            Column("completion_tokens", "BIGINT", "Received from it", "tokens"),
            Column("cost_usd", "DOUBLE", "Price of its answers; null: not known", "US dollars"),
            EVIDENCE,
        ),
        key=("hub", "model", "extractor", "llm"),
        references=(OF_MODEL,),
        warnings=("cards_not_fetched",),
    ),
    Table(
        "extracted_field",
        "One row a value that an extractor read in a card, that was rejected, or that a language "
        "model says is not stated. is_chosen picks one row of equal values, and one value where a "
        "model has one.",
        (
            HUB,
            MODEL,
            _EXTRACTOR,
            _LLM,
            Column("position", "BIGINT", "Place in the extraction, from 0"),
            Column("field", "VARCHAR", "What it is; docs/extraction.md lists the fields"),
            Column("state", "VARCHAR", "What the row says", vocabulary="ValueState"),
            Column("reason", "VARCHAR", "Why it was rejected", vocabulary="RejectReason"),
            Column("value_text", "VARCHAR", "The value as text"),
            Column("value_number", "DOUBLE", "The value where it is a number, in unit"),
            Column("unit", "VARCHAR", "Unit of the number"),
            Column(
                "qualifiers",
                "VARCHAR",
                "JSON object with what the field asks for beside: name, metric, dataset",
            ),
            Column(
                "named", "VARCHAR", "The model or dataset held that it names; null: none is known"
            ),
            Column("quote", "VARCHAR", "The words it was read from, at most 200 code points"),
            Column("place", "VARCHAR", "front-matter, table, text, code or badge"),
            SOURCE,
            Column("method", "VARCHAR", "The rule that read it, or llm"),
            _CONFIDENCE,
            Column("agreement", "BIGINT", "Extractors that give this value", "extractors"),
            Column("is_chosen", "BOOLEAN", "The row that stands for this value"),
            *SPAN,
        ),
        key=("hub", "model", "extractor", "llm", "position"),
        references=(
            Reference(
                ("hub", "model", "extractor", "llm"),
                "extraction",
                ("hub", "model", "extractor", "llm"),
            ),
        ),
        warnings=("cards_not_fetched",),
    ),
)

_VALUE = (
    SOURCE,
    _CONFIDENCE,
    Column("quote", "VARCHAR", "The words it was read from"),
    EVIDENCE,
)

_LONG = frozenset({"evaluation", "hyperparameter", "training_time"})
"""Fields with views of their own: a value of theirs is nothing without its qualifiers and unit."""


def wide_fields() -> list[Field]:
    """Return the fields that are columns of ``model_fields``, in their order."""
    return [field for name, field in sorted(load_fields().items()) if name not in _LONG]


def _wide(field: Field) -> Column:
    kind = {"integer": "BIGINT", "number": "DOUBLE"}.get(field.type, "VARCHAR")
    if not field.is_single:
        kind = f"{kind}[]"
    said = field.description.partition(". ")[0].rstrip(".")
    return Column(field.name, kind, said, field.unit)


EXTRACTION_VIEWS: tuple[Table, ...] = (
    Table(
        "model_fields",
        "One row a model whose card was read, one column a field: the chosen values of "
        "extracted_field. Null: not stated, as far as the extractors see.",
        (HUB, MODEL, *(_wide(field) for field in wide_fields()), EVIDENCE),
        key=("hub", "model"),
        warnings=("cards_not_fetched",),
    ),
    Table(
        "evaluation",
        "One row a result that a card reports for its model: the chosen rows of extracted_field.",
        (
            HUB,
            MODEL,
            Column("dataset", "VARCHAR", "What it was measured on, as written"),
            Column("metric", "VARCHAR", "What was measured, as written"),
            Column("split", "VARCHAR", "Part of the dataset"),
            Column("value", "DOUBLE", "The result, as written"),
            *_VALUE,
        ),
        warnings=("cards_not_fetched",),
    ),
    Table(
        "hyperparameter",
        "One row a setting of the training that a card states.",
        (
            HUB,
            MODEL,
            Column("name", "VARCHAR", "Its name in snake case"),
            Column("value", "VARCHAR", "As text"),
            Column("number", "DOUBLE", "As a number, where it is one"),
            *_VALUE,
        ),
        warnings=("cards_not_fetched",),
    ),
    Table(
        "training_compute",
        "One row a model whose card states what its training took: machines, time, carbon.",
        (
            HUB,
            MODEL,
            Column("hardware", "VARCHAR[]", "Devices, as written"),
            Column("device_count", "BIGINT", "Devices of the first kind", "devices"),
            Column("training_hours", "DOUBLE", "Longest time stated", "hours"),
            Column("carbon_kg", "DOUBLE", "Carbon emitted", "kgCO2eq"),
            Column("cloud_provider", "VARCHAR", "Where it ran"),
            Column("compute_region", "VARCHAR", "Region of the provider"),
            EVIDENCE,
        ),
        key=("hub", "model"),
        warnings=("cards_not_fetched",),
    ),
)
