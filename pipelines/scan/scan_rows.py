"""What scans found into rows: use sites, uses, dependencies, and the scan itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, Table, exists, func, select

from miner.db import upsert as db
from miner.db.dialect import in_code_points
from miner.pipelines.derive.licenses.texts.license_summary import summarize
from miner.pipelines.derive.licenses.texts.repository_texts import RepositoryStatement
from miner.pipelines.derive.method_accuracy import record_scanner_accuracy
from miner.pipelines.derive.resolve_lineage import resolve
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.scan.site import ScannedSite, ScanResult, scanner_version
from miner.pipelines.sources.records.values import as_json
from miner.schema import tables
from miner.schema.vocab import RepositoryState, ScanState, UseRole

SCAN = table_of(tables.Scan)
_SITE = table_of(tables.UseSite)
_USE = table_of(tables.ModelUse)
_DEPENDENCY = table_of(tables.Dependency)
_LICENSE = table_of(tables.RepositoryLicense)
_LINK = table_of(tables.RepositoryLink)

KEEPS_SITES = frozenset(
    {ScanState.FAILED.value, ScanState.TOO_SLOW.value, ScanState.GONE.value,
     ScanState.BLOCKED.value}
)  # fmt: skip
"""A scan that ends so read nothing: what an earlier one found stays."""

_NO_OUTCOMES: db.Row = dict.fromkeys(
    ("code_license", "code_license_state", "weights_license", "weights_license_state",
     "weight_file_count")
)  # fmt: skip
_ROLES = {role.value: rank for rank, role in enumerate(UseRole)}
ScanTarget = tuple[int, str, object, str]
"""Repository, hub, model, path: where the first sight of a model is remembered."""

Line = tuple[int, str, int]
"""Repository, blob and line."""

_INTRODUCED: db.Row = {"introduced_at": None, "introduced_commit": None}
"""Columns that git blame fills; the scanner knows nothing of them."""


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
        version: Of the scanner that read it.
    """

    repository_id: int
    commit: str
    result: ScanResult
    kept_count: int
    scanned_at: str | None
    licenses: tuple[RepositoryStatement, ...] = ()
    weight_file_count: int = 0
    version: str = field(default_factory=scanner_version)


@dataclass(frozen=True, slots=True)
class WantedScan:
    """A commit of a repository to scan."""

    repository_id: int
    name: str
    commit: str


def wanted_scans(
    connection: Connection, since: datetime | None = None, limit: int | None = None
) -> list[WantedScan]:
    """Return the heads that this version of the scanner has not read, most stars first.

    Args:
        connection: To the store.
        since: Only repositories pushed to at or after this, UTC without zone.
        limit: Maximum number of commits.
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
    return [WantedScan(int(key), str(name), str(commit)) for key, name, commit in rows]


def write_scans(connection: Connection, scans: Sequence[Scanned], run_id: int) -> None:
    """Write some scans; what a repository's scan before it found is replaced.

    Args:
        connection: In a transaction.
        scans: No more than one per repository.
        run_id: Surrogate key of the run.
    """
    if any(item.version == scanner_version() for item in scans):
        record_scanner_accuracy(connection)
    scan_ids = _write_rows(connection, scans, run_id)
    read = [item for item in scans if item.result.state not in KEEPS_SITES]
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
    """Join the models that repositories use to those in the store; return how many were found."""
    with engine.begin() as connection:
        hubs = db.select_rows(
            connection, table_of(tables.Hub), ("id", "name"), "name", _hubs_used(connection)
        )
        return sum(
            resolve(
                connection, hub["id"], ("model_use", "model", "model_id"), "model",
                where=("hub", hub["name"]),
            )
            for hub in hubs
        )  # fmt: skip


def unresolved_uses(engine: Engine, hub: str, at_least: int) -> list[str]:
    """Return unknown models of a hub, the most used first, and not those that few use."""
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
    rows: list[db.Row] = []
    for item in scans:
        found = item.result
        left_out = found.skipped + found.faults
        rows.append(
            {
                "repository_id": item.repository_id,
                "commit": item.commit,
                "scanner_version": item.version,
                "state": found.state,
                "reason": found.reason,
                "file_count": found.file_count,
                "byte_count": found.byte_count,
                "site_count": len(found.sites),
                "kept_count": item.kept_count,
                "skipped_count": left_out.total(),
                "skipped": as_json(dict(sorted(left_out.items()))),
                **_outcomes(item),
                "scanned_at": item.scanned_at,
                "run_id": run_id,
            }
        )
    key = ("repository_id", "commit", "scanner_version")
    update = sorted(rows[0].keys() - set(key)) if rows else ()  # a scan keeps its surrogate key
    db.upsert(connection, SCAN, db.numbered(connection, SCAN, rows), key=key, update=update)
    wanted = {item.repository_id: (item.commit, item.version) for item in scans}
    columns = ("id", "repository_id", "commit", "scanner_version")
    return {
        row["repository_id"]: row["id"]
        for row in db.select_rows(connection, SCAN, columns, "repository_id", wanted)
        if wanted[row["repository_id"]] == (row["commit"], row["scanner_version"])
    }


def _first_seen(connection: Connection, scans: Sequence[Scanned]) -> dict[ScanTarget, str]:
    """Return when each model was first seen at its place, by this scan or one before."""
    seen: dict[ScanTarget, str] = {}
    columns = ("repository_id", "hub", "model", "path", "first_seen_at")
    rows = db.select_rows(
        connection, _SITE, columns, "repository_id", [item.repository_id for item in scans]
    )
    for row in rows:
        if (moment := row["first_seen_at"]) is not None:
            place = (row["repository_id"], row["hub"], row["model"], row["path"])
            seen[place] = min(seen.get(place, moment), moment)
    for item in scans:
        for site in item.result.sites:
            if item.scanned_at is not None:
                seen.setdefault(_place(item, site), item.scanned_at)
    return seen


def _introduced(connection: Connection, scans: Sequence[Scanned]) -> dict[Line, db.Row]:
    """Return the commits of lines that are known; the same blob has the same lines."""
    columns = ("repository_id", "blob_sha", "line", *_INTRODUCED)
    rows = db.select_rows(
        connection, _SITE, columns, "repository_id", [item.repository_id for item in scans]
    )
    return {
        (row["repository_id"], row["blob_sha"], row["line"]): {
            name: row[name] for name in _INTRODUCED
        }
        for row in rows
        if row["introduced_commit"] is not None
    }


def _place(item: Scanned, site: ScannedSite) -> ScanTarget:
    return item.repository_id, site.hub, site.model, site.path


def _write_sites(
    connection: Connection,
    scans: Sequence[Scanned],
    scan_ids: dict[int, int],
    first_seen: dict[ScanTarget, str],
    introduced: dict[Line, db.Row],
) -> None:
    rows: list[db.Row] = [
        {
            "repository_id": item.repository_id,
            "scan_id": scan_ids[item.repository_id],
            "commit": item.commit,
            "blob_sha": site.blob_sha,
            "path": site.path,
            "line": site.line,
            "hub": site.hub,
            "model": site.model,
            "kind": site.kind,
            "role": site.role,
            "api": site.api,
            "signature": site.signature,
            "confidence": site.confidence,
            "is_resolved": int(site.resolved),
            "argument": site.argument,
            "is_vendored": int(site.is_vendored),
            "is_registry": int(site.is_registry),
            "method": site.method,
            "revision": site.revision,
            "first_seen_at": first_seen.get(_place(item, site)),
            **introduced.get((item.repository_id, site.blob_sha, site.line), _INTRODUCED),
        }
        for item in scans
        for site in item.result.sites
    ]
    _insert(connection, _SITE, rows)


def _write_uses(
    connection: Connection, scans: Sequence[Scanned], first_seen: dict[ScanTarget, str]
) -> None:
    """Write one row for each model that a repository loads; a mention alone makes none."""
    rows: list[db.Row] = []
    for item in scans:
        by_model: dict[tuple[str, str], list[ScannedSite]] = {}
        for site in item.result.sites:
            if site.model is not None:
                by_model.setdefault((site.hub, site.model), []).append(site)
        for (hub, model), sites in by_model.items():
            loads = [site for site in sites if site.role != UseRole.MENTION]
            if not loads:
                continue
            places = [_place(item, site) for site in loads]
            rows.append(
                {
                    "repository_id": item.repository_id,
                    "hub": hub,
                    "model": model,
                    "use_site_count": len(loads),
                    "confidence": max(site.confidence for site in loads),
                    "role": min((site.role for site in loads), key=_ROLES.__getitem__),
                    "roles": _roles(sites),
                    "is_vendored": int(all(site.is_vendored for site in loads)),
                    "is_registry": int(all(site.is_registry for site in loads)),
                    "first_seen_at": min(
                        (first_seen[place] for place in places if place in first_seen), default=None
                    ),
                }
            )
    _insert(connection, _USE, rows)


def _roles(sites: Sequence[ScannedSite]) -> str:
    counts = Counter(site.role for site in sites)
    return as_json({role: counts[role] for role in _ROLES if counts[role]})


def _write_dependencies(
    connection: Connection, scans: Sequence[Scanned], scan_ids: dict[int, int]
) -> None:
    rows: list[db.Row] = [
        {
            "repository_id": item.repository_id,
            "scan_id": scan_ids[item.repository_id],
            "ecosystem": found.ecosystem,
            "name": found.name,
            "requirement": found.requirement,
            "path": found.path,
            "line": found.line,
        }
        for item in scans
        for found in item.result.dependencies
    ]
    _insert(connection, _DEPENDENCY, rows)


def _write_licenses(
    connection: Connection, scans: Sequence[Scanned], scan_ids: dict[int, int]
) -> None:
    rows: list[db.Row] = [
        {
            "repository_id": item.repository_id,
            "scan_id": scan_ids[item.repository_id],
            "position": position,
            "path": stated.path,
            "line": stated.line,
            "place": stated.place.value,
            "standing": stated.standing.value,
            "scope": stated.scope.value,
            "state": stated.state.value,
            "reason": stated.reason or None,
            "license": _joined(stated.licenses, stated.joined),
            "spdx": stated.spdx or None,
            "method": stated.method.value if stated.method else None,
            "confidence": stated.score,
            "said": stated.wording or None,
            "quote": stated.quote or None,
            "file_count": stated.count,
        }
        for item in scans
        for position, stated in enumerate(item.licenses)
    ]
    _insert(connection, _LICENSE, rows)


def _write_links(
    connection: Connection, scans: Sequence[Scanned], scan_ids: dict[int, int]
) -> None:
    rows: list[db.Row] = [
        {
            "repository_id": item.repository_id,
            "scan_id": scan_ids[item.repository_id],
            "kind": link.kind,
            "target": link.target,
            "path": link.path,
            "line": link.line,
        }
        for item in scans
        for link in item.result.links
    ]
    _insert(connection, _LINK, rows)


def _insert(connection: Connection, table: Table, rows: Sequence[db.Row]) -> None:
    db.insert(connection, table, db.numbered(connection, table, rows))


def _joined(keys: Sequence[str], joined: str) -> str | None:
    """Return several licenses as one statement; how they relate is open unless it is stated."""
    return f" {joined.upper()} ".join(keys) if joined else " | ".join(keys) or None


def _outcomes(item: Scanned) -> Mapping[str, object]:
    """Return what the statements come to: license and state of code and of weights, and weights."""
    if item.result.state in KEEPS_SITES:
        return _NO_OUTCOMES
    summary = summarize(item.licenses)
    return {
        "code_license": _joined(summary.code.licenses, summary.code.joined),
        "code_license_state": summary.code.state.value,
        "weights_license": _joined(summary.weights.licenses, summary.weights.joined),
        "weights_license_state": summary.weights.state.value,
        "weight_file_count": item.weight_file_count,
    }
