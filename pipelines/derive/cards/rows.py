"""What extractors read in cards, into rows; and which cards are left to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, and_, exists, func, select, text

from miner.db import upsert as db
from miner.db.dialect import in_code_points
from miner.pipelines.derive.cards.merge import Stated, merge
from miner.pipelines.derive.cards.outcome import Outcome, Rejected
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.files import CARD, FILE
from miner.pipelines.intake.models import MODEL
from miner.schema import tables
from miner.schema.vocab import FileState, ModelState, ValueState

EXTRACTION = table_of(tables.Extraction)
EXTRACTED_FIELD = table_of(tables.ExtractedField)
_ANSWER = table_of(tables.Answer)
_HUB = table_of(tables.Hub)

RULES, LLM = "rules", "llm"
_SAID = (
    "field", "state", "reason", "value_text", "value_number", "unit", "qualifiers", "quote",
    "span_start", "span_end", "place", "source", "method", "method_confidence",
)  # fmt: skip
_STANDING = ("confidence", "agreement", "is_chosen")


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card that the archive holds.

    Attributes:
        model_id: Surrogate key of its model.
        hub: Name of the hub.
        model: Name of the model.
        blob_sha: git blob sha of the card.
        segment: Where the archive holds it.
        offset: Where in the segment.
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
        outcome: What was made of it.
    """

    model_id: int
    blob_sha: str
    outcome: Outcome


def wanted_cards(
    connection: Connection,
    extractor: Extractor,
    *,
    models: Sequence[str] = (),
    min_downloads: int = 0,
    retry: Sequence[str] = (),
    limit: int | None = None,
) -> list[HeldCard]:
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
        HeldCard(int(key), str(hub), str(name), str(sha), str(segment), int(offset))
        for key, hub, name, sha, segment, offset in connection.execute(query)
    ]


def lacking_cards(connection: Connection, models: Sequence[str]) -> list[str]:
    """Return those of some models whose card is not held."""
    query = (
        select(MODEL.c.name)
        .join(FILE, FILE.c.model_id == MODEL.c.id)
        .where(
            FILE.c.path == CARD,
            FILE.c.state == FileState.FETCHED.value,
            MODEL.c.name.in_(list(models)),
        )
    )
    held = set(connection.scalars(query))
    return [name for name in models if name not in held]


def drop_outdated(connection: Connection) -> int:
    """Delete what was read in cards that are not held any more; return how many readings."""
    outdated = (
        "SELECT e.id FROM extraction AS e WHERE NOT EXISTS (SELECT 1 FROM fetched_file AS f "
        "WHERE f.model_id = e.model_id AND f.path = 'README.md' AND f.state = 'fetched' "
        "AND f.blob_sha = e.blob_sha)"
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
    keys = db.next_ids(connection, EXTRACTION, len(cards))
    db.insert(
        connection,
        EXTRACTION,
        ("id", "model_id", "extractor", "llm", "version", "prompt_hash", "blob_sha", "state",
         "reason", "value_count", "rejected_count", "prompt_tokens", "completion_tokens",
         "cost_usd", "run_id"),
        [
            (key, item.model_id, extractor.name, extractor.llm, extractor.version,
             extractor.prompt_hash or None, item.blob_sha, item.outcome.state.value,
             item.outcome.reason or None, len(item.outcome.values), len(item.outcome.rejected),
             *_cost(extractor, item.outcome), run_id)
            for key, item in zip(keys, cards, strict=True)
        ],
    )  # fmt: skip
    standing: dict[int, list[tuple[int, Stated]]] = defaultdict(list)
    for key, item in zip(keys, cards, strict=True):
        standing[item.model_id] = [(key, _stated(extractor, one)) for one in item.outcome.values]
    for model_id, kept in others.items():
        standing[model_id].extend(kept)
    _write_fields(connection, list(zip(keys, cards, strict=True)), standing)


Row = tuple[object, ...]


def _make_room(
    connection: Connection, extractor: Extractor, cards: Sequence[Extracted]
) -> dict[int, list[tuple[int, Stated]]]:
    """Delete what is replaced or of another card; return the stated values that stay, by model.

    Each comes with the surrogate key of its row, negated: no key of an extraction is negative.
    """
    blobs = {item.model_id: item.blob_sha for item in cards}
    known = db.select_in(
        connection, EXTRACTION, ("id", "model_id", "extractor", "llm", "blob_sha"), "model_id",
        list(blobs),
    )  # fmt: skip
    replaced, kept = [], {}
    for key, model_id, name, llm, blob_sha in known:
        is_same = (name, llm) == (extractor.name, extractor.llm)
        if is_same or blob_sha != blobs[int(str(model_id))]:
            replaced.append(int(str(key)))
        else:
            kept[int(str(key))] = f"{name}:{llm}"
    db.delete_where_in(connection, EXTRACTED_FIELD, "extraction_id", replaced)
    db.delete_where_in(connection, EXTRACTION, "id", replaced)
    columns = ("id", "extraction_id", "model_id", "field", "value_text", "value_number",
               "qualifiers", "source", "method_confidence", "span_start")  # fmt: skip
    found: dict[int, list[tuple[int, Stated]]] = defaultdict(list)
    for row in db.select_in(
        connection, EXTRACTED_FIELD, columns, "extraction_id", list(kept),
        where={"state": ValueState.STATED.value},
    ):  # fmt: skip
        key, extraction, model_id, field, words, number, qualifiers, source, confidence, start = row
        value = str(words) if number is None else float(str(number))
        stated = Stated(
            kept[int(str(extraction))], str(field), value, orjson.loads(str(qualifiers or "{}")),
            str(source), float(str(confidence or 0)), int(str(start or 0)),
        )  # fmt: skip
        found[int(str(model_id))].append((-int(str(key)), stated))
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
    rows: list[Row] = []
    changed: list[dict[str, object]] = []
    for key, item in cards:
        beside = standing[item.model_id]
        merged = merge([stated for _, stated in beside])
        own = iter([one for (place, _), one in zip(beside, merged, strict=True) if place == key])
        said: list[Row] = [
            (*_of_value(value), one.confidence, one.agreement, int(one.is_chosen))
            for value, one in zip(item.outcome.values, own, strict=True)
        ]
        said += [(*_of_rejected(value), None, 0, 0) for value in item.outcome.rejected]
        said += [(*_of_absent(field), None, 0, 0) for field in item.outcome.not_stated]
        rows += [(key, item.model_id, position, *row) for position, row in enumerate(said)]
        changed += [
            {"id": -place, "confidence": one.confidence, "agreement": one.agreement,
             "is_chosen": one.is_chosen}
            for (place, _), one in zip(beside, merged, strict=True)
            if place < 0
        ]  # fmt: skip
    ids = db.next_ids(connection, EXTRACTED_FIELD, len(rows))
    db.insert(
        connection,
        EXTRACTED_FIELD,
        ("id", "extraction_id", "model_id", "position", *_SAID, *_STANDING),
        [(number, *row) for number, row in zip(ids, rows, strict=True)],
    )
    if changed:
        connection.execute(
            text("UPDATE extracted_field SET confidence = :confidence, agreement = :agreement, "
                 "is_chosen = :is_chosen WHERE id = :id"),
            changed,
        )  # fmt: skip


def _of_value(value: Value) -> Row:
    is_number = isinstance(value.value, int | float)
    return (
        value.field, ValueState.STATED.value, None, str(value.value),
        float(value.value) if is_number else None, value.unit or None,
        orjson.dumps(value.qualifiers).decode() if value.qualifiers else None, value.quote,
        value.start, value.end, value.origin, value.source, value.method, value.confidence,
    )  # fmt: skip


def _of_rejected(value: Rejected) -> Row:
    return (
        value.field, ValueState.REJECTED.value, value.reason, value.value, None, None, None,
        value.quote or None, None, None, None, None, None, None,
    )  # fmt: skip


def _of_absent(field: str) -> Row:
    return (field, ValueState.NOT_STATED.value, *([None] * (len(_SAID) - 2)))


def _cost(extractor: Extractor, outcome: Outcome) -> Row:
    if extractor.name == RULES:
        return (None, None, None)
    return (outcome.prompt_tokens, outcome.completion_tokens, outcome.cost_usd)
