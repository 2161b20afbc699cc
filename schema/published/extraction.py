"""What cards state, field by field, each value with its words."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Table
from miner.schema.fields import CardField, load_fields
from miner.schema.published.base import EVIDENCE, HUB, MODEL, SOURCE, described

_EXTRACTOR = Column("extractor", "VARCHAR", "Who read it: rules or llm")
_LLM = Column("llm", "VARCHAR", "Name of the language model; empty for rules")
_CONFIDENCE = Column(
    "confidence", "DOUBLE", "Precision of the method, raised where extractors agree; 0 to 1"
)

EXTRACTION: tuple[Table, ...] = (
    described(tables.Extraction),
    described(tables.ExtractedField),
)

_VALUE = (
    SOURCE,
    _CONFIDENCE,
    Column("quote", "VARCHAR", "The words it was read from"),
    EVIDENCE,
)

_LONG = frozenset({"evaluation", "hyperparameter", "training_time"})
"""Fields with views of their own: a value of theirs is nothing without its qualifiers and unit."""


def wide_fields() -> list[CardField]:
    """Return the fields that are columns of ``model_fields``, in their order."""
    return [field for name, field in sorted(load_fields().items()) if name not in _LONG]


def _wide(field: CardField) -> Column:
    kind = {"integer": "BIGINT", "number": "DOUBLE"}.get(field.type, "VARCHAR")
    if not field.is_single:
        kind = f"{kind}[]"
    meaning = field.description.partition(". ")[0].rstrip(".")
    return Column(field.name, kind, meaning, field.unit)


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
