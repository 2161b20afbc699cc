"""What models are made of, into rows: which are left to judge, what is held of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import orjson
from sqlalchemy import Connection, text

from miner.db import dialect
from miner.db import upsert as db
from miner.pipelines.derive.architecture.evidence import Architecture, Base
from miner.pipelines.intake.batch import SEEDED, table_of
from miner.pipelines.intake.files import CARD, CONFIG, FILE
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.statements import EDGE
from miner.schema import tables
from miner.schema.vocab import FileState, ModelState

ARCHITECTURE = table_of(tables.ModelArchitecture)
_ANSWER = table_of(tables.Answer)

OUTDATED = ""
"""Version of a row that is to be judged again, since a base of its model is another now."""

_CHOSEN = (
    "is_moe", "moe_family", "model_type", "architecture", "expert_count", "experts_per_token",
    "shared_expert_count", "granularity", "parameter_count", "active_parameter_count",
    "active_parameter_count_no_embedding", "parameter_source", "parameter_check", "router",
    "source", "method", "confidence", "is_unsure",
)  # fmt: skip
_LISTS = ("reasons", "conflicts")
_INHERITED = (
    "is_moe", "moe_family", "model_type", "expert_count", "experts_per_token",
    "shared_expert_count", "granularity", "parameter_count", "active_parameter_count",
    "active_parameter_count_no_embedding", "router", "method", "is_unsure",
)  # fmt: skip
"""What derivatives take over of a base: where it changes, they are judged again."""

_TRUTHS = frozenset({"is_moe", "is_unsure"})
_HELD = (
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

_FILES_GIVEN: Mapping[str, object] = {
    "config": CONFIG, "card": CARD, "fetched": FileState.FETCHED.value, "seeded": SEEDED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A card or config that was fetched: its git blob sha, and where the archive holds it."""

    blob_sha: str
    place: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class HeldModel:
    """What the store holds of a model.

    Attributes:
        id: Surrogate key.
        row: Columns of the model, as the driver gives them.
        config: Its config.json, where it was fetched.
        card: Its card, where it was fetched.
        bases: What it was made from, with what is known of each.
        base_ids: Surrogate keys of those that are held.
    """

    id: int
    row: Mapping[str, object]
    config: HeldFile | None
    card: HeldFile | None
    bases: tuple[Base, ...]
    base_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Judged:
    """A model that was judged, with what it was judged by."""

    held: HeldModel
    found: Architecture


def due_models(connection: Connection, version: str) -> Iterable[int]:
    """Yield the surrogate keys of models whose row is missing, or was made from something else.

    A row that came with a snapshot stays as long as what it was made from is not all held: the
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
    given = {"version": version, "named": ModelState.NAMED.value, **_FILES_GIVEN}
    streamed = query.execution_options(stream_results=True, max_row_buffer=10_000)
    with connection.execute(streamed, given) as rows:
        for row in rows:
            yield int(row[0])


def judgeable(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return those of some models that were read here, so that they can be judged again."""
    if not ids:
        return []
    query = text(
        f"SELECT m.id FROM model m {_FILES} "
        f"WHERE m.id {dialect.among(connection, ':ids')} AND {_IS_WHOLE}"
    )
    given = {"ids": dialect.listed(connection, ids), **_FILES_GIVEN}
    return [int(row[0]) for row in connection.execute(query, given)]


def last_model(connection: Connection) -> int:
    """Return the highest surrogate key of a model."""
    return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM model")).scalar_one())


def held_models(connection: Connection, ids: Sequence[int]) -> list[HeldModel]:
    """Return what the store holds of some models, in the order given.

    Args:
        connection: To the store.
        ids: Surrogate keys.
    """
    rows = {
        int(str(row[0])): dict(zip(_HELD, row, strict=True))
        for row in db.select_in(connection, MODEL, _HELD, "id", ids)
    }
    files = {path: _files(connection, ids, path) for path in (CONFIG, CARD)}
    bases = _bases(connection, ids)
    return [
        HeldModel(
            key, rows[key], files[CONFIG].get(key), files[CARD].get(key),
            tuple(base for base, _ in bases[key]),
            frozenset(one for _, one in bases[key] if one is not None),
        )
        for key in ids
        if key in rows
    ]  # fmt: skip


def hub_names(connection: Connection) -> dict[int, str]:
    """Return the hubs' names by surrogate key."""
    rows = connection.execute(text("SELECT id, name FROM hub"))
    return {int(key): str(name) for key, name in rows}


def _files(connection: Connection, ids: Sequence[int], path: str) -> dict[int, HeldFile]:
    fetched = {"path": path, "state": FileState.FETCHED.value}
    rows = db.select_in(
        connection, FILE, ("model_id", "blob_sha", "answer_id"), "model_id", ids, where=fetched
    )
    answers = [int(str(row[2])) for row in rows if row[2] is not None]
    places = {
        int(str(key)): (str(segment), int(str(offset)))
        for key, segment, offset in db.select_in(
            connection, _ANSWER, ("id", "segment", "offset"), "id", answers
        )
    }
    return {
        int(str(key)): HeldFile(str(blob), places.get(int(str(answer or -1))))
        for key, blob, answer in rows
    }


def _bases(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[Base, int | None]]]:
    """Return the bases of some models by the child: held ones with what is known of them."""
    edges = sorted(
        db.select_in(
            connection, EDGE, ("child_id", "parent", "parent_id", "relation"), "child_id", ids,
            where={"is_chosen": True},
        ),
        key=lambda row: (int(str(row[0])), row[2] is None, str(row[1])),
    )  # fmt: skip
    parents = [int(str(row[2])) for row in edges if row[2] is not None]
    names = {
        int(str(key)): str(name)
        for key, name in db.select_in(connection, MODEL, ("id", "name"), "id", parents)
    }
    known = _known(connection, parents, names)
    found: dict[int, list[tuple[Base, int | None]]] = defaultdict(list)
    for child, declared, parent, relation in edges:
        key = None if parent is None else int(str(parent))
        if key == int(str(child)):
            continue
        name = str(declared) if key is None else names.get(key, str(declared))
        if not any(base.name == name for base, _ in found[int(str(child))]):
            base = Base(name, str(relation), known.get(key) if key is not None else None)
            found[int(str(child))].append((base, key))
    return found


def _known(
    connection: Connection, ids: Sequence[int], names: Mapping[int, str]
) -> dict[int, Architecture]:
    """Return what was chosen of some models, without its evidence."""
    found = {}
    for key, *values in db.select_in(
        connection, ARCHITECTURE, ("model_id", *_INHERITED), "model_id", ids
    ):
        model_id = int(str(key))
        told = dict(zip(_INHERITED, values, strict=True))
        known = Architecture("", names.get(model_id, ""))
        for one in fields(Architecture):
            if one.name in told:
                setattr(known, one.name, _typed(one.name, told[one.name]))
        found[model_id] = known
    return found


def _typed(column: str, value: object) -> object:
    return bool(value) if column in _TRUTHS and value is not None else value


def write_architectures(
    connection: Connection, version: str, judged: Sequence[Judged], run_id: int
) -> list[int]:
    """Write what was made of some models.

    Args:
        connection: In a transaction.
        version: Of the rules.
        judged: Each model once.
        run_id: Surrogate key of the run.

    Returns:
        Surrogate keys of the models of which derivatives take over something else now.
    """
    ids = [one.held.id for one in judged]
    before = {
        int(str(key)): tuple(values)
        for key, *values in db.select_in(
            connection, ARCHITECTURE, ("model_id", *_INHERITED), "model_id", ids
        )
    }
    columns = ("model_id", "version", "record_digest", "config_sha", "card_sha", "base_count",
               *_CHOSEN, *_LISTS, "evidence", "run_id")  # fmt: skip
    db.upsert(
        connection, ARCHITECTURE, columns,
        [
            (one.held.id, version, one.held.row["record_digest"],
             one.held.config and one.held.config.blob_sha,
             one.held.card and one.held.card.blob_sha, len(one.held.base_ids),
             *(_driver(getattr(one.found, name)) for name in _CHOSEN),
             *(_json(getattr(one.found, name)) for name in _LISTS),
             _json([answer.as_dict() for answer in one.found.evidence]), run_id)
            for one in judged
        ],
        key=("model_id",),
    )  # fmt: skip
    return [
        one.held.id
        for one in judged
        if before.get(one.held.id)
        != tuple(_driver(getattr(one.found, name)) for name in _INHERITED)
    ]


def _driver(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _json(values: Sequence[object]) -> str | None:
    return orjson.dumps(values, default=str).decode() if values else None


def outdate_derivatives(
    connection: Connection, ids: Sequence[int], again: Iterable[int] = ()
) -> list[int]:
    """Mark the rows of models that were made from others, so that a later run judges them too.

    Args:
        connection: In a transaction.
        ids: Surrogate keys of the bases.
        again: Further models whose rows are to be marked.

    Returns:
        Surrogate keys of their derivatives.
    """
    children = [
        int(str(row[0]))
        for row in db.select_in(
            connection, EDGE, ("child_id", "parent_id"), "parent_id", ids,
            where={"is_chosen": True},
        )
        if row[0] != row[1]
    ]  # fmt: skip
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
