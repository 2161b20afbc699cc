"""What repositories use: scans, the places where models are loaded, uses, dependencies."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from miner.schema.description import Reference
from miner.schema.tables.base import (
    Base,
    Count,
    Derived,
    Json,
    Key,
    PublishedAs,
    Time,
    Words,
    column,
    derived,
    reference,
)


class Scan(Base):
    """The reading of one commit of a repository by one version of the scanner."""

    __tablename__ = "scan"
    __table_args__ = (UniqueConstraint("repository_id", "commit", "scanner_version"),)

    __published__ = PublishedAs(
        key=("repository", "commit", "scanner_version"),
        references=(Reference(("repository",), "repository", ("name",)),),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    commit: Mapped[Words] = column("Commit sha that was read")
    scanner_version: Mapped[Words] = column("Version of the scanner")
    state: Mapped[Words] = column("What became of it", vocabulary="ScanState")
    reason: Mapped[Words | None] = column("Detail of the state")
    file_count: Mapped[Count] = column("Files read", unit="files")
    byte_count: Mapped[Count] = column("Bytes read", unit="bytes")
    site_count: Mapped[Count] = column("Use sites found", unit="sites")
    skipped_count: Mapped[Count] = column("Files not read", unit="files")
    skipped: Mapped[Json | None] = column("Files not read by reason, a JSON object", kind="VARCHAR")
    code_license: Mapped[Words | None] = column("License of its own code, by its files")
    code_license_state: Mapped[Words | None] = column("none, unrecognized, recognized, several")
    weights_license: Mapped[Words | None] = column("License of weights in it, by its files")
    weights_license_state: Mapped[Words | None] = column("none, unrecognized, recognized, several")
    weight_file_count: Mapped[Count | None] = column("Files that look like weights", unit="files")
    scanned_at: Mapped[Time | None] = column("Date of the answer with the source, UTC")
    kept_count: Mapped[Count] = column("Files that the archive keeps", published=False)
    run_id: Mapped[int | None] = reference("run")


class UseSite(Base):
    """A place where a repository loads or names a model, as its last reading found it.

    That is a scan, or an import: of a site of method ``peatmoss`` only the file is known.
    """

    __tablename__ = "use_site"

    __published__ = PublishedAs(
        references=(
            Reference(("repository",), "repository", ("name",)),
            Reference(("hub", "model_resolved"), "model", ("hub", "name")),
        ),
        warnings=("search_is_partial", "first_seen_is_not_first_used"),
        order=("repository", "path", "line", "hub", "model", "kind", "api"),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference(
        "repository", published={"repository": "name"}, index=True
    )
    hub: Mapped[Words] = column("Where the model is published; it need not be a row of hub")
    model: Mapped[Words | None] = column("Name as written; null: the source does not say it")
    model_resolved: ClassVar[Derived] = derived(
        "VARCHAR", "Present name of the model, where it is held"
    )
    path: Mapped[Words] = column("Path in the repository")
    line: Mapped[Count | None] = column(
        "Line, from 1; in a notebook, of the raw file; null: not recorded"
    )
    commit: Mapped[Words | None] = column("Commit sha it was read at; null: not recorded")
    blob_sha: Mapped[Words | None] = column("git blob sha of the file; null: not recorded")
    kind: Mapped[Words] = column("Where the name stands", vocabulary="UseKind")
    role: Mapped[Words] = column("What it does with the model", vocabulary="UseRole")
    api: Mapped[Words | None] = column("Call, key or command that loads it; null: not recorded")
    signature: Mapped[Words | None] = column("Signature that matched; null: only the role told")
    confidence: Mapped[float | None] = column(
        "Measured precision of the rule; null: it was not measured", unit="0 to 1"
    )
    is_resolved: Mapped[bool] = column("The name is known")
    argument: Mapped[Words | None] = column("Where it is not: the expression that names the model")
    revision: Mapped[Words | None] = column(
        "Commit, branch or tag of the model that the load names in Python or in an address; "
        "null: it names none, or one that is not read"
    )
    is_vendored: Mapped[bool] = column("In a copy of a library that is published elsewhere")
    is_registry: Mapped[bool] = column("In the own source of a library that loads models")
    method: Mapped[Words] = column("The rule that kept it", vocabulary="UseMethod")
    is_copy: ClassVar[Derived] = derived(
        "BOOLEAN", "The same file stands in an older repository, or it is a fork's"
    )
    first_seen_at: Mapped[Time | None] = column("First scan that saw the model here, UTC")
    introduced_at: Mapped[Time | None] = column("Time of the commit of the line, UTC")
    introduced_commit: Mapped[Words | None] = column("Commit that brought the line")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "The line at the commit")
    scan_id: Mapped[int | None] = reference("scan", "The scan that found it; null: an import")


class ModelUse(Base):
    """A repository uses a model: its sites that load it. Mentions alone make no use."""

    __tablename__ = "model_use"
    __table_args__ = (
        UniqueConstraint("repository_id", "hub", "model"),
        Index(
            None, "model_id", sqlite_where=text("model_id IS NOT NULL"),
            postgresql_where=text("model_id IS NOT NULL"),
        ),
    )  # fmt: skip

    __published__ = PublishedAs(
        key=("repository", "hub", "model"),
        references=(
            Reference(("repository",), "repository", ("name",)),
            Reference(("hub", "model_resolved"), "model", ("hub", "name")),
        ),
        warnings=("search_is_partial", "names_unresolved", "first_seen_is_not_first_used"),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    hub: Mapped[Words] = column("Where the model is published; it need not be a row of hub")
    model: Mapped[Words] = column("Name as written")
    model_id: Mapped[int | None] = reference(
        "model",
        "The model, where it is held",
        published={"model_resolved": "name"},
        texts={"model_resolved": "Present name of the model, where it is held"},
    )
    use_site_count: Mapped[Count] = column(
        "Sites that load it; 0: an import links both without a file", unit="sites"
    )
    confidence: Mapped[float | None] = column(
        "That of the best site; null: it was not measured", unit="0 to 1"
    )
    role: Mapped[Words] = column("The strongest role of its sites", vocabulary="UseRole")
    example_count: ClassVar[Derived] = derived("BIGINT", "Sites in examples", unit="sites")
    test_count: ClassVar[Derived] = derived("BIGINT", "Sites in tests", unit="sites")
    mention_count: ClassVar[Derived] = derived("BIGINT", "Places that only name it", unit="sites")
    is_vendored: Mapped[bool] = column("All its sites are in copies of libraries")
    is_registry: Mapped[bool] = column("All its sites are in a library's own source")
    is_copy: ClassVar[Derived] = derived(
        "BOOLEAN", "All its sites stand in an older repository too, or it is a fork's"
    )
    first_seen_at: Mapped[Time | None] = column("First scan that saw it, UTC")
    introduced_at: ClassVar[Derived] = derived(
        "TIMESTAMP", "Time of the earliest commit known, UTC"
    )
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "The line of its best site")
    roles: Mapped[Json] = column("Sites by role, mentions too, object", published=False)


class Dependency(Base):
    """A library that a manifest of a repository names."""

    __tablename__ = "dependency"
    __table_args__ = (Index(None, "repository_id"),)

    __published__ = PublishedAs(
        references=(Reference(("repository",), "repository", ("name",)),),
        order=("repository", "ecosystem", "name", "path", "line"),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    ecosystem: Mapped[Words] = column(
        "pypi, npm, crates, maven, go, nuget, swift, pub, gem, packagist, cran, julia, hex"
    )
    name: Mapped[Words] = column("Name as published")
    requirement: Mapped[Words | None] = column("Version requirement as written")
    path: Mapped[Words] = column("The manifest")
    line: Mapped[Count] = column("Line of the entry, from 1")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "The line at the commit that was scanned")
    scan_id: Mapped[int] = reference("scan")


class RepositoryLink(Base):
    """A paper or another repository that files of a repository link, as its last scan found."""

    __tablename__ = "repository_link"
    __table_args__ = (UniqueConstraint("repository_id", "kind", "target"),)

    __published__ = PublishedAs(
        key=("repository", "kind", "target"),
        references=(Reference(("repository",), "repository", ("name",)),),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    kind: Mapped[Words] = column(
        "paper: linked in a document or in source; repository: in a README"
    )
    target: Mapped[Words] = column("arXiv id without version, or owner/name as written", index=True)
    path: Mapped[Words] = column("The file nearest to the root that links it")
    line: Mapped[Count] = column("Line of the link, from 1")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "The line at the commit that was scanned")
    scan_id: Mapped[int] = reference("scan")
