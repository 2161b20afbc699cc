"""A model's past, from archived answers into rows: commits, refs, older cards, discussions.

Each answer is ingested by itself, in whatever order of models, so that those of a killed crawl are
not lost. What a part of a history came to (``model_history``) stands in a record of its own that
the crawl archives behind the last answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TypeAlias

import orjson
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, as_text, table_of, write_answer
from miner.pipelines.intake.discussions import ingest_discussion, ingest_discussions
from miner.pipelines.intake.files import CARD, CONFIG
from miner.pipelines.intake.models import find_by_names
from miner.pipelines.intake.sweeps import RunContext
from miner.pipelines.sources.archive.decisions import content_of, decision
from miner.pipelines.sources.hubs.protocol import HistoryHub, ModelHistories
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.card import decode
from miner.pipelines.sources.records.front_matter import read_front_matter
from miner.pipelines.sources.records.payload import blob_sha
from miner.pipelines.sources.records.values import storable
from miner.schema import tables
from miner.schema.vocab import AnswerKind, HistoryKind, HistoryState, ParseState

CHANGE = table_of(tables.ModelCommitChange)
HISTORY = table_of(tables.ModelHistory)
_COMMIT = table_of(tables.ModelCommit)
_AUTHOR = table_of(tables.ModelCommitAuthor)
_REF = table_of(tables.ModelRef)
_DISCUSSION = table_of(tables.ModelDiscussion)
_COUNTED = {
    HistoryKind.COMMITS.value: _COMMIT,
    HistoryKind.REFS.value: _REF,
    HistoryKind.CHANGES.value: CHANGE,
    HistoryKind.DISCUSSIONS.value: _DISCUSSION,
}
CONTENT = "content"
FOLLOWED = (CARD, CONFIG)
"""Files whose changes are followed; of a config only that it changed: to get it counts as a
download of the model."""
FIELDS = (
    "license", "license_name", "license_link", "base_model", "base_model_relation", "datasets",
    "pipeline_tag", "library_name", "language",
)  # fmt: skip
_MAX_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class HistoryPart:
    """What a part of a model's history came to.

    ``etag``: of the list that is stored, by which the next crawl asks whether it changed.
    """

    state: HistoryState
    reason: str | None = None
    revision: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """What the parts of one model's history came to.

    Attributes:
        parts: By ``vocab.HistoryKind``.
        observed_at: Date of the last answer, as the store keeps it; None: there was none.
        asked_as: Whose token asked, empty for nobody's.
    """

    parts: Mapping[str, HistoryPart] = field(default_factory=dict)
    observed_at: str | None = None
    asked_as: str = ""


def end_record(hub: str, name: str, end: End) -> ReceivedAnswer:
    """Return the record of an end, for the archive."""
    return decision(AnswerKind.HISTORY, name, asdict(end), hub=hub, name=name, part="end")


Archived: TypeAlias = tuple[ReceivedAnswer, Location]


def ingest_histories(setting: RunContext, archived: Sequence[Archived]) -> None:
    """Ingest archived answers on models' pasts, in one transaction.

    Where an answer meets a bug, each has a transaction of its own, and that one is indexed alone.

    Raises:
        SQLAlchemyError: The store cannot be written to.
    """
    try:
        with setting.engine.begin() as connection:
            for answer, location in archived:
                _ingest(setting, connection, answer, location)
    except SQLAlchemyError:
        raise
    except Exception as error:  # a bug costs its answer, not the crawl
        if len(archived) > 1:
            for one in archived:
                ingest_histories(setting, [one])
            return
        answer, location = archived[0]
        setting.faults.note(f"the history of {answer.context['name']}", error)
        with setting.engine.begin() as connection:
            write_answer(connection, answer, location, ParseState.UNPARSABLE.value)


def _ingest(
    setting: RunContext, connection: Connection, answer: ReceivedAnswer, location: Location
) -> None:
    answer_id = write_answer(connection, answer, location, ParseState.PARSED.value)
    batch = Batch(
        connection, setting.hub_id, setting.run_id, as_text(answer.observed_at), answer_id,
        faults=setting.faults,
    )  # fmt: skip
    known = find_by_names(batch, [answer.context["name"]])
    if not known or not isinstance(setting.hub, HistoryHub):
        return
    histories, part = setting.hub.histories, answer.context["part"]
    parts: dict[str, Callable[[], None]] = {
        "end": partial(_end, batch, known[0].id, answer),
        "commits": partial(_commits, batch, known[0].id, histories, answer),
        "refs": partial(_refs, batch, known[0].id, histories, answer),
        "tree": partial(_tree, batch, known[0].id, histories, answer),
        "card": partial(_card, batch, known[0].id, answer),
        "discussions": partial(ingest_discussions, batch, known[0].id, histories, answer),
        "discussion": partial(ingest_discussion, batch, known[0].id, histories, answer),
    }
    if part in parts:
        parts[part]()


def _end(batch: Batch, model_id: int, answer: ReceivedAnswer) -> None:
    content = content_of(answer)
    if HistoryKind.CHANGES.value in content["parts"]:
        _derive_fields(batch, model_id)
    rows: list[db.Row] = []
    for kind, part in content["parts"].items():
        count = batch.connection.scalar(
            select(func.count()).where(_COUNTED[kind].c.model_id == model_id)
        )
        rows.append(
            {
                "model_id": model_id, "kind": kind, "state": part["state"],
                "reason": part["reason"], "item_count": count or None,
                "revision": part["revision"], "observed_at": content["observed_at"],
                "asked_as": content["asked_as"] or None, "run_id": batch.run_id,
                "etag": part.get("etag"),
            }
        )  # fmt: skip
    db.upsert(
        batch.connection, HISTORY, db.numbered(batch.connection, HISTORY, rows),
        key=("model_id", "kind"),
        update=(
            "state", "reason", "item_count", "revision", "observed_at", "asked_as", "run_id",
            "etag",
        ),
    )  # fmt: skip


def _commits(
    batch: Batch, model_id: int, histories: ModelHistories, answer: ReceivedAnswer
) -> None:
    commits = histories.read_commits(answer.body) if answer.status == 200 else None
    rows: list[db.Row] = [
        {
            "model_id": model_id, "sha": commit.sha, "committed_at": commit.committed_at,
            "observed_at": batch.observed_at, "title": commit.title, "message": commit.message,
        }
        for commit in commits or ()
    ]  # fmt: skip
    db.upsert(
        batch.connection, _COMMIT, db.numbered(batch.connection, _COMMIT, rows),
        key=("model_id", "sha"), update=("committed_at", "title", "message"),
    )  # fmt: skip
    authors: list[db.Row] = [
        {"model_id": model_id, "sha": commit.sha, "author": author, "position": place}
        for commit in commits or ()
        for place, author in enumerate(commit.authors)
    ]
    db.upsert(
        batch.connection, _AUTHOR, db.numbered(batch.connection, _AUTHOR, authors),
        key=("model_id", "sha", "author"), update=("position",),
    )  # fmt: skip


def _refs(batch: Batch, model_id: int, histories: ModelHistories, answer: ReceivedAnswer) -> None:
    refs = histories.read_refs(answer.body) if answer.status == 200 else None
    if refs is None:
        return
    db.delete_where_in(batch.connection, _REF, "model_id", [model_id])
    rows: list[db.Row] = [
        {
            "model_id": model_id, "ref": ref.name, "sha": ref.sha, "kind": ref.kind,
            "observed_at": batch.observed_at,
        }
        for ref in refs
    ]  # fmt: skip
    db.insert(batch.connection, _REF, db.numbered(batch.connection, _REF, rows))


def _tree(batch: Batch, model_id: int, histories: ModelHistories, answer: ReceivedAnswer) -> None:
    """Note who changed the followed files last, and what a commit behind found them as.

    The context's ``child`` is the commit whose parent the tree is of; empty for the head.
    """
    entries = histories.read_tree(answer.body) if answer.status == 200 else None
    followed = [e for e in entries or () if e.path in FOLLOWED and e.last_commit]
    known: list[db.Row] = [
        {"model_id": model_id, "sha": entry.last_commit, "observed_at": batch.observed_at}
        for entry in {entry.last_commit: entry for entry in followed}.values()
    ]
    db.upsert(
        batch.connection, _COMMIT, db.numbered(batch.connection, _COMMIT, known),
        key=("model_id", "sha"), update=(),
    )  # fmt: skip
    rows: list[db.Row] = [
        {
            "model_id": model_id, "sha": entry.last_commit, "path": entry.path, "field": CONTENT,
            "blob_sha": entry.blob_sha,
        }
        for entry in followed
    ]  # fmt: skip
    db.upsert(
        batch.connection, CHANGE, db.numbered(batch.connection, CHANGE, rows),
        key=("model_id", "sha", "path", "field"), update=("blob_sha",),
    )  # fmt: skip
    for entry in followed:
        batch.connection.execute(
            CHANGE.update()
            .where(
                CHANGE.c.model_id == model_id,
                CHANGE.c.sha == answer.context.get("child", ""),
                CHANGE.c.path == entry.path,
                CHANGE.c.field == CONTENT,
            )
            .values(old_blob_sha=entry.blob_sha)
        )


def _card(batch: Batch, model_id: int, answer: ReceivedAnswer) -> None:
    """Note what a card stated, at all commits that brought this blob."""
    if answer.status != 200 or "cut" in answer.context:
        return
    stated = orjson.dumps(card_fields(answer.body), option=orjson.OPT_SORT_KEYS).decode()
    batch.connection.execute(
        CHANGE.update()
        .where(
            CHANGE.c.model_id == model_id,
            CHANGE.c.path == CARD,
            CHANGE.c.field == CONTENT,
            CHANGE.c.blob_sha == blob_sha(answer.body),
        )
        .values(new_value=stated)
    )


def card_fields(body: bytes) -> dict[str, str]:
    """Return the followed fields that a card's metadata states; lists of names by commas."""
    text, _ = decode(body)
    data = read_front_matter(text).data
    found = {}
    for name in FIELDS:
        value = data.get(name)
        values = value if isinstance(value, list) else [value]
        words = [storable(str(item)).strip() for item in values if isinstance(item, str)]
        if shown := ", ".join(word for word in words if word)[:_MAX_VALUE]:
            found[name] = shown
    return found


def _derive_fields(batch: Batch, model_id: int) -> None:
    """Write which fields each commit changed: what its card states against the card before."""
    rows = db.select_rows(
        batch.connection, CHANGE, ("sha", "blob_sha", "old_blob_sha", "new_value"),
        "model_id", [model_id], where={"path": CARD, "field": CONTENT},
    )  # fmt: skip
    stated = {row["blob_sha"]: row["new_value"] for row in rows if row["new_value"] is not None}
    batch.connection.execute(
        CHANGE.delete().where(
            CHANGE.c.model_id == model_id, CHANGE.c.path == CARD, CHANGE.c.field != CONTENT
        )
    )
    changed: list[db.Row] = []
    for row in rows:
        before = "{}" if row["old_blob_sha"] is None else stated.get(row["old_blob_sha"])
        batch.connection.execute(
            CHANGE.update()
            .where(
                CHANGE.c.model_id == model_id, CHANGE.c.sha == row["sha"],
                CHANGE.c.path == CARD, CHANGE.c.field == CONTENT,
            )
            .values(old_value=before if row["old_blob_sha"] else None)
        )  # fmt: skip
        if before is not None and row["new_value"] is not None:
            changed += _changed_fields(row, orjson.loads(before), orjson.loads(row["new_value"]))
    db.insert(
        batch.connection, CHANGE,
        db.numbered(batch.connection, CHANGE, [{"model_id": model_id, **row} for row in changed]),
    )  # fmt: skip


def _changed_fields(
    row: db.Row, before: Mapping[str, str], after: Mapping[str, str]
) -> Sequence[db.Row]:
    return [
        {
            "sha": row["sha"], "path": CARD, "field": name, "old_value": before.get(name),
            "new_value": after.get(name), "old_blob_sha": row["old_blob_sha"],
            "blob_sha": row["blob_sha"],
        }
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]  # fmt: skip
