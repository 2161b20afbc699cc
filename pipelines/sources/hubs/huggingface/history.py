"""Commits, refs, trees and discussions of models of the Hub: addresses, and what answers say.

The list of commits does not name what each changed, but a tree with ``expand`` names for each file
the commit that changed it last. So the changes of a file are found from the head backwards, with a
request for each of them and one more, however many commits are between.
Shapes: answers recorded in 2026, and the client library's readers. Pure functions of a body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from miner.pipelines.sources.http import REDIRECTS
from miner.pipelines.sources.hubs.huggingface.responses import file_state
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.history_facts import (
    CommitFacts,
    DiscussionFacts,
    EventFacts,
    RefFacts,
    TreeEntry,
    login,
    words,
)
from miner.pipelines.sources.records.values import Reader
from miner.schema.vocab import (
    DiscussionEventKind,
    DiscussionKind,
    DiscussionState,
    FileState,
    HistoryState,
    RefKind,
)

MAX_EVENTS = 20_000
_SHA = re.compile(r"[0-9a-f]{40}")
_FILE_STATES = {
    FileState.GATED: HistoryState.GATED,
    FileState.GONE: HistoryState.GONE,
    FileState.DISABLED: HistoryState.DISABLED,
    FileState.TOO_LARGE: HistoryState.TOO_LARGE,
}
_TURNED_OFF = "iscussions are disabled"
_REFS = {
    "branches": RefKind.BRANCH,
    "tags": RefKind.TAG,
    "converts": RefKind.CONVERT,
    "pullRequests": RefKind.PULL_REQUEST,
}
_STATES = frozenset(state.value for state in DiscussionState)
_EVENTS = frozenset(kind.value for kind in DiscussionEventKind)


def state_of(answer: ReceivedAnswer) -> tuple[HistoryState, str | None]:
    """Return what an answer that was not followed means, and the reason.

    A name that leads on may lead to another repository: its past is not this model's.
    """
    if answer.status == 200:
        if "cut" in answer.context:
            return HistoryState.TOO_LARGE, f"more than {answer.context['cut']} bytes"
        return HistoryState.FETCHED, None
    if answer.status in REDIRECTS:
        return HistoryState.GONE, "the name leads to another"
    if answer.status == 403 and _TURNED_OFF in answer.headers.get("x-error-message", ""):
        return HistoryState.TURNED_OFF, None
    state, reason = file_state(answer)
    return _FILE_STATES.get(state, HistoryState.FAILED), reason


def read_commits(body: bytes) -> list[CommitFacts] | None:
    """Return the commits of a page, newest first; None where it is none."""
    found = _json(body)
    if not isinstance(found, list):
        return None
    commits = []
    for item in found:
        sha = _sha(item.get("id")) if isinstance(item, dict) else None
        if sha is None:
            continue
        authors = item.get("authors")
        names = (
            login(author.get("user"))
            for author in (authors if isinstance(authors, list) else [])
            if isinstance(author, dict)
        )
        commits.append(
            CommitFacts(
                sha,
                Reader().time("date", item.get("date")),
                words(item.get("title")) or "",
                words(str(item.get("message") or "").strip()),
                tuple(dict.fromkeys(name for name in names if name)),
            )
        )
    return commits


def read_refs(body: bytes) -> list[RefFacts] | None:
    """Return what an answer says of refs; None where it is none."""
    found = _json(body)
    if not isinstance(found, dict):
        return None
    refs = {}
    for key, kind in _REFS.items():
        listed = found.get(key)
        for item in listed if isinstance(listed, list) else []:
            name = words(item.get("name")) if isinstance(item, dict) else None
            sha = _sha(item.get("targetCommit")) if isinstance(item, dict) else None
            if name and sha:
                refs[kind, name] = RefFacts(kind.value, name, sha)
    return list(refs.values())


def read_tree(body: bytes) -> list[TreeEntry] | None:
    """Return the files of a page of a tree; None where it is none."""
    found = _json(body)
    if not isinstance(found, list):
        return None
    entries = []
    for item in found:
        if not isinstance(item, dict) or item.get("type") != "file":
            continue
        path, blob, last = item.get("path"), _sha(item.get("oid")), item.get("lastCommit")
        if isinstance(path, str) and blob:
            commit = _sha(last.get("id")) if isinstance(last, dict) else None
            entries.append(TreeEntry(path, blob, commit))
    return entries


def read_discussions(body: bytes) -> tuple[list[DiscussionFacts], int] | None:
    """Return a page of discussions, and how many there are; None where it is none."""
    found = _json(body)
    if not isinstance(found, dict) or not isinstance(found.get("discussions"), list):
        return None
    listed = [_discussion(item) for item in found["discussions"] if isinstance(item, dict)]
    return [item for item in listed if item is not None], Reader().count(
        "count", found.get("count")
    ) or 0


def read_discussion(body: bytes) -> DiscussionFacts | None:
    """Return a discussion with its events; None where the answer is none."""
    found = _json(body)
    if not isinstance(found, dict) or not isinstance(found.get("events"), list):
        return None
    events = found["events"]
    read: dict[str, EventFacts] = {}
    for place, item in enumerate(events[:MAX_EVENTS]):
        if isinstance(item, dict):
            event = _event(item, place)
            read[event.event] = event
    return _discussion(found, tuple(read.values()), is_cut=len(events) > MAX_EVENTS)


def _discussion(
    item: Mapping[str, object],
    events: tuple[EventFacts, ...] | None = None,
    *,
    is_cut: bool = False,
) -> DiscussionFacts | None:
    reader = Reader()
    number = reader.count("num", item.get("num"))
    if not number:
        return None
    changes = reader.mapping("changes", item.get("changes"))
    is_pull = item.get("isPullRequest") is True
    return DiscussionFacts(
        number=number,
        kind=(DiscussionKind.PULL_REQUEST if is_pull else DiscussionKind.DISCUSSION).value,
        title=words(item.get("title")),
        state=_state(item.get("status")) or DiscussionState.UNKNOWN.value,
        author=_author(item),
        created_at=reader.time("createdAt", item.get("createdAt")),
        comment_count=reader.count("numComments", item.get("numComments")),
        is_pinned=reader.flag("pinned", item.get("pinned")),
        target_branch=words(changes.get("base")),
        merge_sha=_sha(changes.get("mergeCommitId")),
        events=events,
        is_cut=is_cut,
    )


def _event(item: Mapping[str, object], place: int) -> EventFacts:
    reader = Reader()
    data = reader.mapping("data", item.get("data"))
    kind, text = item.get("type"), None
    identity, created_at = words(item.get("id")), reader.time("createdAt", item.get("createdAt"))
    if kind == DiscussionEventKind.COMMENT:
        text = words(reader.mapping("latest", data.get("latest")).get("raw"))
    elif kind == DiscussionEventKind.COMMIT:
        text = words(data.get("subject"))
    elif kind not in _EVENTS:
        kind, text = DiscussionEventKind.OTHER.value, words(kind)
    is_title = kind == DiscussionEventKind.TITLE_CHANGE
    return EventFacts(
        event=(identity or f"at {place}")[:200],
        kind=str(kind),
        created_at=created_at,
        author=_author(item),
        text=text,
        is_hidden=reader.flag("hidden", data.get("hidden")),
        is_edited=reader.flag("edited", data.get("edited")),
        new_state=_state(data.get("status")),
        old_title=words(data.get("from")) if is_title else None,
        new_title=words(data.get("to")) if is_title else None,
        sha=_sha(data.get("oid")),
    )


def _author(item: Mapping[str, object]) -> str | None:
    """Return who it is by; an account that was deleted is missing."""
    author = item.get("author")
    return login(author.get("name")) if isinstance(author, dict) else None


def _state(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value if value in _STATES else DiscussionState.UNKNOWN.value


def _sha(value: object) -> str | None:
    return value if isinstance(value, str) and _SHA.fullmatch(value) else None


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:  # half of a surrogate pair, an endless number: or no JSON
        try:
            return json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class HubHistory:
    """Addresses of the Hub at an endpoint; the readers need none."""

    endpoint: str

    def _of(self, name: str) -> str:
        return f"{self.endpoint}/api/models/{quote(name)}"

    def commits_url(self, name: str, revision: str) -> str:
        """Return the address of the newest commits up to a revision; the answer's Link leads on."""
        return f"{self._of(name)}/commits/{quote(revision, safe='')}"

    def refs_url(self, name: str) -> str:
        """Return the address of the branches, tags and pull requests."""
        return f"{self._of(name)}/refs?include_prs=1"

    def tree_url(self, name: str, revision: str) -> str:
        """Return the address of the files of the top folder, with the last commit of each."""
        return f"{self._of(name)}/tree/{quote(revision, safe='')}?expand=true"

    def discussions_url(self, name: str, page: int) -> str:
        """Return the address of a page of discussions, from 0."""
        return f"{self._of(name)}/discussions?p={page}"

    def discussion_url(self, name: str, number: int) -> str:
        """Return the address of a discussion with its events."""
        return f"{self._of(name)}/discussions/{number}"

    state_of = staticmethod(state_of)
    read_commits = staticmethod(read_commits)
    read_refs = staticmethod(read_refs)
    read_tree = staticmethod(read_tree)
    read_discussions = staticmethod(read_discussions)
    read_discussion = staticmethod(read_discussion)
