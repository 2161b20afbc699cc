"""Bases that only the text of a card names, as edges: of models whose metadata name none."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, and_, delete, exists, func, or_, select

from miner.db import upsert as db
from miner.pipelines.derive.cards.extraction_rows import EXTRACTED_FIELD, EXTRACTION
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.statements import EDGE
from miner.schema.vocab import RELATION_SPELLINGS, Relation, Source, ValueState

_RULE = Source.CARD_RULE.value


def write_text_bases(engine: Engine) -> int:
    """Write the edges anew that card text alone states; return how many there are.

    A base that a card or record declares stands for the model: then its text adds none. A name
    without an owner is an edge only where it was found among the stored models.
    """
    with engine.begin() as connection:
        connection.execute(delete(EDGE).where(EDGE.c.source == _RULE))
        rows = _edges(connection)
        db.insert(connection, EDGE, db.numbered(connection, EDGE, rows))
    return len(rows)


def _edges(connection: Connection) -> list[db.Row]:
    value, reading = EXTRACTED_FIELD, EXTRACTION
    query = (
        select(
            reading.c.model_id, value.c.value_text, value.c.qualifiers, reading.c.blob_sha,
            value.c.span_start, value.c.span_end, value.c.named_model_id,
        )
        .join(reading, reading.c.id == value.c.extraction_id)
        .join(MODEL, MODEL.c.id == reading.c.model_id)
        .where(
            value.c.field == "base_model",
            value.c.source == _RULE,
            value.c.state == ValueState.STATED.value,
            value.c.is_chosen,
            or_(
                value.c.named_model_id != MODEL.c.id,
                and_(value.c.named_model_id.is_(None), value.c.value_text.like("%_/_%")),
            ),
            func.lower(value.c.value_text) != func.lower(MODEL.c.name),
            ~exists().where(EDGE.c.child_id == reading.c.model_id),
        )
        .order_by(reading.c.model_id, value.c.position)
    )  # fmt: skip
    rows: dict[tuple[int, str], db.Row] = {}
    for model_id, base, qualifiers, blob_sha, start, end, base_id in connection.execute(query):
        stated = str((qualifiers or {}).get("relation", ""))
        rows.setdefault(
            (model_id, base),
            {
                "child_id": model_id,
                "parent": base,
                "parent_id": base_id,
                "relation": RELATION_SPELLINGS.get(stated, Relation.UNKNOWN).value,
                "relation_source": _RULE,
                "source": _RULE,
                "is_chosen": 1,
                "blob_sha": blob_sha,
                "span_start": start,
                "span_end": end,
            },
        )
    return list(rows.values())
