"""Answers about issues into rows: what a repository has, pages of issues, pages of comments.

Each function is one transaction's work and depends on the store and the answer alone, so that a
crawl and the archive read again lead to the same rows. An issue is stored when it names a model or
a loading library; one that is stored stays, and follows what GitHub says of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select, text

from miner.db import upsert as db
from miner.pipelines.derive.issues.mentions import ModelMention, mentions_in
from miner.pipelines.derive.issues.named_models import (
    Text,
    comment_texts,
    known_names,
    libraries_of,
    mention_row,
    texts_of,
)
from miner.pipelines.derive.method_accuracy import record_issue_rules
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.repositories import IngestContext, find_by_names
from miner.pipelines.sources.github.issue_records import (
    Comment,
    Issue,
    Probe,
    read_comments,
    read_page,
    read_probe,
)
from miner.pipelines.sources.peatmoss.issues import IMPORTED
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.values import as_json
from miner.schema import tables
from miner.schema.vocab import (
    CommentState,
    IssueKind,
    IssueListingState,
    IssueState,
)

LISTING = table_of(tables.IssueListing)
ISSUE = table_of(tables.RepositoryIssue)
COMMENT = table_of(tables.IssueComment)
MENTION = table_of(tables.IssueModel)

MOST_COMMENTS = 1_000
"""Comments that are read of one issue; the rest is counted and left out."""

PROBE, PAGE, COMMENTS = "probe", "page", "comments"
"""What an answer was asked for; stands in its context."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A repository whose issues, or pull requests, are not read up to the newest one."""

    repository: str
    kind: IssueKind


@dataclass(slots=True)
class Ingested:
    """What an answer was.

    Attributes:
        is_usable: It says something; else it was too much for GitHub.
        unread: Of a probe: what is to be read.
        answered: Of a probe: repositories that it speaks of.
        next_cursor: Of a page: where to go on; None: nothing is left.
        counts: For the report.
    """

    is_usable: bool = True
    unread: list[Unread] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    next_cursor: str | None = None
    counts: Counter[str] = field(default_factory=Counter)


def ingest_issues(context: IngestContext, answer: ReceivedAnswer) -> Ingested:
    """Write what an answer says; its context tells what it was asked for."""
    handler = {PROBE: _ingest_probe, PAGE: _ingest_page, COMMENTS: _ingest_comments}
    return handler[answer.context["purpose"]](context, answer)


def _ingest_probe(context: IngestContext, answer: ReceivedAnswer) -> Ingested:
    names = [str(name) for name in json.loads(answer.context["asked"])]
    found, refused = read_probe(answer, names)
    stored = find_by_names(context.connection, [*found, *refused])
    result = Ingested(is_usable=bool(found or refused), answered={*found, *refused})
    record_issue_rules(context.connection, context.observed_at)
    for name in names:
        if name not in stored or name not in result.answered:
            continue
        for kind in IssueKind:
            listing = _listing(context.connection, stored[name].id, kind)
            if name in refused:
                state = {"state": IssueListingState.GONE.value, "reason": refused[name]}
            else:
                state = _probed(listing, found[name][kind])
                if state["state"] in _UNREAD:
                    result.unread.append(Unread(name, kind))
            _write_listing(context, stored[name].id, kind, {**listing, **state})
    return result


_UNREAD = frozenset({IssueListingState.NOT_FETCHED.value, IssueListingState.PARTIAL.value})
_LISTING_COLUMNS = (
    "state", "reason", "total_count", "read_count", "read_until", "pass_newest", "next_cursor"
)  # fmt: skip
_NEW_LISTING: db.Row = {**dict.fromkeys(_LISTING_COLUMNS), "read_count": 0}


def _probed(listing: db.Row, probe: Probe) -> db.Row:
    """Return the state that a look at the newest one shows."""
    if probe.is_disabled:
        return {"state": IssueListingState.DISABLED.value, "reason": None, "total_count": None}
    until = listing["read_until"]
    is_read = probe.newest is None or (until is not None and probe.newest <= until)
    if is_read and listing["next_cursor"] is None:
        state = IssueListingState.READ
    elif until is not None or listing["next_cursor"] is not None:
        state = IssueListingState.PARTIAL
    else:
        state = IssueListingState.NOT_FETCHED
    return {"state": state.value, "reason": None, "total_count": probe.total_count}


def _ingest_page(context: IngestContext, answer: ReceivedAnswer) -> Ingested:
    """Write a page of a pass, which goes from the newest change back to the last pass."""
    page = read_page(answer)
    name, kind = answer.context["repository"], IssueKind(answer.context["kind"])
    stored = find_by_names(context.connection, [name]).get(name)
    if page is None or stored is None:
        return Ingested(is_usable=False)
    listing = _listing(context.connection, stored.id, kind)
    if isinstance(page, str):
        gone = {"state": IssueListingState.GONE.value, "reason": page}
        _write_listing(context, stored.id, kind, {**listing, **gone})
        return Ingested()
    if page.is_disabled:
        off = {"state": IssueListingState.DISABLED.value, "reason": None, "total_count": None}
        _write_listing(context, stored.id, kind, {**listing, **off})
        return Ingested()
    until, newest = listing["read_until"], listing["pass_newest"]
    if not answer.context["after"]:
        newest = max((issue.updated_at for issue in page.issues), default=None)
    # one of the very second of the last pass may have changed behind it: it is read once more
    fresh = [issue for issue in page.issues if until is None or issue.updated_at >= until]
    is_over = len(fresh) < len(page.issues) or not page.has_more or page.end_cursor is None
    _write_listing(
        context,
        stored.id,
        kind,
        {
            "state": (IssueListingState.READ if is_over else IssueListingState.PARTIAL).value,
            "reason": None,
            "total_count": page.total_count,
            "read_count": listing["read_count"]
            + sum(until is None or issue.updated_at > until for issue in fresh),
            "read_until": (newest or until) if is_over else until,
            "pass_newest": None if is_over else newest,
            "next_cursor": None if is_over else page.end_cursor,
        },
    )
    result = Ingested(next_cursor=None if is_over else page.end_cursor)
    result.counts["issues and pull requests read"] += len(fresh)
    result.counts["issues and pull requests kept"] += _write_issues(context, stored.id, fresh)
    return result


def _ingest_comments(context: IngestContext, answer: ReceivedAnswer) -> Ingested:
    """Write later comments on an issue that is stored."""
    name, number = answer.context["repository"], int(answer.context["number"])
    page = read_comments(answer)
    stored = find_by_names(context.connection, [name]).get(name)
    if page is None or stored is None:
        return Ingested(is_usable=False)
    known = _stored_issues(context.connection, stored.id, [number]).get(number)
    if known is None:
        return Ingested()
    if isinstance(page, str):
        state: db.Row = {"state": IssueState.GONE.value, "comment_state": CommentState.READ.value}
        _update(context, known["id"], state)
        return Ingested(counts=Counter({"issues deleted or transferred": 1}))
    texts = comment_texts(number, page.comments)
    _write_comments(context, stored.id, number, page.comments)
    libraries = sorted({*_names(known["libraries"]), *libraries_of(texts)})
    names = known_names(context.connection, {stored.id: texts})[stored.id]
    found = {one: mentions_in(one.text, names, with_files=bool(libraries)) for one in texts}
    _write_mentions(context, stored.id, found)
    count = _count_comments(context.connection, stored.id, number)
    is_left = page.has_more and page.end_cursor is not None
    values: db.Row = {
        "libraries": as_json(libraries),
        "comment_count": page.total_count,
        "read_comment_count": count,
        "comment_state": _comment_state(count, is_left=is_left),
        "comment_cursor": page.end_cursor or known["comment_cursor"],
    }
    _update(context, known["id"], values)
    return Ingested(counts=Counter({"comments read one issue at a time": len(page.comments)}))


def _comment_state(count: int, *, is_left: bool) -> str:
    if not is_left:
        return CommentState.READ.value
    return (CommentState.CUT if count >= MOST_COMMENTS else CommentState.PARTIAL).value


def _write_issues(context: IngestContext, repository_id: int, issues: Sequence[Issue]) -> int:
    """Write the issues that name something, and those that are stored; return how many."""
    by_number = {issue.number: issue for issue in issues}
    known = _stored_issues(context.connection, repository_id, by_number)
    texts = {issue.number: texts_of(issue) for issue in by_number.values()}
    libraries = {number: libraries_of(each) for number, each in texts.items()}
    everything = [one for each in texts.values() for one in each]
    names = known_names(context.connection, {repository_id: everything})[repository_id]
    for number, before in known.items():
        libraries[number] |= _names(before["libraries"])
    mentions = {
        one: mentions_in(one.text, names, with_files=bool(libraries[one.number]))
        for one in everything
    }
    named = {one.number for one, found in mentions.items() if found}
    kept = [n for n in by_number if n in named or n in known or libraries[n]]
    for number in kept:
        if number in known:
            _replace_comments(context, repository_id, by_number[number])
        else:
            _write_comments(context, repository_id, number, by_number[number].comments.comments)
    rows = [
        issue_row(
            context,
            repository_id,
            by_number[number],
            libraries[number],
            _count_comments(context.connection, repository_id, number),
            cursor=known[number]["comment_cursor"] if number in known else None,
        )
        for number in kept
    ]
    fresh = [row for row in rows if row["number"] not in known]
    db.numbered(context.connection, ISSUE, fresh)
    for row in rows:
        if row["number"] in known:
            row["id"] = known[row["number"]]["id"]
    db.upsert(context.connection, ISSUE, rows, key=("repository_id", "number"))
    of_kept = {one: mentions[one] for number in kept for one in texts[number]}
    _write_mentions(context, repository_id, of_kept)
    return len(kept)


def issue_row(
    context: IngestContext,
    repository_id: int,
    issue: Issue,
    libraries: set[str],
    comment_count: int,
    *,
    cursor: str | None = None,
) -> db.Row:
    """Return the row of an issue.

    Args:
        context: The transaction's setting.
        repository_id: Surrogate key of its repository.
        issue: What was read.
        libraries: Loading libraries that its texts name.
        comment_count: Comments that are stored.
        cursor: Where an earlier reading of its comments ended, behind those that came with it.
    """
    page = issue.comments
    is_left = page.has_more and page.end_cursor is not None
    return {
        **issue.values,
        "repository_id": repository_id,
        "number": issue.number,
        "labels": as_json(issue.labels),
        "libraries": as_json(sorted(libraries)),
        "linked": None if issue.linked is None else as_json(issue.linked),
        "updated_at": issue.updated_at or None,
        "comment_count": page.total_count,
        "read_comment_count": comment_count,
        "comment_state": _comment_state(comment_count, is_left=is_left),
        "comment_cursor": (cursor if is_left else None) or page.end_cursor,
        "observed_at": context.observed_at,
        "answer_id": context.answer_id,
        "run_id": context.run_id,
    }


def comment_row(
    context: IngestContext, repository_id: int, number: int, comment: Comment
) -> db.Row:
    """Return the row of a comment on an issue of a repository."""
    return {
        "repository_id": repository_id,
        "number": number,
        "node_id": comment.node_id,
        "comment_number": comment.number,
        "author": comment.author,
        "created_at": comment.created_at,
        "body": comment.body,
        "is_hidden": comment.is_hidden,
        "hidden_reason": comment.hidden_reason,
        "observed_at": context.observed_at,
        "answer_id": context.answer_id,
        "run_id": context.run_id,
    }


def _write_comments(
    context: IngestContext, repository_id: int, number: int, comments: Sequence[Comment]
) -> None:
    rows: list[db.Row] = [
        comment_row(context, repository_id, number, comment)
        for comment in {comment.node_id: comment for comment in comments}.values()
    ]
    key = ("repository_id", "number", "node_id")
    db.upsert(
        context.connection, COMMENT, db.numbered(context.connection, COMMENT, rows), key=key,
        update=[column for column in (rows[0] if rows else ()) if column not in {*key, "id"}],
    )  # fmt: skip


def _replace_comments(context: IngestContext, repository_id: int, issue: Issue) -> None:
    """Write the comments that came with an issue; where they are all, others were deleted.

    Those of a dataset come again with GitHub's identity.
    """
    page = issue.comments
    _write_comments(context, repository_id, issue.number, page.comments)
    present = {comment.node_id for comment in page.comments}
    where: dict[str, str | int] = {"repository_id": repository_id}
    rows = db.select_rows(
        context.connection, COMMENT, ("id", "node_id"), "number", [issue.number], where=where
    )
    deleted = [
        row
        for row in rows
        if row["node_id"] not in present
        and (not page.has_more or row["node_id"].startswith(IMPORTED))
    ]
    db.delete_where_in(context.connection, COMMENT, "id", [row["id"] for row in deleted])
    db.delete_where_in(
        context.connection, MENTION, "comment", [row["node_id"] for row in deleted], where=where
    )


def _write_mentions(
    context: IngestContext, repository_id: int, mentions: Mapping[Text, Sequence[ModelMention]]
) -> None:
    """Write the models that texts name, in place of what those texts said before."""
    _delete_mentions(context.connection, repository_id, mentions)
    rows: list[db.Row] = [
        mention_row(repository_id, one, mention)
        for one, found in mentions.items()
        for mention in found
    ]
    db.insert(context.connection, MENTION, db.numbered(context.connection, MENTION, rows))


def _delete_mentions(connection: Connection, repository_id: int, texts: Iterable[Text]) -> None:
    places = {(one.number, one.place.value, one.comment) for one in texts}
    columns = ("id", "number", "place", "comment")
    where: dict[str, str | int] = {"repository_id": repository_id}
    rows = db.select_rows(
        connection, MENTION, columns, "number", {number for number, _, _ in places}, where=where
    )
    earlier = [row["id"] for row in rows if (row["number"], row["place"], row["comment"]) in places]
    db.delete_where_in(connection, MENTION, "id", earlier)


def _names(value: object) -> set[str]:
    """Return a stored list of names, as text or as the driver has decoded it."""
    content = json.loads(value) if isinstance(value, str) else value
    return {str(name) for name in content} if isinstance(content, list) else set()


def _listing(connection: Connection, repository_id: int, kind: IssueKind) -> db.Row:
    rows = db.select_rows(
        connection, LISTING, _LISTING_COLUMNS, "repository_id", [repository_id],
        where={"kind": kind.value},
    )  # fmt: skip
    return rows[0] if rows else dict(_NEW_LISTING)


def _write_listing(
    context: IngestContext, repository_id: int, kind: IssueKind, values: db.Row
) -> None:
    row: db.Row = {
        **values,
        "repository_id": repository_id,
        "kind": kind.value,
        "observed_at": context.observed_at,
        "answer_id": context.answer_id,
        "run_id": context.run_id,
    }
    rows = db.numbered(context.connection, LISTING, [row])
    updated = [column for column in row if column not in {"id", "repository_id", "kind"}]
    db.upsert(context.connection, LISTING, rows, key=("repository_id", "kind"), update=updated)


def _stored_issues(
    connection: Connection, repository_id: int, numbers: Iterable[int]
) -> dict[int, db.Row]:
    columns = ("id", "number", "libraries", "comment_cursor")
    rows = db.select_rows(
        connection, ISSUE, columns, "number", numbers, where={"repository_id": repository_id}
    )
    return {row["number"]: row for row in rows}


def _count_comments(connection: Connection, repository_id: int, number: int) -> int:
    query = select(func.count(COMMENT.c.id)).where(
        COMMENT.c.repository_id == repository_id, COMMENT.c.number == number
    )
    return int(connection.scalar(query) or 0)


def _update(context: IngestContext, issue_id: int, values: db.Row) -> None:
    row: db.Row = {
        **values, "id": issue_id, "observed_at": context.observed_at,
        "answer_id": context.answer_id, "run_id": context.run_id,
    }  # fmt: skip
    columns = ", ".join(f"{column} = :{column}" for column in row if column != "id")
    context.connection.execute(text(f"UPDATE repository_issue SET {columns} WHERE id = :id"), row)
