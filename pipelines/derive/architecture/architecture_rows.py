"""Architectures of models into rows: which are due, and what they are derived from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, Column, Connection, text

from miner.db import dialect
from miner.db import upsert as db
from miner.pipelines.derive.architecture.model_evidence import Architecture, EvidenceBase
from miner.pipelines.intake.batch import SEEDED, table_of
from miner.pipelines.intake.files import CARD, CONFIG, FILE
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.statements import EDGE
from miner.schema import tables
from miner.schema.vocab import FileState, ModelState

ARCHITECTURE = table_of(tables.ModelArchitecture)
_ANSWER = table_of(tables.Answer)

OUTDATED = ""
"""Version of a row that is to be derived again, since a base of its model is another now."""

_COLUMNS = tuple(
    ARCHITECTURE.c[field.name]
    for field in fields(Architecture)
    if field.name in ARCHITECTURE.c and field.name != "evidence"
)
"""Columns that are copied from what was found."""

_INHERITED = (
    "is_moe", "moe_family", "model_type", "expert_count", "experts_per_token",
    "shared_expert_count", "granularity", "parameter_count", "active_parameter_count",
    "active_parameter_count_no_embedding", "router", "method", "is_unsure",
)  # fmt: skip
"""What derivatives inherit from a base: where it changes, they are derived again."""

_RECORD = (
    "id", "hub_id", "name", "record_digest", "model_type", "architectures", "quantization",
    "gguf_architecture", "gguf_context_length", "gguf_parameter_count",
    "safetensors_parameter_count", "safetensors_dtypes", "tags",
)  # fmt: skip


_FILES = " ".join(
    f"LEFT JOIN fetched_file {name} ON {name}.model_id = m.id AND {name}.path = :{name} "
    f"AND {name}.state = :fetched"
    for name in ("config", "card")
)
_IS_WHOLE = (
    "(coalesce(m.record_digest, '') <> :seeded "
    "AND (config.id IS NULL OR config.answer_id IS NOT NULL) "
    "AND (card.id IS NULL OR card.answer_id IS NOT NULL))"
)
"""Record and files were read here: not so with models that came with a snapshot."""

_FILE_VALUES: Mapping[str, object] = {
    "config": CONFIG, "card": CARD, "fetched": FileState.FETCHED.value, "seeded": SEEDED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputFile:
    """A card or config that was fetched: its git blob sha, and where the archive has it."""

    blob_sha: str
    place: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """What the store knows of a model that its architecture follows from.

    Attributes:
        id: Surrogate key.
        row: Columns of the model, as the driver gives them.
        config: Its config.json, where it was fetched.
        card: Its card, where it was fetched.
        bases: Its base models, with what is known of each.
        base_ids: Surrogate keys of those that are in the store.
    """

    id: int
    row: Mapping[str, object]
    config: InputFile | None
    card: InputFile | None
    bases: tuple[EvidenceBase, ...]
    base_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class DerivedArchitecture:
    """The architecture of a model, with what it was derived from."""

    inputs: ModelInputs
    found: Architecture


def due_models(connection: Connection, version: str) -> Iterable[int]:
    """Yield the surrogate keys of models whose row is missing, or was derived from other inputs.

    A row that came with a snapshot stays as long as its inputs are not all in the archive: the
    record, and the files that were fetched elsewhere.

    Args:
        connection: To the store.
        version: Of the rules.
    """
    query = text(
        f"SELECT m.id FROM model m LEFT JOIN model_architecture a ON a.model_id = m.id {_FILES} "
        "LEFT JOIN (SELECT child_id, count(DISTINCT parent_id) AS base_count FROM model_edge "
        "WHERE is_chosen AND parent_id IS NOT NULL AND parent_id <> child_id "
        "GROUP BY child_id) e ON e.child_id = m.id "
        "WHERE m.state <> :named AND (a.model_id IS NULL OR a.version <> :version "
        "OR coalesce(a.record_digest, '') <> coalesce(m.record_digest, '') "
        "OR coalesce(a.config_sha, '') <> coalesce(config.blob_sha, '') "
        "OR coalesce(a.card_sha, '') <> coalesce(card.blob_sha, '') "
        "OR a.base_count <> coalesce(e.base_count, 0)) "
        f"AND (a.model_id IS NULL OR {_IS_WHOLE})"
    )
    values = {"version": version, "named": ModelState.NAMED.value, **_FILE_VALUES}
    streamed = query.execution_options(stream_results=True, max_row_buffer=10_000)
    with connection.execute(streamed, values) as rows:
        for row in rows:
            yield int(row[0])


def derivable(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return those of some models that were read here, so that they can be derived again."""
    if not ids:
        return []
    query = text(
        f"SELECT m.id FROM model m {_FILES} "
        f"WHERE m.id {dialect.among(connection, ':ids')} AND {_IS_WHOLE}"
    )
    values = {"ids": dialect.listed(connection, ids), **_FILE_VALUES}
    return [int(row[0]) for row in connection.execute(query, values)]


def last_model(connection: Connection) -> int:
    """Return the highest surrogate key of a model."""
    return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM model")).scalar_one())


def load_inputs(connection: Connection, ids: Sequence[int]) -> list[ModelInputs]:
    """Return what the store knows of some models, in the order of their keys.

    Args:
        connection: To the store.
        ids: Surrogate keys.
    """
    rows = {row["id"]: row for row in db.select_rows(connection, MODEL, _RECORD, "id", ids)}
    files = {path: _files(connection, ids, path) for path in (CONFIG, CARD)}
    bases = _bases(connection, ids)
    return [
        ModelInputs(
            key,
            rows[key],
            files[CONFIG].get(key),
            files[CARD].get(key),
            tuple(base for base, _ in bases[key]),
            frozenset(one for _, one in bases[key] if one is not None),
        )
        for key in ids
        if key in rows
    ]


def hub_names(connection: Connection) -> dict[int, str]:
    """Return the hubs' names by surrogate key."""
    rows = connection.execute(text("SELECT id, name FROM hub"))
    return {int(key): str(name) for key, name in rows}


def _files(connection: Connection, ids: Sequence[int], path: str) -> dict[int, InputFile]:
    fetched = {"path": path, "state": FileState.FETCHED.value}
    rows = db.select_rows(
        connection, FILE, ("model_id", "blob_sha", "answer_id"), "model_id", ids, where=fetched
    )
    answers = [row["answer_id"] for row in rows if row["answer_id"] is not None]
    places = {
        row["id"]: (row["segment"], row["offset"])
        for row in db.select_rows(connection, _ANSWER, ("id", "segment", "offset"), "id", answers)
    }
    return {
        row["model_id"]: InputFile(row["blob_sha"], places.get(row["answer_id"])) for row in rows
    }


def _bases(
    connection: Connection, ids: Sequence[int]
) -> dict[int, list[tuple[EvidenceBase, int | None]]]:
    """Return the bases of some models by the child, with what is known of those in the store."""
    edges = sorted(
        db.select_rows(
            connection, EDGE, ("child_id", "parent", "parent_id", "relation"), "child_id", ids,
            where={"is_chosen": True},
        ),
        key=lambda edge: (edge["child_id"], edge["parent_id"] is None, edge["parent"]),
    )  # fmt: skip
    parents = [edge["parent_id"] for edge in edges if edge["parent_id"] is not None]
    names: dict[int, str] = {
        row["id"]: row["name"]
        for row in db.select_rows(connection, MODEL, ("id", "name"), "id", parents)
    }
    known = _known(connection, parents, names)
    found: dict[int, list[tuple[EvidenceBase, int | None]]] = defaultdict(list)
    for edge in edges:
        key, bases = edge["parent_id"], found[edge["child_id"]]
        if key == edge["child_id"]:
            continue
        name = str(names.get(key, edge["parent"]))
        if not any(base.name == name for base, _ in bases):
            bases.append((EvidenceBase(name, edge["relation"], known.get(key)), key))
    return found


def _known(
    connection: Connection, ids: Sequence[int], names: Mapping[int, str]
) -> dict[int, Architecture]:
    """Return what was chosen of some models, without its evidence."""
    found = {}
    for row in db.select_rows(connection, ARCHITECTURE, ("model_id", *_INHERITED), "model_id", ids):
        known = Architecture("", names.get(row["model_id"], ""))
        for name in _INHERITED:
            setattr(known, name, _typed(name, row[name]))
        found[row["model_id"]] = known
    return found


def _typed(column: str, value: object) -> object:
    is_flag = isinstance(ARCHITECTURE.c[column].type, Boolean)
    return bool(value) if is_flag and value is not None else value


def write_architectures(
    connection: Connection, version: str, derived: Sequence[DerivedArchitecture], run_id: int
) -> list[int]:
    """Write the architectures of some models.

    Args:
        connection: In a transaction.
        version: Of the rules.
        derived: Each model once.
        run_id: Surrogate key of the run.

    Returns:
        Surrogate keys of the models of which derivatives take over something else now.
    """
    before = {
        row["model_id"]: row
        for row in db.select_rows(
            connection, ARCHITECTURE, ("model_id", *_INHERITED), "model_id",
            [one.inputs.id for one in derived],
        )
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "model_id": one.inputs.id,
            "version": version,
            "record_digest": one.inputs.row["record_digest"],
            "config_sha": one.inputs.config and one.inputs.config.blob_sha,
            "card_sha": one.inputs.card and one.inputs.card.blob_sha,
            "base_count": len(one.inputs.base_ids),
            **{column.name: _driver(column, one.found) for column in _COLUMNS},
            "evidence": _json([answer.as_dict() for answer in one.found.evidence]),
            "run_id": run_id,
        }
        for one in derived
    ]
    db.upsert(connection, ARCHITECTURE, rows, key=("model_id",))
    return [
        row["model_id"]
        for row in rows
        if (known := before.get(row["model_id"])) is None
        or any(known[name] != row[name] for name in _INHERITED)
    ]


def _driver(column: Column[Any], found: Architecture) -> object:
    """Return the driver-level value of a column."""
    value = getattr(found, column.name)
    if isinstance(column.type, JSON):
        return _json(value)
    return int(value) if isinstance(value, bool) else value


def _json(values: Sequence[object]) -> str | None:
    return orjson.dumps(values, default=str).decode() if values else None


def outdate_derivatives(
    connection: Connection, ids: Sequence[int], again: Iterable[int] = ()
) -> list[int]:
    """Mark the rows of models that have these as base, so that a later run derives them too.

    Args:
        connection: In a transaction.
        ids: Surrogate keys of the bases.
        again: Further models whose rows are to be marked.

    Returns:
        Surrogate keys of their derivatives.
    """
    edges = db.select_rows(
        connection, EDGE, ("child_id", "parent_id"), "parent_id", ids, where={"is_chosen": True}
    )
    children = [edge["child_id"] for edge in edges if edge["child_id"] != edge["parent_id"]]
    marked = list(dict.fromkeys([*children, *again]))
    if marked:
        connection.execute(
            text(
                "UPDATE model_architecture SET version = :outdated "
                f"WHERE model_id {dialect.among(connection, ':ids')}"
            ),
            {"outdated": OUTDATED, "ids": dialect.listed(connection, marked)},
        )
    return children
