"""What repositories use: scans, the places where models are loaded, uses, dependencies."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Key, Time, Words


class Scan(Base):
    """The reading of one commit of a repository by one version of the scanner."""

    __tablename__ = "scan"
    __table_args__ = (UniqueConstraint("repository_id", "commit", "scanner_version"),)

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    commit: Mapped[Words] = mapped_column(comment="Commit sha that was read")
    scanner_version: Mapped[Words] = mapped_column(comment="Version of the scanner")
    state: Mapped[Words] = mapped_column(comment="vocab.ScanState")
    reason: Mapped[Words | None] = mapped_column(comment="Detail of the state")
    file_count: Mapped[Count] = mapped_column(comment="Files read")
    byte_count: Mapped[Count] = mapped_column(comment="Bytes read")
    site_count: Mapped[Count] = mapped_column(comment="Use sites found")
    kept_count: Mapped[Count] = mapped_column(comment="Files that the archive keeps")
    skipped_count: Mapped[Count] = mapped_column(comment="Files not read")
    skipped: Mapped[Json | None] = mapped_column(comment="Files not read by reason, object")
    code_license: Mapped[Words | None] = mapped_column(comment="License of its own code")
    code_license_state: Mapped[Words | None] = mapped_column(comment="What is known of that")
    weights_license: Mapped[Words | None] = mapped_column(comment="License of weights in it")
    weights_license_state: Mapped[Words | None] = mapped_column(comment="What is known of that")
    weight_file_count: Mapped[Count | None] = mapped_column(comment="Files that look like weights")
    scanned_at: Mapped[Time | None] = mapped_column(comment="Date of the answer with the source")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class UseSite(Base):
    """A place where a repository loads or names a model, as its last scan found it."""

    __tablename__ = "use_site"

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), index=True)
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id"))
    commit: Mapped[Words] = mapped_column(comment="Commit sha it was read at")
    blob_sha: Mapped[Words] = mapped_column(comment="git blob sha of the file")
    path: Mapped[Words] = mapped_column(comment="Path in the repository")
    line: Mapped[Count] = mapped_column(comment="Line, from 1")
    hub: Mapped[Words] = mapped_column(comment="Where the model is published")
    model: Mapped[Words | None] = mapped_column(comment="Name as written; null: not in the source")
    kind: Mapped[Words] = mapped_column(comment="vocab.UseKind")
    role: Mapped[Words] = mapped_column(comment="vocab.UseRole")
    api: Mapped[Words] = mapped_column(comment="Call, key or command that loads it")
    signature: Mapped[Words | None] = mapped_column(comment="Signature that matched")
    confidence: Mapped[float] = mapped_column(comment="Precision of the rule, 0 to 1")
    is_resolved: Mapped[bool] = mapped_column(comment="The name is known")
    argument: Mapped[Words | None] = mapped_column(comment="What names the model instead")
    is_vendored: Mapped[bool] = mapped_column(comment="In a copy of a published library")
    is_registry: Mapped[bool] = mapped_column(comment="In a loading library's own source")
    method: Mapped[Words] = mapped_column(comment="vocab.UseMethod: the rule that kept it")
    first_seen_at: Mapped[Time | None] = mapped_column(comment="First scan that saw the model here")
    introduced_at: Mapped[Time | None] = mapped_column(comment="Time of the commit of the line")
    introduced_commit: Mapped[Words | None] = mapped_column(comment="Commit of the line")


class ModelUse(Base):
    """A repository uses a model: the sites that load it, mentions left out."""

    __tablename__ = "model_use"
    __table_args__ = (
        UniqueConstraint("repository_id", "hub", "model"),
        Index(
            None, "model_id", sqlite_where=text("model_id IS NOT NULL"),
            postgresql_where=text("model_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    hub: Mapped[Words] = mapped_column(comment="Where the model is published")
    model: Mapped[Words] = mapped_column(comment="Name as written")
    model_id: Mapped[int | None] = mapped_column(
        ForeignKey("model.id"), comment="The model, where it is held"
    )
    use_site_count: Mapped[Count] = mapped_column(comment="Sites that load it")
    confidence: Mapped[float] = mapped_column(comment="That of the best site, 0 to 1")
    role: Mapped[Words] = mapped_column(comment="vocab.UseRole, the strongest of its sites")
    roles: Mapped[Json] = mapped_column(comment="Sites by role, mentions too, object")
    is_vendored: Mapped[bool] = mapped_column(comment="All its sites are in copies of libraries")
    is_registry: Mapped[bool] = mapped_column(comment="All its sites are in a library's own source")
    first_seen_at: Mapped[Time | None] = mapped_column(comment="First scan that saw it")


class Dependency(Base):
    """A library that a manifest of a repository names."""

    __tablename__ = "dependency"
    __table_args__ = (Index(None, "repository_id"),)

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id"))
    ecosystem: Mapped[Words] = mapped_column(comment="pypi, npm, crates, maven, go, nuget")
    name: Mapped[Words] = mapped_column(comment="Name as published")
    requirement: Mapped[Words | None] = mapped_column(comment="Version requirement as written")
    path: Mapped[Words] = mapped_column(comment="The manifest")
    line: Mapped[Count] = mapped_column(comment="Line of the entry, from 1")


class RepositoryLink(Base):
    """A paper or another repository that the files of a repository link."""

    __tablename__ = "repository_link"
    __table_args__ = (UniqueConstraint("repository_id", "kind", "target"),)

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id"))
    kind: Mapped[Words] = mapped_column(comment="paper or repository")
    target: Mapped[Words] = mapped_column(comment="arXiv id, or owner/name as written", index=True)
    path: Mapped[Words] = mapped_column(comment="The file nearest to the root that links it")
    line: Mapped[Count] = mapped_column(comment="Line of the link, from 1")
