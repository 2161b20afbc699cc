"""Commits, refs and discussions of models, as PeaTMOSS has them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from miner.pipelines.sources.peatmoss.database import PeatmossFile, quoted
from miner.pipelines.sources.peatmoss.models import as_name, as_number, model_name
from miner.pipelines.sources.records.facts import Problem
from miner.pipelines.sources.records.values import Reader, excerpt, storable
from miner.schema.redact import redact
from miner.schema.vocab import (
    DiscussionEventKind,
    DiscussionKind,
    DiscussionState,
    RecordReason,
    RefKind,
)

COMMIT, DISCUSSION, EVENT = "hf_commit", "discussion", "discussion_event"
REFS = {"hf_git_ref_to_branch": RefKind.BRANCH, "hf_git_ref_to_tag": RefKind.TAG}
_AUTHORS = {COMMIT: "hf_commit_to_author", DISCUSSION: "discussion_to_author"}
_MAX_TEXT = 100_000
_STATES = frozenset(state.value for state in DiscussionState)
_KINDS = frozenset(kind.value for kind in DiscussionEventKind)

Row = dict[str, object]


@dataclass(slots=True)
class HistoryBatch:
    """Some commits or discussions, read.

    Attributes:
        count: Rows read.
        items: Each with hub and name of its model; values by column of the store.
        events: Events of discussions, by their place among the items.
        authors: Logins, by place among the items.
        used: Rows of other tables that were read.
        problems: What could not be used, by table.
    """

    count: int
    items: list[tuple[str, str, Row]] = field(default_factory=list)
    events: dict[int, list[Row]] = field(default_factory=dict)
    authors: dict[int, list[str]] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, Problem]] = field(default_factory=list)

    def reject(self, table: str, reason: RecordReason, detail: object, key: object) -> None:
        """Keep why a row cannot be used."""
        problem = Problem("", reason.value, excerpt(detail), as_number(key) or 0, f"number {key}")
        self.problems.append((table, problem))


def read_commits(source: PeatmossFile, hubs: Mapping[int, str]) -> Iterator[HistoryBatch]:
    """Yield the commits of models, by some thousand.

    Raises:
        InvalidData: The file is damaged.
    """
    columns = ("commit_id", "created_at", "title", "message")
    for batch, rows in _rows(source, hubs, COMMIT, columns):
        authors = _authors(source, batch, COMMIT, rows)
        for key, model, (sha, created, title, message) in rows:
            if not isinstance(sha, str) or not sha.strip():
                batch.reject(COMMIT, RecordReason.NO_NAME, sha, key)
                continue
            batch.authors[len(batch.items)] = authors.get(key, [])
            batch.items.append((*model, {
                "sha": sha.strip(), "committed_at": time_of(created), "title": text_of(title),
                "message": text_of(message),
            }))  # fmt: skip
        yield batch


def read_discussions(source: PeatmossFile, hubs: Mapping[int, str]) -> Iterator[HistoryBatch]:
    """Yield the discussions and pull requests of models with their events, by some thousand.

    Raises:
        InvalidData: The file is damaged.
    """
    columns = (
        "num", "title", "status", "is_pull_request", "created_at", "target_branch",
        "merge_commit_oid",
    )  # fmt: skip
    for batch, rows in _rows(source, hubs, DISCUSSION, columns):
        authors = _authors(source, batch, DISCUSSION, rows)
        events = _events(source, batch, rows)
        for key, model, (number, title, status, is_pull, created, branch, merge) in rows:
            if (value := as_number(number)) is None:
                batch.reject(DISCUSSION, RecordReason.WRONG_TYPE, f"number {number!r}", key)
                continue
            state = str(status).lower()
            kind = DiscussionKind.PULL_REQUEST if flag_of(is_pull) else DiscussionKind.DISCUSSION
            batch.events[len(batch.items)] = events.get(key, [])
            batch.items.append((*model, {
                "number": value, "kind": kind.value, "title": text_of(title),
                "state": state if state in _STATES else DiscussionState.UNKNOWN.value,
                "author": next(iter(authors.get(key, [])), None), "created_at": time_of(created),
                "target_branch": text_of(branch), "merge_sha": text_of(merge),
            }))  # fmt: skip
        yield batch


def read_refs(source: PeatmossFile, hubs: Mapping[int, str], table: str) -> Iterator[HistoryBatch]:
    """Yield the branches or tags of models, by some thousand.

    Raises:
        InvalidData: The file is damaged.
    """
    columns = ("hf_git_ref_id", "hf_git_ref_info_id")
    ready = source.prepare(table, *columns) and source.prepare("hf_git_ref", "id", "model_id")
    if not ready or not source.prepare("hf_git_ref_info", "id"):
        return
    query = (
        f"SELECT link.hf_git_ref_id, info.name, info.target_commit, {_MODEL} FROM {table} AS link "
        "LEFT JOIN hf_git_ref AS ref ON ref.id = link.hf_git_ref_id "
        "LEFT JOIN hf_git_ref_info AS info ON info.id = link.hf_git_ref_info_id "
        "LEFT JOIN model ON model.id = ref.model_id ORDER BY link.hf_git_ref_id"
    )
    for found in source.rows(table, query):
        batch = HistoryBatch(len(found))
        for key, name, target, context, hub_number in found:
            model = _model(hubs, context, hub_number)
            if model is None or not isinstance(name, str) or not isinstance(target, str):
                batch.reject(table, RecordReason.ORPHAN, f"{name} of {context}", key)
            else:
                row: Row = {
                    "kind": REFS[table].value,
                    "ref": storable(name),
                    "sha": storable(target),
                }
                batch.items.append((*model, row))
        yield batch


_MODEL = "model.context_id, model.model_hub_id"
_Found = list[tuple[int, tuple[str, str], tuple[object, ...]]]


def _rows(
    source: PeatmossFile, hubs: Mapping[int, str], table: str, columns: tuple[str, ...]
) -> Iterator[tuple[HistoryBatch, _Found]]:
    """Yield the rows of a table that are of a model that is there, by their numbers."""
    if not source.prepare(table, "id", "model_id") or not source.prepare("model", "id"):
        return
    wanted = ", ".join(
        f"item.{quoted(name)}" if source.has(table, name) else "NULL" for name in columns
    )
    query = (
        f"SELECT item.id, {_MODEL}, {wanted} FROM {table} AS item "
        "LEFT JOIN model ON model.id = item.model_id ORDER BY item.id"
    )
    for found in source.rows(table, query):
        batch = HistoryBatch(len(found))
        rows: _Found = []
        for key, context, hub_number, *values in found:
            model = _model(hubs, context, hub_number)
            if model is None or key is None:
                batch.reject(
                    table, RecordReason.ORPHAN, f"of no model that is known: {context}", key
                )
            else:
                rows.append((int(str(key)), model, tuple(values)))
        yield batch, rows


def _model(hubs: Mapping[int, str], context: object, number: object) -> tuple[str, str] | None:
    hub = hubs.get(as_number(number) or 0)
    name = model_name(hub or "", context, None)
    return (hub, name) if hub and name else None


def _authors(
    source: PeatmossFile, batch: HistoryBatch, kind: str, rows: _Found
) -> dict[int, list[str]]:
    """Return the logins of the authors of some rows; an e-mail address is none."""
    table, column = _AUTHORS[kind], f"{kind}_id"
    found: dict[int, list[str]] = defaultdict(list)
    if not rows or not source.prepare(table, column, "author_id"):
        return found
    if not source.prepare("author", "id"):
        return found
    query = (
        f"SELECT link.{column}, author.name FROM {table} AS link "
        "LEFT JOIN author ON author.id = link.author_id "
        f"WHERE link.{column} BETWEEN ? AND ? ORDER BY link.{column}, author.id"
    )
    for part in source.rows(table, query, (rows[0][0], rows[-1][0])):
        for key, name in part:
            login = login_of(name)
            if login is None:
                batch.reject(table, RecordReason.WRONG_TYPE, "no login name", key)
            else:
                batch.used[table] += 1
                found[int(str(key))].append(login)
    return found


def login_of(value: object) -> str | None:
    """Return a login name; None for an e-mail address and for what is none."""
    name = (as_name(value) or "").strip()
    if not name or "@" in name or not name.isprintable() or name.lower() in {"none", "null"}:
        return None
    return name[:200]


def _events(source: PeatmossFile, batch: HistoryBatch, rows: _Found) -> dict[int, list[Row]]:
    """Return the events of some discussions."""
    found: dict[int, list[Row]] = defaultdict(list)
    if not rows or not source.prepare(EVENT, "discussion_id", "id"):
        return found
    columns = (
        "event_id", "type", "created_at", "author", "content", "summary", "edited", "hidden",
        "new_status", "old_title", "new_title", "oid",
    )  # fmt: skip
    wanted = ", ".join(source.optional(EVENT, name) for name in columns)
    query = (
        f"SELECT discussion_id, id, {wanted} FROM {EVENT} "
        "WHERE discussion_id BETWEEN ? AND ? ORDER BY discussion_id, id"
    )
    known = {key for key, _, _ in rows}
    for part in source.rows(EVENT, query, (rows[0][0], rows[-1][0])):
        for discussion, key, *values in part:
            if discussion not in known:
                batch.reject(EVENT, RecordReason.ORPHAN, "of a discussion that is not used", key)
                continue
            batch.used[EVENT] += 1
            events = found[int(str(discussion))]
            events.append(_event(len(events), key, dict(zip(columns, values, strict=True))))
    return found


def lost_events(source: PeatmossFile) -> int:
    """Return how many events are of no discussion that is there.

    Raises:
        InvalidData: The file is damaged.
    """
    if not source.prepare(EVENT, "discussion_id", "id") or not source.has(DISCUSSION, "id"):
        return 0
    query = (
        f"SELECT count(*) FROM {EVENT} WHERE discussion_id IS NULL "
        f"OR discussion_id NOT IN (SELECT id FROM {DISCUSSION} WHERE id IS NOT NULL)"
    )
    [[(count,)]] = source.rows(EVENT, query)
    return int(str(count))


def _event(position: int, key: object, values: Mapping[str, object]) -> Row:
    kind = str(values["type"]).lower()
    status = str(values["new_status"]).lower()
    is_known = kind in _KINDS
    words = values["content"] or values["summary"]
    return {
        "event": as_name(values["event_id"]) or f"peatmoss-{key}",
        "position": position,
        "kind": kind if is_known else DiscussionEventKind.OTHER.value,
        "created_at": time_of(values["created_at"]),
        "author": login_of(values["author"]),
        "text": text_of(words if is_known else values["type"]),
        "is_hidden": flag_of(values["hidden"]),
        "is_edited": flag_of(values["edited"]),
        "new_state": status if status in _STATES else None,
        "old_title": text_of(values["old_title"]),
        "new_title": text_of(values["new_title"]),
        "sha": text_of(values["oid"]),
    }


def text_of(value: object) -> str | None:
    """Return a text without e-mail addresses and secrets, bounded; None where there is none."""
    text = as_name(value)
    return redact(storable(text[:_MAX_TEXT])).text if text else None


def flag_of(value: object) -> int | None:
    """Return 1 or 0, however it is written; None where there is nothing."""
    if isinstance(value, str):
        return int(value.lower() in {"1", "true"}) if value else None
    return None if value is None else int(bool(value))


def time_of(value: object) -> str | None:
    """Return a time as the store keeps it; None where it cannot be read."""
    if isinstance(value, str):
        return Reader().time("", value.strip())
    return None
