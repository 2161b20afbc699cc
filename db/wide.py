"""The wide view of what cards state: one column a field, made from the field files."""

from __future__ import annotations

from miner.db import analytics
from miner.schema.fields import Field
from miner.schema.published.extraction import wide_fields


def model_fields() -> str:
    """Return the SELECT of the view ``model_fields``."""
    columns = ",\n    ".join(f'{_column(field)} AS "{field.name}"' for field in wide_fields())
    return (
        f"SELECT\n    extraction.hub,\n    extraction.model,\n    {columns},\n"
        "    any_value(extraction.evidence_url) AS evidence_url\n"
        "FROM (SELECT DISTINCT hub, model, evidence_url FROM extraction) AS extraction\n"
        "LEFT JOIN extracted_field AS said\n"
        "    ON said.hub = extraction.hub AND said.model = extraction.model AND said.is_chosen\n"
        "GROUP BY extraction.hub, extraction.model"
    )


def _column(field: Field) -> str:
    value = {
        "integer": "said.value_number::BIGINT",
        "number": "said.value_number",
    }.get(field.type, "said.value_text")
    where = f"FILTER (WHERE said.field = {analytics.text(field.name)})"
    if field.is_single:
        return f"any_value({value}) {where}"
    return f"list({value} ORDER BY said.extractor, said.llm, said.position) {where}"
