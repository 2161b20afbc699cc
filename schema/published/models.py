"""Published tables on hubs, owners, models and their files."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Table
from miner.schema.published.base import EVIDENCE, HUB, MODEL, OBSERVED, OF_MODEL, described

MODELS: tuple[Table, ...] = (
    described(tables.Hub),
    Table(
        "task",
        "A task that models have, and its domain as PeaTMOSS groups tasks, with those since.",
        (
            Column("task", "VARCHAR", "As hubs write it"),
            Column("domain", "VARCHAR", "NLP, computer vision, audio, multimodal or other"),
            Column("hub", "VARCHAR", "The one hub whose word it is; null: every hub's"),
        ),
        key=("task",),
    ),
    described(tables.Owner),
    described(tables.Model),
    described(tables.ModelAlias),
    described(tables.ModelEvent),
    Table(
        "model_file",
        "A file of a model's head revision. No row: the hub did not list files.",
        (
            HUB,
            MODEL,
            Column("path", "VARCHAR", "Path in the model's repository"),
            Column("size_bytes", "BIGINT", "Size; null: the hub did not say", "bytes"),
            Column("sha256", "VARCHAR", "SHA-256 of the content, where the hub says it"),
        ),
        key=("hub", "model", "path"),
        references=(OF_MODEL,),
    ),
    Table(
        "model_tag",
        "A tag of a model.",
        (HUB, MODEL, Column("tag", "VARCHAR", "The tag, as the hub lists it")),
        key=("hub", "model", "tag"),
        references=(OF_MODEL,),
        warnings=("tags_by_hub",),
    ),
    Table(
        "model_language",
        "A language that a model declares.",
        (HUB, MODEL, Column("language", "VARCHAR", "As declared: usually an ISO 639 code")),
        key=("hub", "model", "language"),
        references=(OF_MODEL,),
        warnings=("declared_only",),
    ),
    Table(
        "model_card",
        "What became of a model's card; one row for every model.",
        (
            HUB,
            MODEL,
            Column("state", "VARCHAR", "Whether the card is held", vocabulary="FileState"),
            Column("reason", "VARCHAR", "Detail of the state"),
            Column("blob_sha", "VARCHAR", "git blob sha of the card"),
            Column("revision", "VARCHAR", "Commit sha it was asked for at"),
            Column("size_bytes", "BIGINT", "Size of the card", "bytes"),
            Column("parse_state", "VARCHAR", "State of its metadata", vocabulary="ParseState"),
            Column("parse_reason", "VARCHAR", "Detail of the parse state"),
            OBSERVED,
            EVIDENCE,
        ),
        key=("hub", "model"),
        references=(OF_MODEL,),
        warnings=("cards_not_fetched",),
    ),
    described(tables.ModelConfig),
    described(tables.EntryPoint),
)
