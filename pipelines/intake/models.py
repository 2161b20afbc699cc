"""Models: full and light records into rows, and the changes that a sweep finds.

A model is recognized by its identity on the hub; by name only where one side has no identity.
What is held is compared with what was read, and only differences are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text

from miner.db import upsert as db
from miner.pipelines.intake.batch import STATEMENTS_BY_RECORD, Batch, table_of
from miner.pipelines.intake.statements import choose_sources, delete_statements, write_statements
from miner.pipelines.sources.records.facts import ModelFacts
from miner.schema import tables
from miner.schema.vocab import EventKind, ModelState

MODEL = table_of(tables.Model)
_ALIAS = table_of(tables.ModelAlias)
_EVENT = table_of(tables.ModelEvent)
_OWNER = table_of(tables.Owner)

_VALUES = (
    "created_at", "last_modified_at", "sha", "pipeline_tag", "library_name", "license",
    "license_name", "license_link", "tags", "languages", "files",
    "model_type", "architectures", "quantization", "gguf_architecture", "gguf_context_length",
    "gguf_parameter_count", "safetensors_parameter_count", "safetensors_dtypes", "parse_state",
)  # fmt: skip
_VOLATILE = (
    "downloads", "downloads_all_time", "likes", "is_private", "is_disabled", "gated",
    "used_storage_bytes",
)  # fmt: skip
_WRITTEN = (
    "id", "hub_id", "uid", "name", "owner_id", "state", "state_at", *_VALUES, *_VOLATILE,
    "record_digest", "observed_at", "answer_id", "run_id",
)  # fmt: skip
_HELD = (
    "id", "uid", "name", "owner_id", "state", "record_digest", "sha", "last_modified_at",
    "license", "languages", *_VOLATILE,
)  # fmt: skip


@dataclass(slots=True)
class Held:
    """A model as the store has it."""

    id: int
    uid: str | None
    name: str
    owner_id: int | None
    state: str
    record_digest: str | None
    sha: str | None
    last_modified_at: str | None
    license: str | None
    languages: str | None
    downloads: int | None
    downloads_all_time: int | None
    likes: int | None
    is_private: int | None
    is_disabled: int | None
    gated: str | None
    used_storage_bytes: int | None

    def volatile(self) -> tuple[object, ...]:
        """Return the columns that move without a new revision."""
        return tuple(getattr(self, column) for column in _VOLATILE)


@dataclass(slots=True)
class Written:
    """What a batch did, in models."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


Event = tuple[int, str, str | None, str | None]


def write_models(batch: Batch, facts: Sequence[ModelFacts]) -> Written:
    """Write full records of models.

    Args:
        batch: The transaction's setting.
        facts: Records; of several with one identity the last counts.

    Returns:
        How many were new, changed, unchanged.
    """
    facts = _distinct(facts)
    held = find_held(batch, facts)
    owners = _owner_ids(batch, facts)
    new_ids = iter(
        db.next_ids(batch.connection, MODEL, sum(item is None for item in held))
        if None in held
        else ()
    )
    rows: list[tuple[object, ...]] = []
    events: list[Event] = []
    fresh: dict[int, ModelFacts] = {}
    replaced: dict[int, ModelFacts] = {}
    done = Written()
    for item, known in zip(facts, held, strict=True):
        model_id = next(new_ids) if known is None else known.id
        volatile = _volatile(item, known)
        state = state_of(item, volatile[4])
        if known is None:
            done.new += 1
            fresh[model_id] = item
            if batch.is_new(item.values["created_at"]):
                events.append((model_id, EventKind.NEW.value, None, item.name))
        elif _is_unchanged(item, known, volatile, state):
            done.unchanged += 1
            continue
        else:
            done.changed += 1
            events += _changes(item, _as_told(batch, known), volatile, state)
            if known.record_digest != item.digest:
                replaced[model_id] = item
        rows.append((
            model_id, batch.hub_id, item.uid or (known.uid if known else None), item.name,
            owners.get(item.owner or ""), state, batch.observed_at,
            *_values(item, known), *volatile,
            item.digest, batch.observed_at, batch.answer_id, batch.run_id,
        ))  # fmt: skip
    _release_names(batch, facts, held)
    db.upsert(batch.connection, MODEL, _WRITTEN, rows, key=("id",))
    _write_renames(batch, facts, held)
    delete_statements(batch, list(replaced), STATEMENTS_BY_RECORD)
    write_statements(batch, {key: item.statements for key, item in (fresh | replaced).items()})
    choose_sources(batch, list(replaced))
    write_events(batch, events)
    return done


def write_light(batch: Batch, facts: Sequence[ModelFacts]) -> dict[str, str | None]:
    """Write light records: what moves without a new revision.

    Returns:
        Licenses by name, of the models that are held at the revision seen: a light record is
        silent on it.
    """
    facts = _distinct(facts)
    moved: list[tuple[object, ...]] = []
    renamed: list[tuple[object, ...]] = []
    events: list[Event] = []
    licenses: dict[str, str | None] = {}
    sha: object
    held = find_held(batch, facts)
    for item, known in zip(facts, held, strict=True):
        if known is None:
            continue
        # a dump gives no revision, and perhaps no identity: the listing adds them
        sha = known.sha
        if is_same_revision(item, known):
            licenses[item.name] = known.license
            sha = item.values["sha"]
        volatile = _volatile(item, known)
        state = ModelState.DISABLED if volatile[4] else ModelState.PRESENT
        uid = item.uid or known.uid
        is_same = known.name == item.name and known.uid == uid
        told = (uid, item.name, state.value, sha, *volatile)
        if told != (known.uid, known.name, known.state, known.sha, *known.volatile()):
            events += _changes(item, _as_told(batch, known), volatile, state.value)
            (moved if is_same else renamed).append(
                (known.id, batch.hub_id, uid, item.name, "parsed", state.value, batch.observed_at,
                 sha, *volatile)
            )  # fmt: skip
    _release_names(batch, facts, held)
    columns = ("id", "hub_id", "uid", "name", "parse_state", "state", "state_at", "sha",
               *_VOLATILE)  # fmt: skip
    # most rows keep their names: not to write those saves their two indexes
    for rows, update in ((moved, columns[5:]), (renamed, ("uid", "name", *columns[5:]))):
        db.upsert(batch.connection, MODEL, columns, rows, key=("id",), update=update)
    _write_renames(batch, facts, held)
    write_events(batch, events)
    return licenses


def state_of(item: ModelFacts, is_disabled: object) -> str:
    """Return the state that a record shows."""
    return item.state or (ModelState.DISABLED if is_disabled else ModelState.PRESENT).value


def is_same_revision(item: ModelFacts, known: Held) -> bool:
    """Tell whether a record is of the revision held; without a sha (a dump) its time decides."""
    if known.sha is None:
        return item.values["last_modified_at"] == known.last_modified_at
    return known.sha == item.values["sha"]


def write_events(batch: Batch, events: Iterable[Event]) -> None:
    """Write changes of models, dated by the batch's answer."""
    rows = [(*event, batch.observed_at, batch.sweep_id) for event in events]
    if not rows:
        return
    ids = db.next_ids(batch.connection, _EVENT, len(rows))
    db.upsert(
        batch.connection,
        _EVENT,
        ("id", "model_id", "kind", "old_value", "new_value", "observed_at", "sweep_id"),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
        key=("model_id", "kind", "observed_at"),
        update=("new_value",),
    )


def write_alias(batch: Batch, alias: str, model_id: int, source: str) -> None:
    """Write another name of a model: a former one, or one that redirects."""
    db.upsert(
        batch.connection,
        _ALIAS,
        ("id", "hub_id", "alias", "model_id", "observed_at", "source"),
        [(*db.next_ids(batch.connection, _ALIAS, 1), batch.hub_id, alias, model_id,
          batch.observed_at, source)],
        key=("hub_id", "alias", "model_id"),
        update=(),
    )  # fmt: skip


def set_state(batch: Batch, known: Held, state: ModelState, kind: EventKind) -> None:
    """Write a model's new state and the event that goes with it, unless it has it already."""
    if known.state == state.value:
        return
    _update(batch, known.id, state=state.value, state_at=batch.observed_at)
    write_events(batch, [(known.id, kind.value, known.state, state.value)])


def _update(batch: Batch, model_id: int, **values: object) -> None:
    """Set driver-level values of one model."""
    changes = ", ".join(f"{column} = :{column}" for column in values)
    batch.connection.execute(
        text(f"UPDATE model SET {changes} WHERE id = :id"), {**values, "id": model_id}
    )


def find_held(batch: Batch, facts: Sequence[ModelFacts]) -> list[Held | None]:
    """Return for each record the model that the store has, by identity, else by name."""
    uids = [item.uid for item in facts if item.uid]
    by_uid = {known.uid: known for known in _select(batch, "uid", uids)} if uids else {}
    rest = [item.name for item in facts if item.uid is None or item.uid not in by_uid]
    by_name = {known.name: known for known in _select(batch, "name", rest)} if rest else {}
    found: list[Held | None] = []
    for item in facts:
        known = by_uid.get(item.uid) if item.uid else None
        if known is None:
            known = by_name.get(item.name)
            if known is not None and known.uid and item.uid and known.uid != item.uid:
                known = None  # the name has passed to another model
        found.append(known)
    return found


def find_by_names(batch: Batch, names: Sequence[str]) -> list[Held]:
    """Return the models held under these names."""
    return _select(batch, "name", names)


def _select(batch: Batch, column: str, values: Sequence[str]) -> list[Held]:
    rows = db.select_in(
        batch.connection, MODEL, _HELD, column, values, where={"hub_id": batch.hub_id}
    )
    return [Held(*row) for row in rows]  # type: ignore[arg-type] # columns are those of _HELD


def _distinct(facts: Sequence[ModelFacts]) -> list[ModelFacts]:
    """Return one record an identity, and one a name: the last."""
    by_identity = {item.uid or item.name: item for item in facts}
    return list({item.name: item for item in by_identity.values()}.values())


def _volatile(item: ModelFacts, known: Held | None) -> tuple[object, ...]:
    """Return what moves without a new revision; what the record is silent on stays as held."""
    told = item.volatile
    values: list[object] = [told.get(column) for column in _VOLATILE]
    if known is not None and len(told) < len(_VOLATILE):
        values = [
            value if column in told else getattr(known, column)
            for column, value in zip(_VOLATILE, values, strict=True)
        ]
    return tuple(int(value) if value is True or value is False else value for value in values)


def _is_unchanged(item: ModelFacts, known: Held, volatile: tuple[object, ...], state: str) -> bool:
    return (
        known.record_digest == item.digest
        and known.name == item.name
        and known.state == state
        and known.volatile() == volatile
    )


def _changes(
    item: ModelFacts, known: Held, volatile: tuple[object, ...], state: str
) -> list[Event]:
    """Return the events that a record is, compared with what is held."""
    pairs: list[tuple[EventKind, object, object]] = [(EventKind.RENAMED, known.name, item.name)]
    if known.gated is not None:  # else a dump did not speak of it
        pairs.append((EventKind.GATED, known.gated, volatile[5]))
    if known.record_digest and item.digest:
        pairs.append((EventKind.RELICENSED, known.license, item.values["license"]))
        if known.sha is not None:
            pairs.append((EventKind.REVISED, known.sha, item.values["sha"]))
    was_told = known.is_disabled is not None or known.state != ModelState.PRESENT.value
    if known.state != state and was_told:
        pairs.append((_kind_of_change(known.state, state), known.state, state))
    if known.state == ModelState.NAMED.value:
        return []
    return [
        (known.id, kind.value, _word(old), _word(new)) for kind, old, new in pairs if old != new
    ]


def _kind_of_change(old: str, new: str) -> EventKind:
    """Return what a change of state is called."""
    if new == ModelState.GONE.value:
        return EventKind.GONE
    was_gone = old in {ModelState.GONE.value, ModelState.GONE_OR_PRIVATE.value}
    return EventKind.RETURNED if was_gone else EventKind.DISABLED


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _values(item: ModelFacts, known: Held | None) -> list[object]:
    """Return a record's values in the order of the columns."""
    values = item.values
    if known is not None and values["languages"] is None and known.sha == values["sha"]:
        values = {**values, "languages": known.languages}  # from the card of this very revision
    return [values[column] for column in _VALUES]


def _owner_ids(batch: Batch, facts: Sequence[ModelFacts]) -> dict[str, int]:
    """Return the owners' surrogate keys by login name, new owners written."""
    names = sorted({item.owner for item in facts if item.owner})
    where = {"hub_id": batch.hub_id}

    def held() -> dict[str, int]:
        rows = db.select_in(batch.connection, _OWNER, ("name", "id"), "name", names, where=where)
        return {str(name): int(str(key)) for name, key in rows}

    known = held()
    missing = [name for name in names if name not in known]
    if missing:
        ids = db.next_ids(batch.connection, _OWNER, len(missing))
        db.insert(
            batch.connection,
            _OWNER,
            ("id", "hub_id", "name"),
            [(key, batch.hub_id, name) for key, name in zip(ids, missing, strict=True)],
        )
        known.update(zip(missing, ids, strict=True))
    return known


def _release_names(batch: Batch, facts: Sequence[ModelFacts], held: Sequence[Held | None]) -> None:
    """Free the names that records claim from the rows that have them now.

    A name is unique on a hub. Where names move between models, the old bearers get a name that
    nobody else can have; those that are in the batch get their new one with the upsert, the
    others are gone under that name until a sweep says more.
    """
    claims = {
        item.name: known.id if known else None
        for item, known in zip(facts, held, strict=True)
        if known is None or known.name != item.name
    }
    if not claims:
        return
    bearers = [
        known for known in find_by_names(batch, list(claims)) if claims[known.name] != known.id
    ]
    moving = {known.id for known in held if known is not None}
    for bearer in bearers:
        _update(batch, bearer.id, name=f"{bearer.name}{_released(bearer)}")
        if bearer.id not in moving:
            set_state(batch, bearer, ModelState.GONE, EventKind.GONE)
            write_alias(batch, bearer.name, bearer.id, "rename")


def _released(bearer: Held) -> str:
    """Return what is put behind the name of a model that another one has taken over."""
    return f"@{bearer.uid or bearer.id}"


def _as_told(batch: Batch, known: Held) -> Held:
    """Return a model as it stood before this sweep saw its name with another one.

    It was taken for gone then. Now that it is seen, it was renamed and nothing else.
    """
    if not known.name.endswith(_released(known)):
        return known
    taken_back = batch.connection.execute(
        text(
            "DELETE FROM model_event WHERE model_id = :model_id AND kind = :kind "
            "AND sweep_id = :sweep_id RETURNING old_value"
        ),
        {"model_id": known.id, "kind": EventKind.GONE.value, "sweep_id": batch.sweep_id},
    ).scalar()
    name = known.name.removesuffix(_released(known))
    return replace(known, name=name, state=taken_back or known.state)


def _write_renames(batch: Batch, facts: Sequence[ModelFacts], held: Sequence[Held | None]) -> None:
    for item, known in zip(facts, held, strict=True):
        former = known.name.removesuffix(_released(known)) if known is not None else item.name
        if known is not None and former != item.name:
            write_alias(batch, former, known.id, "rename")
