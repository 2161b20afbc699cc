"""Issues and pull requests of a repository, as GraphQL gives them.

The record of a repository lists them as ``issues``, each an object, optional but for its number:
title, body, state (open, closed, merged), state_reason, user (login; null: deleted), labels,
locked, created_at, updated_at, closed_at, is_pull_request, linked (``owner/name#number``), and
comments: objects of id, user, created_at, body, hidden (the reason; absent: it is shown).
``has_issues: false`` turns issues off.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from miner.pipelines.sources.replay.forge import SourceRepository
from miner.pipelines.sources.replay.graphql import Field, GraphQLError

_MOST = 100
_DATE = "2025-01-01T00:00:00Z"
Record = Mapping[str, Any]


def of_repository(repository: SourceRepository) -> dict[str, Any]:
    """Return the fields of a repository that lead to its issues."""
    records = [each for each in repository.record.get("issues") or () if isinstance(each, dict)]
    is_enabled = repository.record.get("has_issues") is not False
    issues = [each for each in records if is_enabled and not each.get("is_pull_request")]
    pulls = [each for each in records if each.get("is_pull_request")]
    return {
        "hasIssuesEnabled": is_enabled,
        "issues": lambda arguments: _newest_first(repository, issues, arguments, "issues"),
        "pullRequests": lambda arguments: _newest_first(
            repository, pulls, arguments, "pullRequests"
        ),
        "issue": lambda arguments: _numbered(repository, issues, arguments),
        "pullRequest": lambda arguments: _numbered(repository, pulls, arguments),
    }


def missing(wanted: Field, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the errors for single issues that are not there, as GitHub says it."""
    kinds = {"issue": "an Issue", "pullRequest": "a PullRequest"}
    return [
        {
            "type": "NOT_FOUND",
            "path": [wanted.key, field.key],
            "locations": [{"line": 1, "column": 1}],
            "message": f"Could not resolve to {kinds[field.name]} with the number of "
            f"{field.arguments.get('number')}.",
        }
        for field in wanted.selection
        if field.name in kinds and data[field.key] is None
    ]


def cut(data: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """Take away pages of more issues than the server likes, and return the errors for it."""
    errors = []
    for key, node in data.items():
        for name, page in node.items() if isinstance(node, dict) else ():
            if isinstance(page, dict) and len(page.get("nodes") or ()) > most:
                node[name] = None
                errors.append(
                    {
                        "type": "RESOURCE_LIMITS_EXCEEDED",
                        "path": [key, name],
                        "message": "Resource limits for this query exceeded.",
                    }
                )
    return errors


def _numbered(repository: SourceRepository, records: Sequence[Record], arguments: Record) -> Any:
    number = arguments.get("number")
    return next((_issue(repository, each) for each in records if each["number"] == number), None)


def _newest_first(
    repository: SourceRepository, records: Sequence[Record], arguments: Record, name: str
) -> dict[str, Any]:
    order = arguments.get("orderBy") or {}
    if order.get("field") != "UPDATED_AT" or order.get("direction") != "DESC":
        raise GraphQLError(f"a replay orders {name} by UPDATED_AT, DESC alone")
    ordered = sorted(records, key=_place, reverse=True)
    return _page(
        ordered, arguments, name, _place, lambda each: _issue(repository, each), descending=True
    )


def _place(record: Record) -> str:
    return f"{_updated(record)} {record['number']:012d}"


def _updated(record: Record) -> str:
    return str(record.get("updated_at") or record.get("created_at") or _DATE)


def _issue(repository: SourceRepository, record: Record) -> dict[str, Any]:
    number, state = record["number"], str(record.get("state") or "open")
    comments = list(enumerate(record.get("comments") or ()))
    linked = [str(each).rpartition("#") for each in record.get("linked") or ()]
    related = {
        "totalCount": len(linked),
        "nodes": [
            {"number": int(other), "repository": {"nameWithOwner": name}}
            for name, _, other in linked
        ],
    }
    reason = record.get("state_reason") or ("completed" if state == "closed" else None)
    return {
        "id": f"I_{repository.number:08x}{number:06x}",
        "number": number,
        "title": str(record.get("title") or ""),
        "body": str(record.get("body") or ""),
        "state": state.upper(),
        "stateReason": reason and str(reason).upper(),
        "author": _author(record),
        "labels": {"nodes": [{"name": name} for name in record.get("labels") or ()]},
        "locked": bool(record.get("locked")),
        "createdAt": str(record.get("created_at") or _DATE),
        "updatedAt": _updated(record),
        "closedAt": record.get("closed_at"),
        "closedByPullRequestsReferences": related,
        "closingIssuesReferences": related,
        "comments": lambda arguments: _page(
            comments,
            arguments,
            "comments",
            lambda each: f"{each[0]:012d}",
            lambda each: _comment(repository, number, *each),
        ),
    }


def _comment(
    repository: SourceRepository, number: int, place: int, record: Record
) -> dict[str, Any]:
    key = record.get("id") or (repository.number * 1_000_000 + number * 10_000 + place)
    hidden = record.get("hidden")
    return {
        "id": f"IC_{key}",
        "fullDatabaseId": str(key),
        "author": _author(record),
        "createdAt": str(record.get("created_at") or _DATE),
        "body": str(record.get("body") or ""),
        "isMinimized": hidden is not None,
        "minimizedReason": hidden,
    }


def _author(record: Record) -> dict[str, str] | None:
    login = record.get("user", "somebody")
    return {"login": str(login)} if login is not None else None


def _page(
    records: Sequence[Any],
    arguments: Record,
    name: str,
    place: Callable[[Any], str],
    shown: Callable[[Any], dict[str, Any]],
    *,
    descending: bool = False,
) -> dict[str, Any]:
    """Return one page of a connection; a cursor is the place behind which it goes on."""
    first = arguments.get("first")
    if not isinstance(first, int) or not 1 <= first <= _MOST:
        raise GraphQLError(
            f"Requesting {first} records on the `{name}` connection exceeds the `first` limit of "
            f"{_MOST} records."
        )
    start = 0
    if after := arguments.get("after"):
        behind = base64.b64decode(str(after)).decode().removeprefix("cursor:v2:")
        places = (place(each) for each in records)
        later = (
            at for at, one in enumerate(places) if one != behind and (one < behind) is descending
        )
        start = next(later, len(records))
    chosen = records[start : start + first]
    end = f"cursor:v2:{place(chosen[-1])}" if chosen else None
    return {
        "totalCount": len(records),
        "pageInfo": {
            "endCursor": end and base64.b64encode(end.encode()).decode(),
            "hasNextPage": start + first < len(records),
        },
        "nodes": [shown(each) for each in chosen],
    }
