"""The wide view of what cards state: one column a field, made from the field files."""

from __future__ import annotations

from miner.db import analytics
from miner.schema.fields import CardField
from miner.schema.published.extraction import wide_fields


def model_fields() -> str:
    """Return the SELECT of the view ``model_fields``."""
    columns = ",\n    ".join(f'{_column(field)} AS "{field.name}"' for field in wide_fields())
    return (
        f"SELECT\n    extraction.hub,\n    extraction.model,\n    {columns},\n"
        "    any_value(extraction.evidence_url) AS evidence_url\n"
        "FROM (SELECT DISTINCT hub, model, evidence_url FROM extraction) AS extraction\n"
        "LEFT JOIN extracted_field AS field\n"
        "    ON field.hub = extraction.hub AND field.model = extraction.model AND field.is_chosen\n"
        "GROUP BY extraction.hub, extraction.model"
    )


def _column(field: CardField) -> str:
    value = {
        "integer": "field.value_number::BIGINT",
        "number": "field.value_number",
    }.get(field.type, "field.value_text")
    where = f"FILTER (WHERE field.field = {analytics.text(field.name)})"
    if field.is_single:
        return f"any_value({value}) {where}"
    return f"list({value} ORDER BY field.extractor, field.llm, field.position) {where}"
