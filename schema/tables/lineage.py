"""Where models come from: bases, datasets, papers, and the licenses stated."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import Date, Index, UniqueConstraint, text
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


def _resolved(column: str) -> Index:
    """Return an index on a column that is null when its row is written: it costs no ingest."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(None, column, sqlite_where=is_set, postgresql_where=is_set)


class ModelEdge(Base):
    """A source names a base of a model. One row a source."""

    __tablename__ = "model_edge"
    __table_args__ = (
        UniqueConstraint("child_id", "parent", "source"),
        _resolved("parent_id"),
    )

    __published__ = PublishedAs(
        name="model_edge_statement",
        key=("hub", "child", "parent_declared", "source"),
        references=(
            Reference(("hub", "child"), "model", ("hub", "name")),
            Reference(("hub", "parent"), "model", ("hub", "name"), where="is_parent_held"),
        ),
        warnings=("declared_only", "relation_inferred", "names_unresolved"),
    )

    id: Mapped[Key]
    child_id: Mapped[int] = reference(
        "model",
        published={"hub": "hub", "child": "name"},
        texts={"child": "Name of the model that was made from the base"},
    )
    published_parent: ClassVar[Derived] = derived(
        "VARCHAR", "The base: its present name where held, else as declared", name="parent"
    )
    relation: Mapped[Words] = column("How the child was made", vocabulary="Relation")
    source: Mapped[Words] = column("Where it was read", vocabulary="Source")
    relation_source: Mapped[Words] = column("Where the relation was read", vocabulary="Source")
    parent: Mapped[Words] = column("The base's name as declared", published="parent_declared")
    is_parent_held: ClassVar[Derived] = derived(
        "BOOLEAN", "The base is a row of model that a sweep saw"
    )
    is_chosen: Mapped[bool] = column("The best source of this fact; the others disagree or agree")
    blob_sha: Mapped[Words | None] = column("git blob sha of the card it was read from")
    span_start: Mapped[Count | None] = column(
        "First character of the quote in the card", unit="code points"
    )
    span_end: Mapped[Count | None] = column("One past its last character", unit="code points")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    confidence: ClassVar[Derived] = derived(
        "DOUBLE", "Precision of the rule where card text alone names the base; null: declared"
    )
    parent_id: Mapped[int | None] = reference("model", "The base, where it is held")


class HubDataset(Base):
    """A dataset that models name, as its hub describes it."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("hub_id", "uid"), UniqueConstraint("hub_id", "name"))

    __published__ = PublishedAs(
        key=("hub", "name"),
        references=(Reference(("hub",), "hub", ("name",)),),
        warnings=("downloads_30_days", "declared_only", "private_unseen"),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    name: Mapped[Words] = column("owner/name, or a legacy name without owner", source_field="id")
    uid: Mapped[Words | None] = column("Identity on the hub, kept over renames", source_field="_id")
    state: Mapped[Words] = column("Whether it is there", vocabulary="ModelState")
    created_at: Mapped[Time | None] = column("As the hub says, UTC", source_field="createdAt")
    last_modified_at: Mapped[Time | None] = column(
        "Time of the head revision, UTC", source_field="lastModified"
    )
    sha: Mapped[Words | None] = column("Head revision, a commit sha", source_field="sha")
    downloads: Mapped[Count | None] = column(
        "Downloads of 30 days", unit="downloads", source_field="downloads"
    )
    likes: Mapped[Count | None] = column("Likes", unit="likes", source_field="likes")
    gated: Mapped[Words | None] = column(
        "Whether files need asking for", vocabulary="Gating", source_field="gated"
    )
    license: Mapped[Words | None] = column("Declared license", source_field="cardData.license")
    size_category: Mapped[Words | None] = column(
        "Declared class of size, in rows", source_field="cardData.size_categories"
    )
    used_storage_bytes: Mapped[Count | None] = column(
        "Storage of all revisions; null: not asked singly", unit="bytes", source_field="usedStorage"
    )
    observed_at: Mapped[Time | None] = column("Date of the hub's answer, UTC")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    tags: Mapped[Json | None] = column("Tags, list", published=False, source_field="tags")
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")


class DatasetCard(Base):
    """A dataset's card that was asked for, and what became of it."""

    __tablename__ = "dataset_card"

    id: Mapped[Key]
    dataset_id: Mapped[int] = reference("dataset", unique=True)
    revision: Mapped[Words | None] = column("Commit sha it was asked for at", published=False)
    state: Mapped[Words] = column("vocab.FileState", published=False)
    reason: Mapped[Words | None] = column("Detail of the state", published=False)
    blob_sha: Mapped[Words | None] = column(
        "git blob sha of the bytes", published=False, index=True
    )
    size_bytes: Mapped[Count | None] = column("Bytes received", published=False)
    observed_at: Mapped[Time | None] = column("Date of the answer", published=False)
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")
    asked_as: Mapped[Words | None] = column(
        "Account and token name on the hub that asked; null: without a token", published=False
    )
    rules_version: Mapped[Words | None] = column(
        "Digest of the rules that read it last; null: not read since its dataset was written",
        published=False,
    )


class DatasetAlias(Base):
    """A name that a dataset had, or is also reached by."""

    __tablename__ = "dataset_alias"
    __table_args__ = (UniqueConstraint("hub_id", "alias"),)

    __published__ = PublishedAs(
        key=("hub", "alias"),
        references=(Reference(("hub", "dataset"), "dataset", ("hub", "name")),),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    alias: Mapped[Words] = column("The other name, as written")
    dataset_id: Mapped[int] = reference(
        "dataset",
        published={"dataset": "name"},
        texts={"dataset": "Present name of the dataset"},
    )
    observed_at: Mapped[Time] = column("When the hub was seen to redirect, UTC")


class ModelDataset(Base):
    """A source names a dataset of a model. One row a source."""

    __tablename__ = "model_dataset"
    __table_args__ = (
        UniqueConstraint("model_id", "dataset", "role", "source"),
        _resolved("dataset_id"),
    )

    __published__ = PublishedAs(
        name="model_dataset_statement",
        key=("hub", "model", "dataset_declared", "role", "source"),
        references=(
            Reference(("hub", "model"), "model", ("hub", "name")),
            Reference(("hub", "dataset"), "dataset", ("hub", "name"), where="is_dataset_held"),
        ),
        warnings=("declared_only", "names_unresolved"),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    published_dataset: ClassVar[Derived] = derived(
        "VARCHAR",
        "The dataset: its present name where held, else as declared, in one spelling",
        name="dataset",
    )
    role: Mapped[Words] = column("What it was to the model", vocabulary="DatasetRole")
    source: Mapped[Words] = column("Where it was read", vocabulary="Source")
    dataset: Mapped[Words] = column("The dataset's name as declared", published="dataset_declared")
    is_dataset_held: ClassVar[Derived] = derived(
        "BOOLEAN", "The dataset is a row of dataset that the hub answered"
    )
    is_chosen: Mapped[bool] = column("The best source of this fact; the others disagree or agree")
    blob_sha: Mapped[Words | None] = column("git blob sha of the card it was read from")
    span_start: Mapped[Count | None] = column(
        "First character of the quote in the card", unit="code points"
    )
    span_end: Mapped[Count | None] = column("One past its last character", unit="code points")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    dataset_id: Mapped[int | None] = reference("dataset", "The dataset, where it is held")


class Paper(Base):
    """A paper that models name."""

    __tablename__ = "paper"

    __published__ = PublishedAs(key=("arxiv_id",))

    id: Mapped[Key]
    arxiv_id: Mapped[Words] = column("arXiv id without version", unique=True)
    published_on: Mapped[date | None] = column(
        Date, "First day of the month that the arXiv id names"
    )
    url: ClassVar[Derived] = derived("VARCHAR", "Its page")


class ModelPaper(Base):
    """A model names a paper. One row a source."""

    __tablename__ = "model_paper"
    __table_args__ = (UniqueConstraint("model_id", "paper_id", "role", "source"),)

    __published__ = PublishedAs(
        key=("hub", "model", "arxiv_id", "role", "source"),
        references=(
            Reference(("hub", "model"), "model", ("hub", "name")),
            Reference(("arxiv_id",), "paper", ("arxiv_id",)),
        ),
        warnings=("papers_cited",),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    paper_id: Mapped[int] = reference(
        "paper",
        published={"arxiv_id": "arxiv_id"},
        texts={"arxiv_id": "arXiv id without version"},
        index=True,
    )
    role: Mapped[Words] = column("What the paper is to the model", vocabulary="PaperRole")
    source: Mapped[Words] = column("Where it was read", vocabulary="Source")
    is_chosen: Mapped[bool] = column("The best source of this fact; the others disagree or agree")
    blob_sha: Mapped[Words | None] = column("git blob sha of the card it was read from")
    span_start: Mapped[Count | None] = column(
        "First character of the quote in the card", unit="code points"
    )
    span_end: Mapped[Count | None] = column("One past its last character", unit="code points")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )


class LicenseStatement(Base):
    """A place that states a license for a model or a dataset."""

    __tablename__ = "license_statement"
    __table_args__ = (
        Index(None, "model_id"),
        _resolved("dataset_id"),
    )

    __published__ = PublishedAs(
        key=("hub", "subject_kind", "subject", "source", "position"),
        references=(
            Reference(("hub", "subject"), "model", ("hub", "name"), where="subject_kind = 'model'"),
            Reference(
                ("hub", "subject"), "dataset", ("hub", "name"), where="subject_kind = 'dataset'"
            ),
        ),
        warnings=("declared_only",),
    )

    id: Mapped[Key]
    hub: ClassVar[Derived] = derived("VARCHAR", "Short name of the hub")
    subject_kind: ClassVar[Derived] = derived("VARCHAR", "model or dataset")
    subject: ClassVar[Derived] = derived("VARCHAR", "Name of the model or dataset")
    source: Mapped[Words] = column("Where it was read", vocabulary="Source")
    position: Mapped[int] = column("0 for the first of a list")
    key: Mapped[Words] = column("As written")
    canonical: Mapped[Words] = column("Trimmed and lower case")
    license_name: Mapped[Words | None] = column(
        "license_name, as written; of a dataset's text, what a term beside its license is"
    )
    license_link: Mapped[Words | None] = column(
        "license_link, as written; of a license file, its path"
    )
    scope: Mapped[Words] = column("What it covers: code, weights or data")
    is_chosen: Mapped[bool] = column("The best source of this fact; the others disagree or agree")
    blob_sha: Mapped[Words | None] = column(
        "git blob sha of the card or license file it was read from"
    )
    span_start: Mapped[Count | None] = column(
        "First character of the quote in that file", unit="code points"
    )
    span_end: Mapped[Count | None] = column("One past its last character", unit="code points")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    model_id: Mapped[int | None] = reference("model")
    dataset_id: Mapped[int | None] = reference("dataset")
