"""All that the store has on one model: facts with evidence, history, provenance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from miner.db.observations import Observations
from miner.db.session import read_store
from miner.pipelines.intake.files import CARD, CONFIG
from miner.pipelines.show import card_values, model_architecture, origins
from miner.pipelines.show.fact_evidence import ArchivedCard, Pages, Witness, read_card
from miner.pipelines.show.find import FoundModel, find_model, read_name, with_colon
from miner.pipelines.show.model_past import past
from miner.schema.tables import (
    ArchivedAnswer,
    EntryPoint,
    FetchedFile,
    Hub,
    Model,
    ModelAlias,
    ModelEvent,
    Owner,
    RejectedRecord,
    Run,
    Sweep,
)
from miner.schema.vocab import FileState
from miner.settings import Settings

Fact = dict[str, Any]
"""One row with stable keys. Times are UTC without zone."""

FILES_SHOWN = 20
_ELSEWHERE = frozenset({
    "id", "hub_id", "owner_id", "name", "license", "license_name", "license_link", "model_type",
    "architectures", "quantization", "gguf_architecture", "gguf_context_length",
    "gguf_parameter_count", "safetensors_parameter_count", "safetensors_dtypes", "files",
    "record_digest", "answer_id", "run_id",
})  # fmt: skip
"""Columns of a model that stand in a part of their own, or say nothing to people."""

COLUMNS = tuple(column.name for column in Model.__table__.columns if column.name not in _ELSEWHERE)
"""All other columns, in the order of their description."""

_SERIES = (
    "observed_at", "downloads", "downloads_all_time", "likes", "license", "gated", "sha", "state",
    "name", "sweep",
)  # fmt: skip
_DOCUMENTATION = {
    FileState.FETCHED.value: "documented",
    FileState.MISSING.value: "not-documented",
    FileState.NOT_FETCHED.value: "not-fetched",
}


def describe_model(settings: Settings, name: str, *, with_quotes: bool = False) -> Fact:
    """Return all that the store has on one model.

    Reads one state of the store, also while a crawl writes.

    Args:
        settings: Where the store, the archive and the observations are.
        name: As a person names it (see ``find.read_name``).
        with_quotes: Quote the words of the card that facts were read from.

    Returns:
        One object of plain values; its keys are always the same, null and empty lists where
        nothing is known.

    Raises:
        InvalidData: There is no such model in the store, or several fit.
        ConfigurationError: There is no store.
    """
    asked = read_name(name, settings)
    engine = read_store(settings)
    try:
        with engine.connect() as connection:
            asked = with_colon(connection, asked)
            found = find_model(connection, asked)
            return _describe(settings, connection, found, asked.name, with_quotes=with_quotes)
    finally:
        engine.dispose()


def _describe(
    settings: Settings, connection: Connection, found: FoundModel, asked: str, *, with_quotes: bool
) -> Fact:
    row = _row(connection, found.model_id)
    hub, name, sha = str(row["hub"]), str(row["name"]), row["sha"]
    entry = _entry_point(connection, found.model_id)
    pages = Pages(
        name, row["model_page"], row["revision_page"], row["file_page"], entry["evidence_url"],
        entry["tree_url"], entry["card_url"],
    )  # fmt: skip
    card = _file(connection, pages, row, CARD)
    text = _card_text(settings, card)
    witness = Witness(pages, sha, text, with_quotes=with_quotes)
    aliases = _aliases(connection, found.model_id)
    names = [name, *(str(alias["alias"]) for alias in aliases)]
    return {
        "hub": hub,
        "name": name,
        "asked": asked,
        "found_by": found.found_by,
        "url": pages.model(),
        "aliases": aliases,
        "owner": row["owner"],
        **{column: row[column] for column in COLUMNS},
        "entry_point": entry if entry["entry"] else None,
        "license": {
            "key": row["license"],
            "name": row["license_name"],
            "link": row["license_link"],
            "statements": origins.licenses(connection, found.model_id, witness),
        },
        "architecture": model_architecture.reported(connection, row, witness),
        "made_of": model_architecture.chosen(connection, row, witness),
        "files": _files(row["files"]),
        "bases": origins.bases(connection, found.model_id, witness),
        "derivatives": origins.derivatives(connection, found.model_id),
        "datasets": origins.datasets(connection, found.model_id, witness),
        "papers": origins.papers(connection, found.model_id, witness),
        "fields": card_values.fields(connection, found.model_id, witness),
        "readings": card_values.readings(connection, found.model_id),
        "documentation": _documentation(row, card["state"]),
        "card": {**card, "unreadable": text.problem or None},
        "config": _file(connection, pages, row, CONFIG),
        "set_aside": _rejected(connection, int(row["hub_id"]), names),
        "history": {
            "events": _events(connection, found.model_id),
            "observations": _series(settings, hub, row),
            **past(connection, found.model_id),
        },
        "provenance": {
            "run": _run(connection, row["run_id"]),
            "answer": _answer(connection, row["answer_id"]),
        },
    }


def _row(connection: Connection, model_id: int) -> Fact:
    row = (
        connection.execute(
            select(
                Model.__table__,
                Hub.name.label("hub"),
                Hub.model_page,
                Hub.revision_page,
                Hub.file_page,
                Owner.name.label("owner"),
            )
            .join(Hub, Hub.id == Model.hub_id)
            .outerjoin(Owner, Owner.id == Model.owner_id)
            .where(Model.id == model_id)
        )
        .mappings()
        .one()
    )
    return dict(row)


def _entry_point(connection: Connection, model_id: int) -> Fact:
    """Return how a repository loads a model; all null for models that are files."""
    columns = [column for column in EntryPoint.__table__.columns if column.name != "model_id"]
    row = connection.execute(select(*columns).where(EntryPoint.model_id == model_id)).mappings()
    found = row.first()
    return dict(found) if found else dict.fromkeys(column.key for column in columns)


def _aliases(connection: Connection, model_id: int) -> list[Fact]:
    rows = connection.execute(
        select(ModelAlias.alias, ModelAlias.observed_at, ModelAlias.source)
        .where(ModelAlias.model_id == model_id)
        .order_by(ModelAlias.observed_at, ModelAlias.alias)
    )
    return [dict(row) for row in rows.mappings()]


def _file(connection: Connection, pages: Pages, model: Mapping[str, Any], path: str) -> Fact:
    """Return what became of a card or config; one that nobody asked for is not-fetched."""
    columns = (
        "state", "reason", "parse_state", "parse_reason", "revision", "blob_sha", "size_bytes",
        "observed_at",
    )  # fmt: skip
    row = (
        connection.execute(
            select(FetchedFile.__table__).where(
                FetchedFile.model_id == model["id"], FetchedFile.path == path
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        reason = "no crawl has asked for it so far"
        if _lists(model, path) is False:
            reason = f"not asked for: the model's list of files has no {path}"
        unknown = dict.fromkeys((*columns, "url", "answer"))
        return unknown | {"state": FileState.NOT_FETCHED.value, "reason": reason}
    return {
        **{column: row[column] for column in columns},
        "url": pages.file(row["revision"], path) if row["blob_sha"] is not None else None,
        "answer": _answer(connection, row["answer_id"]),
    }


def _lists(model: Mapping[str, Any], path: str) -> bool | None:
    """Tell whether a model's list of files names one; None where no list is known."""
    files = model["files"]
    return None if files is None else any(item["path"] == path for item in files)


def _documentation(model: Mapping[str, Any], state: str) -> str:
    """Return whether a model is documented: a card that is not there is not one not fetched."""
    if state == FileState.NOT_FETCHED.value and _lists(model, CARD) is False:
        return "not-documented"
    return _DOCUMENTATION.get(state, "unknown")


def _card_text(settings: Settings, card: Fact) -> ArchivedCard:
    answer = card["answer"]
    place = (answer["segment"], answer["offset"]) if answer else None
    return read_card(settings.archive_dir, place, card["blob_sha"], card["revision"])


def _files(listed: list[Fact] | None) -> Fact:
    """Return the head revision's files; null where the hub's record did not list them."""
    if listed is None:
        return {"count": None, "size_bytes": None, "first": []}
    sizes = [item["size_bytes"] for item in listed if item.get("size_bytes") is not None]
    return {
        "count": len(listed),
        "size_bytes": sum(sizes) if len(sizes) == len(listed) else None,
        "first": [
            {key: item.get(key) for key in ("path", "size_bytes", "sha256")}
            for item in listed[:FILES_SHOWN]
        ],
    }


def _rejected(connection: Connection, hub_id: int, names: list[str]) -> list[Fact]:
    """Return the fields that could not be used; what many sweeps met again is one row."""
    table = RejectedRecord
    what = (table.subject, table.field, table.reason, table.detail)
    rows = connection.execute(
        select(
            *what,
            func.min(ArchivedAnswer.observed_at).label("first_observed_at"),
            func.max(ArchivedAnswer.observed_at).label("last_observed_at"),
        )
        .outerjoin(ArchivedAnswer, ArchivedAnswer.id == table.answer_id)
        .where(
            table.hub_id == hub_id,
            table.subject.in_(["model", "card", "config"]),
            table.name.in_(names),
        )
        .group_by(*what)
        .order_by(*what)
    )
    return [dict(row) for row in rows.mappings()]


def _events(connection: Connection, model_id: int) -> list[Fact]:
    rows = connection.execute(
        select(
            ModelEvent.observed_at, ModelEvent.kind, ModelEvent.old_value, ModelEvent.new_value,
            Sweep.name.label("sweep"),
        )
        .outerjoin(Sweep, Sweep.id == ModelEvent.sweep_id)
        .where(ModelEvent.model_id == model_id)
        .order_by(ModelEvent.observed_at, ModelEvent.kind)
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def _series(settings: Settings, hub: str, model: Mapping[str, Any]) -> list[Fact]:
    seen = Observations(settings.observations_dir / "model").of_one(
        hub, model["uid"], str(model["name"])
    )
    return seen.select(_SERIES).to_dicts()


def _run(connection: Connection, run_id: int | None) -> Fact | None:
    row = connection.execute(
        select(
            Run.command, Run.arguments, Run.code_version, Run.started_at, Run.ended_at, Run.state
        ).where(Run.id == run_id)
    ).mappings().first()  # fmt: skip
    return dict(row) if row else None


def _answer(connection: Connection, answer_id: int | None) -> Fact | None:
    """Return where in the archive an answer is."""
    row = connection.execute(
        select(
            ArchivedAnswer.kind, ArchivedAnswer.url, ArchivedAnswer.status,
            ArchivedAnswer.observed_at, ArchivedAnswer.segment, ArchivedAnswer.offset,
            ArchivedAnswer.length, ArchivedAnswer.digest,
        ).where(ArchivedAnswer.id == answer_id)
    ).mappings().first()  # fmt: skip
    return dict(row) if row else None
