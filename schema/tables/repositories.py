"""Repositories on GitHub: how they were found, what GitHub says of them, other names."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import UniqueConstraint
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


class RepositorySweep(Base):
    """One pass over the metadata of all repositories known, or what there is of it so far."""

    __tablename__ = "repository_sweep"

    id: Mapped[Key]
    name: Mapped[Words] = column("Its name, and its file's", published=False, unique=True)
    started_at: Mapped[Time | None] = column("Date of the first answer", published=False)
    ended_at: Mapped[Time | None] = column(
        "Date of the last answer; null: unfinished", published=False
    )
    batch_count: Mapped[Count] = column("Batches asked for", published=False)
    record_count: Mapped[Count] = column("Repositories that GitHub answered for", published=False)
    is_complete: Mapped[bool] = column("Reached its end", published=False)
    run_id: Mapped[int | None] = reference("run")


class Repository(Base):
    """One repository of source code on GitHub, as GitHub last described it."""

    __tablename__ = "repository"

    __published__ = PublishedAs(key=("name",), warnings=("private_unseen", "search_is_partial"))

    id: Mapped[Key]
    name: Mapped[Words] = column("owner/name", unique=True, source_field="nameWithOwner")
    owner: ClassVar[Derived] = derived("VARCHAR", "Login name of the owner")
    node_id: Mapped[Words | None] = column(
        "Identity on GitHub, kept over renames", published="uid", unique=True, source_field="id"
    )
    state: Mapped[Words] = column("Whether it is there", vocabulary="RepositoryState")
    state_at: Mapped[Time | None] = column("When the state was last established, UTC")
    reason: Mapped[Words | None] = column("Detail of the state")
    description: Mapped[Words | None] = column("As its owner writes it", source_field="description")
    license: Mapped[Words | None] = column(
        "SPDX id that GitHub gives; NOASSERTION: it knows none", source_field="licenseInfo.spdxId"
    )
    stars: Mapped[Count | None] = column("Stars", unit="stars", source_field="stargazerCount")
    forks: Mapped[Count | None] = column("Forks", unit="forks", source_field="forkCount")
    is_fork: Mapped[bool | None] = column("Made as a fork", source_field="isFork")
    parent: Mapped[Words | None] = column(
        "What it is a fork of, owner/name", source_field="parent.nameWithOwner"
    )
    is_archived: Mapped[bool | None] = column("Read only", source_field="isArchived")
    is_empty: Mapped[bool | None] = column("Has no commit", source_field="isEmpty")
    created_at: Mapped[Time | None] = column("As GitHub says, UTC", source_field="createdAt")
    pushed_at: Mapped[Time | None] = column("Time of the last push, UTC", source_field="pushedAt")
    default_branch: Mapped[Words | None] = column(
        "Name of the default branch", source_field="defaultBranchRef.name"
    )
    head_commit: Mapped[Words | None] = column(
        "Commit the default branch was at", source_field="defaultBranchRef.target.oid"
    )
    head_committed_at: Mapped[Time | None] = column(
        "Time of that commit, UTC", source_field="defaultBranchRef.target.committedDate"
    )
    size_kilobytes: Mapped[Count | None] = column(
        "Size that GitHub gives", unit="kilobytes", source_field="diskUsage"
    )
    primary_language: Mapped[Words | None] = column(
        "Language of most bytes", source_field="primaryLanguage.name"
    )
    scan_state: ClassVar[Derived] = derived(
        "VARCHAR", "What became of its last scan", vocabulary="ScanState"
    )
    scanned_commit: ClassVar[Derived] = derived("VARCHAR", "Commit that was scanned last")
    observed_at: Mapped[Time | None] = column("Date of GitHub's answer, UTC")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "The repository at that commit")
    license_key: Mapped[Words | None] = column(
        "Key that GitHub gives", published=False, source_field="licenseInfo.key"
    )
    languages: Mapped[Json | None] = column(
        "Bytes by language, object", published=False, source_field="languages.edges"
    )
    topics: Mapped[Json | None] = column(
        "Topics, list", published=False, source_field="repositoryTopics.nodes"
    )
    etag: Mapped[Words | None] = column("ETag of the last single answer", published=False)
    sweep_id: Mapped[int | None] = reference("repository_sweep", "The last sweep that asked for it")
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")


class RepositoryAlias(Base):
    """A name that a repository had, or is also reached by."""

    __tablename__ = "repository_alias"

    __published__ = PublishedAs(
        key=("alias",), references=(Reference(("repository",), "repository", ("name",)),)
    )

    id: Mapped[Key]
    alias: Mapped[Words] = column("The other name, as written", unique=True)
    repository_id: Mapped[int] = reference(
        "repository", published={"repository": "name"}, index=True
    )
    observed_at: Mapped[Time] = column("When GitHub was seen to lead on, UTC")


class RepositoryFinding(Base):
    """How a repository came to be known. One row a way."""

    __tablename__ = "repository_finding"
    __table_args__ = (UniqueConstraint("repository_id", "source", "detail"),)

    __published__ = PublishedAs(
        key=("repository", "source", "detail"),
        references=(Reference(("repository",), "repository", ("name",)),),
        warnings=("search_is_partial",),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    source: Mapped[Words] = column("The way", vocabulary="FindingSource")
    detail: Mapped[Words] = column("The query, the model, or the name of the list")
    observed_at: Mapped[Time | None] = column("Date of the answer that showed it, UTC")


class SearchBin(Base):
    """A search on GitHub, or a part of one that has too many results to be read at once."""

    __tablename__ = "search_bin"
    __table_args__ = (UniqueConstraint("kind", "query", "round"),)

    __published__ = PublishedAs(key=("kind", "query", "round"), warnings=("search_is_partial",))

    id: Mapped[Key]
    kind: Mapped[Words] = column("code or repository")
    query: Mapped[Words] = column("As sent")
    round: Mapped[Count] = column("1 for the first time that all was searched")
    topic: Mapped[Words] = column("Signature or topic that it is about")
    state: Mapped[Words] = column("How far it was read", vocabulary="BinState")
    reason: Mapped[Words | None] = column("Detail of the state")
    total_count: Mapped[Count | None] = column("Results that GitHub estimates", unit="results")
    distinct_count: Mapped[Count] = column("Found, each file or repository once", unit="results")
    page_count: Mapped[Count] = column("Pages read", unit="pages")
    incomplete_results: Mapped[bool] = column("A page said that it was cut short")
    observed_at: Mapped[Time | None] = column("Date of the last page, UTC")
    base: Mapped[Words] = column("The query without the bounds of this part", published=False)
    lower: Mapped[Words | None] = column("Lower bound: bytes, or a day", published=False)
    upper: Mapped[Words | None] = column("Upper bound, itself included", published=False)
    extension: Mapped[Words | None] = column("Only files with this extension", published=False)
    filename: Mapped[Words | None] = column("Only files of this name", published=False)
    parent_id: Mapped[int | None] = reference("search_bin")
    run_id: Mapped[int | None] = reference("run")


class SearchHit(Base):
    """A file that a code search found, or a repository that a repository search found."""

    __tablename__ = "search_hit"
    __table_args__ = (UniqueConstraint("bin_id", "repository_id", "path"),)

    id: Mapped[Key]
    bin_id: Mapped[int] = reference("search_bin")
    repository_id: Mapped[int] = reference("repository", index=True)
    path: Mapped[Words] = column("The file; empty: the repository itself", published=False)
    blob_sha: Mapped[Words | None] = column("git blob sha of the file", published=False)


class ModelRepository(Base):
    """A model's card links a repository on GitHub. The repository need not be held."""

    __tablename__ = "model_repository"
    __table_args__ = (UniqueConstraint("model_id", "repository", "source"),)

    __published__ = PublishedAs(
        key=("hub", "model", "repository_declared", "source"),
        references=(
            Reference(("hub", "model"), "model", ("hub", "name")),
            Reference(("repository",), "repository", ("name",), where="is_repository_held"),
        ),
        warnings=("declared_only",),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    published_repository: ClassVar[Derived] = derived(
        "VARCHAR", "owner/name: its present name where held, else as is", name="repository"
    )
    repository: Mapped[Words] = column(
        "The name as written", published="repository_declared", index=True
    )
    is_repository_held: ClassVar[Derived] = derived("BOOLEAN", "GitHub answered for it")
    source: Mapped[Words] = column("Where it was read", vocabulary="Source")
    blob_sha: Mapped[Words | None] = column("git blob sha of the card it was read from")
    span_start: Mapped[Count | None] = column(
        "First character of the quote in the card", unit="code points"
    )
    span_end: Mapped[Count | None] = column("One past its last character", unit="code points")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )


class RepositoryLicense(Base):
    """What one file of a repository states of its license, as its last scan found it."""

    __tablename__ = "repository_license"
    __table_args__ = (UniqueConstraint("repository_id", "position"),)

    __published__ = PublishedAs(
        key=("repository", "position"),
        references=(Reference(("repository",), "repository", ("name",)),),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    position: Mapped[Count] = column("The root first, then by path")
    path: Mapped[Words] = column("The file; of tags in source, the first one")
    line: Mapped[Count] = column("Line of the evidence, from 1")
    place: Mapped[Words] = column(
        "license-file, licenses-folder, package-metadata, readme, spdx-tags, notice or use-policy"
    )
    standing: Mapped[Words] = column("own: all of it; nested: a folder; vendored: a copy")
    scope: Mapped[Words] = column("code, weights, data, docs; unknown: it does not say")
    state: Mapped[Words] = column("recognized, several, unrecognized or empty")
    reason: Mapped[Words | None] = column("Why it is not recognized")
    license: Mapped[Words | None] = column("Its key; several joined by OR, AND, or | if not said")
    spdx: Mapped[Words | None] = column("SPDX id or expression")
    method: Mapped[Words | None] = column("classifier, title, spdx-tag, reference or metadata")
    confidence: Mapped[float] = column("Measured precision of the method", unit="0 to 1")
    said: Mapped[Words | None] = column("As written, or the title of a text that is not known")
    quote: Mapped[Words | None] = column("The words, at most 200 code points")
    file_count: Mapped[Count] = column("Files that say so", unit="files")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "Where it can be read")
    scan_id: Mapped[int] = reference("scan")
