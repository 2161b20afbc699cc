"""What extractors read in a model's card, and how their reading ended."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, select

from miner.pipelines.show.fact_evidence import Witness
from miner.schema.tables import ExtractedField, Extraction
from miner.schema.vocab import ValueState

Fact = dict[str, Any]


def readings(connection: Connection, model_id: int) -> list[Fact]:
    """Return one row an extractor that read the card."""
    table = Extraction
    query = (
        select(
            table.extractor, table.llm, table.version, table.prompt_hash, table.blob_sha,
            table.state, table.reason, table.value_count, table.rejected_count,
            table.prompt_tokens, table.completion_tokens, table.cost_usd,
        )
        .where(table.model_id == model_id)
        .order_by(table.extractor, table.llm)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def fields(connection: Connection, model_id: int, witness: Witness) -> list[Fact]:
    """Return the values that the card states, those that stand for a field first."""
    table = ExtractedField
    query = (
        select(
            table.field, table.value_text.label("value"), table.value_number.label("number"),
            table.unit, table.qualifiers, Extraction.extractor, Extraction.llm, table.source,
            table.place, table.method, table.confidence, table.agreement, table.is_chosen,
            table.quote, Extraction.blob_sha, table.span_start, table.span_end,
        )
        .join(Extraction, Extraction.id == table.extraction_id)
        .where(table.model_id == model_id, table.state == ValueState.STATED.value)
        .order_by(table.field, table.is_chosen.desc(), Extraction.extractor, table.position)
    )  # fmt: skip
    facts = []
    for row in connection.execute(query).mappings():
        fact = dict(row)
        span = [fact.pop(name) for name in ("blob_sha", "span_start", "span_end")]
        found = fact["qualifiers"]
        fact["qualifiers"] = orjson.loads(found) if isinstance(found, str) else found or {}
        fact["evidence"] = witness.of(fact["source"], *span)
        facts.append(fact)
    return facts
