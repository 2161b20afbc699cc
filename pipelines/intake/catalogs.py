"""Catalogs: all models of a hub taken in at once, in one transaction with the end of the sweep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, as_text, table_of, write_answer, write_problems
from miner.pipelines.intake.files import CARD, FILE, FileAnswer, write_files
from miner.pipelines.intake.models import MODEL, find_by_names, set_state, write_alias, write_models
from miner.pipelines.intake.sweeps import (
    RunContext,
    SweepAt,
    count_page,
    end_sweep,
    observe,
    write_cursor,
)
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.facts import CatalogFacts, CatalogModel
from miner.pipelines.sources.records.payload import blob_sha
from miner.schema import tables
from miner.schema.vocab import EventKind, FileState, ModelState, ParseState

_ENTRY = table_of(tables.EntryPoint)
_ALIAS = table_of(tables.ModelAlias)
_NO_CARD = "no page of the hub is about it"

Kept = tuple[Location, ReceivedAnswer]
"""An answer, and where it is archived."""


def ingest_catalog_part(setting: RunContext, sweep: SweepAt, kept: Sequence[Kept]) -> SweepAt:
    """Index answers of a catalog that is not whole yet.

    The cursor says where the first answer of the sweep stands in the archive: whoever goes on
    reads the archive from there.

    Returns:
        The sweep, with its cursor.
    """
    if not kept:
        return sweep
    with setting.engine.begin() as connection:
        _index(connection, kept)
        if not sweep.next_url:
            first = kept[0][0]
            sweep = replace(sweep, next_url=f"{first.segment} {first.offset}")
            write_cursor(connection, sweep)
    return sweep


def ingest_catalog(
    setting: RunContext, sweep: SweepAt, kept: Sequence[Kept], catalog: CatalogFacts
) -> int:
    """Take a whole catalog in: models, cards, what is gone, and the sweep's end.

    Args:
        setting: The run's setting.
        sweep: The sweep that read it.
        kept: Its answers, in the order in which ``catalog`` names them.
        catalog: What they say.

    Returns:
        Models taken in.
    """
    limit = sweep.plan.window.limit
    models = list(catalog.models if limit is None else catalog.models[:limit])
    observed_at = as_text(max(answer.observed_at for _, answer in kept))
    with setting.engine.begin() as connection:
        ids = _index(connection, kept)

        def batch_of(answer: int) -> Batch:
            return Batch(
                connection, setting.hub_id, setting.run_id, observed_at, ids[answer], sweep.id,
                sweep.is_first, faults=setting.faults,
            )  # fmt: skip

        for answer in dict.fromkeys(model.answer for model in models):
            write_models(batch_of(answer), [m.facts for m in models if m.answer == answer])
        for answer, problem in catalog.problems:
            write_problems(batch_of(answer), "model", [problem])
        batch = batch_of(0)
        keys = {known.name: known.id for known in find_by_names(batch, _names(models))}
        _write_entries(batch, models, keys)
        _write_aliases(batch, models, keys)
        _write_cards(batch, models, keys, kept, ids)
        if limit is None:
            _mark_gone(batch, catalog)
        licenses = {model.facts.name: model.facts.values["license"] for model in models}
        observe(setting, sweep, observed_at, [model.facts for model in models], licenses)
        after = replace(sweep, page=1, kept=len(models))
        count_page(connection, after, observed_at, len(catalog.problems))
        end_sweep(setting, connection, after, observed_at, is_complete=limit is None)
    return len(models)


def _names(models: Iterable[CatalogModel]) -> list[str]:
    return [model.facts.name for model in models]


def _index(connection: Connection, kept: Sequence[Kept]) -> list[int]:
    """Index answers, and return their surrogate keys."""
    return [
        write_answer(connection, answer, location, ParseState.PARSED.value)
        for location, answer in kept
    ]


def _write_entries(batch: Batch, models: Sequence[CatalogModel], keys: dict[str, int]) -> None:
    rows: list[db.Row] = [
        {"model_id": keys[model.facts.name], **model.entry._asdict()}
        for model in models
        if model.entry
    ]
    db.upsert(batch.connection, _ENTRY, rows, key=("model_id",))


def _write_aliases(batch: Batch, models: Sequence[CatalogModel], keys: dict[str, int]) -> None:
    """Write the names that are new; those that a page no longer states stay."""
    wanted = {
        (alias.name, keys[model.facts.name]): alias.source
        for model in models
        for alias in model.aliases
    }
    names = [name for name, _ in wanted]
    rows = db.select_rows(
        batch.connection, _ALIAS, ("alias", "model_id"), "alias", names,
        where={"hub_id": batch.hub_id},
    )  # fmt: skip
    known = {(row["alias"], row["model_id"]) for row in rows}
    for (name, key), source in wanted.items():
        if (name, key) not in known:
            write_alias(batch, name, key, source)


def _write_cards(
    batch: Batch,
    models: Sequence[CatalogModel],
    keys: dict[str, int],
    kept: Sequence[Kept],
    ids: Sequence[int],
) -> None:
    """Write the cards that are not stored as they are; a model without one has none."""
    columns = ("model_id", "revision", "blob_sha", "state")
    rows = db.select_rows(
        batch.connection, FILE, columns, "model_id", list(keys.values()), where={"path": CARD}
    )
    stored = {row["model_id"]: row for row in rows}
    files = [_card(batch, model, keys[model.facts.name], kept, ids) for model in models]
    write_files(batch, [file for file in files if stored.get(file.subject_id) != _compared(file)])


def _compared(file: FileAnswer) -> db.Row:
    return {
        "model_id": file.subject_id,
        "revision": file.revision,
        "blob_sha": blob_sha(file.body) if file.state == FileState.FETCHED else None,
        "state": file.state.value,
    }


def _card(
    batch: Batch, model: CatalogModel, key: int, kept: Sequence[Kept], ids: Sequence[int]
) -> FileAnswer:
    name = model.facts.name
    if model.card is None:
        return FileAnswer(
            key, name, CARD, None, FileState.MISSING, _NO_CARD, b"", batch.observed_at, None
        )
    answer = kept[model.card.answer][1]
    return FileAnswer(
        key, name, CARD, model.card.revision, FileState.FETCHED, None, answer.body,
        as_text(answer.observed_at), ids[model.card.answer],
    )  # fmt: skip


def _mark_gone(batch: Batch, catalog: CatalogFacts) -> None:
    """Mark what a whole catalog does not name any more as gone."""
    there = (ModelState.PRESENT.value, ModelState.DISABLED.value)
    rows = db.select_rows(
        batch.connection, MODEL, ("name",), "state", there, where={"hub_id": batch.hub_id}
    )
    gone = {row["name"] for row in rows} - set(_names(catalog.models))
    unread = tuple(catalog.unread)
    for known in find_by_names(batch, sorted(n for n in gone if not n.startswith(unread))):
        set_state(batch, known, ModelState.GONE, EventKind.GONE)
