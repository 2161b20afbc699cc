"""History of models' repositories, and what people discuss about models."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from miner.schema.description import Reference
from miner.schema.tables.base import (
    Base,
    Count,
    Derived,
    Key,
    PublishedAs,
    Time,
    Words,
    column,
    derived,
    reference,
)

_OF_MODEL = Reference(("hub", "model"), "model", ("hub", "name"))
_OF_COMMIT = Reference(("hub", "model", "sha"), "model_commit", ("hub", "model", "sha"))


class ModelHistory(Base):
    """What became of a part of a model's history that was asked for. No row: not asked for."""

    __tablename__ = "model_history"
    __table_args__ = (UniqueConstraint("model_id", "kind"),)

    __published__ = PublishedAs(
        key=("hub", "model", "kind"), references=(_OF_MODEL,), warnings=("history_not_fetched",)
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    kind: Mapped[Words] = column("Which part", vocabulary="HistoryKind")
    state: Mapped[Words] = column("What became of it", vocabulary="HistoryState")
    reason: Mapped[Words | None] = column("Detail of the state")
    item_count: Mapped[Count | None] = column(
        "Commits, refs, changes or discussions stored; null: none could be read", unit="rows"
    )
    revision: Mapped[Words | None] = column(
        "Head of the main branch that it reaches to; null: of discussions, or not known"
    )
    observed_at: Mapped[Time | None] = column("Date of the last answer, UTC")
    asked_as: Mapped[Words | None] = column(
        "Account and token name on the hub that asked; null: without a token", published=False
    )
    etag: Mapped[Words | None] = column(
        "ETag of the list that the stored discussions are; null: it has several pages, or none",
        published=False,
    )
    run_id: Mapped[int | None] = reference("run")


class ModelRef(Base):
    """What a branch, a tag or a pull request of a model points at.

    Where refs were not asked for, there is the main branch alone.
    """

    __tablename__ = "model_ref"
    __table_args__ = (UniqueConstraint("model_id", "kind", "ref"),)

    __published__ = PublishedAs(key=("hub", "model", "kind", "ref"), references=(_OF_MODEL,))

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    ref: Mapped[Words] = column("Name of the branch or tag, number of the pull request")
    sha: Mapped[Words] = column("Commit it points at")
    kind: Mapped[Words] = column("What it is", vocabulary="RefKind")
    observed_at: Mapped[Time | None] = column("Date of the hub's answer, UTC")


class ModelCommit(Base):
    """A commit of a model's main branch: one of its history, or one seen as its head by a sweep.

    Where the history was not asked for, commits between sweeps are missing.
    """

    __tablename__ = "model_commit"
    __table_args__ = (UniqueConstraint("model_id", "sha"),)

    __published__ = PublishedAs(
        key=("hub", "model", "sha"), references=(_OF_MODEL,), warnings=("history_not_fetched",)
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    sha: Mapped[Words] = column("Commit sha")
    committed_at: Mapped[Time | None] = column("Time of the commit, UTC")
    observed_at: Mapped[Time | None] = column("When it was first seen, UTC")
    title: Mapped[Words | None] = column(
        "First line of its message; null: the history was not asked for"
    )
    message: Mapped[Words | None] = column("The rest of its message; null: none")


class ModelCommitAuthor(Base):
    """An author of a commit of a model, by login name; no row: the hub names no account."""

    __tablename__ = "model_commit_author"
    __table_args__ = (UniqueConstraint("model_id", "sha", "author"),)

    __published__ = PublishedAs(key=("hub", "model", "sha", "author"), references=(_OF_COMMIT,))

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    sha: Mapped[Words] = column("Commit sha")
    author: Mapped[Words] = column("Login name of the author")
    position: Mapped[Count] = column("Place among the authors, from 0")


class ModelCommitChange(Base):
    """What a commit changed in a model's card or config: one row a field.

    The row of the field ``content`` says that the file changed at all; configs have no other. Its
    values are all fields that the card states, as a JSON object.
    """

    __tablename__ = "model_commit_change"
    __table_args__ = (UniqueConstraint("model_id", "sha", "path", "field"),)

    __published__ = PublishedAs(
        key=("hub", "model", "sha", "path", "field"),
        references=(_OF_COMMIT,),
        warnings=("history_not_fetched",),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    sha: Mapped[Words] = column("The commit")
    committed_at: ClassVar[Derived] = derived("TIMESTAMP", "Time of the commit, UTC")
    path: Mapped[Words] = column("README.md or config.json")
    field: Mapped[Words] = column("Field of the card's metadata, or content")
    old_value: Mapped[Words | None] = column(
        "Before the commit, names of a list by ', '; null: not stated, or the card not fetched"
    )
    new_value: Mapped[Words | None] = column("After it, likewise")
    old_blob_sha: Mapped[Words | None] = column(
        "git blob sha of the file before; null: there was none"
    )
    blob_sha: Mapped[Words | None] = column("git blob sha of the file after; null: there is none")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "The file at that commit")


class ModelDiscussion(Base):
    """A discussion or pull request about a model, on its hub."""

    __tablename__ = "model_discussion"
    __table_args__ = (UniqueConstraint("model_id", "number"),)

    __published__ = PublishedAs(
        key=("hub", "model", "number"), references=(_OF_MODEL,), warnings=("history_not_fetched",)
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    number: Mapped[Count] = column("Its number; discussions and pull requests share one series")
    kind: Mapped[Words] = column("Which of the two", vocabulary="DiscussionKind")
    title: Mapped[Words | None] = column("Its title now")
    state: Mapped[Words] = column("Whether it is open", vocabulary="DiscussionState")
    author: Mapped[Words | None] = column("Login name of who opened it; null: account deleted")
    created_at: Mapped[Time | None] = column("When it was opened, UTC")
    closed_at: Mapped[Time | None] = column(
        "When it was closed or merged last, UTC; null: open, or events not fetched"
    )
    comment_count: Mapped[Count | None] = column("Comments that the hub counts", unit="comments")
    event_count: Mapped[Count | None] = column("Events stored; null: not fetched", unit="events")
    events_state: Mapped[Words] = column("What became of its events", vocabulary="HistoryState")
    license_comment_count: ClassVar[Derived] = derived(
        "BIGINT",
        "Comments with the word license or licence; null: events not fetched",
        unit="comments",
    )
    target_branch: Mapped[Words | None] = column("Ref that a pull request changes")
    merge_sha: Mapped[Words | None] = column("Commit by which it was merged")
    is_pinned: Mapped[bool | None] = column("Shown above the others")
    observed_at: Mapped[Time | None] = column("Date of the hub's last answer about it, UTC")


class DiscussionEvent(Base):
    """A comment or another event of a discussion or pull request.

    Texts are as written but for what is private: e-mail addresses and secrets are replaced.
    """

    __tablename__ = "discussion_event"
    __table_args__ = (UniqueConstraint("model_id", "number", "event"),)

    __published__ = PublishedAs(
        key=("hub", "model", "number", "event"),
        references=(
            Reference(("hub", "model", "number"), "model_discussion", ("hub", "model", "number")),
        ),
    )

    id: Mapped[Key]
    model_id: Mapped[int] = reference("model", published={"hub": "hub", "model": "name"})
    number: Mapped[Count] = column("Number of the discussion")
    event: Mapped[Words] = column("Identity of the event on the hub")
    position: Mapped[Count] = column("Place among the discussion's events, from 0")
    kind: Mapped[Words] = column("What happened", vocabulary="DiscussionEventKind")
    created_at: Mapped[Time | None] = column("When, UTC")
    author: Mapped[Words | None] = column("Login name; null: not named, or account deleted")
    text: Mapped[Words | None] = column(
        "Text of a comment as last edited, title of a commit, or the hub's name of another event"
    )
    is_about_license: ClassVar[Derived] = derived(
        "BOOLEAN", "The text has the word license or licence, in any case; null: no text"
    )
    is_hidden: Mapped[bool | None] = column("Hidden by a moderator; its text may be missing")
    is_edited: Mapped[bool | None] = column("Changed after it was written")
    new_state: Mapped[Words | None] = column(
        "State after a change of status", vocabulary="DiscussionState"
    )
    old_title: Mapped[Words | None] = column("Title before a change")
    new_title: Mapped[Words | None] = column("Title after it")
    sha: Mapped[Words | None] = column("Commit that was added to the pull request")
