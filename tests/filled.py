"""A store with one row a table and a value in every column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, Table, insert

from miner.db.session import open_store
from miner.pipelines.sources.hubs import hub_profile
from miner.pipelines.sources.hubs.profile import PROFILE_COLUMNS
from miner.schema.dictionary import members
from miner.schema.published.base import how
from miner.schema.tables import metadata
from miner.settings import Settings, load_settings

SHA = "0123456789abcdef0123456789abcdef01234567"

VALUES: dict[str, Any] = {
    **{f"hub.{name}": getattr(hub_profile("huggingface"), name) for name in PROFILE_COLUMNS},
    "owner.name": "acme",
    "model.name": "acme/one",
    "model.sha": SHA,
    "model.pipeline_tag": "fill-mask",
    "model.files": [{"path": "README.md", "size_bytes": 7, "sha256": "a" * 64}],
    "model.safetensors_dtypes": {"BF16": 7},
    "dataset.name": "acme/data",
    "dataset.sha": SHA,
    "fetched_file.path": "README.md",
    "fetched_file.revision": SHA,
    "fetched_file.state": "fetched",
    "fetched_file.parse_state": "parsed",
    "fetched_file.blob_sha": SHA,
    "model_edge.parent": "acme/one",
    "model_edge.source": "card-rule",
    "model_dataset.dataset": "acme/data",
    "model_repository.repository": "acme/code",
    "repository.name": "acme/code",
    "repository.node_id": "R_1",
    "repository.head_commit": SHA,
    "repository.languages": {"Python": 7},
    "paper.arxiv_id": "2401.00001",
    "sweep.name": "huggingface-model-full-000001",
    "sweep.subject": "model",
    "repository_sweep.name": "github-repository-000001",
    "scan.commit": SHA,
    "scan.skipped": {"too-large": 1},
    "use_site.commit": SHA,
    "use_site.hub": "huggingface",
    "use_site.model": "acme/one",
    "model_use.hub": "huggingface",
    "model_use.model": "acme/one",
    "model_use.roles": {"use": 1},
    "extracted_field.field": "base_model",
    "extracted_field.source": "card-rule",
    "extracted_field.value_text": "acme/one",
    "extracted_field.qualifiers": {"relation": "finetune"},
    "search_bin.query": "from_pretrained size:0..9",
    "search_bin.base": "from_pretrained",
    "search_bin.kind": "code",
    "repository_link.kind": "paper",
    "repository_issue.number": 7,
    "issue_comment.number": 7,
    "issue_model.number": 7,
    "issue_model.hub": "huggingface",
    "issue_model.model": "acme/one",
    "run.arguments": {"since": "2026-01-01T00:00:00"},
    "run.command": "crawl",
    "run.state": "finished",
    "model_architecture.evidence": [
        {"source": "config", "method": "config-keys", "is_moe": True, "state": "read",
         "reasons": ["a reason"], "confidence": 1.0}
    ],
    "license_statement.scope": "weights",
    "license_statement.source": "declared",
    "license_statement.position": 0,
    "license_statement.dataset_id": None,
    "sweep.window": {},
    "model_ref.sha": SHA,
    **{f"{table}.sha": SHA for table in ("model_commit", "model_commit_author",
                                         "model_commit_change")},
    "model_commit_change.path": "README.md",
    "model_commit_change.field": "license",
    "model_discussion.number": 1,
    "discussion_event.number": 1,
}  # fmt: skip
"""Values that have to be of a certain kind; any other column gets one with its own name in it."""


def value_of(table: Table, column: Column[Any], position: int, write: Callable[[str], str]) -> Any:
    """A value for a column, never null."""
    key = f"{table.name}.{column.name}"
    if key in VALUES:
        return VALUES[key]
    if column.primary_key or column.foreign_keys:
        return 1
    if vocabulary := how(column).vocabulary:
        return members(vocabulary)[0]
    kinds: list[tuple[type, Any]] = [
        (JSON, [write(f"a {column.name}")]),
        (Boolean, True),
        (DateTime, datetime(2026, 1, 2, 3, position % 60)),  # noqa: DTZ001  the store's times
        (Date, date(2026, 1, 1)),
        (Float, 0.5),
        (Integer, position + 1),
    ]
    return next(
        (value for kind, value in kinds if isinstance(column.type, kind)), write(f"a {key}")
    )


def fill(folder: Path, write: Callable[[str], str] = str) -> Settings:
    """Make the store.

    Args:
        folder: Where.
        write: Turns a text that may be anything into what is written.
    """
    settings = load_settings({"MINER_DATA_DIR": str(folder)})
    engine = open_store(settings)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            row = {
                column.name: value_of(table, column, position, write)
                for position, column in enumerate(table.columns)
            }
            connection.execute(insert(table).values(row))
    engine.dispose()
    return settings
