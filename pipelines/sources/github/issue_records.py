"""Issues and pull requests as GraphQL gives them: the queries, and what the answers say.

Tolerant: a value of another type than it should have counts as not said, an entry that is null
(GitHub withholds some) is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from miner.pipelines.sources.github.answers import decoded, error_types
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.values import storable
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
        updated_at: Time of its last change, as the store keeps it, UTC.
        values: Further columns of the store.
        labels: Names of its labels.
        linked: What it is linked with, ``owner/name#number``.
        comments: The oldest comments.
    """

    number: int
    updated_at: str
    values: Mapping[str, object]
    labels: Sequence[str]
    linked: Sequence[str]
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
    data = _object(content.get("data"))
    for place, name in enumerate(names):
        node = _object(data.get(f"r{place}"))
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
    node = _object(_object(content.get("data")).get("r0"))
    page = node.get("page")
    if not isinstance(page, dict) or _is_over(content):
        return None
    kind = IssueKind(answer.context["kind"])
    return IssuePage(
        is_disabled=kind is IssueKind.ISSUE and node.get("hasIssuesEnabled") is False,
        total_count=_number(page.get("totalCount")),
        end_cursor=_cursor(page),
        has_more=_object(page.get("pageInfo")).get("hasNextPage") is True,
        issues=[issue for each in _list(page.get("nodes")) if (issue := _issue(each, kind))],
    )


def read_comments(answer: ReceivedAnswer) -> CommentPage | str | None:
    """Return comments; a text where the issue is not there any more; None: no answer."""
    content = _content(answer)
    node = _object(_object(content.get("data")).get("r0"))
    item = node.get("item")
    if isinstance(item, dict) and isinstance(item.get("comments"), dict) and not _is_over(content):
        return _comment_page(item.get("comments"))
    refused = [error for error in _errors(content) if error.get("type") in _REFUSALS]
    return str(refused[0].get("message"))[:200] if refused else None


def _probe(node: Mapping[str, Any], kind: IssueKind) -> Probe:
    listed = _object(node.get(_CONNECTIONS[kind]))
    newest = [_time(_object(each).get("updatedAt")) for each in _list(listed.get("nodes"))]
    return Probe(
        is_disabled=kind is IssueKind.ISSUE and node.get("hasIssuesEnabled") is False,
        total_count=_number(listed.get("totalCount")),
        newest=max((moment for moment in newest if moment), default=None),
    )


def _issue(node: object, kind: IssueKind) -> Issue | None:
    """Return an issue; None where it has no number or no date: it cannot be placed."""
    content = _object(node)
    number, updated_at = _number(content.get("number")), _time(content.get("updatedAt"))
    if not number or updated_at is None:
        return None
    state = str(content.get("state") or "").lower()
    values = {
        "kind": kind.value,
        "node_id": _text(content.get("id")),
        "title": _text(content.get("title")),
        "body": _text(content.get("body")),
        "state": state if state in _STATES else IssueState.OPEN.value,
        "state_reason": _lower(content.get("stateReason")),
        "author": _login(content),
        "is_locked": _flag(content.get("locked")),
        "created_at": _time(content.get("createdAt")),
        "closed_at": _time(content.get("closedAt")),
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
    page = _object(value)
    return CommentPage(
        total_count=_number(page.get("totalCount")),
        end_cursor=_cursor(page),
        has_more=_object(page.get("pageInfo")).get("hasNextPage") is True,
        comments=[found for each in _list(page.get("nodes")) if (found := _comment(each))],
    )


def _comment(node: object) -> Comment | None:
    content = _object(node)
    node_id = _text(content.get("id"))
    if not node_id:
        return None
    number = content.get("fullDatabaseId")  # GraphQL's BigInt is a text
    if isinstance(number, str) and number.isdecimal() and len(number) < 19:
        number = int(number)
    return Comment(
        node_id=node_id,
        number=_number(number),
        author=_login(content),
        created_at=_time(content.get("createdAt")),
        body=_text(content.get("body")),
        is_hidden=_flag(content.get("isMinimized")),
        hidden_reason=_lower(content.get("minimizedReason")),
    )


def _labels(content: Mapping[str, Any]) -> Iterator[str]:
    for node in _list(_object(content.get("labels")).get("nodes")):
        if name := _text(_object(node).get("name")):
            yield name


def _linked(content: Mapping[str, Any]) -> Iterator[str]:
    for node in _list(_object(content.get("linked")).get("nodes")):
        number = _number(_object(node).get("number"))
        name = _text(_object(_object(node).get("repository")).get("nameWithOwner"))
        if number and name:
            yield f"{name}#{number}"


_STATES = frozenset({IssueState.OPEN, IssueState.CLOSED, IssueState.MERGED})
_REFUSALS = frozenset({"NOT_FOUND", "FORBIDDEN"})
_OVER = frozenset({"RESOURCE_LIMITS_EXCEEDED", "RATE_LIMITED"})


def _content(answer: ReceivedAnswer) -> Mapping[str, Any]:
    return _object(decoded(answer.body.decode("utf-8", "replace")))


def _is_over(content: Mapping[str, Any]) -> bool:
    return bool(error_types(content) & _OVER)


def _errors(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [error for error in _list(content.get("errors")) if isinstance(error, dict)]


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
    return _text(_object(page.get("pageInfo")).get("endCursor"))


def _login(content: Mapping[str, Any]) -> str | None:
    """Return the author's login name; of a deleted account GitHub says null."""
    return _text(_object(content.get("author")).get("login"))


def _lower(value: object) -> str | None:
    text = _text(value)
    return text.lower()[:50] if text else None


def _text(value: object) -> str | None:
    return storable(value[:_LONGEST]) if isinstance(value, str) and value else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**62 else None  # type: ignore[operator, return-value]


def _flag(value: object) -> int | None:
    return int(value) if isinstance(value, bool) else None


def _time(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if 2000 <= moment.year < 2100 else None
