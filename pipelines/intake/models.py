"""Models: full and light records into rows, and the changes that a sweep finds.

A model is recognized by its identity on the hub; by name only where one side has no identity.
What is stored is compared with what was read, and only differences are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from sqlalchemy import text

from miner.db import upsert as db
from miner.pipelines.intake.batch import STATEMENTS_BY_RECORD, Batch, table_of
from miner.pipelines.intake.statements import choose_sources, delete_statements, write_statements
from miner.pipelines.sources.records.facts import ModelFacts
from miner.schema import tables
from miner.schema.tables.base import source_fields
from miner.schema.vocab import EventKind, ModelState, ParseState

MODEL = table_of(tables.Model)
_ALIAS = table_of(tables.ModelAlias)
_EVENT = table_of(tables.ModelEvent)
_OWNER = table_of(tables.Owner)

_FIELDS = source_fields(MODEL)
_VOLATILE = tuple(name for name, field in _FIELDS.items() if field.is_volatile)
_NOT_STATED: db.Row = {name: None for name, field in _FIELDS.items() if not field.is_volatile}
_NONE_VOLATILE: Mapping[str, object] = dict.fromkeys(_VOLATILE)


@dataclass(slots=True)
class StoredModel:
    """A model as the store has it, in driver-level values.

    Attributes:
        id: Surrogate key.
        uid: Identity on the hub.
        name: ``owner/name``.
        state: ``vocab.ModelState``.
        record_digest: Digest of the full record, None where only light ones were seen.
        sha: Head revision.
        last_modified_at: Its time, UTC.
        license: Declared license.
        languages: Declared languages, a JSON list.
        volatile: The columns that change without a new revision.
    """

    id: int
    uid: str | None
    name: str
    state: str
    record_digest: str | None
    sha: str | None
    last_modified_at: str | None
    license: str | None
    languages: str | None
    volatile: Mapping[str, object]


_KEPT = tuple(field.name for field in fields(StoredModel) if field.name != "volatile")


@dataclass(slots=True)
class WrittenModels:
    """What a batch did, in models."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


def write_models(batch: Batch, facts: Sequence[ModelFacts]) -> WrittenModels:
    """Write full records of models.

    Args:
        batch: The transaction's setting.
        facts: Records; of several with one identity the last counts.

    Returns:
        How many were new, changed, unchanged.
    """
    facts = _distinct(facts)
    stored = find_stored(batch, facts)
    owners = _owner_ids(batch, facts)
    new_ids = iter(
        db.next_ids(batch.connection, MODEL, sum(item is None for item in stored))
        if None in stored
        else ()
    )
    rows: list[db.Row] = []
    events: list[db.Row] = []
    fresh: dict[int, ModelFacts] = {}
    replaced: dict[int, ModelFacts] = {}
    done = WrittenModels()
    for item, known in zip(facts, stored, strict=True):
        model_id = next(new_ids) if known is None else known.id
        volatile = _volatile(item, known)
        state = state_of(item, volatile["is_disabled"])
        if known is None:
            done.new += 1
            fresh[model_id] = item
            if batch.is_new(item.values["created_at"]):
                events.append(_event(model_id, EventKind.NEW, None, item.name))
        elif _is_unchanged(item, known, volatile, state):
            done.unchanged += 1
            continue
        else:
            done.changed += 1
            events += _changes(item, _before_sweep(batch, known), volatile, state)
            if known.record_digest != item.digest:
                replaced[model_id] = item
        rows.append(
            {
                **_NOT_STATED,
                **_values(item, known),
                **volatile,
                "id": model_id,
                "hub_id": batch.hub_id,
                "uid": item.uid or (known.uid if known else None),
                "name": item.name,
                "owner_id": owners.get(item.owner or ""),
                "state": state,
                "state_at": batch.observed_at,
                "record_digest": item.digest,
                "observed_at": batch.observed_at,
                "answer_id": batch.answer_id,
                "run_id": batch.run_id,
            }
        )
    _release_names(batch, facts, stored)
    db.upsert(batch.connection, MODEL, rows, key=("id",))
    _write_renames(batch, facts, stored)
    delete_statements(batch, list(replaced), STATEMENTS_BY_RECORD)
    write_statements(batch, {key: item.statements for key, item in (fresh | replaced).items()})
    choose_sources(batch, list(replaced))
    write_events(batch, events)
    return done


def write_light(batch: Batch, facts: Sequence[ModelFacts]) -> dict[str, str | None]:
    """Write light records: what moves without a new revision.

    Returns:
        Licenses by name, of the models that are stored at the revision seen: a light record is
        silent on it.
    """
    facts = _distinct(facts)
    moved: list[db.Row] = []
    renamed: list[db.Row] = []
    events: list[db.Row] = []
    licenses: dict[str, str | None] = {}
    stored = find_stored(batch, facts)
    for item, known in zip(facts, stored, strict=True):
        if known is None:
            continue
        # a dump gives no revision, and perhaps no identity: the listing adds them
        changes: dict[str, object] = {"sha": known.sha}
        if is_same_revision(item, known):
            licenses[item.name] = known.license
            changes["sha"] = item.values["sha"]
        volatile = _volatile(item, known)
        state = ModelState.DISABLED if volatile["is_disabled"] else ModelState.PRESENT
        changes |= {"uid": item.uid or known.uid, "name": item.name, "state": state.value}
        is_same = all(getattr(known, column) == value for column, value in changes.items())
        if is_same and volatile == known.volatile:
            continue
        events += _changes(item, _before_sweep(batch, known), volatile, state.value)
        row: db.Row = {
            **volatile,
            **changes,
            "id": known.id,
            "hub_id": batch.hub_id,
            "parse_state": ParseState.PARSED.value,
            "state_at": batch.observed_at,
        }
        is_named_so = known.name == item.name and known.uid == changes["uid"]
        (moved if is_named_so else renamed).append(row)
    _release_names(batch, facts, stored)
    update = ("state", "state_at", "sha", *_VOLATILE)
    # most rows keep their names: not to write those saves their two indexes
    db.upsert(batch.connection, MODEL, moved, key=("id",), update=update)
    db.upsert(batch.connection, MODEL, renamed, key=("id",), update=("uid", "name", *update))
    _write_renames(batch, facts, stored)
    write_events(batch, events)
    return licenses


def state_of(item: ModelFacts, is_disabled: object) -> str:
    """Return the state that a record shows."""
    return item.state or (ModelState.DISABLED if is_disabled else ModelState.PRESENT).value


def is_same_revision(item: ModelFacts, known: StoredModel) -> bool:
    """Tell whether a record is of the stored revision; without a sha (a dump) its time decides."""
    if known.sha is None:
        return item.values["last_modified_at"] == known.last_modified_at
    return known.sha == item.values["sha"]


def write_events(batch: Batch, events: Iterable[db.Row]) -> None:
    """Write changes of models, dated by the batch's answer."""
    seen: db.Row = {"observed_at": batch.observed_at, "sweep_id": batch.sweep_id}
    rows: list[db.Row] = [{**event, **seen} for event in events]
    db.upsert(
        batch.connection,
        _EVENT,
        db.numbered(batch.connection, _EVENT, rows),
        key=("model_id", "kind", "observed_at"),
        update=("new_value",),
    )


def write_alias(batch: Batch, alias: str, model_id: int, source: str) -> None:
    """Write another name of a model: a former one, or one that redirects."""
    row: db.Row = {
        "hub_id": batch.hub_id,
        "alias": alias,
        "model_id": model_id,
        "observed_at": batch.observed_at,
        "source": source,
    }
    db.upsert(
        batch.connection,
        _ALIAS,
        db.numbered(batch.connection, _ALIAS, [row]),
        key=("hub_id", "alias", "model_id"),
        update=(),
    )


def set_state(batch: Batch, known: StoredModel, state: ModelState, kind: EventKind) -> None:
    """Write a model's new state and the event that goes with it, unless it has it already."""
    if known.state == state.value:
        return
    _update(batch, known.id, state=state.value, state_at=batch.observed_at)
    write_events(batch, [_event(known.id, kind, known.state, state.value)])


def _update(batch: Batch, model_id: int, **values: object) -> None:
    """Set driver-level values of one model."""
    changes = ", ".join(f"{column} = :{column}" for column in values)
    batch.connection.execute(
        text(f"UPDATE model SET {changes} WHERE id = :id"), {**values, "id": model_id}
    )


def find_stored(batch: Batch, facts: Sequence[ModelFacts]) -> list[StoredModel | None]:
    """Return for each record the model that the store has, by identity, else by name."""
    uids = [item.uid for item in facts if item.uid]
    by_uid = {known.uid: known for known in _select(batch, "uid", uids)} if uids else {}
    rest = [item.name for item in facts if item.uid is None or item.uid not in by_uid]
    by_name = {known.name: known for known in _select(batch, "name", rest)} if rest else {}
    found: list[StoredModel | None] = []
    for item in facts:
        known = by_uid.get(item.uid) if item.uid else None
        if known is None:
            known = by_name.get(item.name)
            if known is not None and known.uid and item.uid and known.uid != item.uid:
                known = None  # the name has passed to another model
        found.append(known)
    return found


def find_by_names(batch: Batch, names: Sequence[str]) -> list[StoredModel]:
    """Return the stored models of these names."""
    return _select(batch, "name", names)


def find_by_aliases(batch: Batch, names: Sequence[str]) -> dict[str, StoredModel]:
    """Return the stored models that had these names, or are also reached by them, by those names.

    A name that leads to several models is left out: which of them is meant is not known.
    """
    where = {"hub_id": batch.hub_id}
    rows = db.select_rows(
        batch.connection, _ALIAS, ("alias", "model_id"), "alias", names, where=where
    )
    leads: dict[str, set[int]] = {}
    for row in rows:
        leads.setdefault(row["alias"], set()).add(row["model_id"])
    sole = {alias: next(iter(keys)) for alias, keys in leads.items() if len(keys) == 1}
    by_id = {known.id: known for known in _select(batch, "id", set(sole.values()))}
    return {alias: by_id[key] for alias, key in sole.items() if key in by_id}


def _select(batch: Batch, column: str, values: Iterable[str | int]) -> list[StoredModel]:
    columns = (*_KEPT, *_VOLATILE)
    where = {"hub_id": batch.hub_id}
    rows = db.select_rows(batch.connection, MODEL, columns, column, values, where=where)
    return [
        StoredModel(
            **{name: row[name] for name in _KEPT},
            volatile={name: row[name] for name in _VOLATILE},
        )
        for row in rows
    ]


def _distinct(facts: Sequence[ModelFacts]) -> list[ModelFacts]:
    """Return one record an identity, and one a name: the last."""
    by_identity = {item.uid or item.name: item for item in facts}
    return list({item.name: item for item in by_identity.values()}.values())


def _volatile(item: ModelFacts, known: StoredModel | None) -> dict[str, object]:
    """Return what moves without a new revision; what the record is silent on stays as stored."""
    found = {**(_NONE_VOLATILE if known is None else known.volatile), **item.volatile}
    for column, value in found.items():
        if value is True or value is False:
            found[column] = int(value)
    return found


def _is_unchanged(
    item: ModelFacts, known: StoredModel, volatile: Mapping[str, object], state: str
) -> bool:
    return (
        known.record_digest == item.digest
        and known.name == item.name
        and known.state == state
        and known.volatile == volatile
    )


def _changes(
    item: ModelFacts, known: StoredModel, volatile: Mapping[str, object], state: str
) -> list[db.Row]:
    """Return the events that a record is, compared with what is stored."""
    pairs: list[tuple[EventKind, object, object]] = [(EventKind.RENAMED, known.name, item.name)]
    if known.volatile["gated"] is not None:  # else a dump did not speak of it
        pairs.append((EventKind.GATED, known.volatile["gated"], volatile["gated"]))
    if known.record_digest and item.digest:
        pairs.append((EventKind.RELICENSED, known.license, item.values["license"]))
        if known.sha is not None:
            pairs.append((EventKind.REVISED, known.sha, item.values["sha"]))
    was_known = known.volatile["is_disabled"] is not None or known.state != ModelState.PRESENT.value
    if known.state != state and was_known:
        pairs.append((_kind_of_change(known.state, state), known.state, state))
    if known.state == ModelState.NAMED.value:
        return []
    return [_event(known.id, kind, old, new) for kind, old, new in pairs if old != new]


def _event(model_id: int, kind: EventKind, old: object, new: object) -> db.Row:
    return {
        "model_id": model_id,
        "kind": kind.value,
        "old_value": None if old is None else str(old),
        "new_value": None if new is None else str(new),
    }


def _kind_of_change(old: str, new: str) -> EventKind:
    """Return what a change of state is called."""
    if new == ModelState.GONE.value:
        return EventKind.GONE
    was_gone = old in {ModelState.GONE.value, ModelState.GONE_OR_PRIVATE.value}
    return EventKind.RETURNED if was_gone else EventKind.DISABLED


def _values(item: ModelFacts, known: StoredModel | None) -> Mapping[str, object]:
    values = item.values
    if known is not None and values["languages"] is None and known.sha == values["sha"]:
        return {**values, "languages": known.languages}  # from the card of this very revision
    return values


def _owner_ids(batch: Batch, facts: Sequence[ModelFacts]) -> dict[str, int]:
    """Return the owners' surrogate keys by login name, new owners written."""
    names = sorted({item.owner for item in facts if item.owner})
    where = {"hub_id": batch.hub_id}
    rows = db.select_rows(batch.connection, _OWNER, ("name", "id"), "name", names, where=where)
    known: dict[str, int] = {row["name"]: row["id"] for row in rows}
    new: list[db.Row] = [
        {"hub_id": batch.hub_id, "name": name} for name in names if name not in known
    ]
    numbered = db.numbered(batch.connection, _OWNER, new)
    db.insert(batch.connection, _OWNER, numbered)
    return known | {row["name"]: row["id"] for row in numbered}


def _release_names(
    batch: Batch, facts: Sequence[ModelFacts], stored: Sequence[StoredModel | None]
) -> None:
    """Free the names that records claim from the rows that have them now.

    A name is unique on a hub. Where names move between models, the old bearers get a name that
    nobody else can have; those that are in the batch get their new one with the upsert, the
    others are gone under that name until a sweep says more.
    """
    claims = {
        item.name: known.id if known else None
        for item, known in zip(facts, stored, strict=True)
        if known is None or known.name != item.name
    }
    if not claims:
        return
    bearers = [
        known for known in find_by_names(batch, list(claims)) if claims[known.name] != known.id
    ]
    moving = {known.id for known in stored if known is not None}
    for bearer in bearers:
        _update(batch, bearer.id, name=f"{bearer.name}{_released(bearer)}")
        if bearer.id not in moving:
            set_state(batch, bearer, ModelState.GONE, EventKind.GONE)
            write_alias(batch, bearer.name, bearer.id, "rename")


def _released(bearer: StoredModel) -> str:
    """Return what is put behind the name of a model that another one has now."""
    return f"@{bearer.uid or bearer.id}"


def _before_sweep(batch: Batch, known: StoredModel) -> StoredModel:
    """Return a model as it stood before this sweep saw its name with another one.

    It was marked gone then. Now that it is seen, it was renamed and nothing else.
    """
    if not known.name.endswith(_released(known)):
        return known
    state_before = batch.connection.execute(
        text(
            "DELETE FROM model_event WHERE model_id = :model_id AND kind = :kind "
            "AND sweep_id = :sweep_id RETURNING old_value"
        ),
        {"model_id": known.id, "kind": EventKind.GONE.value, "sweep_id": batch.sweep_id},
    ).scalar()
    name = known.name.removesuffix(_released(known))
    return replace(known, name=name, state=state_before or known.state)


def _write_renames(
    batch: Batch, facts: Sequence[ModelFacts], stored: Sequence[StoredModel | None]
) -> None:
    for item, known in zip(facts, stored, strict=True):
        former = known.name.removesuffix(_released(known)) if known is not None else item.name
        if known is not None and former != item.name:
            write_alias(batch, former, known.id, "rename")
