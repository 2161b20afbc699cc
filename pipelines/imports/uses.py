"""Uses that another dataset links: their sites and the uses themselves, dated by the dataset.

What a repository uses is what its last reading found. A scan that was made later stands, and what
is imported then only says that a use was seen before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from miner.db import upsert as db
from miner.pipelines.intake.batch import table_of
from miner.pipelines.scan import file_kinds
from miner.pipelines.scan.scan_rows import KEEPS_SITES
from miner.pipelines.sources.records.values import as_json
from miner.schema import tables
from miner.schema.vocab import UseKind, UseMethod, UseRole

_SITE = table_of(tables.UseSite)
_USE = table_of(tables.ModelUse)
_SCAN = table_of(tables.Scan)
_ROLES = {role.value: rank for rank, role in enumerate(UseRole)}

Model = tuple[str, str]
Links = Mapping[Model, Sequence[str]]
"""Paths by hub and model."""


@dataclass(slots=True)
class WrittenUses:
    """What became of links and files: stored, or superseded by a later scan."""

    links: int = 0
    files: int = 0
    known_links: int = 0
    known_files: int = 0


def write_uses(
    connection: Connection, links: Mapping[int, Links], method: UseMethod, seen_at: str
) -> WrittenUses:
    """Write what some repositories use by a dataset; what it said of them before is replaced.

    Args:
        connection: In a transaction.
        links: Paths by hub and model, by surrogate key of the repository.
        method: How the dataset's sites are marked.
        seen_at: What it is as of, as the store keeps it.
    """
    rows = db.select_rows(connection, _SCAN, ("repository_id", "state"), "repository_id", links)
    scanned = {row["repository_id"] for row in rows if row["state"] not in KEEPS_SITES}
    done = WrittenUses()
    fresh = {key: models for key, models in links.items() if key not in scanned}
    for table in (_SITE, _USE):
        db.delete_where_in(connection, table, "repository_id", fresh)
    sites = [
        _site(key, model, path, method, seen_at)
        for key, models in fresh.items()
        for model, paths in models.items()
        for path in paths
    ]
    uses = [
        _use(key, model, paths, seen_at)
        for key, models in fresh.items()
        for model, paths in models.items()
    ]
    for table, rows in ((_SITE, sites), (_USE, uses)):
        db.insert(connection, table, db.numbered(connection, table, rows))
    done.files, done.links = len(sites), len(uses)
    known = {key: models for key, models in links.items() if key in scanned}
    _date_back(connection, known, seen_at)
    done.known_links = sum(map(len, known.values()))
    done.known_files = sum(len(paths) for models in known.values() for paths in models.values())
    return done


def _site(key: int, model: Model, path: str, method: UseMethod, seen_at: str) -> db.Row:
    is_notebook = path.endswith(".ipynb")
    return {
        **dict.fromkeys(
            ("scan_id", "commit", "blob_sha", "line", "api", "signature", "confidence",
             "argument", "revision", "introduced_at", "introduced_commit")
        ),
        "repository_id": key,
        "path": path,
        "hub": model[0],
        "model": model[1],
        "kind": (UseKind.NOTEBOOK if is_notebook else UseKind.FILE).value,
        "role": file_kinds.role_of(path),
        "is_resolved": 1,
        "is_vendored": 0,
        "is_registry": 0,
        "method": method.value,
        "first_seen_at": seen_at,
    }  # fmt: skip


def _use(key: int, model: Model, paths: Sequence[str], seen_at: str) -> db.Row:
    roles = [file_kinds.role_of(path) for path in paths] or [UseRole.USE.value]
    counts = {role: roles.count(role) for role in _ROLES if paths and role in roles}
    return {
        "repository_id": key,
        "hub": model[0],
        "model": model[1],
        "use_site_count": len(paths),
        "confidence": None,
        "role": min(roles, key=_ROLES.__getitem__),
        "roles": as_json(counts),
        "is_vendored": 0,
        "is_registry": 0,
        "first_seen_at": seen_at,
    }


def _date_back(connection: Connection, links: Mapping[int, Links], seen_at: str) -> None:
    """Note of sites and uses that a later scan found in the same files that they are older."""
    places = [
        {"key": key, "hub": hub, "model": model, "path": path, "at": seen_at}
        for key, models in links.items()
        for (hub, model), paths in models.items()
        for path in paths
    ]
    if not places:
        return
    same = "repository_id = :key AND hub = :hub AND model = :model AND first_seen_at > :at"
    of_use = (
        "EXISTS (SELECT 1 FROM use_site AS site WHERE site.repository_id = :key AND "
        "site.hub = :hub AND site.model = :model AND site.path = :path AND site.role <> 'mention')"
    )
    for statement in (
        f"UPDATE model_use SET first_seen_at = :at WHERE {same} AND {of_use}",
        f"UPDATE use_site SET first_seen_at = :at WHERE {same} AND path = :path",
    ):
        connection.execute(text(statement), places)
