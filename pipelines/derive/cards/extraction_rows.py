"""What extractors read in cards, into rows; and which cards are left to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, and_, exists, func, select, text

from miner.db import upsert as db
from miner.db.dialect import in_code_points
from miner.pipelines.derive.cards.merge_values import Stated, merge
from miner.pipelines.derive.cards.outcome import CardOutcome, Rejected
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.files import CARD, FILE
from miner.pipelines.intake.models import MODEL
from miner.pipelines.sources.records.values import as_json
from miner.schema import tables
from miner.schema.vocab import FileState, ModelState, ValueState

EXTRACTION = table_of(tables.Extraction)
EXTRACTED_FIELD = table_of(tables.ExtractedField)
_ANSWER = table_of(tables.ArchivedAnswer)
_HUB = table_of(tables.Hub)

RULES, LLM = "rules", "llm"
IMPORTED = "peatmoss"
"""Extractor of what a dataset read in cards that are not stored: it stands beside the others."""
_NO_VALUE: db.Row = dict.fromkeys(
    ("field", "state", "reason", "value_text", "value_number", "unit", "qualifiers", "quote",
     "span_start", "span_end", "place", "source", "method", "method_confidence")
)  # fmt: skip
_NOT_CHOSEN: db.Row = {"confidence": None, "agreement": 0, "is_chosen": 0}


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card that the archive has.

    Attributes:
        model_id: Surrogate key of its model.
        hub: Name of the hub.
        model: Name of the model.
        blob_sha: git blob sha of the card.
        segment: Segment of the archive.
        offset: Its place there.
    """

    model_id: int
    hub: str
    model: str
    blob_sha: str
    segment: str
    offset: int


@dataclass(frozen=True, slots=True)
class Extractor:
    """Who reads cards.

    Attributes:
        name: ``rules`` or ``llm``.
        version: Of the rules, or of the code around the language model.
        llm: Name of the language model; empty for rules.
        prompt_hash: Of prompt and schema; empty for rules.
    """

    name: str
    version: str
    llm: str = ""
    prompt_hash: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A card that was read.

    Attributes:
        model_id: Surrogate key of its model.
        blob_sha: git blob sha of the card.
        outcome: What was read.
    """

    model_id: int
    blob_sha: str
    outcome: CardOutcome


def wanted_cards(
    connection: Connection,
    extractor: Extractor,
    *,
    models: Sequence[str] = (),
    min_downloads: int = 0,
    retry: Sequence[str] = (),
    limit: int | None = None,
) -> list[StoredCard]:
    """Return the cards that this extractor has not read as they are, most downloaded first.

    Args:
        connection: To the store.
        extractor: Who is to read them.
        models: Only of these models; empty: of all.
        min_downloads: Only of models with so many downloads in 30 days.
        retry: States of an extraction that is made again (``vocab.ExtractionState``).
        limit: At most so many.
    """
    is_done = exists().where(
        EXTRACTION.c.model_id == FILE.c.model_id,
        EXTRACTION.c.extractor == extractor.name,
        EXTRACTION.c.llm == extractor.llm,
        EXTRACTION.c.version == extractor.version,
        func.coalesce(EXTRACTION.c.prompt_hash, "") == extractor.prompt_hash,
        EXTRACTION.c.blob_sha == FILE.c.blob_sha,
        EXTRACTION.c.state.not_in(list(retry)),
    )
    by_name = in_code_points(connection.dialect.name, MODEL.c.name)
    query = (
        select(FILE.c.model_id, _HUB.c.name, MODEL.c.name, FILE.c.blob_sha, _ANSWER.c.segment,
               _ANSWER.c.offset)
        .join(MODEL, MODEL.c.id == FILE.c.model_id)
        .join(_HUB, _HUB.c.id == MODEL.c.hub_id)
        .join(_ANSWER, _ANSWER.c.id == FILE.c.answer_id)
        .where(
            and_(FILE.c.path == CARD, FILE.c.state == FileState.FETCHED.value),
            MODEL.c.state != ModelState.NAMED.value,
            ~is_done,
        )
        .order_by(func.coalesce(MODEL.c.downloads, 0).desc(), by_name)
        .limit(limit)
    )  # fmt: skip
    if models:
        query = query.where(MODEL.c.name.in_(list(models)))
    if min_downloads:
        query = query.where(func.coalesce(MODEL.c.downloads, 0) >= min_downloads)
    return [
        StoredCard(int(key), str(hub), str(name), str(sha), str(segment), int(offset))
        for key, hub, name, sha, segment, offset in connection.execute(query)
    ]


def lacking_cards(connection: Connection, models: Sequence[str]) -> list[str]:
    """Return those of some models whose card was not fetched."""
    query = (
        select(MODEL.c.name)
        .join(FILE, FILE.c.model_id == MODEL.c.id)
        .where(
            FILE.c.path == CARD,
            FILE.c.state == FileState.FETCHED.value,
            MODEL.c.name.in_(list(models)),
        )
    )
    fetched = set(connection.scalars(query))
    return [name for name in models if name not in fetched]


def drop_outdated(connection: Connection) -> int:
    """Delete what was read in former cards of models; return how many extractions."""
    outdated = (
        "SELECT e.id FROM extraction AS e WHERE NOT EXISTS (SELECT 1 FROM fetched_file AS f "
        "WHERE f.model_id = e.model_id AND f.path = 'README.md' AND f.state = 'fetched' "
        f"AND f.blob_sha = e.blob_sha) AND e.extractor <> '{IMPORTED}'"
    )
    connection.execute(text(f"DELETE FROM extracted_field WHERE extraction_id IN ({outdated})"))
    return connection.execute(text(f"DELETE FROM extraction WHERE id IN ({outdated})")).rowcount


def write_extractions(
    connection: Connection, extractor: Extractor, cards: Sequence[Extracted], run_id: int
) -> None:
    """Write what was read in some cards; what the same extractor read before is replaced.

    The values of all extractors of these cards are put beside each other anew.

    Args:
        connection: In a transaction.
        extractor: Who read them.
        cards: At most one a model.
        run_id: Surrogate key of the run.
    """
    if not cards:
        return
    others = _make_room(connection, extractor, cards)
    rows: list[db.Row] = [
        {
            "model_id": item.model_id,
            "extractor": extractor.name,
            "llm": extractor.llm,
            "version": extractor.version,
            "prompt_hash": extractor.prompt_hash or None,
            "blob_sha": item.blob_sha,
            "state": item.outcome.state.value,
            "reason": item.outcome.reason or None,
            "value_count": len(item.outcome.values),
            "rejected_count": len(item.outcome.rejected),
            **_cost(extractor, item.outcome),
            "run_id": run_id,
        }
        for item in cards
    ]
    extractions = db.numbered(connection, EXTRACTION, rows)
    db.insert(connection, EXTRACTION, extractions)
    keyed = [(int(row["id"]), item) for row, item in zip(extractions, cards, strict=True)]
    standing: dict[int, list[tuple[int, Stated]]] = defaultdict(list)
    for key, item in keyed:
        standing[item.model_id] = [(key, _stated(extractor, one)) for one in item.outcome.values]
    for model_id, kept in others.items():
        standing[model_id].extend(kept)
    _write_fields(connection, keyed, standing)


def _make_room(
    connection: Connection, extractor: Extractor, cards: Sequence[Extracted]
) -> dict[int, list[tuple[int, Stated]]]:
    """Delete what is replaced or of another card; return the stated values that stay, by model.

    Each comes with the surrogate key of its row, negated: no key of an extraction is negative.
    """
    blobs = {item.model_id: item.blob_sha for item in cards}
    known = db.select_rows(
        connection, EXTRACTION, ("id", "model_id", "extractor", "llm", "blob_sha"), "model_id",
        list(blobs),
    )  # fmt: skip
    replaced: list[int] = []
    kept: dict[int, str] = {}
    for row in known:
        if row["extractor"] == IMPORTED:
            continue
        is_same = (row["extractor"], row["llm"]) == (extractor.name, extractor.llm)
        if is_same or row["blob_sha"] != blobs[row["model_id"]]:
            replaced.append(row["id"])
        else:
            kept[row["id"]] = f"{row['extractor']}:{row['llm']}"
    db.delete_where_in(connection, EXTRACTED_FIELD, "extraction_id", replaced)
    db.delete_where_in(connection, EXTRACTION, "id", replaced)
    columns = ("id", "extraction_id", "model_id", "field", "value_text", "value_number",
               "qualifiers", "source", "method_confidence", "span_start")  # fmt: skip
    found: dict[int, list[tuple[int, Stated]]] = defaultdict(list)
    for row in db.select_rows(
        connection, EXTRACTED_FIELD, columns, "extraction_id", list(kept),
        where={"state": ValueState.STATED.value},
    ):  # fmt: skip
        number = row["value_number"]
        stated = Stated(
            kept[row["extraction_id"]],
            row["field"],
            str(row["value_text"]) if number is None else float(number),
            orjson.loads(row["qualifiers"] or "{}"),
            str(row["source"]),
            float(row["method_confidence"] or 0),
            row["span_start"] or 0,
        )
        found[row["model_id"]].append((-row["id"], stated))
    return found


def _stated(extractor: Extractor, value: Value) -> Stated:
    return Stated(
        f"{extractor.name}:{extractor.llm}", value.field, value.value, value.qualifiers,
        value.source, value.confidence, value.start,
    )  # fmt: skip


def _write_fields(
    connection: Connection,
    cards: Sequence[tuple[int, Extracted]],
    standing: dict[int, list[tuple[int, Stated]]],
) -> None:
    rows: list[db.Row] = []
    changed: list[dict[str, object]] = []
    for key, item in cards:
        beside = standing[item.model_id]
        merged = merge([stated for _, stated in beside])
        own = iter([one for (place, _), one in zip(beside, merged, strict=True) if place == key])
        read: list[db.Row] = [
            {
                **_of_value(value),
                "confidence": one.confidence,
                "agreement": one.agreement,
                "is_chosen": int(one.is_chosen),
            }
            for value, one in zip(item.outcome.values, own, strict=True)
        ]
        read += [{**_of_rejected(value), **_NOT_CHOSEN} for value in item.outcome.rejected]
        read += [{**_of_absent(field), **_NOT_CHOSEN} for field in item.outcome.not_stated]
        rows += [
            {"extraction_id": key, "model_id": item.model_id, "position": position, **row}
            for position, row in enumerate(read)
        ]
        changed += [
            {"id": -place, "confidence": one.confidence, "agreement": one.agreement,
             "is_chosen": one.is_chosen}
            for (place, _), one in zip(beside, merged, strict=True)
            if place < 0
        ]  # fmt: skip
    db.insert(connection, EXTRACTED_FIELD, db.numbered(connection, EXTRACTED_FIELD, rows))
    if changed:
        connection.execute(
            text("UPDATE extracted_field SET confidence = :confidence, agreement = :agreement, "
                 "is_chosen = :is_chosen WHERE id = :id"),
            changed,
        )  # fmt: skip


def _of_value(value: Value) -> db.Row:
    is_number = isinstance(value.value, int | float)
    return {
        **_NO_VALUE,
        "field": value.field,
        "state": ValueState.STATED.value,
        "value_text": str(value.value),
        "value_number": float(value.value) if is_number else None,
        "unit": value.unit or None,
        "qualifiers": as_json(value.qualifiers) if value.qualifiers else None,
        "quote": value.quote,
        "span_start": value.start,
        "span_end": value.end,
        "place": value.origin,
        "source": value.source,
        "method": value.method,
        "method_confidence": value.confidence,
    }


def _of_rejected(value: Rejected) -> db.Row:
    return {
        **_NO_VALUE,
        "field": value.field,
        "state": ValueState.REJECTED.value,
        "reason": value.reason,
        "value_text": value.value,
        "quote": value.quote or None,
    }


def _of_absent(field: str) -> db.Row:
    return {**_NO_VALUE, "field": field, "state": ValueState.NOT_STATED.value}


def _cost(extractor: Extractor, outcome: CardOutcome) -> db.Row:
    is_free = extractor.name == RULES
    return {
        "prompt_tokens": None if is_free else outcome.prompt_tokens,
        "completion_tokens": None if is_free else outcome.completion_tokens,
        "cost_usd": None if is_free else outcome.cost_usd,
    }
