"""Issues and pull requests as GraphQL gives them: the queries, and what the answers say.

Tolerant: a value of another type than it should have counts as not said, an entry that is null
(GitHub withholds some) is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miner.pipelines.sources.github.answer_values import (
    read_flag,
    read_items,
    read_mapping,
    read_number,
    read_text,
    read_time,
)
from miner.pipelines.sources.github.answers import decoded, error_types
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import IssueKind, IssueState

COMMENTS_BESIDE = 30
"""Comments that come with their issue; more are asked for where the issue is stored."""

COMMENTS_A_PAGE = 100
_LONGEST = 200_000
"""Characters of a text: GitHub takes 65,536."""

_CONNECTIONS = {IssueKind.ISSUE: "issues", IssueKind.PULL_REQUEST: "pullRequests"}
_SINGLE = {IssueKind.ISSUE: "issue", IssueKind.PULL_REQUEST: "pullRequest"}
_NEWEST_FIRST = "orderBy: {field: UPDATED_AT, direction: DESC}"
_RATE = "rateLimit { cost remaining resetAt }"
_COMMENT = "id fullDatabaseId author { login } createdAt body isMinimized minimizedReason"
_COMMON = (
    "id number title body state author { login } labels(first: 20) { nodes { name } } locked "
    f"createdAt updatedAt closedAt comments(first: {COMMENTS_BESIDE}) {{ totalCount "
    f"pageInfo {{ endCursor hasNextPage }} nodes {{ {_COMMENT} }} }} "
)
_LINKED = "(first: 10) { nodes { number repository { nameWithOwner } } }"
_FIELDS = {
    IssueKind.ISSUE: f"{_COMMON} stateReason linked: closedByPullRequestsReferences{_LINKED}",
    IssueKind.PULL_REQUEST: f"{_COMMON} linked: closingIssuesReferences{_LINKED}",
}


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; times as the store keeps them, UTC."""

    node_id: str
    number: int | None
    author: str | None
    created_at: str | None
    body: str | None
    is_hidden: int | None
    hidden_reason: str | None


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Comments on one issue, oldest first.

    Attributes:
        total_count: All that GitHub counts; None: it does not say.
        end_cursor: Behind the last of these; None where there is none.
        has_more: There are later ones.
        comments: What was read.
    """

    total_count: int | None
    end_cursor: str | None
    has_more: bool
    comments: Sequence[Comment]


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue or a pull request.

    Attributes:
        number: Its number.
        updated_at: Time of its last change, as the store keeps it, UTC; empty: not stated.
        values: Further columns of the store.
        labels: Names of its labels.
        linked: What it is linked with, ``owner/name#number``; None: not stated.
        comments: The oldest comments.
    """

    number: int
    updated_at: str
    values: Mapping[str, object]
    labels: Sequence[str]
    linked: Sequence[str] | None
    comments: CommentPage


@dataclass(frozen=True, slots=True)
class IssuePage:
    """A page of a repository's issues, or pull requests, newest change first."""

    is_disabled: bool
    total_count: int | None
    end_cursor: str | None
    has_more: bool
    issues: Sequence[Issue]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a repository has of one kind: how many, and when the newest one changed, UTC."""

    is_disabled: bool
    total_count: int | None
    newest: str | None


def probe_query(names: Sequence[str]) -> str:
    """Return the query for what is new in some repositories: an alias each, by its place."""
    newest = f"(first: 1, {_NEWEST_FIRST}) {{ totalCount nodes {{ updatedAt }} }}"
    parts = " ".join(
        f"r{place}: {_repository(name)} {{ hasIssuesEnabled issues{newest} pullRequests{newest} }}"
        for place, name in enumerate(names)
    )
    return f"query {{ {parts} {_RATE} }}"


def page_query(name: str, kind: IssueKind, size: int, after: str | None) -> str:
    """Return the query for a page of the issues, or pull requests, of a repository."""
    cursor = f", after: {json.dumps(after)}" if after else ""
    return (
        f"query {{ r0: {_repository(name)} {{ hasIssuesEnabled "
        f"page: {_CONNECTIONS[kind]}(first: {size}{cursor}, {_NEWEST_FIRST}) {{ totalCount "
        f"pageInfo {{ endCursor hasNextPage }} nodes {{ {_FIELDS[kind]} }} }} }} {_RATE} }}"
    )


def comments_query(name: str, kind: IssueKind, number: int, after: str | None) -> str:
    """Return the query for later comments on an issue or pull request."""
    cursor = f", after: {json.dumps(after)}" if after else ""
    return (
        f"query {{ r0: {_repository(name)} {{ item: {_SINGLE[kind]}(number: {number}) {{ "
        f"comments(first: {COMMENTS_A_PAGE}{cursor}) {{ totalCount "
        f"pageInfo {{ endCursor hasNextPage }} nodes {{ {_COMMENT} }} }} }} }} {_RATE} }}"
    )


def read_probe(
    answer: ReceivedAnswer, names: Sequence[str]
) -> tuple[dict[str, dict[IssueKind, Probe]], dict[str, str]]:
    """Return what there is by repository and kind, and the repositories that are refused.

    A repository in neither was not looked at: the batch was too large.
    """
    content = _content(answer)
    found: dict[str, dict[IssueKind, Probe]] = {}
    refused = {
        names[place]: reason for place, reason in _refused(content).items() if place < len(names)
    }
    data = read_mapping(content.get("data"))
    for place, name in enumerate(names):
        node = read_mapping(data.get(f"r{place}"))
        # where a part is lacking, GitHub gave up: that is not a repository without issues
        is_whole = all(isinstance(node.get(each), dict) for each in _CONNECTIONS.values())
        if is_whole and name not in refused:
            found[name] = {kind: _probe(node, kind) for kind in IssueKind}
    return found, refused


def read_page(answer: ReceivedAnswer) -> IssuePage | str | None:
    """Return a page; a text where the repository is refused; None where it was too much."""
    content = _content(answer)
    if refused := _refused(content):
        return refused.get(0, "")
    node = read_mapping(read_mapping(content.get("data")).get("r0"))
    page = node.get("page")
    if not isinstance(page, dict) or _is_over(content):
        return None
    kind = IssueKind(answer.context["kind"])
    return IssuePage(
        is_disabled=kind is IssueKind.ISSUE and node.get("hasIssuesEnabled") is False,
        total_count=read_number(page.get("totalCount")),
        end_cursor=_cursor(page),
        has_more=read_mapping(page.get("pageInfo")).get("hasNextPage") is True,
        issues=[issue for each in read_items(page.get("nodes")) if (issue := _issue(each, kind))],
    )


def read_comments(answer: ReceivedAnswer) -> CommentPage | str | None:
    """Return comments; a text where the issue is not there any more; None: no answer."""
    content = _content(answer)
    node = read_mapping(read_mapping(content.get("data")).get("r0"))
    item = node.get("item")
    if isinstance(item, dict) and isinstance(item.get("comments"), dict) and not _is_over(content):
        return _comment_page(item.get("comments"))
    refused = [error for error in _errors(content) if error.get("type") in _REFUSALS]
    return str(refused[0].get("message"))[:200] if refused else None


def _probe(node: Mapping[str, Any], kind: IssueKind) -> Probe:
    listed = read_mapping(node.get(_CONNECTIONS[kind]))
    newest = [
        read_time(read_mapping(each).get("updatedAt")) for each in read_items(listed.get("nodes"))
    ]
    return Probe(
        is_disabled=kind is IssueKind.ISSUE and node.get("hasIssuesEnabled") is False,
        total_count=read_number(listed.get("totalCount")),
        newest=max((moment for moment in newest if moment), default=None),
    )


def _issue(node: object, kind: IssueKind) -> Issue | None:
    """Return an issue; None where it has no number or no date: it cannot be placed."""
    content = read_mapping(node)
    number, updated_at = read_number(content.get("number")), read_time(content.get("updatedAt"))
    if not number or updated_at is None:
        return None
    state = str(content.get("state") or "").lower()
    values = {
        "kind": kind.value,
        "node_id": read_text(content.get("id"), _LONGEST),
        "title": read_text(content.get("title"), _LONGEST),
        "body": read_text(content.get("body"), _LONGEST),
        "state": state if state in _STATES else IssueState.OPEN.value,
        "state_reason": _lower(content.get("stateReason")),
        "author": _login(content),
        "is_locked": read_flag(content.get("locked")),
        "created_at": read_time(content.get("createdAt")),
        "closed_at": read_time(content.get("closedAt")),
    }
    return Issue(
        number,
        updated_at,
        values,
        labels=list(_labels(content)),
        linked=list(_linked(content)),
        comments=_comment_page(content.get("comments")),
    )


def _comment_page(value: object) -> CommentPage:
    page = read_mapping(value)
    return CommentPage(
        total_count=read_number(page.get("totalCount")),
        end_cursor=_cursor(page),
        has_more=read_mapping(page.get("pageInfo")).get("hasNextPage") is True,
        comments=[found for each in read_items(page.get("nodes")) if (found := _comment(each))],
    )


def _comment(node: object) -> Comment | None:
    content = read_mapping(node)
    node_id = read_text(content.get("id"), _LONGEST)
    if not node_id:
        return None
    number = content.get("fullDatabaseId")  # GraphQL's BigInt is a text
    if isinstance(number, str) and number.isdecimal() and len(number) < 19:
        number = int(number)
    return Comment(
        node_id=node_id,
        number=read_number(number),
        author=_login(content),
        created_at=read_time(content.get("createdAt")),
        body=read_text(content.get("body"), _LONGEST),
        is_hidden=read_flag(content.get("isMinimized")),
        hidden_reason=_lower(content.get("minimizedReason")),
    )


def _labels(content: Mapping[str, Any]) -> Iterator[str]:
    for node in read_items(read_mapping(content.get("labels")).get("nodes")):
        if name := read_text(read_mapping(node).get("name"), _LONGEST):
            yield name


def _linked(content: Mapping[str, Any]) -> Iterator[str]:
    for node in read_items(read_mapping(content.get("linked")).get("nodes")):
        number = read_number(read_mapping(node).get("number"))
        name = read_text(
            read_mapping(read_mapping(node).get("repository")).get("nameWithOwner"), _LONGEST
        )
        if number and name:
            yield f"{name}#{number}"


_STATES = frozenset({IssueState.OPEN, IssueState.CLOSED, IssueState.MERGED})
_REFUSALS = frozenset({"NOT_FOUND", "FORBIDDEN"})
_OVER = frozenset({"RESOURCE_LIMITS_EXCEEDED", "RATE_LIMITED"})


def _content(answer: ReceivedAnswer) -> Mapping[str, Any]:
    return read_mapping(decoded(answer.body.decode("utf-8", "replace")))


def _is_over(content: Mapping[str, Any]) -> bool:
    return bool(error_types(content) & _OVER)


def _errors(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [error for error in read_items(content.get("errors")) if isinstance(error, dict)]


def _refused(content: Mapping[str, Any]) -> dict[int, str]:
    """Return the repositories that an error refuses as a whole, by their place, with the reason.

    An error further inside (an author that may not be shown) leaves the rest as it is.
    """
    found = {}
    for error in _errors(content):
        path = error.get("path")
        if error.get("type") not in _REFUSALS or not isinstance(path, list) or len(path) != 1:
            continue
        alias = str(path[0])
        if alias[:1] == "r" and alias[1:].isdecimal():
            found[int(alias[1:])] = f"{error.get('type')}: {error.get('message')}"[:200]
    return found


def _repository(name: str) -> str:
    owner, _, short = name.partition("/")
    return f"repository(owner: {json.dumps(owner)}, name: {json.dumps(short)})"


def _cursor(page: Mapping[str, Any]) -> str | None:
    return read_text(read_mapping(page.get("pageInfo")).get("endCursor"), _LONGEST)


def _login(content: Mapping[str, Any]) -> str | None:
    """Return the author's login name; of a deleted account GitHub says null."""
    return read_text(read_mapping(content.get("author")).get("login"), _LONGEST)


def _lower(value: object) -> str | None:
    text = read_text(value, _LONGEST)
    return text.lower()[:50] if text else None
