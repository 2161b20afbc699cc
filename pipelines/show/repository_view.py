"""All that the store has on one repository: facts, uses with evidence, history."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Row, func, select

from miner.db.observations import REPOSITORY_SCHEMA, Observations
from miner.db.session import read_store
from miner.errors import InvalidData
from miner.schema.tables import (
    Dependency,
    IssueListing,
    IssueModel,
    Model,
    ModelRepository,
    ModelUse,
    Repository,
    RepositoryAlias,
    RepositoryFinding,
    RepositoryIssue,
    Scan,
    UseSite,
)
from miner.schema.vocab import RepositoryState, ScanState
from miner.settings import Settings

Fact = dict[str, Any]
"""One row with stable keys. Times are UTC without zone."""

HOME = "https://github.com"
_NEAR = 5

_ELSEWHERE = frozenset({"id", "name", "sweep_id", "answer_id", "run_id"})
COLUMNS = tuple(
    column.name for column in Repository.__table__.columns if column.name not in _ELSEWHERE
)
"""Columns that are shown as they are, in the order of their description."""


def describe_repository(settings: Settings, name: str) -> Fact:
    """Return all that the store has on one repository.

    Reads one state of the store, also while a crawl writes.

    Args:
        settings: Where the store and the observations are.
        name: ``owner/name``, a former name, or an address on GitHub; in any case.

    Returns:
        One object of plain values; its keys are always the same.

    Raises:
        InvalidData: There is no such repository in the store.
        ConfigurationError: There is no store.
    """
    asked = name_in(name)
    engine = read_store(settings)
    try:
        with engine.connect() as connection:
            key, found_by = find_repository(connection, asked)
            return _describe(settings, connection, key, asked, found_by)
    finally:
        engine.dispose()


def name_in(text: str) -> str:
    """Return the name in what a person types: a name or an address."""
    plain = text.strip().rstrip("/").removesuffix(".git")
    for prefix in ("https://", "http://", "www.", "github.com/"):
        plain = plain.removeprefix(prefix)
    return "/".join(plain.split("/")[:2])


def find_repository(connection: Connection, name: str) -> tuple[int, str]:
    """Return the surrogate key of the repository that is meant, and what it was found by.

    Raises:
        InvalidData: There is none; the message names the nearest.
    """
    folded = name.lower()
    for found_by, query in (
        ("name", select(Repository.id).where(Repository.name == name)),
        ("alias", select(RepositoryAlias.repository_id).where(RepositoryAlias.alias == name)),
        ("case", select(Repository.id).where(func.lower(Repository.name) == folded)),
        ("alias", select(RepositoryAlias.repository_id).where(
            func.lower(RepositoryAlias.alias) == folded)),
    ):  # fmt: skip
        key = connection.scalars(query.limit(1)).first()
        if key is not None:
            return int(key), found_by
    short = name.rpartition("/")[2]
    near = list(
        connection.scalars(
            select(Repository.name)
            .where(Repository.name.icontains(short or name, autoescape=True))
            .order_by(func.coalesce(Repository.stars, 0).desc(), Repository.name)
            .limit(_NEAR)
        )
    )
    raise InvalidData(
        f"the store holds no repository named {name}" + (f"; near: {', '.join(near)}" if near
                                                         else ""),
        next_step=f"miner repository {near[0]}" if near else
        "name it in a file and run: miner crawl --repositories FILE",
    )  # fmt: skip


def line_url(name: str, commit: str | None, path: str, line: int | None) -> str | None:
    """Return the address of a line at a commit; None where they are not recorded."""
    if commit is None or line is None:
        return None
    return f"{HOME}/{name}/blob/{commit}/{quote(path)}#L{line}"


def _describe(
    settings: Settings, connection: Connection, key: int, asked: str, found_by: str
) -> Fact:
    row = connection.execute(select(Repository.__table__).where(Repository.id == key)).one()
    scans = _scans(connection, key)
    return {
        "name": row.name,
        "asked": asked,
        "found_by": found_by,
        "url": f"{HOME}/{row.name}" if row.state == RepositoryState.PRESENT else None,
        "aliases": _rows(
            connection,
            select(RepositoryAlias.alias, RepositoryAlias.observed_at)
            .where(RepositoryAlias.repository_id == key)
            .order_by(RepositoryAlias.observed_at, RepositoryAlias.alias),
        ),
        **{column: getattr(row, column) for column in COLUMNS},
        "scan_state": _scan_state(row, scans),
        "uses": _uses(connection, key),
        "sites": _sites(connection, key, row.name),
        "dependencies": _dependencies(connection, key),
        "issues": _issues(connection, key),
        "scans": scans,
        "found": _rows(
            connection,
            select(RepositoryFinding.source, RepositoryFinding.detail,
                   RepositoryFinding.observed_at)
            .where(RepositoryFinding.repository_id == key)
            .order_by(RepositoryFinding.source, RepositoryFinding.detail),
        ),
        "linked_by_models": _linked(connection, key, row.name),
        "observations": _series(settings, row),
    }  # fmt: skip


def _rows(connection: Connection, query: Any) -> list[Fact]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _scans(connection: Connection, key: int) -> list[Fact]:
    return _rows(
        connection,
        select(
            Scan.commit, Scan.scanner_version, Scan.state, Scan.reason, Scan.file_count,
            Scan.byte_count, Scan.site_count, Scan.kept_count, Scan.skipped_count, Scan.skipped,
            Scan.code_license, Scan.code_license_state, Scan.weights_license,
            Scan.weights_license_state, Scan.weight_file_count, Scan.scanned_at,
        )
        .where(Scan.repository_id == key)
        .order_by(Scan.id.desc()),
    )  # fmt: skip


def _scan_state(row: Row[Any], scans: list[Fact]) -> str:
    """Return in a word how the source stands: an empty list of uses need not mean none."""
    if not scans:
        return "empty" if row.is_empty else "not scanned"
    if scans[0]["state"] == ScanState.SCANNED and scans[0]["commit"] != row.head_commit:
        return "scanned at an older commit"
    return str(scans[0]["state"])


def _uses(connection: Connection, key: int) -> list[Fact]:
    return _rows(
        connection,
        select(
            ModelUse.hub, ModelUse.model, Model.name.label("model_resolved"), Model.state,
            Model.gated, Model.license, Model.downloads, ModelUse.use_site_count,
            ModelUse.confidence, ModelUse.role, ModelUse.roles, ModelUse.is_vendored,
            ModelUse.first_seen_at,
        )
        .outerjoin(Model, Model.id == ModelUse.model_id)
        .where(ModelUse.repository_id == key)
        .order_by(ModelUse.is_vendored, ModelUse.use_site_count.desc(), ModelUse.hub,
                  ModelUse.model),
    )  # fmt: skip


def _sites(connection: Connection, key: int, name: str) -> list[Fact]:
    rows = _rows(
        connection,
        select(
            UseSite.hub, UseSite.model, UseSite.path, UseSite.line, UseSite.commit,
            UseSite.blob_sha, UseSite.kind, UseSite.role, UseSite.api, UseSite.signature,
            UseSite.confidence, UseSite.is_resolved, UseSite.argument, UseSite.is_vendored,
            UseSite.is_registry, UseSite.method, UseSite.first_seen_at, UseSite.introduced_at,
            UseSite.introduced_commit,
        )
        .where(UseSite.repository_id == key)
        .order_by(UseSite.path, UseSite.line, UseSite.hub, UseSite.model),
    )  # fmt: skip
    return [
        {**row, "evidence_url": line_url(name, row["commit"], row["path"], row["line"])}
        for row in rows
    ]


def _dependencies(connection: Connection, key: int) -> list[Fact]:
    return _rows(
        connection,
        select(
            Dependency.ecosystem, Dependency.name, Dependency.requirement, Dependency.path,
            Dependency.line,
        )
        .where(Dependency.repository_id == key)
        .order_by(Dependency.ecosystem, Dependency.name, Dependency.path, Dependency.line),
    )  # fmt: skip


def _issues(connection: Connection, key: int) -> Fact:
    """Return how far issues and pull requests were read, how many are stored, and the models."""
    issues = func.count(IssueModel.number.distinct())
    return {
        "listings": _rows(
            connection,
            select(IssueListing.kind, IssueListing.state, IssueListing.reason,
                   IssueListing.total_count, IssueListing.read_count, IssueListing.read_until)
            .where(IssueListing.repository_id == key)
            .order_by(IssueListing.kind),
        ),
        "stored": _rows(
            connection,
            select(RepositoryIssue.kind, RepositoryIssue.state, func.count().label("count"))
            .where(RepositoryIssue.repository_id == key)
            .group_by(RepositoryIssue.kind, RepositoryIssue.state)
            .order_by(RepositoryIssue.kind, RepositoryIssue.state),
        ),
        "models": _rows(
            connection,
            select(IssueModel.hub, IssueModel.model, issues.label("issue_count"))
            .where(IssueModel.repository_id == key)
            .group_by(IssueModel.hub, IssueModel.model)
            .order_by(issues.desc(), IssueModel.hub, IssueModel.model),
        ),
    }  # fmt: skip


def _linked(connection: Connection, key: int, name: str) -> list[str]:
    """Return the models whose cards link the repository, by any of its names."""
    others = select(RepositoryAlias.alias).where(RepositoryAlias.repository_id == key)
    names = [name, *connection.scalars(others)]
    query = (
        select(Model.name)
        .join(ModelRepository, ModelRepository.model_id == Model.id)
        .where(ModelRepository.repository.in_(names))
        .distinct()
        .order_by(Model.name)
    )
    return list(connection.scalars(query))


def _series(settings: Settings, row: Row[Any]) -> list[Fact]:
    folder = settings.observations_dir / "repository"
    seen = Observations(folder, REPOSITORY_SCHEMA).of_one(None, row.node_id, str(row.name))
    return seen.to_dicts()
