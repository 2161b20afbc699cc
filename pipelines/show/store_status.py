"""What the store holds, how fresh it is, what is left to do, and where all of it is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, make_url, select

from miner import __version__
from miner.db.session import read_store
from miner.pipelines.intake.files import CARD, CONFIG, GGUF_HEAD
from miner.pipelines.show import open_work
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.schema.tables import (
    ArchivedAnswer,
    DiscussionEvent,
    FetchedFile,
    Hub,
    HubDataset,
    IssueComment,
    IssueListing,
    IssueModel,
    LicenseStatement,
    Model,
    ModelCommit,
    ModelDataset,
    ModelDiscussion,
    ModelEdge,
    ModelHistory,
    ModelPaper,
    ModelUse,
    Paper,
    Repository,
    RepositoryIssue,
    Scan,
    SearchBin,
    UseSite,
)
from miner.schema.vocab import FileState
from miner.settings import Settings

Part = dict[str, Any]
"""An object of plain values with stable keys. Times are UTC without zone, sizes are bytes."""


def describe_store(settings: Settings) -> Part:
    """Return the state of the store and of the data directory.

    Reads one state of the store, also while a crawl writes. Costs a few passes over tables;
    nothing is read from the archive.

    Raises:
        ConfigurationError: There is no store yet, or its schema is older or newer.
    """
    engine = read_store(settings)
    try:
        with engine.connect() as connection:
            stored = _stored(connection)
            runs = open_work.last_runs(connection)
            return {
                "version": __version__,
                "endpoint": settings.hf_endpoint,
                "has_token": settings.hf_token is not None,
                "github": settings.github_api_url,
                "github_tokens": len(settings.github_tokens),
                "held": stored,
                "fresh": {
                    "sweeps": open_work.last_sweeps(connection),
                    "runs": runs,
                    "duckdb": _duckdb(settings.duckdb_path, runs),
                },
                "left": open_work.left(connection, settings),
                "where": _where(settings),
            }
    finally:
        engine.dispose()


def _stored(connection: Connection) -> Part:
    models = _by(connection, Model.state)
    total = sum(models.values())
    return {
        "hubs": sorted(connection.scalars(select(Hub.name))),
        "models": {"count": total, "by_state": models},
        "cards": {"by_state": _files(connection, CARD, total)},
        "configs": {"by_state": _files(connection, CONFIG, total)},
        "gguf_headers": _by(connection, FetchedFile.state, FetchedFile.path == GGUF_HEAD),
        "edges": {
            "count": _count(connection, ModelEdge.id, ModelEdge.is_chosen),
            "resolved": _count(
                connection, ModelEdge.id, ModelEdge.is_chosen, ModelEdge.parent_id.is_not(None)
            ),
        },
        "datasets": {
            "by_state": _by(connection, HubDataset.state),
            "uses": _count(connection, ModelDataset.id, ModelDataset.is_chosen),
        },
        "papers": {
            "count": _count(connection, Paper.id),
            "uses": _count(connection, ModelPaper.id, ModelPaper.is_chosen),
        },
        "licenses": {
            "statements": _count(connection, LicenseStatement.id),
            "models": connection.scalar(select(func.count(LicenseStatement.model_id.distinct()))),
        },
        "histories": {
            kind: _by(connection, ModelHistory.state, ModelHistory.kind == kind)
            for kind in connection.scalars(select(ModelHistory.kind).distinct())
        },
        "commits": _count(connection, ModelCommit.id),
        "discussions": _count(connection, ModelDiscussion.id),
        "discussion_events": _count(connection, DiscussionEvent.id),
        "answers": _count(connection, ArchivedAnswer.id),
        "repositories": {
            "by_state": _by(connection, Repository.state),
            "scans": _by(connection, Scan.state),
            "use_sites": _count(connection, UseSite.id),
            "uses": _count(connection, ModelUse.id),
            "uses_resolved": _count(connection, ModelUse.id, ModelUse.model_id.is_not(None)),
            "searches": _by(connection, SearchBin.state),
        },
        "issues": {
            "listings": _by(connection, IssueListing.state),
            "by_kind": _by(connection, RepositoryIssue.kind),
            "comments": _count(connection, IssueComment.id),
            "mentions": _count(connection, IssueModel.id),
        },
    }


def _by(connection: Connection, column: Any, *conditions: Any) -> dict[str, int]:
    """Return how many rows have which value, the most frequent first."""
    rows = connection.execute(
        select(column, func.count())
        .where(*conditions)
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return {str(value): int(count) for value, count in rows}


def _count(connection: Connection, key: Any, *conditions: Any) -> int:
    return int(connection.scalar(select(func.count(key)).where(*conditions)) or 0)


def _files(connection: Connection, path: str, models: int) -> dict[str, int]:
    """Return what became of the cards or configs; those nobody asked for are not-fetched."""
    counts = _by(connection, FetchedFile.state, FetchedFile.path == path)
    unasked = models - sum(counts.values())
    if unasked:
        state = FileState.NOT_FETCHED.value
        counts[state] = counts.get(state, 0) + unasked
    return counts


def _duckdb(path: Path, runs: list[Part]) -> Part:
    """Return how old the file that answers SQL is, against the last run that changed the store."""
    changed_at = max((run["ended_at"] or run["started_at"] for run in runs), default=None)
    if not path.is_file():
        return {
            "path": str(path), "exists": False, "size_bytes": None, "written_at": None,
            "store_changed_at": changed_at, "is_behind": changed_at is not None,
        }  # fmt: skip
    facts = path.stat()
    written_at = datetime.fromtimestamp(facts.st_mtime, UTC).replace(tzinfo=None)
    return {
        "path": str(path),
        "exists": True,
        "size_bytes": facts.st_size,
        "written_at": written_at,
        "store_changed_at": changed_at,
        "is_behind": changed_at is not None and written_at < changed_at,
    }


def _where(settings: Settings) -> Part:
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite"
    store = Path(str(url.database)) if is_file else None
    segments = ArchiveReader(settings.archive_dir).segments()
    observed = _files_below(settings.observations_dir)
    return {
        "data_dir": str(settings.data_dir),
        "store": str(store) if store else url.render_as_string(hide_password=True),
        # beside the store stands its write-ahead log, which may be as large
        "store_bytes": sum(observe.stat().st_size for observe in _with_log(store)),
        "archive": str(settings.archive_dir),
        "archive_segments": len(segments),
        "archive_bytes": sum((settings.archive_dir / name).stat().st_size for name in segments),
        "observations": str(settings.observations_dir),
        "observation_files": len(observed),
        "observation_bytes": sum(observed.values()),
        "free_bytes": shutil.disk_usage(_existing(settings.data_dir)).free,
    }


def _with_log(store: Path | None) -> list[Path]:
    if store is None:
        return []
    return [path for path in (store, store.with_name(f"{store.name}-wal")) if path.exists()]


def _files_below(folder: Path) -> Mapping[Path, int]:
    """Return the sizes of the finished observation files."""
    return {path: path.stat().st_size for path in folder.glob("*/*.parquet")}


def _existing(folder: Path) -> Path:
    """Return a folder or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())
