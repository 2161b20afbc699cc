"""Commits, refs and discussions that another dataset has of models; what a crawl stored stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, table_of
from miner.pipelines.intake.models import find_by_aliases, find_by_names
from miner.pipelines.sources.peatmoss.history import HistoryBatch
from miner.schema import tables
from miner.schema.vocab import DiscussionState, HistoryState

_COMMIT = table_of(tables.ModelCommit)
_AUTHOR = table_of(tables.ModelCommitAuthor)
_REF = table_of(tables.ModelRef)
_DISCUSSION = table_of(tables.ModelDiscussion)
_EVENT = table_of(tables.DiscussionEvent)
_HUB = table_of(tables.Hub)
_CLOSED = frozenset({DiscussionState.CLOSED.value, DiscussionState.MERGED.value})


@dataclass(slots=True)
class WrittenHistory:
    """Rows that were stored, that said nothing new, and events that went with known discussions."""

    stored: int = 0
    known: int = 0
    known_events: int = 0


def find_models(
    connection: Connection, models: Iterable[tuple[str, str]], run_id: int, seen_at: str
) -> dict[tuple[str, str], int]:
    """Return surrogate keys of models by hub and name, former names too."""
    by_hub: dict[str, list[str]] = {}
    for hub, name in dict.fromkeys(models):
        by_hub.setdefault(hub, []).append(name)
    found: dict[tuple[str, str], int] = {}
    for row in db.select_rows(connection, _HUB, ("id", "name"), "name", by_hub):
        hub = row["name"]
        batch = Batch(connection, row["id"], run_id, seen_at, None)
        for name, known in find_by_aliases(batch, by_hub[hub]).items():
            found[hub, name] = known.id
        for known in find_by_names(batch, by_hub[hub]):
            found[hub, known.name] = known.id
    return found


def write_commits(
    connection: Connection, batch: HistoryBatch, run_id: int, seen_at: str
) -> WrittenHistory:
    """Write commits and their authors; of one that a crawl knows only as a head the words too."""
    keys = find_models(connection, ((hub, name) for hub, name, _ in batch.items), run_id, seen_at)
    done = WrittenHistory()
    wanted = [str(row["sha"]) for _, _, row in batch.items]
    stored = db.select_rows(connection, _COMMIT, ("model_id", "sha", "title"), "sha", wanted)
    titles = {(row["model_id"], row["sha"]): row["title"] for row in stored}
    rows: list[db.Row] = []
    authors: list[db.Row] = []
    for place, (hub, name, row) in enumerate(batch.items):
        key = keys.get((hub, name))
        if key is None or titles.get((key, row["sha"])) is not None:
            done.known += 1
            continue
        done.stored += 1
        rows.append({**row, "model_id": key, "observed_at": seen_at})
        authors += [
            {"model_id": key, "sha": row["sha"], "author": author, "position": position}
            for position, author in enumerate(batch.authors.get(place, []))
        ]
    db.upsert(
        connection, _COMMIT, db.numbered(connection, _COMMIT, rows), key=("model_id", "sha"),
        update=("committed_at", "title", "message"),
    )  # fmt: skip
    db.upsert(
        connection, _AUTHOR, db.numbered(connection, _AUTHOR, authors),
        key=("model_id", "sha", "author"), update=(),
    )  # fmt: skip
    return done


def write_refs(
    connection: Connection, batch: HistoryBatch, run_id: int, seen_at: str
) -> WrittenHistory:
    """Write branches and tags of models of which the store has none of that name."""
    keys = find_models(connection, ((hub, name) for hub, name, _ in batch.items), run_id, seen_at)
    ids = set(keys.values())
    columns = ("model_id", "kind", "ref")
    stored = {
        tuple(row.values()) for row in db.select_rows(connection, _REF, columns, "model_id", ids)
    }
    rows: dict[tuple[object, ...], db.Row] = {}
    for hub, name, row in batch.items:
        if (key := keys.get((hub, name))) is not None:
            place = (key, row["kind"], row["ref"])
            if place not in stored:
                rows[place] = {**row, "model_id": key, "observed_at": seen_at}
    db.insert(connection, _REF, db.numbered(connection, _REF, list(rows.values())))
    return WrittenHistory(len(rows), len(batch.items) - len(rows))


def write_discussions(
    connection: Connection, batch: HistoryBatch, run_id: int, seen_at: str
) -> WrittenHistory:
    """Write discussions and their events; one that a crawl has seen stays as it is."""
    keys = find_models(connection, ((hub, name) for hub, name, _ in batch.items), run_id, seen_at)
    columns = ("model_id", "number")
    rows = db.select_rows(connection, _DISCUSSION, columns, "model_id", set(keys.values()))
    stored = {(row["model_id"], row["number"]) for row in rows}
    done = WrittenHistory()
    discussions: dict[tuple[int, object], db.Row] = {}
    events: dict[tuple[int, object, object], db.Row] = {}
    for place, (hub, name, row) in enumerate(batch.items):
        found = batch.events.get(place, [])
        key = keys.get((hub, name))
        if key is None or (key, row["number"]) in stored or (key, row["number"]) in discussions:
            done.known += 1
            done.known_events += len(found)
            continue
        done.stored += 1
        discussions[key, row["number"]] = _discussion(key, row, found, seen_at)
        for event in found:
            named = {**event, "model_id": key, "number": row["number"]}
            events[key, row["number"], event["event"]] = named
    for table, written in ((_DISCUSSION, discussions), (_EVENT, events)):
        db.insert(connection, table, db.numbered(connection, table, list(written.values())))
    return done


def _discussion(
    key: int, row: dict[str, object], events: list[dict[str, object]], seen_at: str
) -> db.Row:
    closed = [
        str(event["created_at"])
        for event in events
        if event["new_state"] in _CLOSED and event["created_at"]
    ]
    is_closed = row["state"] in _CLOSED
    state = HistoryState.FETCHED if events else HistoryState.NOT_FETCHED
    return {
        **row,
        "model_id": key,
        "closed_at": max(closed, default=None) if is_closed else None,
        "event_count": len(events) if events else None,
        "events_state": state.value,
        "observed_at": seen_at,
    }
