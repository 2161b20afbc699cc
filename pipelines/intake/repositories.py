"""Repositories into rows: what answers describe, names that others give, states, other names.

A repository is recognized by its identity on GitHub; by name only where it has none yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from miner.db import upsert as db
from miner.pipelines.intake.batch import table_of
from miner.pipelines.sources.github.repository_records import RepositoryFacts
from miner.schema import tables
from miner.schema.tables.base import source_fields
from miner.schema.vocab import RepositoryState

REPOSITORY = table_of(tables.Repository)
_ALIAS = table_of(tables.RepositoryAlias)
_FINDING = table_of(tables.RepositoryFinding)
_FACTS = tuple(name for name in source_fields(REPOSITORY) if name not in {"node_id", "name"})
_NOT_STATED: db.Row = dict.fromkeys(_FACTS)


@dataclass(frozen=True, slots=True)
class IngestContext:
    """One transaction's setting.

    Attributes:
        connection: In a transaction; the caller commits.
        run_id: Surrogate key of the run.
        observed_at: Date of the answer, as the store keeps it; None: there is none.
        answer_id: The answer's row, None where it is not archived.
    """

    connection: Connection
    run_id: int
    observed_at: str | None
    answer_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRepository:
    """A repository as the store has it."""

    id: int
    node_id: str | None
    name: str
    state: str
    values: Mapping[str, object]


def find_by_names(connection: Connection, names: Iterable[str]) -> dict[str, StoredRepository]:
    """Return the repositories that have these names now, by name."""
    return {stored.name: stored for stored in _select(connection, "name", names)}


def find_by_aliases(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Return the surrogate keys of the repositories that were reached by these other names."""
    rows = db.select_rows(connection, _ALIAS, ("alias", "repository_id"), "alias", names)
    return {row["alias"]: row["repository_id"] for row in rows}


def known_names(connection: Connection, names: Iterable[str]) -> set[str]:
    """Return which of these names the store has a repository for, whatever its state."""
    asked = list(names)
    return {*find_by_names(connection, asked), *find_by_aliases(connection, asked)}


def write_named(context: IngestContext, names: Iterable[str]) -> dict[str, int]:
    """Write the repositories of these names that are new; their metadata is still to be asked for.

    Returns:
        Surrogate keys by the names given.
    """
    wanted = list(dict.fromkeys(names))
    keys = find_by_aliases(context.connection, wanted)
    keys |= {name: stored.id for name, stored in find_by_names(context.connection, wanted).items()}
    new = [name for name in wanted if name not in keys]
    return keys | _insert(context, [{"name": name} for name in new])


def write_found(context: IngestContext, facts: Sequence[RepositoryFacts]) -> dict[str, int]:
    """Write the repositories of a search; those that are held keep what is known of them.

    Returns:
        Surrogate keys by name.
    """
    distinct = _distinct(facts)
    stored = _match(context.connection, distinct)
    new = [item for item, known in zip(distinct, stored, strict=True) if known is None]
    _release_names(context, new, {})
    keys = _insert(context, [{"node_id": item.node_id, "name": item.name} for item in new])
    keys |= {
        item.name: known.id
        for item, known in zip(distinct, stored, strict=True)
        if known is not None
    }
    return {item.name: keys[item.name] for item in distinct}


def write_repositories(
    context: IngestContext, described: Mapping[str, RepositoryFacts], sweep_id: int | None
) -> int:
    """Write what GitHub says of repositories.

    Args:
        context: The transaction's setting.
        described: Facts by the name asked for; where that is not the present one, it leads on.
        sweep_id: The sweep that asked.

    Returns:
        Repositories that have another name now.
    """
    distinct = _distinct(described.values())
    stored = _match(context.connection, distinct)
    keys = {item.node_id: known.id for item, known in zip(distinct, stored, strict=True) if known}
    _release_names(context, distinct, keys)
    fresh = [item for item in distinct if item.node_id not in keys]
    ids = db.next_ids(context.connection, REPOSITORY, len(fresh))
    keys |= {item.node_id: key for item, key in zip(fresh, ids, strict=True)}
    rows: list[db.Row] = [
        {
            **_values(item, known),
            **_state(item, context),
            "id": keys[item.node_id],
            "node_id": item.node_id,
            "name": item.name,
            "observed_at": context.observed_at,
            "sweep_id": sweep_id,
            "answer_id": context.answer_id,
            "run_id": context.run_id,
        }
        for item, known in zip(distinct, stored, strict=True)
    ]
    db.upsert(context.connection, REPOSITORY, rows, key=("id",))
    _write_renames(context, distinct, stored)
    others = {asked: item for asked, item in described.items() if asked != item.name}
    for asked, item in others.items():
        _write_alias(context, asked, keys[item.node_id])
    moved = [
        known
        for item, known in zip(distinct, stored, strict=True)
        if known is not None and known.name != item.name
    ]
    return len({*others, *(known.name for known in moved)})


def write_absent(
    context: IngestContext, absent: Mapping[str, tuple[RepositoryState, str]], sweep_id: int | None
) -> None:
    """Write that repositories are not there: state and reason by name. What was known stays."""
    values = [
        {"name": name, "state": state.value, "reason": reason[:200], "at": context.observed_at,
         "sweep_id": sweep_id, "answer_id": context.answer_id, "run_id": context.run_id}
        for name, (state, reason) in absent.items()
    ]  # fmt: skip
    if values:
        context.connection.execute(
            text(
                "UPDATE repository SET state = :state, state_at = :at, reason = :reason, "
                "observed_at = :at, sweep_id = :sweep_id, answer_id = :answer_id, "
                "run_id = :run_id WHERE name = :name"
            ),
            values,
        )


def unfound_names(
    connection: Connection, names: Sequence[tuple[str, str]], source: str
) -> list[tuple[str, str]]:
    """Return the names, with where they stand, of which the store does not say that yet."""
    keys = find_by_aliases(connection, dict(names))
    keys |= {name: known.id for name, known in find_by_names(connection, dict(names)).items()}
    rows = db.select_rows(
        connection, _FINDING, ("repository_id", "detail"), "repository_id", keys.values(),
        where={"source": source},
    )  # fmt: skip
    found = {(row["repository_id"], row["detail"]) for row in rows}
    return [(name, place) for name, place in names if (keys.get(name, 0), place) not in found]


def ingest_named_repositories(
    context: IngestContext, source: str, names: Sequence[tuple[str, str]]
) -> None:
    """Write repositories that a list or cards name.

    Args:
        context: The transaction's setting.
        source: ``vocab.FindingSource``.
        names: Name, and where it stands.
    """
    keys = write_named(context, [name for name, _ in names])
    write_findings(context, [(keys[name], source, place) for name, place in names])


def write_findings(context: IngestContext, found: Iterable[tuple[int, str, str]]) -> None:
    """Write how repositories came to be known: key, ``vocab.FindingSource``, detail."""
    rows: list[db.Row] = [
        {
            "repository_id": key,
            "source": source,
            "detail": detail,
            "observed_at": context.observed_at,
        }
        for key, source, detail in dict.fromkeys(found)
    ]
    db.upsert(
        context.connection,
        _FINDING,
        db.numbered(context.connection, _FINDING, rows),
        key=("repository_id", "source", "detail"),
        update=(),
    )


def _insert(context: IngestContext, rows: Sequence[db.Row]) -> dict[str, int]:
    """Write new repositories of which nothing but the name is known; return their keys by name."""
    common = {"state": RepositoryState.NAMED.value, "run_id": context.run_id}
    numbered = db.numbered(context.connection, REPOSITORY, [{**row, **common} for row in rows])
    db.insert(context.connection, REPOSITORY, numbered)
    return {row["name"]: row["id"] for row in numbered}


def _select(connection: Connection, column: str, values: Iterable[str]) -> list[StoredRepository]:
    columns = ("id", "node_id", "name", "state", *_FACTS)
    return [
        StoredRepository(
            id=row["id"],
            node_id=row["node_id"],
            name=row["name"],
            state=row["state"],
            values={column: row[column] for column in _FACTS},
        )
        for row in db.select_rows(connection, REPOSITORY, columns, column, values)
    ]


def _match(
    connection: Connection, facts: Sequence[RepositoryFacts]
) -> list[StoredRepository | None]:
    """Return for each repository the one that is held: by identity, else by a name without one."""
    by_node = {
        stored.node_id: stored
        for stored in _select(connection, "node_id", [item.node_id for item in facts])
    }
    rest = [item.name for item in facts if item.node_id not in by_node]
    by_name = {
        name: stored
        for name, stored in find_by_names(connection, rest).items()
        if not stored.node_id
    }
    return [by_node.get(item.node_id) or by_name.get(item.name) for item in facts]


def _distinct(facts: Iterable[RepositoryFacts]) -> list[RepositoryFacts]:
    """Return one record an identity, and one a name: the last."""
    by_node = {item.node_id: item for item in facts}
    return list({item.name: item for item in by_node.values()}.values())


def _state(item: RepositoryFacts, context: IngestContext) -> db.Row:
    state = RepositoryState.BLOCKED if item.is_disabled else RepositoryState.PRESENT
    reason = "disabled by GitHub" if item.is_disabled else None
    return {"state": state.value, "state_at": context.observed_at, "reason": reason}


def _values(item: RepositoryFacts, known: StoredRepository | None) -> Mapping[str, object]:
    """Return the columns; what an answer does not speak of stays as it is stored."""
    return {**(known.values if known else _NOT_STATED), **item.values}


def _release_names(
    context: IngestContext, facts: Sequence[RepositoryFacts], keys: Mapping[str, int]
) -> None:
    """Free the names that repositories claim from those that have them now.

    Two may swap their names: all old bearers give theirs up before any gets a new one. A bearer
    that is not among these repositories is gone under that name until GitHub says more.
    """
    claims = {item.name: keys.get(item.node_id) for item in facts}
    moving = set(keys.values())
    for bearer in find_by_names(context.connection, claims).values():
        if bearer.id != claims[bearer.name]:
            _release(context, bearer, is_gone=bearer.id not in moving)


def _release(context: IngestContext, bearer: StoredRepository, *, is_gone: bool) -> None:
    """Give a repository a name that nobody else can have."""
    name = f"{bearer.name}@{bearer.node_id or bearer.id}"
    context.connection.execute(
        text("UPDATE repository SET name = :name WHERE id = :id"), {"id": bearer.id, "name": name}
    )
    if is_gone:
        reason = "its name leads to another repository"
        write_absent(context, {name: (RepositoryState.GONE, reason)}, None)


def _write_renames(
    context: IngestContext,
    facts: Sequence[RepositoryFacts],
    stored: Sequence[StoredRepository | None],
) -> None:
    for item, known in zip(facts, stored, strict=True):
        if known is not None and known.name != item.name and "@" not in known.name:
            _write_alias(context, known.name, known.id)
    # a name that a repository has now leads nowhere else
    db.delete_where_in(context.connection, _ALIAS, "alias", [item.name for item in facts])


def _write_alias(context: IngestContext, alias: str, repository_id: int) -> None:
    """Write another name; a row that stood for that name alone goes up in what it leads to."""
    bearer = find_by_names(context.connection, [alias]).get(alias)
    if bearer is not None and bearer.id != repository_id:
        if bearer.node_id is None:
            _merge(context.connection, bearer.id, repository_id)
        else:
            _release(context, bearer, is_gone=True)
    row: db.Row = {
        "alias": alias,
        "repository_id": repository_id,
        "observed_at": context.observed_at,
    }
    rows = db.numbered(context.connection, _ALIAS, [row])
    db.upsert(context.connection, _ALIAS, rows, key=("alias",), update=("repository_id",))


def _merge(connection: Connection, old: int, new: int) -> None:
    """Let a row that was only named go up in another: what was found of it is the other's."""
    values = {"old": old, "new": new}
    same = {
        "repository_finding": "f.source = {t}.source AND f.detail = {t}.detail",
        "search_hit": "f.bin_id = {t}.bin_id AND f.path = {t}.path",
    }
    for table, condition in same.items():
        is_there = condition.format(t=table)
        connection.execute(
            text(
                f"DELETE FROM {table} WHERE repository_id = :old AND EXISTS (SELECT 1 FROM "
                f"{table} AS f WHERE f.repository_id = :new AND {is_there})"
            ),
            values,
        )
        connection.execute(
            text(f"UPDATE {table} SET repository_id = :new WHERE repository_id = :old"), values
        )
    connection.execute(
        text("UPDATE repository_alias SET repository_id = :new WHERE repository_id = :old"), values
    )
    connection.execute(text("DELETE FROM repository WHERE id = :old"), {"old": old})
