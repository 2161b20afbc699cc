"""Facts on a model's history and its discussions, as a hub's answers give them: plain values.

Times are UTC texts as ``Reader.time`` returns them. Texts are as received, but for what no store
holds; authors are login names, everything that cannot be one is dropped: a commit that no account
made carries the name or the e-mail address of a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from miner.pipelines.sources.records.values import storable

MAX_WORDS = 200_000
"""Code points of a comment or message that are kept; more is in the archive alone."""

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """A commit of a model's repository."""

    sha: str
    committed_at: str | None
    title: str
    message: str | None
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefFacts:
    """A branch, tag, converted branch or pull request, and the commit it points at."""

    kind: str
    name: str
    sha: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file at a revision: its blob, and the commit that changed it last."""

    path: str
    blob_sha: str
    last_commit: str | None


@dataclass(frozen=True, slots=True)
class DiscussionFacts:
    """A discussion or pull request; what the answer is silent on is None.

    ``events`` is None where the answer lists discussions without them; ``is_cut`` where there are
    more than are read.
    """

    number: int
    kind: str
    title: str | None
    state: str
    author: str | None
    created_at: str | None
    comment_count: int | None = None
    is_pinned: bool | None = None
    target_branch: str | None = None
    merge_sha: str | None = None
    events: tuple[EventFacts, ...] | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What happened in a discussion."""

    event: str
    kind: str
    created_at: str | None = None
    author: str | None = None
    text: str | None = None
    is_hidden: bool | None = None
    is_edited: bool | None = None
    new_state: str | None = None
    old_title: str | None = None
    new_title: str | None = None
    sha: str | None = None


def login(value: object) -> str | None:
    """Return a login name, None for all else."""
    return value if isinstance(value, str) and _LOGIN.fullmatch(value) else None


def words(value: object) -> str | None:
    """Return a text of any length as the store can hold it; None where there is none."""
    return (storable(value[:MAX_WORDS]) or None) if isinstance(value, str) else None
