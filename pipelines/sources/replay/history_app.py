"""Commits, refs, trees and discussions of a model, answered as the hub does."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from miner.pipelines.sources.records.payload import blob_sha
from miner.pipelines.sources.replay.answers import TEXT, Refusal, ReplayAnswer, json_answer
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.history import Blob, History
from miner.pipelines.sources.replay.repositories import Ask, find_model, refuse_closed

_PARTS = ("commits", "refs", "tree", "discussions")
_COMMITS, _DISCUSSIONS, _TREE, _TREE_EXPANDED = 50, 50, 1_000, 50
_NO_EVENTS = frozenset({"events", "diff", "changes", "filesWithConflicts"})


def answer(catalog: Catalog, ask: Ask) -> ReplayAnswer | None:
    """Answer a request for a model's past, or return None if the path is not of one.

    Raises:
        Refusal: The hub answers with an error.
    """
    parts = ask.raw_path.strip("/").split("/")
    if parts[:2] != ["api", "models"]:
        return None
    length = next((n for n in (2, 1) if len(parts) > n + 2 and parts[n + 2] in _PARTS), None)
    if length is None:
        return None
    name, part = unquote("/".join(parts[2 : 2 + length])), parts[2 + length]
    rest = [unquote(item) for item in parts[3 + length :]]
    found = find_model(catalog, name, ask)
    if isinstance(found, str):
        query = f"?{ask.raw_query}" if ask.raw_query else ""
        behind = "/".join((part, *(quote(item, safe="") for item in rest)))
        return ReplayAnswer(
            307, b"", TEXT, {"Location": f"/api/models/{quote(found)}/{behind}{query}"}
        )
    query_of = dict(parse_qsl(ask.raw_query, keep_blank_values=True))
    return _part(
        _PastRequest(name, found, catalog.histories.get(name) or _short(found), ask),
        part,
        rest,
        query_of,
    )


@dataclass(frozen=True, slots=True)
class _PastRequest:
    """A model with its past, and the request."""

    name: str
    repo: Repo
    history: History
    ask: Ask


def _part(
    asked: _PastRequest, part: str, rest: list[str], query: Mapping[str, str]
) -> ReplayAnswer | None:
    history = asked.history
    match part, len(rest):
        case "commits", 1:
            refuse_closed(asked.name, asked.repo, asked.ask)
            return _commits(history, rest[0], query, asked.ask)
        case "refs", 0:
            return _refs(history, asked.repo, query)
        case "tree", length if length:
            return _tree(history, rest, query, asked.ask)
        case "discussions", 0 | 1:
            return _discussions(history, asked.name, rest, query)
    return None


def _short(repo: Repo) -> History:
    """Return the past of a model of which only the present is known: one commit."""
    files = {path: file.read() for (_, path), file in repo.files.items()}
    date = repo.record.get("lastModified") or "2024-01-01T00:00:00.000Z"
    commit = {"id": repo.sha, "title": "initial commit", "date": date, "files": files}
    return History([commit])


def _place(history: History, revision: str) -> int:
    place = history.at(revision)
    if place is None:
        raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return place


def _commits(history: History, revision: str, query: Mapping[str, str], ask: Ask) -> ReplayAnswer:
    listed = history.commits[_place(history, revision) :]
    page, limit = _number(query, "p", 0), _number(query, "limit", _COMMITS)
    headers = {"X-Total-Count": str(len(listed))}
    if (page + 1) * limit < len(listed):
        headers["Link"] = _link(ask, {**query, "p": str(page + 1)})
    shown = [
        {
            "id": commit["id"],
            "title": commit.get("title", ""),
            "message": commit.get("message", ""),
            "authors": [{"user": user, "avatar": ""} for user in commit.get("authors", ())],
            "date": commit["date"],
        }
        for commit in listed[page * limit : (page + 1) * limit]
    ]
    return json_answer(shown, headers=headers)


def _refs(history: History, repo: Repo, query: Mapping[str, str]) -> ReplayAnswer:
    refs: dict[str, Any] = {
        "tags": [],
        "branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": repo.sha}],
        "converts": [],
        "pullRequests": [],
        **(history.refs or {}),
    }
    if query.get("include_prs") not in {"1", "true", "True"}:
        del refs["pullRequests"]
    return json_answer(refs)


def _tree(history: History, rest: list[str], query: Mapping[str, str], ask: Ask) -> ReplayAnswer:
    """Answer with the files of the top folder; there are no folders here."""
    place = _place(history, rest[0])
    if len(rest) > 1:
        raise Refusal(404, "Entry not found", "EntryNotFound")
    is_expanded = query.get("expand", "false").lower() in {"true", "1"}
    files = sorted(history.files(place).items())
    limit = _TREE_EXPANDED if is_expanded else _TREE
    start = int(base64.b64decode(query["cursor"])) if "cursor" in query else 0
    entries = [
        {
            "type": "file", "oid": _oid(content), "path": path,
            "size": content.size if isinstance(content, Blob) else len(content),
            **({"lastCommit": {key: commit.get(key) for key in ("id", "title", "date")},
                "securityFileStatus": None} if is_expanded else {}),
        }
        for path, (content, commit) in files[start : start + limit]
    ]  # fmt: skip
    headers = {}
    if start + limit < len(files):
        cursor = base64.b64encode(str(start + limit).encode()).decode()
        headers["Link"] = _link(ask, {**query, "cursor": cursor})
    return json_answer(entries, headers=headers)


def _discussions(
    history: History, name: str, rest: list[str], query: Mapping[str, str]
) -> ReplayAnswer:
    listed = sorted(history.discussions, key=lambda item: -int(item["num"]))
    repo = {"name": name, "type": "model"}
    if rest:
        found = [item for item in listed if str(item["num"]) == rest[0]]
        if not found:
            raise Refusal(404, "Discussion not found")
        default = {"filesWithConflicts": False, "isPullRequest": False, "events": []}
        return json_answer({**default, "repo": repo, **found[0]})
    start = _number(query, "p", 0) * _DISCUSSIONS
    closed = sum(item.get("status") in {"closed", "merged"} for item in listed)
    shown = [
        {
            **{key: value for key, value in item.items() if key not in _NO_EVENTS},
            "repo": repo,
            "isPullRequest": item.get("isPullRequest", False),
            "numComments": item.get("numComments", _comments(item)),
            "pinned": item.get("pinned", False),
        }
        for item in listed[start : start + _DISCUSSIONS]
    ]
    numbers = {"count": len(listed), "start": start}
    return json_answer(
        {"discussions": shown, **numbers, "numClosedDiscussions": None if start else closed}
    )


def _oid(content: bytes | Blob) -> str:
    return content.oid if isinstance(content, Blob) else blob_sha(content)


def _comments(item: Mapping[str, Any]) -> int:
    return sum(
        isinstance(event, dict) and event.get("type") == "comment"
        for event in item.get("events", ())
    )


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdecimal() else default


def _link(ask: Ask, query: Mapping[str, str]) -> str:
    return f'<{ask.base}{ask.raw_path}?{urlencode(query)}>; rel="next"'
