"""Repositories on GitHub: how they were found, what GitHub says of them, other names."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Key, Time, Words


class RepositorySweep(Base):
    """One pass over the metadata of all repositories known, or what there is of it so far."""

    __tablename__ = "repository_sweep"

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True, comment="Its name, and its file's")
    started_at: Mapped[Time | None] = mapped_column(comment="Date of the first answer")
    ended_at: Mapped[Time | None] = mapped_column(
        comment="Date of the last answer; null: unfinished"
    )
    batch_count: Mapped[Count] = mapped_column(comment="Batches asked for")
    record_count: Mapped[Count] = mapped_column(comment="Repositories that GitHub answered for")
    is_complete: Mapped[bool] = mapped_column(comment="Reached its end")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class Repository(Base):
    """One repository of source code, as GitHub last described it."""

    __tablename__ = "repository"

    id: Mapped[Key]
    node_id: Mapped[Words | None] = mapped_column(
        unique=True, comment="Identity on GitHub, kept over renames; null: never answered for"
    )
    name: Mapped[Words] = mapped_column(unique=True, comment="owner/name")
    state: Mapped[Words] = mapped_column(comment="vocab.RepositoryState")
    state_at: Mapped[Time | None] = mapped_column(comment="When the state was last established")
    reason: Mapped[Words | None] = mapped_column(comment="Detail of the state")
    description: Mapped[Words | None] = mapped_column(comment="As its owner writes it")
    license: Mapped[Words | None] = mapped_column(comment="SPDX id that GitHub gives")
    license_key: Mapped[Words | None] = mapped_column(comment="Key that GitHub gives")
    stars: Mapped[Count | None] = mapped_column(comment="Stars")
    forks: Mapped[Count | None] = mapped_column(comment="Forks")
    is_fork: Mapped[bool | None] = mapped_column(comment="Made as a fork")
    parent: Mapped[Words | None] = mapped_column(comment="What it is a fork of, owner/name")
    is_archived: Mapped[bool | None] = mapped_column(comment="Read only")
    is_empty: Mapped[bool | None] = mapped_column(comment="Has no commit")
    created_at: Mapped[Time | None] = mapped_column(comment="As GitHub says")
    pushed_at: Mapped[Time | None] = mapped_column(comment="Time of the last push")
    default_branch: Mapped[Words | None] = mapped_column(comment="Name of the default branch")
    head_commit: Mapped[Words | None] = mapped_column(comment="Commit the default branch is at")
    head_committed_at: Mapped[Time | None] = mapped_column(comment="Time of that commit")
    size_kilobytes: Mapped[Count | None] = mapped_column(comment="Size that GitHub gives")
    primary_language: Mapped[Words | None] = mapped_column(comment="Language of most bytes")
    languages: Mapped[Json | None] = mapped_column(comment="Bytes by language, object")
    topics: Mapped[Json | None] = mapped_column(comment="Topics, list")
    etag: Mapped[Words | None] = mapped_column(comment="ETag of the last single answer")
    observed_at: Mapped[Time | None] = mapped_column(comment="Date of the answer last read")
    sweep_id: Mapped[int | None] = mapped_column(
        ForeignKey("repository_sweep.id"), comment="The last sweep that asked for it"
    )
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class RepositoryAlias(Base):
    """A name that a repository had, or is also reached by."""

    __tablename__ = "repository_alias"

    id: Mapped[Key]
    alias: Mapped[Words] = mapped_column(unique=True, comment="The other name, as written")
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), index=True)
    observed_at: Mapped[Time] = mapped_column(comment="When GitHub was seen to lead on")


class RepositoryFinding(Base):
    """How a repository came to be known."""

    __tablename__ = "repository_finding"
    __table_args__ = (UniqueConstraint("repository_id", "source", "detail"),)

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    source: Mapped[Words] = mapped_column(comment="vocab.FindingSource")
    detail: Mapped[Words] = mapped_column(comment="The query, the model, or the file's name")
    observed_at: Mapped[Time | None] = mapped_column(comment="Date of the answer that showed it")


class SearchBin(Base):
    """A search, or a part of one that has too many results to be read at once."""

    __tablename__ = "search_bin"
    __table_args__ = (UniqueConstraint("kind", "query", "round"),)

    id: Mapped[Key]
    kind: Mapped[Words] = mapped_column(comment="code or repository")
    query: Mapped[Words] = mapped_column(comment="As sent, bounds included")
    round: Mapped[Count] = mapped_column(comment="1 for the first time that all is searched")
    base: Mapped[Words] = mapped_column(comment="The query without the bounds of this part")
    topic: Mapped[Words] = mapped_column(comment="Signature or topic that it is about")
    lower: Mapped[Words | None] = mapped_column(comment="Lower bound: bytes, or a day")
    upper: Mapped[Words | None] = mapped_column(comment="Upper bound, itself included")
    extension: Mapped[Words | None] = mapped_column(comment="Only files with this extension")
    filename: Mapped[Words | None] = mapped_column(comment="Only files of this name")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("search_bin.id"))
    state: Mapped[Words] = mapped_column(comment="vocab.BinState")
    reason: Mapped[Words | None] = mapped_column(comment="Detail of the state")
    total_count: Mapped[Count | None] = mapped_column(comment="Results that GitHub estimates")
    page_count: Mapped[Count] = mapped_column(comment="Pages read")
    distinct_count: Mapped[Count] = mapped_column(
        comment="Files, or repositories, that were found, each once"
    )
    incomplete_results: Mapped[bool] = mapped_column(comment="A page said that it was cut short")
    observed_at: Mapped[Time | None] = mapped_column(comment="Date of the last page")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class SearchHit(Base):
    """A file that a code search found, or a repository that a repository search found."""

    __tablename__ = "search_hit"
    __table_args__ = (UniqueConstraint("bin_id", "repository_id", "path"),)

    id: Mapped[Key]
    bin_id: Mapped[int] = mapped_column(ForeignKey("search_bin.id"))
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"), index=True)
    path: Mapped[Words] = mapped_column(comment="The file; empty: the repository itself")
    blob_sha: Mapped[Words | None] = mapped_column(comment="git blob sha of the file")


class ModelRepository(Base):
    """A model's card links a repository on GitHub."""

    __tablename__ = "model_repository"
    __table_args__ = (UniqueConstraint("model_id", "repository", "source"),)

    id: Mapped[Key]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    repository: Mapped[Words] = mapped_column(comment="owner/name as written", index=True)
    source: Mapped[Words] = mapped_column(comment="vocab.Source")
    blob_sha: Mapped[Words | None] = mapped_column(comment="Card it was read from")
    span_start: Mapped[Count | None] = mapped_column(comment="First code point of the quote")
    span_end: Mapped[Count | None] = mapped_column(comment="One past its last code point")


class RepositoryLicense(Base):
    """What a file of a repository states of its license, as its last scan found it."""

    __tablename__ = "repository_license"
    __table_args__ = (UniqueConstraint("repository_id", "position"),)

    id: Mapped[Key]
    repository_id: Mapped[int] = mapped_column(ForeignKey("repository.id"))
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id"))
    position: Mapped[Count] = mapped_column(comment="The root first, then by path")
    path: Mapped[Words] = mapped_column(comment="The file; of tags, the first one")
    line: Mapped[Count] = mapped_column(comment="Line of the evidence, from 1")
    place: Mapped[Words] = mapped_column(comment="Which kind of file it is")
    standing: Mapped[Words] = mapped_column(comment="own, nested or vendored")
    scope: Mapped[Words] = mapped_column(comment="code, weights, data, docs, unknown")
    state: Mapped[Words] = mapped_column(comment="recognized, several, unrecognized, empty")
    reason: Mapped[Words | None] = mapped_column(comment="Why it is not recognized")
    license: Mapped[Words | None] = mapped_column(comment="Its keys, joined as they are said to be")
    spdx: Mapped[Words | None] = mapped_column(comment="SPDX id or expression")
    method: Mapped[Words | None] = mapped_column(comment="How it was told")
    confidence: Mapped[float] = mapped_column(comment="Measured precision of the method")
    said: Mapped[Words | None] = mapped_column(comment="As written, or the title of the text")
    quote: Mapped[Words | None] = mapped_column(comment="The words, at most 200 code points")
    file_count: Mapped[Count] = mapped_column(comment="Files that say so")
