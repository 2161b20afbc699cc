"""Issues and pull requests of repositories: how far they were read, and which models they name.

A number names an issue or a pull request of a repository: GitHub counts both in one row of
numbers. Comments and mentions carry that number, so that they can be read without a join.
"""

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

_OF_REPOSITORY = Reference(("repository",), "repository", ("name",))
_OF_ISSUE = Reference(("repository", "number"), "repository_issue", ("repository", "number"))


class IssueListing(Base):
    """The issues, or the pull requests, of a repository: how far they have been read.

    A repository without such a row was never asked for its issues; it is not one without issues.
    Where only an imported dataset has some, the state is partial and the reason names the dataset.
    """

    __tablename__ = "issue_listing"
    __table_args__ = (UniqueConstraint("repository_id", "kind"),)

    __published__ = PublishedAs(key=("repository", "kind"), references=(_OF_REPOSITORY,))

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    kind: Mapped[Words] = column("Issues or pull requests", vocabulary="IssueKind")
    state: Mapped[Words] = column("How far they have been read", vocabulary="IssueListingState")
    reason: Mapped[Words | None] = column("Detail of the state")
    total_count: Mapped[Count | None] = column("All that GitHub counts", unit="issues")
    read_count: Mapped[Count] = column(
        "Read so far; one that changed is counted each time", unit="issues"
    )
    read_until: Mapped[Time | None] = column(
        "All that were updated up to then have been read, UTC; null: not yet all"
    )
    observed_at: Mapped[Time | None] = column("Date of GitHub's last answer, UTC")
    pass_newest: Mapped[Time | None] = column(
        "Time of the newest one that the unfinished pass saw, UTC", published=False
    )
    next_cursor: Mapped[Words | None] = column(
        "Where the unfinished pass goes on; null: there is none", published=False
    )
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")


class RepositoryIssue(Base):
    """An issue or a pull request that names a model or a library that loads models.

    Others are read and not stored; ``issue_listing`` counts them. Of PeaTMOSS all are stored.
    """

    __tablename__ = "repository_issue"
    __table_args__ = (UniqueConstraint("repository_id", "number"),)

    __published__ = PublishedAs(
        key=("repository", "number"),
        references=(_OF_REPOSITORY,),
        warnings=("issues_that_name_models",),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    number: Mapped[Count] = column("Its number in the repository")
    kind: Mapped[Words] = column("Issue or pull request", vocabulary="IssueKind")
    node_id: Mapped[Words | None] = column("Identity on GitHub", published="uid", source_field="id")
    title: Mapped[Words | None] = column("As its author writes it", source_field="title")
    body: Mapped[Words | None] = column("Its first text, in Markdown", source_field="body")
    state: Mapped[Words] = column(
        "Whether it is open", vocabulary="IssueState", source_field="state"
    )
    state_reason: Mapped[Words | None] = column(
        "Why, as GitHub says: completed, not_planned …", source_field="stateReason"
    )
    author: Mapped[Words | None] = column(
        "Login name of its author; null: the account is deleted", source_field="author.login"
    )
    labels: Mapped[Json | None] = column("Labels", kind="VARCHAR[]", source_field="labels.nodes")
    libraries: Mapped[Json | None] = column(
        "Loading libraries that its title, text or comments name", kind="VARCHAR[]"
    )
    linked: Mapped[Json | None] = column(
        "Of an issue the pull requests that close it, of those the issues: owner/name#number; "
        "null: not stated",
        kind="VARCHAR[]",
        source_field="linked.nodes",
    )
    is_locked: Mapped[bool | None] = column("Nobody else may comment", source_field="locked")
    created_at: Mapped[Time | None] = column("As GitHub says, UTC", source_field="createdAt")
    updated_at: Mapped[Time | None] = column(
        "Time of the last change, UTC", source_field="updatedAt"
    )
    closed_at: Mapped[Time | None] = column(
        "When it was closed or merged, UTC", source_field="closedAt"
    )
    comment_count: Mapped[Count | None] = column(
        "All that GitHub counts", unit="comments", source_field="comments.totalCount"
    )
    read_comment_count: Mapped[Count] = column("Those that are stored", unit="comments")
    comment_state: Mapped[Words] = column(
        "How far the comments have been read", vocabulary="CommentState"
    )
    observed_at: Mapped[Time | None] = column("Date of GitHub's answer, UTC")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "Its page")
    comment_cursor: Mapped[Words | None] = column(
        "Behind the last comment that was read", published=False
    )
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")


class IssueComment(Base):
    """A comment on an issue or pull request that is stored; comments on lines of code are not."""

    __tablename__ = "issue_comment"
    __table_args__ = (UniqueConstraint("repository_id", "number", "node_id"),)

    __published__ = PublishedAs(
        key=("repository", "number", "uid"),
        references=(_OF_REPOSITORY, _OF_ISSUE),
        order=("repository", "number", "created_at", "uid"),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    number: Mapped[Count] = column("Number of the issue or pull request")
    node_id: Mapped[Words] = column(
        "Identity on GitHub; of an imported one peatmoss- and its number in the file",
        published="uid",
        source_field="id",
    )
    comment_number: Mapped[Count | None] = column(
        "Number in its address", source_field="fullDatabaseId"
    )
    author: Mapped[Words | None] = column(
        "Login name of its author; null: the account is deleted", source_field="author.login"
    )
    created_at: Mapped[Time | None] = column("As GitHub says, UTC", source_field="createdAt")
    body: Mapped[Words | None] = column("Its text, in Markdown", source_field="body")
    is_hidden: Mapped[bool | None] = column("Minimized by a maintainer", source_field="isMinimized")
    hidden_reason: Mapped[Words | None] = column(
        "Why, as GitHub says: spam, off-topic, outdated …", source_field="minimizedReason"
    )
    observed_at: Mapped[Time | None] = column("Date of GitHub's answer, UTC")
    evidence_url: ClassVar[Derived] = derived("VARCHAR", "Its place on the page")
    answer_id: Mapped[int | None] = reference("answer")
    run_id: Mapped[int | None] = reference("run")


class IssueModel(Base):
    """A place in an issue or pull request that names a model, and how sure that is."""

    __tablename__ = "issue_model"
    __table_args__ = (
        UniqueConstraint("repository_id", "number", "place", "comment", "hub", "model"),
    )

    __published__ = PublishedAs(
        key=("repository", "number", "place", "comment", "hub", "model"),
        references=(
            _OF_REPOSITORY,
            _OF_ISSUE,
            Reference(
                ("repository", "number", "comment"),
                "issue_comment",
                ("repository", "number", "uid"),
                where="place = 'comment'",
            ),
            Reference(("hub", "model_resolved"), "model", ("hub", "name")),
        ),
        warnings=("issues_that_name_models", "names_unresolved"),
    )

    id: Mapped[Key]
    repository_id: Mapped[int] = reference("repository", published={"repository": "name"})
    number: Mapped[Count] = column("Number of the issue or pull request")
    place: Mapped[Words] = column("Where the name stands", vocabulary="IssuePlace")
    comment: Mapped[Words] = column("Identity of the comment; empty: it stands in none")
    hub: Mapped[Words] = column("Where the model is published; it need not be a row of hub")
    model: Mapped[Words] = column("Name as written, or of the model that the file loads")
    model_resolved: ClassVar[Derived] = derived(
        "VARCHAR", "Present name of the model, where it is stored"
    )
    quote: Mapped[Words] = column("The name, address or path as it stands there")
    method: Mapped[Words] = column("The rule that recognized it", vocabulary="IssueMethod")
    confidence: Mapped[float | None] = column(
        "Measured precision of the rule; null: not measured", unit="0 to 1"
    )
