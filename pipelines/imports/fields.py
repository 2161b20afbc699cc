"""Fields that another dataset's language model read in cards, beside those of miner's own.

They quote no words of a card, and which state of the card was read is not recorded; so they are
never chosen, and stand as what that extractor gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.derive.cards.extraction_rows import (
    EXTRACTED_FIELD,
    EXTRACTION,
    IMPORTED,
)
from miner.pipelines.imports.history import find_models
from miner.pipelines.imports.job import SOURCE, Job
from miner.pipelines.intake.batch import as_text
from miner.pipelines.sources.peatmoss.fields import ModelFields, read_fields
from miner.pipelines.sources.records.facts import Problem
from miner.pipelines.sources.records.values import as_json, excerpt
from miner.schema.vocab import (
    DEFAULT_HUB,
    ExtractionState,
    RecordReason,
    Source,
    ValueState,
)

FIELDS = "extracted fields"
"""How the report calls the models of the JSON of fields."""
_CHUNK = 1_000
_VERSION = "2023"
_NOTHING: db.Row = dict.fromkeys(
    ("reason", "value_number", "unit", "quote", "place", "confidence", "span_start", "span_end",
     "method_confidence")
)  # fmt: skip


def write_fields(
    connection: Connection, fields: Sequence[tuple[int, ModelFields]], run_id: int
) -> int:
    """Write what was read in some cards; what an import of them wrote before is replaced.

    Args:
        connection: In a transaction.
        fields: Surrogate keys of models, each once, with what was read.
        run_id: Surrogate key of the run.

    Returns:
        Values written.
    """
    where = {"extractor": IMPORTED}
    keys = [key for key, _ in fields]
    known = db.select_rows(connection, EXTRACTION, ("id",), "model_id", keys, where=where)
    earlier = [row["id"] for row in known]
    db.delete_where_in(connection, EXTRACTED_FIELD, "extraction_id", earlier)
    db.delete_where_in(connection, EXTRACTION, "id", earlier)
    rows: list[db.Row] = [
        {
            "model_id": key,
            "extractor": IMPORTED,
            "llm": item.llm,
            "version": _VERSION,
            "prompt_hash": None,
            "blob_sha": "",
            "state": ExtractionState.EXTRACTED.value,
            "reason": None,
            "value_count": len(item.values),
            "rejected_count": item.left_out,
            "run_id": run_id,
        }
        for key, item in fields
    ]
    extractions = db.numbered(connection, EXTRACTION, rows)
    db.insert(connection, EXTRACTION, extractions)
    values: list[db.Row] = [
        {
            **_NOTHING,
            "model_id": key,
            "extraction_id": extraction["id"],
            "position": position,
            "field": value.field,
            "state": ValueState.STATED.value,
            "value_text": value.text,
            "qualifiers": as_json(dict(value.qualifiers)) if value.qualifiers else None,
            "source": Source.CARD_LLM.value,
            "method": IMPORTED,
            "agreement": 1,
            "is_chosen": 0,
        }
        for extraction, (key, item) in zip(extractions, fields, strict=True)
        for position, value in enumerate(item.values)
    ]
    db.insert(connection, EXTRACTED_FIELD, db.numbered(connection, EXTRACTED_FIELD, values))
    return len(values)


def import_fields(job: Job) -> None:
    """Import what language models read in cards, of the models that the store has."""
    if job.fields is None:
        return
    report = job.report.of(FIELDS)
    report.rows = 0
    job.progress.start(f"{SOURCE}: fields")
    read = read_fields(job.fields)
    while chunk := list(islice(read, _CHUNK)):
        job.check_stop()
        problems: list[Problem] = []
        with job.engine.begin() as connection:
            names = [(DEFAULT_HUB, item.name) for item in chunk]
            keys = find_models(connection, names, job.run_id, as_text(job.date))
            chosen: dict[int, ModelFields] = {}
            for place, item in enumerate(chunk, report.rows):
                key = keys.get((DEFAULT_HUB, item.name))
                if item.error:
                    reason, detail = RecordReason.UNPARSABLE, item.error
                elif key is None:
                    reason, detail = RecordReason.ORPHAN, "the store has no such model"
                else:
                    chosen[key] = item
                    continue
                problems.append(Problem("", reason.value, detail, place, excerpt(item.name)))
            write_fields(connection, list(chosen.items()), job.run_id)
        report.rows += len(chunk)
        report.stored += len(chosen)
        job.reject(FIELDS, problems)
        job.progress.advance(len(chunk))
