"""Discussions and pull requests of models, from archived answers into rows.

A page of the list says which discussions there are; what it says otherwise than before of one that
is stored marks its events as not fetched. So what has to be asked for is a query, whenever a crawl
was killed. A 304 says that the list is as it was when its ETag was kept (``model_history.etag``):
only where the store said exactly what that list did, so rows come out as a 200 would leave them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, func, select, text

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, as_text, table_of
from miner.pipelines.sources.http import NOT_MODIFIED
from miner.pipelines.sources.hubs.protocol import ModelHistories
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.history_facts import DiscussionFacts, EventFacts
from miner.schema import tables
from miner.schema.vocab import DiscussionState, HistoryKind, HistoryState

DISCUSSION = table_of(tables.ModelDiscussion)
_EVENT = table_of(tables.DiscussionEvent)
_HISTORY = table_of(tables.ModelHistory)
_COMPARED = ("kind", "title", "state", "comment_count")
"""What a listed discussion has otherwise where something happened in it. A commit that was pushed
to a pull request without a word is not among it, and is seen with the next other event."""
_LISTED = (*_COMPARED, "author", "created_at", "is_pinned")
_CLOSED = frozenset({DiscussionState.CLOSED.value, DiscussionState.MERGED.value})

Listing: TypeAlias = Mapping[int, tuple[object, ...]]
"""What a list says of each discussion, by its number."""


def is_unchanged(answer: ReceivedAnswer) -> bool:
    """Tell whether the hub says that a list is as it was.

    A 304 to a request without a condition says nothing, nor does one that names another ETag.
    """
    asked = answer.context.get("etag", "").removeprefix("W/")
    named = answer.headers.get("etag", asked).removeprefix("W/")
    return answer.status == NOT_MODIFIED and bool(asked) and named == asked


def known_etag(connection: Connection, model_id: int) -> str:
    """Return the ETag of the list that the stored discussions are, empty where none is known.

    Where an import added discussions since, they are not that list any more.
    """
    count = select(func.count()).where(DISCUSSION.c.model_id == model_id).scalar_subquery()
    etag = connection.scalar(
        select(_HISTORY.c.etag).where(
            _HISTORY.c.model_id == model_id,
            _HISTORY.c.kind == HistoryKind.DISCUSSIONS.value,
            func.coalesce(_HISTORY.c.item_count, 0) == count,
        )
    )
    return etag or ""


def listing_of(items: Iterable[DiscussionFacts]) -> Listing:
    """Return what a list says."""
    return {item.number: tuple(getattr(item, name) for name in _LISTED) for item in items}


def stored_listing(connection: Connection, model_id: int) -> Listing:
    """Return what a list that said what the store does would say."""
    columns = ("number", *_LISTED)
    rows = db.select_rows(connection, DISCUSSION, columns, "model_id", [model_id])
    return {int(row["number"]): tuple(_plain(row[name]) for name in _LISTED) for row in rows}


def _plain(value: object) -> object:
    return as_text(value) if isinstance(value, datetime) else value


def ingest_discussions(
    batch: Batch, model_id: int, histories: ModelHistories, answer: ReceivedAnswer
) -> None:
    """Write what a page lists, or that it is as before; a page that is none says nothing."""
    if is_unchanged(answer):
        batch.connection.execute(
            text("UPDATE model_discussion SET observed_at = :at WHERE model_id = :model_id"),
            {"at": batch.observed_at, "model_id": model_id},
        )
        return
    page = histories.read_discussions(answer.body) if answer.status == 200 else None
    if page:  # until the crawl has come to its end, rows are of no list that has an ETag
        batch.connection.execute(
            _HISTORY.update()
            .where(
                _HISTORY.c.model_id == model_id,
                _HISTORY.c.kind == HistoryKind.DISCUSSIONS.value,
                _HISTORY.c.etag.is_not(None),
            )
            .values(etag=None)
        )
    listed = {item.number: item for item in page[0]} if page else {}
    where = {"model_id": model_id}
    columns = ("number", "events_state", *_LISTED)
    known = {
        int(row["number"]): row
        for row in db.select_rows(
            batch.connection, DISCUSSION, columns, "number", list(listed), where=where
        )
    }
    rows: list[db.Row] = []
    for number, item in listed.items():
        fields = {name: getattr(item, name) for name in _LISTED}
        before = known.get(number)
        is_same = before is not None and all(fields[name] == before[name] for name in _COMPARED)
        state = before["events_state"] if before and is_same else HistoryState.NOT_FETCHED.value
        rows.append(
            {
                "model_id": model_id, "number": number, "events_state": state,
                "observed_at": batch.observed_at, **fields,
            }
        )  # fmt: skip
    db.upsert(
        batch.connection, DISCUSSION, db.numbered(batch.connection, DISCUSSION, rows),
        key=("model_id", "number"), update=("events_state", "observed_at", *_LISTED),
    )  # fmt: skip


def ingest_discussion(
    batch: Batch, model_id: int, histories: ModelHistories, answer: ReceivedAnswer
) -> None:
    """Replace the events of a discussion, or write why there are none."""
    number = int(answer.context["number"])
    state, _ = histories.state_of(answer)
    read = histories.read_discussion(answer.body) if state == HistoryState.FETCHED else None
    if read is None or read.number != number:
        is_read = state == HistoryState.FETCHED
        _update(
            batch, model_id, number,
            {"events_state": (HistoryState.UNPARSABLE if is_read else state).value},
        )  # fmt: skip
        return
    events = read.events or ()
    where = {"model_id": model_id}
    db.delete_where_in(batch.connection, _EVENT, "number", [number], where=where)
    rows: list[db.Row] = [
        {"model_id": model_id, "number": number, "position": place, **_row(event)}
        for place, event in enumerate(events)
    ]
    db.insert(batch.connection, _EVENT, db.numbered(batch.connection, _EVENT, rows))
    is_cut = read.is_cut
    _update(
        batch, model_id, number,
        {
            "title": read.title, "state": read.state, "author": read.author,
            "created_at": read.created_at, "closed_at": _closed_at(read), "kind": read.kind,
            "event_count": len(rows), "target_branch": read.target_branch,
            "merge_sha": read.merge_sha, "observed_at": batch.observed_at,
            "events_state": (HistoryState.PARTIAL if is_cut else HistoryState.FETCHED).value,
        },
    )  # fmt: skip


def _update(batch: Batch, model_id: int, number: int, values: db.Row) -> None:
    defaults = {"kind": "discussion", "state": "unknown", "events_state": "not-fetched"}
    row = {**defaults, **values, "model_id": model_id, "number": number}
    db.upsert(
        batch.connection, DISCUSSION, db.numbered(batch.connection, DISCUSSION, [row]),
        key=("model_id", "number"), update=tuple(values),
    )  # fmt: skip


def _row(event: EventFacts) -> db.Row:
    return {name: getattr(event, name) for name in EventFacts.__slots__}


def _closed_at(read: DiscussionFacts) -> str | None:
    """Return when a discussion that is not open was closed or merged last."""
    if read.state not in _CLOSED:
        return None
    times = [
        event.created_at
        for event in read.events or ()
        if event.new_state in _CLOSED and event.created_at
    ]
    return max(times, default=None)
