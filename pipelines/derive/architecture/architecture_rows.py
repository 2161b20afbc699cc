"""Architectures of models into rows: which are due, and what they are derived from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import JSON, Boolean, Connection, text

from miner.db import dialect
from miner.db import upsert as db
from miner.pipelines.derive.architecture.model_evidence import Architecture, EvidenceBase
from miner.pipelines.intake.batch import SEEDED, table_of
from miner.pipelines.intake.files import CARD, CONFIG, FILE, GGUF_HEAD, OTHER_FILES
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.statements import EDGE
from miner.schema import tables
from miner.schema.vocab import FileState, ModelState

ARCHITECTURE = table_of(tables.ModelArchitecture)
_ANSWER = table_of(tables.ArchivedAnswer)

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
_inherited = itemgetter(*([column.name for column in _COLUMNS].index(name) for name in _INHERITED))
_attributes = attrgetter(*(column.name for column in _COLUMNS))
_LISTS = tuple(at for at, column in enumerate(_COLUMNS) if isinstance(column.type, JSON))
_FLAGS = tuple(at for at, column in enumerate(_COLUMNS) if isinstance(column.type, Boolean))
_INHERITED_FLAGS = tuple(
    at for at, name in enumerate(_INHERITED) if isinstance(ARCHITECTURE.c[name].type, Boolean)
)

_WRITTEN = (
    "model_id", "version", "record_digest", "config_sha", "card_sha", "base_count", "run_id",
    "evidence", *(column.name for column in _COLUMNS),
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


class InputFile(NamedTuple):
    """A card or config that was fetched: its git blob sha, and where the archive has it."""

    blob_sha: str
    place: tuple[str, int] | None


class StoredRecord(NamedTuple):
    """Columns of a model that rules read, as the driver gives them."""

    id: int
    name: str
    record_digest: str | None
    tags: str | None
    gguf_context_length: int | None
    hub_id: int
    model_type: str | None
    architectures: str | None
    quantization: str | None
    gguf_architecture: str | None
    gguf_parameter_count: int | None
    safetensors_parameter_count: int | None
    safetensors_dtypes: str | None


class _ChosenEdge(NamedTuple):
    """Columns of an edge to a base, as the driver gives them."""

    child_id: int
    parent: str
    parent_id: int | None
    relation: str


class StoredBase(NamedTuple):
    """A base model of a model that is in the store.

    Attributes:
        name: owner/name.
        relation: A member of ``vocab.Relation``.
        id: Its surrogate key, where it is in the store.
        known: Values of what derivatives inherit from it; None: nothing is known of it.
    """

    name: str
    relation: str
    id: int | None
    known: tuple[object, ...] | None

    def evidence(self) -> EvidenceBase:
        """Return it as rules read it."""
        if self.known is None:
            return EvidenceBase(self.name, self.relation)
        known = list(self.known)
        for at in _INHERITED_FLAGS:
            known[at] = None if known[at] is None else bool(known[at])
        values: dict[str, Any] = dict(zip(_INHERITED, known, strict=True))
        architecture = Architecture("", self.name, **values)
        return EvidenceBase(self.name, self.relation, architecture)


class ModelInputs(NamedTuple):
    """What the store knows of a model that its architecture follows from.

    Attributes:
        record: Columns of the model.
        config: Its config.json, where it was fetched.
        card: Its card, where it was fetched.
        bases: Its base models, with what is known of each.
        gguf_head: The first bytes of one of its GGUF files, where they were fetched.
    """

    record: StoredRecord
    config: InputFile | None
    card: InputFile | None
    bases: tuple[StoredBase, ...]
    gguf_head: InputFile | None = None

    @property
    def id(self) -> int:
        """Return the surrogate key."""
        return self.record.id

    @property
    def name(self) -> str:
        """Return owner/name."""
        return self.record.name

    @property
    def base_count(self) -> int:
        """Return the number of bases that are in the store."""
        return len({one.id for one in self.bases if one.id is not None}) if self.bases else 0


class JudgedValues(NamedTuple):
    """An architecture as the store keeps it.

    Attributes:
        values: Driver-level values of the columns that are copied, in their order.
        evidence: What all sources say, as JSON.
        is_moe: Holds experts to choose between; None: nothing says.
    """

    values: tuple[object, ...]
    evidence: str | None
    is_moe: bool | None


def judged_values(found: Architecture) -> JudgedValues:
    """Return an architecture as the store keeps it."""
    values = list(_attributes(found))
    for at in _LISTS:
        values[at] = _json(values[at])
    for at in _FLAGS:
        values[at] = None if values[at] is None else int(values[at])
    evidence = _json([answer.as_dict() for answer in found.evidence])
    return JudgedValues(tuple(values), evidence, found.is_moe)


def inherited_values(judged: JudgedValues) -> tuple[object, ...]:
    """Return the values of what derivatives inherit."""
    values: tuple[object, ...] = _inherited(judged.values)
    return values


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
        for part in rows.scalars().partitions(10_000):
            yield from part


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


def base_models(connection: Connection) -> Iterable[int]:
    """Yield the surrogate keys of models that are a base of another."""
    query = text(
        "SELECT DISTINCT parent_id FROM model_edge WHERE is_chosen AND parent_id IS NOT NULL"
    )
    streamed = query.execution_options(stream_results=True, max_row_buffer=10_000)
    with connection.execute(streamed) as rows:
        for part in rows.scalars().partitions(10_000):
            yield from part


def last_model(connection: Connection) -> int:
    """Return the highest surrogate key of a model."""
    return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM model")).scalar_one())


def load_bases(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[StoredBase, ...]]:
    """Return the bases of some models by the child, in the order in which rules look at them.

    Args:
        connection: To the store.
        ids: Surrogate keys.
    """
    chosen = db.select_values(
        connection, EDGE, _ChosenEdge._fields, "child_id", ids, where={"is_chosen": True}
    )
    edges = sorted(
        map(_ChosenEdge._make, chosen),
        key=lambda edge: (edge.child_id, edge.parent_id is None, edge.parent),
    )
    parents = {edge.parent_id for edge in edges if edge.parent_id is not None}
    named = db.select_values(connection, MODEL, ("id", "name"), "id", parents)
    names = {int(key): str(name) for key, name in named}
    known = _inherited_of(connection, parents)
    found: dict[int, tuple[StoredBase, ...]] = {}
    for edge in edges:
        key = edge.parent_id
        if key == edge.child_id:
            continue
        name = edge.parent if key is None else names.get(key, edge.parent)
        others = found.get(edge.child_id, ())
        if all(one.name != name for one in others):
            inherited = None if key is None else known.get(key)
            base = StoredBase(name, edge.relation, key, inherited)
            found[edge.child_id] = (*others, base)
    return found


def _inherited_of(connection: Connection, ids: Collection[int]) -> dict[int, tuple[object, ...]]:
    """Return the values of what derivatives inherit from some models, by the model."""
    columns = ("model_id", *_INHERITED)
    rows = db.select_values(connection, ARCHITECTURE, columns, "model_id", ids)
    return {row[0]: tuple(row[1:]) for row in rows}


def load_inputs(
    connection: Connection, ids: Sequence[int], bases: Mapping[int, tuple[StoredBase, ...]]
) -> list[ModelInputs]:
    """Return what the store knows of some models, in the order of their keys.

    Args:
        connection: To the store.
        ids: Surrogate keys.
        bases: Of these models.
    """
    found = db.select_values(connection, MODEL, StoredRecord._fields, "id", ids)
    records = sorted(map(StoredRecord._make, found))
    files = _files(connection, ids)
    return [
        ModelInputs(
            record,
            files.get((record.id, CONFIG)),
            files.get((record.id, CARD)),
            bases.get(record.id, ()),
            files.get((record.id, GGUF_HEAD)),
        )
        for record in records
    ]


def hub_names(connection: Connection) -> dict[int, str]:
    """Return the hubs' names by surrogate key."""
    rows = connection.execute(text("SELECT id, name FROM hub"))
    return {int(key): str(name) for key, name in rows}


def _files(connection: Connection, ids: Sequence[int]) -> dict[tuple[int, str], InputFile]:
    """Return the files of some models that rules read, by model and path."""
    columns = ("model_id", "path", "blob_sha", "answer_id")
    fetched = {"state": FileState.FETCHED.value}
    rows = [
        row
        for row in db.select_rows(connection, FILE, columns, "model_id", ids, where=fetched)
        if row["path"] in OTHER_FILES
    ]
    answers = [row["answer_id"] for row in rows if row["answer_id"] is not None]
    places = {
        row["id"]: (row["segment"], row["offset"])
        for row in db.select_rows(connection, _ANSWER, ("id", "segment", "offset"), "id", answers)
    }
    return {
        (row["model_id"], row["path"]): InputFile(row["blob_sha"], places.get(row["answer_id"]))
        for row in rows
    }


def write_architectures(
    connection: Connection,
    version: str,
    judged: Sequence[tuple[ModelInputs, JudgedValues]],
    run_id: int,
) -> None:
    """Write the architectures of some models.

    Args:
        connection: In a transaction.
        version: Of the rules.
        judged: Each model once.
        run_id: Surrogate key of the run.
    """
    rows: list[db.Values] = [
        (
            model.record.id,
            version,
            model.record.record_digest,
            model.config and model.config.blob_sha,
            model.card and model.card.blob_sha,
            model.base_count,
            run_id,
            one.evidence,
            *one.values,
        )
        for model, one in judged
    ]
    db.upsert_values(connection, ARCHITECTURE, _WRITTEN, rows, key=("model_id",))


def changed_bases(
    connection: Connection, judged: Sequence[tuple[ModelInputs, JudgedValues]]
) -> list[int]:
    """Return the surrogate keys of models of which derivatives inherit something else now.

    Args:
        connection: To the store, before the architectures are written.
        judged: Each model once.
    """
    before = _inherited_of(connection, [model.id for model, _ in judged])
    return [
        model.id
        for model, one in judged
        if (known := before.get(model.id)) is None or known != inherited_values(one)
    ]


def _json(values: Sequence[object]) -> str | None:
    return orjson.dumps(values, default=str).decode() if values else None


def children_of(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return the surrogate keys of models that have some as base."""
    edges = db.select_values(
        connection, EDGE, ("child_id", "parent_id"), "parent_id", ids, where={"is_chosen": True}
    )
    return list(dict.fromkeys(child for child, parent in edges if child != parent))


def outdate(connection: Connection, ids: Sequence[int]) -> None:
    """Mark the rows of some models, so that a later run derives them too.

    Args:
        connection: In a transaction.
        ids: Their surrogate keys.
    """
    if ids:
        connection.execute(
            text(
                "UPDATE model_architecture SET version = :outdated "
                f"WHERE model_id {dialect.among(connection, ':ids')}"
            ),
            {"outdated": OUTDATED, "ids": dialect.listed(connection, ids)},
        )
