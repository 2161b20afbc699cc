"""Where models come from: bases, datasets, papers, and the licenses stated."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Key, Time, Words


def _resolved(column: str) -> Index:
    """Return an index on a column that is null when its row is written: it costs no ingest."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(None, column, sqlite_where=is_set, postgresql_where=is_set)


class ModelEdge(Base):
    """A child model names a base. One row a source that says so."""

    __tablename__ = "model_edge"
    __table_args__ = (
        UniqueConstraint("child_id", "parent", "source"),
        _resolved("parent_id"),
    )

    id: Mapped[Key]
    child_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    parent: Mapped[Words] = mapped_column(comment="The base's name as declared")
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("model.id"), comment="The base, where it is held"
    )
    relation: Mapped[Words] = mapped_column(comment="vocab.Relation")
    relation_source: Mapped[Words] = mapped_column(comment="vocab.Source of the relation")
    source: Mapped[Words] = mapped_column(comment="vocab.Source of the edge")
    is_chosen: Mapped[bool] = mapped_column(comment="The best source of this pair")
    blob_sha: Mapped[Words | None] = mapped_column(comment="Card it was read from")
    span_start: Mapped[Count | None] = mapped_column(comment="First code point of the quote")
    span_end: Mapped[Count | None] = mapped_column(comment="One past its last code point")


class Dataset(Base):
    """A dataset that models name, as its hub describes it."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("hub_id", "uid"), UniqueConstraint("hub_id", "name"))

    id: Mapped[Key]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    uid: Mapped[Words | None] = mapped_column(comment="Identity on the hub")
    name: Mapped[Words] = mapped_column(comment="owner/name, or a legacy name without owner")
    state: Mapped[Words] = mapped_column(comment="vocab.ModelState, said of a dataset")
    created_at: Mapped[Time | None] = mapped_column(comment="As the hub says")
    last_modified_at: Mapped[Time | None] = mapped_column(comment="Time of the head revision")
    sha: Mapped[Words | None] = mapped_column(comment="Head revision")
    downloads: Mapped[Count | None] = mapped_column(comment="Downloads of 30 days")
    likes: Mapped[Count | None] = mapped_column(comment="Likes")
    gated: Mapped[Words | None] = mapped_column(comment="vocab.Gating")
    license: Mapped[Words | None] = mapped_column(comment="Declared license")
    size_category: Mapped[Words | None] = mapped_column(comment="size_categories tag")
    used_storage_bytes: Mapped[Count | None] = mapped_column(comment="Storage of all revisions")
    tags: Mapped[Json | None] = mapped_column(comment="Tags, list")
    observed_at: Mapped[Time | None] = mapped_column(comment="Date of the answer")
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class DatasetAlias(Base):
    """A name that a dataset had, or is also reached by."""

    __tablename__ = "dataset_alias"
    __table_args__ = (UniqueConstraint("hub_id", "alias"),)

    id: Mapped[Key]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    alias: Mapped[Words] = mapped_column(comment="The other name, as written")
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    observed_at: Mapped[Time] = mapped_column(comment="When the hub was seen to redirect")


class ModelDataset(Base):
    """A model names a dataset. One row a source that says so."""

    __tablename__ = "model_dataset"
    __table_args__ = (
        UniqueConstraint("model_id", "dataset", "role", "source"),
        _resolved("dataset_id"),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    dataset: Mapped[Words] = mapped_column(comment="The dataset's name as declared")
    dataset_id: Mapped[int | None] = mapped_column(
        ForeignKey("dataset.id"), comment="The dataset, where it is held"
    )
    role: Mapped[Words] = mapped_column(comment="vocab.DatasetRole")
    source: Mapped[Words] = mapped_column(comment="vocab.Source")
    is_chosen: Mapped[bool] = mapped_column(comment="The best source of this pair")
    blob_sha: Mapped[Words | None] = mapped_column(comment="Card it was read from")
    span_start: Mapped[Count | None] = mapped_column(comment="First code point of the quote")
    span_end: Mapped[Count | None] = mapped_column(comment="One past its last code point")


class Paper(Base):
    """A paper that models name."""

    __tablename__ = "paper"

    id: Mapped[Key]
    arxiv_id: Mapped[Words] = mapped_column(unique=True, comment="arXiv id without version")
    published_on: Mapped[date | None] = mapped_column(
        Date, comment="First day of the month that the arXiv id names"
    )


class ModelPaper(Base):
    """A model names a paper. One row a source that says so."""

    __tablename__ = "model_paper"
    __table_args__ = (UniqueConstraint("model_id", "paper_id", "role", "source"),)

    id: Mapped[Key]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    role: Mapped[Words] = mapped_column(comment="vocab.PaperRole")
    source: Mapped[Words] = mapped_column(comment="vocab.Source")
    is_chosen: Mapped[bool] = mapped_column(comment="The best source of this pair")
    blob_sha: Mapped[Words | None] = mapped_column(comment="Card it was read from")
    span_start: Mapped[Count | None] = mapped_column(comment="First code point of the quote")
    span_end: Mapped[Count | None] = mapped_column(comment="One past its last code point")


class LicenseStatement(Base):
    """A place that states a license for a model or a dataset."""

    __tablename__ = "license_statement"
    __table_args__ = (
        Index(None, "model_id"),
        _resolved("dataset_id"),
    )

    id: Mapped[Key]
    model_id: Mapped[int | None] = mapped_column(ForeignKey("model.id"))
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))
    source: Mapped[Words] = mapped_column(comment="vocab.Source: the place it stands in")
    position: Mapped[int] = mapped_column(comment="0 for the first of a list")
    key: Mapped[Words] = mapped_column(comment="As written")
    canonical: Mapped[Words] = mapped_column(comment="Trimmed and lower case")
    license_name: Mapped[Words | None] = mapped_column(comment="license_name, as written")
    license_link: Mapped[Words | None] = mapped_column(comment="license_link, as written")
    scope: Mapped[Words] = mapped_column(comment="code, weights or data")
    is_chosen: Mapped[bool] = mapped_column(comment="The best source of this subject")
    blob_sha: Mapped[Words | None] = mapped_column(comment="Card it was read from")
    span_start: Mapped[Count | None] = mapped_column(comment="First code point of the quote")
    span_end: Mapped[Count | None] = mapped_column(comment="One past its last code point")
