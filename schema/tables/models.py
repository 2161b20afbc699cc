"""Hubs, owners, models, their files and what sweeps saw change."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Key, Time, Words


class Hub(Base):
    """A place that publishes models."""

    __tablename__ = "hub"

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True, comment="Short name, used in every result")
    title: Mapped[Words] = mapped_column(comment="Name as people write it")
    home_page: Mapped[Words] = mapped_column(comment="Where it is")
    terms_url: Mapped[Words] = mapped_column(comment="Terms under which its metadata is read")
    metadata_license: Mapped[Words | None] = mapped_column(
        comment="SPDX id of the license of its metadata; null: it states none"
    )
    model_page: Mapped[Words | None] = mapped_column(comment="Address of a model, with {name}")
    revision_page: Mapped[Words | None] = mapped_column(
        comment="Address of a revision, with {name} and {revision}"
    )
    file_page: Mapped[Words | None] = mapped_column(
        comment="Address of a file, with {name}, {revision} and {path}"
    )


class Owner(Base):
    """A user or organization on a hub; login names only."""

    __tablename__ = "owner"
    __table_args__ = (UniqueConstraint("hub_id", "name"),)

    id: Mapped[Key]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    name: Mapped[Words] = mapped_column(comment="Login name")


class Model(Base):
    """One published model, as its hub last described it."""

    __tablename__ = "model"
    __table_args__ = (
        UniqueConstraint("hub_id", "uid"),
        UniqueConstraint("hub_id", "name"),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    uid: Mapped[Words | None] = mapped_column(comment="Identity on the hub, kept over renames")
    name: Mapped[Words] = mapped_column(comment="owner/name, or a legacy name without owner")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owner.id"))
    state: Mapped[Words] = mapped_column(comment="vocab.ModelState")
    state_at: Mapped[Time | None] = mapped_column(comment="When the state was last established")
    created_at: Mapped[Time | None] = mapped_column(comment="As the hub says; floor 2022-03-02")
    last_modified_at: Mapped[Time | None] = mapped_column(comment="Time of the head revision")
    sha: Mapped[Words | None] = mapped_column(comment="Head revision, a commit sha")
    downloads: Mapped[Count | None] = mapped_column(comment="Downloads of 30 days")
    downloads_all_time: Mapped[Count | None] = mapped_column(comment="Downloads of all time")
    likes: Mapped[Count | None] = mapped_column(comment="Likes")
    gated: Mapped[Words | None] = mapped_column(comment="vocab.Gating; null: not said")
    is_private: Mapped[bool | None] = mapped_column(comment="Seen only with a token of the owner")
    is_disabled: Mapped[bool | None] = mapped_column(comment="Disabled by the hub")
    pipeline_tag: Mapped[Words | None] = mapped_column(comment="Task, a Hub pipeline tag")
    library_name: Mapped[Words | None] = mapped_column(comment="Library that loads it")
    license: Mapped[Words | None] = mapped_column(
        comment="License that the record declares; the card's own word is in license_statement"
    )
    license_name: Mapped[Words | None] = mapped_column(comment="Declared name where license=other")
    license_link: Mapped[Words | None] = mapped_column(comment="Declared link to the text")
    model_type: Mapped[Words | None] = mapped_column(comment="model_type of the hub's config")
    architectures: Mapped[Json | None] = mapped_column(comment="Classes of the hub's config, list")
    quantization: Mapped[Words | None] = mapped_column(comment="quant_method of the hub's config")
    gguf_architecture: Mapped[Words | None] = mapped_column(comment="general.architecture of GGUF")
    gguf_context_length: Mapped[Count | None] = mapped_column(comment="Context of GGUF, tokens")
    gguf_parameter_count: Mapped[Count | None] = mapped_column(comment="Parameters, GGUF header")
    safetensors_parameter_count: Mapped[Count | None] = mapped_column(
        comment="Elements in safetensors files; packed words where quantized"
    )
    safetensors_dtypes: Mapped[Json | None] = mapped_column(comment="Elements by dtype, object")
    used_storage_bytes: Mapped[Count | None] = mapped_column(comment="Storage of all revisions")
    tags: Mapped[Json | None] = mapped_column(comment="Tags, list")
    languages: Mapped[Json | None] = mapped_column(comment="Declared languages, list")
    files: Mapped[Json | None] = mapped_column(
        comment="Files of the head revision, list of {path, size_bytes, sha256}; null: not said"
    )
    parse_state: Mapped[Words] = mapped_column(comment="vocab.ParseState of the record")
    record_digest: Mapped[Words | None] = mapped_column(comment="SHA-1 of the record's stable part")
    observed_at: Mapped[Time | None] = mapped_column(comment="Date of the answer last read")
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class ModelAlias(Base):
    """A name that a model had, or is also reached by."""

    __tablename__ = "model_alias"
    __table_args__ = (UniqueConstraint("hub_id", "alias", "model_id"),)

    id: Mapped[Key]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    alias: Mapped[Words] = mapped_column(comment="The other name, as written", index=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    observed_at: Mapped[Time] = mapped_column(comment="When the hub was seen to redirect or rename")
    source: Mapped[Words] = mapped_column(
        comment="rename (same identity), redirect, or library (a library's name of the same)"
    )


class ModelEvent(Base):
    """A change of a model that a sweep found, dated by the sweep's answer."""

    __tablename__ = "model_event"
    __table_args__ = (UniqueConstraint("model_id", "kind", "observed_at"),)

    id: Mapped[Key]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    kind: Mapped[Words] = mapped_column(comment="vocab.EventKind")
    old_value: Mapped[Words | None] = mapped_column(comment="Before")
    new_value: Mapped[Words | None] = mapped_column(comment="After")
    observed_at: Mapped[Time] = mapped_column(comment="Date of the answer that showed it")
    sweep_id: Mapped[int | None] = mapped_column(ForeignKey("sweep.id"))


class FetchedFile(Base):
    """A card or config that was asked for, and what became of it."""

    __tablename__ = "fetched_file"
    __table_args__ = (UniqueConstraint("model_id", "path"),)

    id: Mapped[Key]
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    path: Mapped[Words] = mapped_column(comment="README.md or config.json")
    revision: Mapped[Words | None] = mapped_column(comment="Commit sha it was asked for at")
    state: Mapped[Words] = mapped_column(comment="vocab.FileState")
    reason: Mapped[Words | None] = mapped_column(comment="Detail of the state")
    blob_sha: Mapped[Words | None] = mapped_column(comment="git blob sha of the bytes", index=True)
    size_bytes: Mapped[Count | None] = mapped_column(comment="Bytes received")
    parse_state: Mapped[Words | None] = mapped_column(comment="vocab.ParseState of the content")
    parse_reason: Mapped[Words | None] = mapped_column(comment="Detail of the parse state")
    observed_at: Mapped[Time | None] = mapped_column(comment="Date of the answer")
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    is_verified: Mapped[bool | None] = mapped_column(
        comment="The bytes were compared with what the hub names; null: not held, or not compared"
    )
    asked_as: Mapped[Words | None] = mapped_column(
        comment="Account and token name on the hub that asked; null: without a token"
    )


class ModelConfig(Base):
    """What the full config.json of a model says, as far as it was fetched."""

    __tablename__ = "model_config"

    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    blob_sha: Mapped[Words] = mapped_column(comment="git blob sha of config.json")
    model_type: Mapped[Words | None] = mapped_column(comment="model_type")
    architectures: Mapped[Json | None] = mapped_column(comment="architectures, list")
    context_length: Mapped[Count | None] = mapped_column(comment="Longest context, tokens")
    vocabulary_size: Mapped[Count | None] = mapped_column(comment="vocab_size")
    dtype: Mapped[Words | None] = mapped_column(comment="dtype or torch_dtype")
    quantization: Mapped[Words | None] = mapped_column(comment="quantization_config.quant_method")
    name_or_path: Mapped[Words | None] = mapped_column(comment="_name_or_path, where from")


class EntryPoint(Base):
    """A model that is had by calling a function of a repository, as on PyTorch Hub."""

    __tablename__ = "entry_point"

    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    repository: Mapped[Words] = mapped_column(comment="Repository on GitHub, owner/name")
    entry: Mapped[Words] = mapped_column(comment="Name of the function")
    title: Mapped[Words | None] = mapped_column(comment="Title of the page about it")
    summary: Mapped[Words | None] = mapped_column(comment="Summary of that page")
    requirements: Mapped[Json | None] = mapped_column(
        comment="Libraries that loading it needs, list; null: not known"
    )
    evidence_url: Mapped[Words | None] = mapped_column(comment="Line that names it, at a commit")
    tree_url: Mapped[Words | None] = mapped_column(comment="The repository at the commit read")
    card_url: Mapped[Words | None] = mapped_column(comment="The page at the commit read")
