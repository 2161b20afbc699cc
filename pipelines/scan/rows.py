"""What scans found into rows: use sites, uses, dependencies, and the scan itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, Engine, exists, func, select

from miner.db import upsert as db
from miner.db.dialect import in_code_points
from miner.pipelines.derive.licenses.texts.repository import RepositoryStatement
from miner.pipelines.derive.licenses.texts.summary import Outcome, summarize
from miner.pipelines.derive.lineage import resolve
from miner.pipelines.derive.method_accuracy import record_scanner_accuracy
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.scan.site import ScanResult, UseSite, scanner_version
from miner.schema import tables
from miner.schema.vocab import RepositoryState, ScanState, UseRole

SCAN = table_of(tables.Scan)
_SITE = table_of(tables.UseSite)
_USE = table_of(tables.ModelUse)
_DEPENDENCY = table_of(tables.Dependency)
_LICENSE = table_of(tables.RepositoryLicense)
_LINK = table_of(tables.RepositoryLink)

_KEEPS_SITES = frozenset(
    {ScanState.FAILED.value, ScanState.TOO_SLOW.value, ScanState.GONE.value,
     ScanState.BLOCKED.value}
)  # fmt: skip
"""A scan that ends so read nothing: what an earlier one found stays."""

_ROLES = {role.value: rank for rank, role in enumerate(UseRole)}
Place = tuple[int, str, object, str]
"""Repository, hub, model, path: where the first sight of a model is remembered."""

Line = tuple[int, str, int]
"""Repository, blob and line."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A commit that was read, or could not be.

    Attributes:
        repository_id: Surrogate key.
        commit: Commit sha.
        result: What was found; ``state`` is a ``vocab.ScanState``.
        kept_count: Files that the archive keeps.
        scanned_at: Date of the answer with the source, as the store keeps it.
        licenses: What its files state of its licenses.
        weight_file_count: Files that look like weights.
    """

    repository_id: int
    commit: str
    result: ScanResult
    kept_count: int
    scanned_at: str | None
    licenses: tuple[RepositoryStatement, ...] = ()
    weight_file_count: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A commit of a repository to scan."""

    repository_id: int
    name: str
    commit: str


def wanted_scans(
    connection: Connection, since: datetime | None = None, limit: int | None = None
) -> list[Wanted]:
    """Return the heads that this version of the scanner has not read, most stars first.

    Args:
        connection: To the store.
        since: Only repositories pushed to at or after this, UTC without zone.
        limit: At most so many.
    """
    repository = REPOSITORY.c
    is_done = exists().where(
        SCAN.c.repository_id == repository.id,
        SCAN.c.commit == repository.head_commit,
        SCAN.c.scanner_version == scanner_version(),
        SCAN.c.state != ScanState.FAILED.value,
    )
    query = (
        select(repository.id, repository.name, repository.head_commit)
        .where(
            repository.state == RepositoryState.PRESENT.value,
            repository.head_commit.is_not(None),
            ~is_done,
        )
        .order_by(func.coalesce(repository.stars, 0).desc(), repository.name)
        .limit(limit)
    )
    if since is not None:
        query = query.where(repository.pushed_at >= since)
    rows = connection.execute(query)
    return [Wanted(int(key), str(name), str(commit)) for key, name, commit in rows]


def write_scans(connection: Connection, scans: Sequence[Scanned], run_id: int) -> None:
    """Write some scans; what a repository's scan before it found is replaced.

    Args:
        connection: In a transaction.
        scans: At most one a repository.
        run_id: Surrogate key of the run.
    """
    record_scanner_accuracy(connection)
    scan_ids = _write_rows(connection, scans, run_id)
    read = [item for item in scans if item.result.state not in _KEEPS_SITES]
    first_seen = _first_seen(connection, read)
    introduced = _introduced(connection, read)
    repositories = [item.repository_id for item in read]
    for table in (_SITE, _USE, _DEPENDENCY, _LICENSE, _LINK):
        db.delete_where_in(connection, table, "repository_id", repositories)
    _write_sites(connection, read, scan_ids, first_seen, introduced)
    _write_uses(connection, read, first_seen)
    _write_dependencies(connection, read, scan_ids)
    _write_licenses(connection, read, scan_ids)
    _write_links(connection, read, scan_ids)


def resolve_uses(engine: Engine) -> int:
    """Join the models that repositories use to the models held; return how many were found now."""
    with engine.begin() as connection:
        hubs = db.select_in(
            connection, table_of(tables.Hub), ("id", "name"), "name", _hubs_used(connection)
        )
        return sum(
            resolve(
                connection, int(str(key)), ("model_use", "model", "model_id"), "model",
                where=("hub", str(name)),
            )
            for key, name in hubs
        )  # fmt: skip


def open_uses(engine: Engine, hub: str, at_least: int) -> list[str]:
    """Return models of a hub that are not held, used by so many repositories, most used first."""
    repositories = func.count(_USE.c.repository_id.distinct())
    query = (
        select(_USE.c.model)
        .where(_USE.c.hub == hub, _USE.c.model_id.is_(None))
        .group_by(_USE.c.model)
        .having(repositories >= at_least)
        .order_by(repositories.desc(), in_code_points(engine.dialect.name, _USE.c.model))
    )
    with engine.connect() as connection:
        return list(connection.scalars(query))


def _hubs_used(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql("SELECT DISTINCT hub FROM model_use WHERE model_id IS NULL")
    return [str(row[0]) for row in rows]


def _write_rows(connection: Connection, scans: Sequence[Scanned], run_id: int) -> dict[int, int]:
    """Write the scans themselves and return their surrogate keys by repository."""
    columns = (
        "repository_id", "commit", "scanner_version", "state", "reason", "file_count",
        "byte_count", "site_count", "kept_count", "skipped_count", "skipped", "code_license",
        "code_license_state", "weights_license", "weights_license_state", "weight_file_count",
        "scanned_at", "run_id",
    )  # fmt: skip
    rows = []
    for item in scans:
        found = item.result
        left_out = found.skipped + found.faults
        rows.append(
            (item.repository_id, item.commit, scanner_version(), found.state, found.reason,
             found.file_count, found.byte_count, len(found.sites), item.kept_count,
             left_out.total(), orjson.dumps(dict(sorted(left_out.items()))).decode(),
             *_outcomes(item), item.scanned_at, run_id)
        )  # fmt: skip
    ids = db.next_ids(connection, SCAN, len(rows))
    db.upsert(
        connection,
        SCAN,
        ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
        key=("repository_id", "commit", "scanner_version"),
        update=columns[3:],
    )
    wanted = {item.repository_id: item.commit for item in scans}
    held = db.select_in(
        connection, SCAN, ("id", "repository_id", "commit"), "repository_id", wanted,
        where={"scanner_version": scanner_version()},
    )  # fmt: skip
    return {
        int(str(repository)): int(str(key))
        for key, repository, commit in held
        if wanted[int(str(repository))] == commit
    }


def _first_seen(connection: Connection, scans: Sequence[Scanned]) -> dict[Place, str]:
    """Return when each model was first seen at its place, by this scan or one before."""
    seen: dict[Place, str] = {}
    columns = ("repository_id", "hub", "model", "path", "first_seen_at")
    rows = db.select_in(
        connection, _SITE, columns, "repository_id", [item.repository_id for item in scans]
    )
    for repository, hub, model, path, moment in rows:
        if moment is not None:
            place = (int(str(repository)), str(hub), model, str(path))
            seen[place] = min(seen.get(place, str(moment)), str(moment))
    for item in scans:
        for site in item.result.sites:
            if item.scanned_at is not None:
                seen.setdefault(_place(item, site), item.scanned_at)
    return seen


def _introduced(
    connection: Connection, scans: Sequence[Scanned]
) -> dict[Line, tuple[object, object]]:
    """Return the commits of lines that are known; the same blob has the same lines."""
    columns = ("repository_id", "blob_sha", "line", "introduced_at", "introduced_commit")
    rows = db.select_in(
        connection, _SITE, columns, "repository_id", [item.repository_id for item in scans]
    )
    return {
        (int(str(repository)), str(blob), int(str(line))): (moment, commit)
        for repository, blob, line, moment, commit in rows
        if commit is not None
    }


def _place(item: Scanned, site: UseSite) -> Place:
    return item.repository_id, site.hub, site.model, site.path


def _write_sites(
    connection: Connection,
    scans: Sequence[Scanned],
    scan_ids: dict[int, int],
    first_seen: dict[Place, str],
    introduced: dict[Line, tuple[object, object]],
) -> None:
    rows = [
        (item.repository_id, scan_ids[item.repository_id], item.commit, site.blob_sha, site.path,
         site.line, site.hub, site.model, site.kind, site.role, site.api, site.signature,
         site.confidence, int(site.resolved), site.argument, int(site.is_vendored),
         int(site.is_registry), site.method,
         first_seen.get(_place(item, site)),
         *introduced.get((item.repository_id, site.blob_sha, site.line), (None, None)))
        for item in scans
        for site in item.result.sites
    ]  # fmt: skip
    columns = (
        "repository_id", "scan_id", "commit", "blob_sha", "path", "line", "hub", "model", "kind",
        "role", "api", "signature", "confidence", "is_resolved", "argument", "is_vendored",
        "is_registry", "method", "first_seen_at", "introduced_at", "introduced_commit",
    )  # fmt: skip
    ids = db.next_ids(connection, _SITE, len(rows))
    db.insert(
        connection, _SITE, ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
    )  # fmt: skip


def _write_uses(
    connection: Connection, scans: Sequence[Scanned], first_seen: dict[Place, str]
) -> None:
    """Write one row for each model that a repository loads; a mention alone makes none."""
    rows = []
    for item in scans:
        by_model: dict[tuple[str, str], list[UseSite]] = {}
        for site in item.result.sites:
            if site.model is not None:
                by_model.setdefault((site.hub, site.model), []).append(site)
        for (hub, model), sites in by_model.items():
            loads = [site for site in sites if site.role != UseRole.MENTION]
            if loads:
                seen = [first_seen[place] for site in loads
                        if (place := _place(item, site)) in first_seen]  # fmt: skip
                rows.append(
                    (item.repository_id, hub, model, len(loads),
                     max(site.confidence for site in loads),
                     min((site.role for site in loads), key=_ROLES.__getitem__),
                     _roles(sites), int(all(site.is_vendored for site in loads)),
                     int(all(site.is_registry for site in loads)),
                     min(seen, default=None))
                )  # fmt: skip
    columns = ("repository_id", "hub", "model", "use_site_count", "confidence", "role", "roles",
               "is_vendored", "is_registry", "first_seen_at")  # fmt: skip
    ids = db.next_ids(connection, _USE, len(rows))
    db.insert(
        connection, _USE, ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
    )  # fmt: skip


def _roles(sites: Sequence[UseSite]) -> str:
    counts = Counter(site.role for site in sites)
    return orjson.dumps({role: counts[role] for role in _ROLES if counts[role]}).decode()


def _write_dependencies(
    connection: Connection, scans: Sequence[Scanned], scan_ids: dict[int, int]
) -> None:
    rows = [
        (item.repository_id, scan_ids[item.repository_id], found.ecosystem, found.name,
         found.requirement, found.path, found.line)
        for item in scans
        for found in item.result.dependencies
    ]  # fmt: skip
    columns = ("repository_id", "scan_id", "ecosystem", "name", "requirement", "path", "line")
    ids = db.next_ids(connection, _DEPENDENCY, len(rows))
    db.insert(
        connection, _DEPENDENCY, ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
    )  # fmt: skip


def _write_licenses(
    connection: Connection, scans: Sequence[Scanned], scan_ids: dict[int, int]
) -> None:
    rows = [
        (item.repository_id, scan_ids[item.repository_id], position, said.path, said.line,
         said.place.value, said.standing.value, said.scope.value, said.state.value,
         said.reason or None, _joined(said.licenses, said.joined), said.spdx or None,
         said.method.value if said.method else None, said.score, said.said or None,
         said.quote or None, said.count)
        for item in scans
        for position, said in enumerate(item.licenses)
    ]  # fmt: skip
    columns = ("repository_id", "scan_id", "position", "path", "line", "place", "standing",
               "scope", "state", "reason", "license", "spdx", "method", "confidence", "said",
               "quote", "file_count")  # fmt: skip
    ids = db.next_ids(connection, _LICENSE, len(rows))
    db.insert(
        connection, _LICENSE, ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
    )  # fmt: skip


def _write_links(
    connection: Connection, scans: Sequence[Scanned], scan_ids: dict[int, int]
) -> None:
    rows = [
        (item.repository_id, scan_ids[item.repository_id], link.kind, link.target, link.path,
         link.line)
        for item in scans
        for link in item.result.links
    ]  # fmt: skip
    columns = ("repository_id", "scan_id", "kind", "target", "path", "line")
    ids = db.next_ids(connection, _LINK, len(rows))
    db.insert(
        connection, _LINK, ("id", *columns),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
    )  # fmt: skip


def _joined(keys: Sequence[str], joined: str) -> str | None:
    """Return several licenses as one statement; how they relate is open unless it is said."""
    return f" {joined.upper()} ".join(keys) if joined else " | ".join(keys) or None


def _outcomes(item: Scanned) -> tuple[object, ...]:
    """Return what the statements come to: license and state of code and of weights, and weights."""
    if item.result.state in _KEEPS_SITES:
        return (None, None, None, None, None)
    summary = summarize(item.licenses)

    def of(outcome: Outcome) -> tuple[str | None, str]:
        return _joined(outcome.licenses, outcome.joined), outcome.state.value

    return (*of(summary.code), *of(summary.weights), item.weight_file_count)
