"""Discussions and pull requests of models, from archived answers into rows.

A page of the list says which discussions there are; what it says otherwise than before of one that
is stored marks its events as not fetched. So what has to be asked for is a query, whenever a crawl
was killed.
"""

from __future__ import annotations

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, table_of
from miner.pipelines.sources.hubs.protocol import ModelHistories
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.history_facts import DiscussionFacts, EventFacts
from miner.schema import tables
from miner.schema.vocab import DiscussionState, HistoryState

DISCUSSION = table_of(tables.ModelDiscussion)
_EVENT = table_of(tables.DiscussionEvent)
_COMPARED = ("kind", "title", "state", "comment_count")
"""What a listed discussion has otherwise where something happened in it. A commit that was pushed
to a pull request without a word is not among it, and is seen with the next other event."""
_LISTED = (*_COMPARED, "author", "created_at", "is_pinned")
_CLOSED = frozenset({DiscussionState.CLOSED.value, DiscussionState.MERGED.value})


def ingest_discussions(
    batch: Batch, model_id: int, histories: ModelHistories, answer: ReceivedAnswer
) -> None:
    """Write what a page lists; a page that is none says nothing."""
    page = histories.read_discussions(answer.body) if answer.status == 200 else None
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
