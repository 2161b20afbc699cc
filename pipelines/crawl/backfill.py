"""What only an older store knows, put into the archive once.

Before miner archived what it decides, scans, searches and answers of language models were rows of
the store alone. They go into the archive as they are, with the keys that they have; what they point
to in the rest of the store is named by its natural key, for it has other keys elsewhere.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, select

from miner.db import upsert as db
from miner.pipelines.derive.cards.llm.answer_rows import LLM_ANSWER, LLM_BATCH
from miner.pipelines.intake.batch import table_of, write_answer
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.runs import RUN
from miner.pipelines.intake.snapshots import SEED_COMMAND
from miner.pipelines.sources.archive.decisions import content_of, decision
from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import AnswerKind, ParseState

log = logging.getLogger(__name__)

REPOSITORY_TABLES = tuple(
    table_of(kind)
    for kind in (
        tables.RepositorySweep,
        tables.Repository,
        tables.RepositoryAlias,
        tables.RepositoryFinding,
        tables.SearchBin,
        tables.SearchHit,
        tables.Scan,
        tables.UseSite,
        tables.ModelUse,
        tables.Dependency,
        tables.RepositoryLicense,
        tables.RepositoryLink,
        tables.IssueListing,
        tables.RepositoryIssue,
        tables.IssueComment,
        tables.IssueModel,
    )
)
"""The tables of the GitHub half, each behind those that it points to."""

_ACCURACY = table_of(tables.MethodAccuracy)
_BY_NAME = {
    RUN: ("command", "started_at"),
    LLM_ANSWER: ("request_digest",),
    LLM_BATCH: ("key",),
    _ACCURACY: ("method", "version", "labels"),
}
"""Tables whose rows are added to those that are there, recognized by these columns."""

_ANSWER = table_of(tables.ArchivedAnswer)
_HUB = table_of(tables.Hub)
_BATCH = 2_000
_LAST = "all"
"""Subject of the record that lists the others."""

Row = dict[str, Any]


def needs_backfill(engine: Engine) -> bool:
    """Tell whether a store has rows of a miner that did not archive what it decided."""
    with engine.connect() as connection:
        is_complete = (_ANSWER.c.kind == AnswerKind.RUN.value) | (
            (_ANSWER.c.kind == AnswerKind.ROWS.value) & _ANSWER.c.url.endswith(f":{_LAST}")
        )
        if connection.execute(select(_ANSWER.c.id).where(is_complete).limit(1)).first():
            return False
        return any(
            connection.execute(select(_key_of(table)).limit(1)).first() is not None
            for table in (*REPOSITORY_TABLES, LLM_ANSWER, LLM_BATCH)
        )


def backfill(engine: Engine, archive: Archive) -> None:
    """Put the rows into the archive, and last of all the list of the records with them.

    Records without that list, as a kill came before, are of no effect.
    """
    log.info("scans, searches and answers of language models go into the archive, once")
    parts: list[Location] = []
    for table in (*_BY_NAME, *REPOSITORY_TABLES):
        for number, rows in enumerate(_rows_of(engine, table)):
            content = {"table": table.name, "rows": rows}
            subject = f"{table.name}-{number}"
            parts.append(_keep(engine, archive, decision(AnswerKind.ROWS, subject, content)))
    places = [[place.segment, place.offset] for place in parts]
    _keep(engine, archive, decision(AnswerKind.ROWS, _LAST, {"parts": places}))


def restore_rows(
    connection: Connection, reader: ArchiveReader, parts: Sequence[Sequence[Any]], run_id: int
) -> None:
    """Write the rows of a backfill; those of the GitHub half replace what is there.

    Args:
        connection: In a transaction.
        reader: Of the archive.
        parts: Segment and offset of the records.
        run_id: Run of the rows whose own run is not there.
    """
    for table in reversed(REPOSITORY_TABLES):
        connection.execute(table.delete())
    by_name = {table.name: table for table in (*_BY_NAME, *REPOSITORY_TABLES)}
    runs: dict[int, int] = {}
    for segment, offset in parts:
        content = content_of(reader.read(str(segment), int(offset)))
        table, rows = by_name[content["table"]], content["rows"]
        if table is RUN:
            runs |= _restore_runs(connection, rows)
            continue
        _resolve(connection, rows, runs, run_id)
        if key := _BY_NAME.get(table):
            if "id" in table.c:
                ids = db.next_ids(connection, table, len(rows))
                rows = [{**row, "id": new} for row, new in zip(rows, ids, strict=True)]
            db.upsert(connection, table, rows, key=key, update=())
        else:
            db.insert(connection, table, rows)


def _keep(engine: Engine, archive: Archive, record: ReceivedAnswer) -> Location:
    location = archive.append(record)
    archive.flush()
    with engine.begin() as connection:
        write_answer(connection, record, location, ParseState.PARSED.value)
    return location


def _rows_of(engine: Engine, table: Table) -> Iterator[list[Row]]:
    """Yield the rows of a table, by thousands, with natural keys for what they point to.

    The run that seeded the store stays behind: one built from the archive is not seeded.
    """
    names = [column.name for column in table.columns]
    key = _key_of(table)
    query = select(key).order_by(key)
    if table is RUN:
        query = query.where(RUN.c.command != SEED_COMMAND)
    with engine.connect() as connection:
        keys = list(connection.scalars(query))
    for start in range(0, len(keys), _BATCH):
        with engine.connect() as connection:
            wanted = keys[start : start + _BATCH]
            rows = db.select_rows(connection, table, names, key.name, wanted)
            rows.sort(key=itemgetter(key.name))
            _name(connection, rows)
        yield rows  # with no transaction open: they are archived and indexed now


def _key_of(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _name(connection: Connection, rows: list[Row]) -> None:
    """Replace keys of answers and models by segment and offset, and by hub, identity and name."""
    places = {
        row["id"]: [row["segment"], row["offset"]]
        for row in db.select_rows(
            connection, _ANSWER, ("id", "segment", "offset"), "id", _pointed_to(rows, "answer_id")
        )
    }
    hubs = {
        int(row[0]): str(row[1]) for row in connection.exec_driver_sql("SELECT id, name FROM hub")
    }
    models = {
        row["id"]: [hubs[row["hub_id"]], row["uid"], row["name"]]
        for row in db.select_rows(
            connection, MODEL, ("id", "hub_id", "uid", "name"), "id", _pointed_to(rows, "model_id")
        )
    }
    for row in rows:
        for column, named in (("answer_id", places), ("model_id", models)):
            if column in row:
                row[column] = named.get(row[column])


def _resolve(connection: Connection, rows: list[Row], runs: Mapping[int, int], run_id: int) -> None:
    """Replace the natural keys by those that this store has."""
    answers = _answer_keys(connection, [row["answer_id"] for row in rows if row.get("answer_id")])
    models = _model_keys(connection, [row["model_id"] for row in rows if row.get("model_id")])
    for row in rows:
        if row.get("answer_id") is not None:
            row["answer_id"] = answers.get(tuple(row["answer_id"]))
        if row.get("model_id") is not None:
            row["model_id"] = models.get(tuple(row["model_id"]))
        if row.get("run_id") is not None:
            row["run_id"] = runs.get(row["run_id"], run_id)


def _restore_runs(connection: Connection, rows: list[Row]) -> dict[int, int]:
    """Write the runs that are not there; return surrogate keys by those of the older store."""
    commands = {row["command"] for row in rows}
    columns = ("id", "command", "started_at")
    known = {
        (row["command"], row["started_at"]): row["id"]
        for row in db.select_rows(connection, RUN, columns, "command", commands)
    }
    new = [row for row in rows if (row["command"], row["started_at"]) not in known]
    ids = db.next_ids(connection, RUN, len(new))
    written = [{**row, "id": key} for row, key in zip(new, ids, strict=True)]
    db.insert(connection, RUN, written)
    known |= {(row["command"], row["started_at"]): row["id"] for row in written}
    return {int(row["id"]): known[row["command"], row["started_at"]] for row in rows}


def _answer_keys(
    connection: Connection, places: Iterable[Sequence[Any]]
) -> dict[tuple[Any, ...], int]:
    offsets: dict[str, list[int]] = defaultdict(list)
    for segment, offset in places:
        offsets[segment].append(offset)
    return {
        (segment, row["offset"]): row["id"]
        for segment, wanted in offsets.items()
        for row in db.select_rows(
            connection, _ANSWER, ("id", "offset"), "offset", wanted, where={"segment": segment}
        )
    }


def _model_keys(
    connection: Connection, named: Iterable[Sequence[Any]]
) -> dict[tuple[Any, ...], int]:
    """Find models by hub and identity; by name where they have none."""
    wanted: dict[tuple[str, str], dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for hub, uid, name in named:
        column, value = ("name", name) if uid is None else ("uid", uid)
        wanted[hub, column][value] = (hub, uid, name)
    rows = db.select_rows(connection, _HUB, ("name", "id"), "name", {hub for hub, _ in wanted})
    hubs = {row["name"]: row["id"] for row in rows}
    return {
        values[row[column]]: row["id"]
        for (hub, column), values in wanted.items()
        if hub in hubs
        for row in db.select_rows(
            connection, MODEL, ("id", column), column, values, where={"hub_id": hubs[hub]}
        )
    }


def _pointed_to(rows: Sequence[Row], column: str) -> set[int]:
    return {int(row[column]) for row in rows if row.get(column) is not None}
