"""A model's commits, the changes of its card and its discussions, in short."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from miner.pipelines.intake.history import CONTENT
from miner.schema.tables import (
    ModelCommit,
    ModelCommitAuthor,
    ModelCommitChange,
    ModelDiscussion,
    ModelHistory,
    ModelRef,
)

_NEWEST = 20

Fact = dict[str, Any]


def past(connection: Connection, model_id: int) -> Fact:
    """Return what became of each part of a model's history, and the newest of it.

    Parts that were not asked for are missing in ``parts``.
    """
    commit, author = ModelCommit, ModelCommitAuthor
    count, first, last = connection.execute(
        select(
            func.count(commit.id), func.min(commit.committed_at), func.max(commit.committed_at)
        ).where(commit.model_id == model_id)
    ).one()
    authors = connection.scalar(
        select(func.count(author.author.distinct())).where(author.model_id == model_id)
    )
    return {
        "parts": _rows(
            connection,
            select(
                ModelHistory.kind, ModelHistory.state, ModelHistory.reason,
                ModelHistory.item_count, ModelHistory.observed_at,
            )
            .where(ModelHistory.model_id == model_id)
            .order_by(ModelHistory.kind),
        ),
        "commits": {
            "count": count, "authors": authors, "first_at": first, "last_at": last,
        },
        "refs": _rows(
            connection,
            select(ModelRef.kind, ModelRef.ref, ModelRef.sha)
            .where(ModelRef.model_id == model_id)
            .order_by(ModelRef.kind, ModelRef.ref),
        ),
        "changes": _changes(connection, model_id),
        "discussions": _discussions(connection, model_id),
    }  # fmt: skip


def _changes(connection: Connection, model_id: int) -> list[Fact]:
    """Return the fields that commits changed in the card, newest first."""
    change, commit = ModelCommitChange, ModelCommit
    return _rows(
        connection,
        select(commit.committed_at, change.field, change.old_value, change.new_value, change.sha)
        .join(commit, (commit.model_id == change.model_id) & (commit.sha == change.sha))
        .where(change.model_id == model_id, change.field != CONTENT)
        .order_by(commit.committed_at.desc(), change.field),
    )


def _discussions(connection: Connection, model_id: int) -> Fact:
    """Return how many there are by kind and state, and the newest."""
    talk = ModelDiscussion
    counts = connection.execute(
        select(talk.kind, talk.state, func.count())
        .where(talk.model_id == model_id)
        .group_by(talk.kind, talk.state)
        .order_by(talk.kind, talk.state)
    )
    newest = (
        select(talk.number, talk.kind, talk.state, talk.title, talk.created_at, talk.comment_count)
        .where(talk.model_id == model_id)
        .order_by(talk.number.desc())
        .limit(_NEWEST)
    )
    return {
        "by_state": {f"{state} {kind}s": int(count) for kind, state, count in counts},
        "newest": _rows(connection, newest),
    }


def _rows(connection: Connection, query: Any) -> list[Fact]:
    return [dict(row) for row in connection.execute(query).mappings()]
