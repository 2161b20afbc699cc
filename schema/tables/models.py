"""Hubs, owners, models, their files and what sweeps saw change."""

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


class Hub(Base):
    """A place that publishes models."""

    __tablename__ = "hub"

    __published__ = PublishedAs(key=("name",))

    id: Mapped[Key]
    name: Mapped[Words] = column("Short name, used in every table", unique=True)
    title: Mapped[Words] = column("Name as people write it")
    home_page: Mapped[Words] = column("Where it is")
    terms_url: Mapped[Words] = column("Terms under which its metadata is read")
    metadata_license: Mapped[Words | None] = column("SPDX id of its metadata's license, if stated")
    model_page: Mapped[Words | None] = column("Address of a model, with {name}", published=False)
    revision_page: Mapped[Words | None] = column(
        "Address of a revision, with {name} and {revision}", published=False
    )
    file_page: Mapped[Words | None] = column(
        "Address of a file, with {name}, {revision} and {path}", published=False
    )


class Owner(Base):
    """A user or organization on a hub; login names only."""

    __tablename__ = "owner"
    __table_args__ = (UniqueConstraint("hub_id", "name"),)

    __published__ = PublishedAs(
        key=("hub", "name"),
        references=(Reference(("hub",), "hub", ("name",)),),
        warnings=("private_unseen",),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    name: Mapped[Words] = column("Login name")
    model_count: ClassVar[Derived] = derived("BIGINT", "Its models that are present", unit="models")
    downloads: ClassVar[Derived] = derived(
        "BIGINT", "Downloads of 30 days of these together; null: of none known", unit="downloads"
    )


class Model(Base):
    """One model, as its hub last described it."""

    __tablename__ = "model"
    __table_args__ = (
        UniqueConstraint("hub_id", "uid"),
        UniqueConstraint("hub_id", "name"),
    )

    __published__ = PublishedAs(
        key=("hub", "name"),
        references=(
            Reference(("hub",), "hub", ("name",)),
            Reference(("hub", "owner"), "owner", ("hub", "name")),
        ),
        warnings=(
            "created_at_floor",
            "dates_missing",
            "downloads_30_days",
            "storage_unlisted",
            "declared_only",
            "cards_not_fetched",
            "private_unseen",
        ),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    name: Mapped[Words] = column("owner/name, or a legacy name without owner", source_field="id")
    owner_id: Mapped[int | None] = reference(
        "owner",
        published={"owner": "name"},
        texts={"owner": "Login name of the owner; null for legacy names"},
    )
    uid: Mapped[Words | None] = column("Identity on the hub, kept over renames", source_field="_id")
    state: Mapped[Words] = column("Whether it is still there", vocabulary="ModelState")
    state_at: Mapped[Time | None] = column("When the state was last established, UTC")
    last_seen_at: ClassVar[Derived] = derived(
        "TIMESTAMP", "Date of the last answer that showed it, UTC"
    )
    created_at: Mapped[Time | None] = column(
        "As the hub says, UTC; floor 2022-03-02", source_field="createdAt"
    )
    last_modified_at: Mapped[Time | None] = column(
        "Time of the head revision, UTC", source_field="lastModified"
    )
    sha: Mapped[Words | None] = column("Head revision, a commit sha", source_field="sha")
    downloads: Mapped[Count | None] = column(
        "Downloads of 30 days", unit="downloads", source_field="downloads", is_volatile=True
    )
    downloads_all_time: Mapped[Count | None] = column(
        "Downloads of all time", unit="downloads", source_field="downloadsAllTime", is_volatile=True
    )
    likes: Mapped[Count | None] = column(
        "Likes", unit="likes", source_field="likes", is_volatile=True
    )
    gated: Mapped[Words | None] = column(
        "Whether files need asking for", vocabulary="Gating", source_field="gated", is_volatile=True
    )
    is_private: Mapped[bool | None] = column(
        "Seen only with a token of the owner", source_field="private", is_volatile=True
    )
    is_disabled: Mapped[bool | None] = column(
        "Disabled by the hub", source_field="disabled", is_volatile=True
    )
    pipeline_tag: Mapped[Words | None] = column("Task", source_field="pipeline_tag")
    tasks: ClassVar[Derived] = derived(
        "VARCHAR[]", "Tasks of table task among pipeline_tag and tags, sorted; null: none"
    )
    domain: ClassVar[Derived] = derived(
        "VARCHAR",
        "Domain of pipeline_tag by table task, on PyTorch Hub of its tags, multimodal where they "
        "are of several; null: none",
    )
    library_name: Mapped[Words | None] = column(
        "Library that loads it", source_field="library_name"
    )
    license: Mapped[Words | None] = column(
        "License that the record declares; the card's own word is in license_statement",
        derived="Declared license, chosen among license_statement",
        source_field="cardData.license",
    )
    license_name: Mapped[Words | None] = column(
        "Declared name where license=other",
        derived="Declared name where the license is other",
        source_field="cardData.license_name",
    )
    license_link: Mapped[Words | None] = column(
        "Declared link to the text",
        derived="Declared link to the license text",
        source_field="cardData.license_link",
    )
    model_type: Mapped[Words | None] = column(
        "model_type of the hub's config", source_field="config.model_type"
    )
    architectures: Mapped[Json | None] = column(
        "Classes of the hub's config", kind="VARCHAR[]", source_field="config.architectures"
    )
    quantization: Mapped[Words | None] = column(
        "quant_method of the hub's config", source_field="config.quantization_config.quant_method"
    )
    used_storage_bytes: Mapped[Count | None] = column(
        "Storage of all revisions; null: not asked singly",
        unit="bytes",
        source_field="usedStorage",
        is_volatile=True,
    )
    first_commit_at: ClassVar[Derived] = derived(
        "TIMESTAMP", "Time of the first commit of its history, UTC; null: history not fetched"
    )
    file_count: ClassVar[Derived] = derived("BIGINT", "Files of the head revision", unit="files")
    tag_count: ClassVar[Derived] = derived("BIGINT", "Tags", unit="tags")
    card_state: ClassVar[Derived] = derived(
        "VARCHAR", "Whether the card is held", vocabulary="FileState"
    )
    language_count: ClassVar[Derived] = derived(
        "BIGINT", "Languages that it declares", unit="languages"
    )
    base_count: ClassVar[Derived] = derived(
        "BIGINT", "Bases that it names, itself left out", unit="models"
    )
    dataset_count: ClassVar[Derived] = derived("BIGINT", "Datasets that it names", unit="datasets")
    paper_count: ClassVar[Derived] = derived("BIGINT", "Papers that it names", unit="papers")
    repository_count: ClassVar[Derived] = derived(
        "BIGINT",
        "Repositories that load it, copies, vendored and own libraries left out; 0: none found; "
        "null: none was scanned",
        unit="repositories",
    )
    discussion_count: ClassVar[Derived] = derived(
        "BIGINT", "Discussions and pull requests stored; null: not fetched", unit="discussions"
    )
    is_moe: ClassVar[Derived] = derived(
        "BOOLEAN", "Holds experts to choose between; null: nothing tells"
    )
    parse_state: Mapped[Words] = column("State of the record", vocabulary="ParseState")
    observed_at: Mapped[Time | None] = column("Date of the hub's answer, UTC")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )
    gguf_architecture: Mapped[Words | None] = column(
        "general.architecture of GGUF", published=False, source_field="gguf.architecture"
    )
    gguf_context_length: Mapped[Count | None] = column(
        "Context of GGUF, tokens", published=False, source_field="gguf.context_length"
    )
    gguf_parameter_count: Mapped[Count | None] = column(
        "Parameters, GGUF header", published=False, source_field="gguf.total"
    )
    safetensors_parameter_count: Mapped[Count | None] = column(
        "Elements in safetensors files; packed words where quantized",
        published=False,
        source_field="safetensors.total",
    )
    safetensors_dtypes: Mapped[Json | None] = column(
        "Elements by dtype, object", published=False, source_field="safetensors.parameters"
    )
    tags: Mapped[Json | None] = column("Tags, list", published=False, source_field="tags")
    languages: Mapped[Json | None] = column(
        "Declared languages, list",
        kind="VARCHAR[]",
        derived="Languages of model_language, sorted; null: none",
        source_field="cardData.language",
    )
    files: Mapped[Json | None] = column(
        "Files of the head revision, list of {path, size_bytes, sha256}; null: not said",
        published=False,
        source_field="siblings",
    )
    record_digest: Mapped[Words | None] = column(
        "SHA-1 of the record's stable part", published=False
    )
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")


class ModelAlias(Base):
    """A name that a model had, or is also reached by."""

    __tablename__ = "model_alias"
    __table_args__ = (UniqueConstraint("hub_id", "alias", "model_id"),)

    __published__ = PublishedAs(
        key=("hub", "alias", "model"),
        references=(Reference(("hub", "model"), "model", ("hub", "name")),),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    alias: Mapped[Words] = column("The other name, as written", index=True)
    model_id: Mapped[int] = reference("model", published={"model": "name"})
    observed_at: Mapped[Time] = column("When it was seen, UTC")
    source: Mapped[Words] = column("rename (same identity) or redirect")


class ModelEvent(Base):
    """A change of a model that a sweep found."""

    __tablename__ = "model_event"
    __table_args__ = (UniqueConstraint("model_id", "kind", "observed_at"),)

    __published__ = PublishedAs(
        key=("hub", "model", "kind", "observed_at"),
        references=(
            Reference(("hub", "model"), "model", ("hub", "name")),
            Reference(("sweep",), "sweep", ("name",)),
        ),
        warnings=("dated_by_sweep",),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    kind: Mapped[Words] = column("What changed", vocabulary="EventKind")
    old_value: Mapped[Words | None] = column("Before")
    new_value: Mapped[Words | None] = column("After")
    observed_at: Mapped[Time] = column("Date of the answer that showed it, UTC")
    sweep_id: Mapped[int | None] = reference(
        "sweep",
        published={"sweep": "name"},
        texts={"sweep": "Name of the sweep; null: not found by a sweep"},
    )


class FetchedFile(Base):
    """A card, config or license file that was asked for, and what became of it."""

    __tablename__ = "fetched_file"
    __table_args__ = (UniqueConstraint("model_id", "path"),)

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model")
    path: Mapped[Words] = column(
        "README.md, config.json, a license file, or *.gguf: the first bytes of a GGUF file",
        published=False,
    )
    revision: Mapped[Words | None] = column("Commit sha it was asked for at", published=False)
    state: Mapped[Words] = column("vocab.FileState", published=False)
    reason: Mapped[Words | None] = column("Detail of the state", published=False)
    blob_sha: Mapped[Words | None] = column(
        "git blob sha of the bytes", published=False, index=True
    )
    size_bytes: Mapped[Count | None] = column("Bytes received", published=False)
    parse_state: Mapped[Words | None] = column("vocab.ParseState of the content", published=False)
    parse_reason: Mapped[Words | None] = column("Detail of the parse state", published=False)
    observed_at: Mapped[Time | None] = column("Date of the answer", published=False)
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")
    is_verified: Mapped[bool | None] = column(
        "The bytes were compared with what the hub names; null: not held, or not compared",
        published=False,
    )
    asked_as: Mapped[Words | None] = column(
        "Account and token name on the hub that asked; null: without a token", published=False
    )
    rules_version: Mapped[Words | None] = column(
        "Digest of the rules that read this license file last; null: not read, or no such file",
        published=False,
    )


class ModelConfig(Base):
    """What the full config.json of a model says, where it was fetched."""

    __tablename__ = "model_config"

    __published__ = PublishedAs(
        key=("hub", "model"), references=(Reference(("hub", "model"), "model", ("hub", "name")),)
    )

    model_id: Mapped[int] = reference(
        "model", published={"hub": "hub", "model": "name"}, primary_key=True
    )
    blob_sha: Mapped[Words] = column("git blob sha of config.json")
    model_type: Mapped[Words | None] = column("model_type")
    architectures: Mapped[Json | None] = column("architectures", kind="VARCHAR[]")
    context_length: Mapped[Count | None] = column("Longest context", unit="tokens")
    vocabulary_size: Mapped[Count | None] = column("vocab_size", unit="tokens")
    dtype: Mapped[Words | None] = column("dtype or torch_dtype")
    quantization: Mapped[Words | None] = column("quantization_config.quant_method")
    name_or_path: Mapped[Words | None] = column("_name_or_path: where it was loaded from")
    evidence_url: ClassVar[Derived] = derived(
        "VARCHAR", "Where it can be read; null: the revision is not known"
    )


class EntryPoint(Base):
    """A model that a function of a repository loads, as on PyTorch Hub.

    Its name is repository:entry. Models of hubs that hold files have no row.
    """

    __tablename__ = "entry_point"

    __published__ = PublishedAs(
        key=("hub", "model"), references=(Reference(("hub", "model"), "model", ("hub", "name")),)
    )

    model_id: Mapped[int] = reference(
        "model", published={"hub": "hub", "model": "name"}, primary_key=True
    )
    repository: Mapped[Words] = column("Repository on GitHub, owner/name, as it is named now")
    entry: Mapped[Words] = column("Name of the function")
    title: Mapped[Words | None] = column("Title of the hub's page about it")
    summary: Mapped[Words | None] = column("Summary of that page")
    requirements: Mapped[Json | None] = column(
        "Libraries that loading it needs; null: not known", kind="VARCHAR[]"
    )
    evidence_url: Mapped[Words | None] = column(
        "Where it can be read; null: the revision is not known"
    )
    tree_url: Mapped[Words | None] = column("The repository at the commit read", published=False)
    card_url: Mapped[Words | None] = column("The page at the commit read", published=False)
