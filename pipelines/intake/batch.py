"""What all writers share: the transaction, the run, the answer, and how sources are ranked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Connection, Table, text

from miner.db import dialect
from miner.db import upsert as db
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.facts import Problem
from miner.schema import tables
from miner.schema.vocab import SOURCE_RANK, RecordReason

STATEMENTS_BY_RECORD = ("declared", "api", "tag")
"""Sources that a record replaces; what a card said stays until the card is read again."""

SEEDED = "snapshot"
"""Stands for the digest of a record, and the version of rules, that came with a snapshot: the
record itself was not read here."""


def as_text(moment: datetime) -> str:
    """Return a UTC time as the store keeps it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction's setting.

    Attributes:
        connection: In a transaction; the caller commits.
        hub_id: Surrogate key of the hub.
        run_id: Surrogate key of the run.
        observed_at: Date of the answer, as the store keeps it.
        answer_id: The answer's row, None where it is not archived.
        sweep_id: The sweep, None outside one.
        is_first: The first sweep of its window: what it sees is not a change.
        covered: Windows of the passes before, as bounds of the time of creation: a model that is
            not stored and is in none of them was never looked for. Empty: all were looked for.
        faults: Counts what was lost to unexpected errors.
    """

    connection: Connection
    hub_id: int
    run_id: int
    observed_at: str
    answer_id: int | None
    sweep_id: int | None = None
    is_first: bool = True
    covered: tuple[tuple[str, str], ...] = ()
    faults: Faults = field(default_factory=Faults)

    def is_new(self, created_at: object) -> bool:
        """Tell whether a model that is not stored, created then, was not there before."""
        if self.is_first or not self.covered or not isinstance(created_at, str):
            return not self.is_first
        return any(since <= created_at < until for since, until in self.covered)


def table_of(model: type[tables.Base]) -> Table:
    """Return the table that a class maps."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} has no table")
    return table


def place_on_hub(url: str) -> str:
    """Return an address without its host: the same place on a mirror or a replay is the same."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def write_answer(
    connection: Connection, answer: ReceivedAnswer, location: Location, state: str
) -> int:
    """Index an archived answer and return its surrogate key; known places keep theirs."""
    table = tables.ArchivedAnswer.__table__
    found = connection.execute(
        table.select()
        .with_only_columns(table.c.id)
        .where(table.c.segment == location.segment, table.c.offset == location.offset)
    ).scalar()
    if found is not None:
        return int(found)
    answers = table_of(tables.ArchivedAnswer)
    (answer_id,) = db.next_ids(connection, answers, 1)
    row = {
        "id": answer_id,
        "segment": location.segment,
        "offset": location.offset,
        "length": location.length,
        "kind": str(answer.kind),
        "url": place_on_hub(answer.url),
        "status": answer.status,
        "digest": location.digest,
        "observed_at": as_text(answer.observed_at),
        "state": state,
    }
    db.insert(connection, answers, [row])
    return answer_id


def write_problems(batch: Batch, subject: str, problems: Iterable[Problem]) -> None:
    """Write what could not be used; a later answer on the same subject replaces it."""
    unique = {(item.position, item.field): item for item in problems}.values()
    for problem in unique:
        if problem.reason == RecordReason.UNEXPECTED_ERROR.value:
            batch.faults.count(f"{subject} {problem.name or ''}".strip(), problem.detail)
    if not unique:
        return
    table = table_of(tables.RejectedRecord)
    _delete_earlier(batch, table, subject, unique)
    rows: list[db.Row] = [
        {
            "hub_id": batch.hub_id,
            "subject": subject,
            "name": problem.name,
            "field": problem.field,
            "reason": problem.reason,
            "detail": problem.detail,
            "position": problem.position,
            "answer_id": batch.answer_id,
            "sweep_id": batch.sweep_id,
        }
        for problem in unique
    ]
    db.upsert(
        batch.connection,
        table,
        db.numbered(batch.connection, table, rows),
        key=("answer_id", "position", "field"),
        update=("reason", "detail", "name"),
    )


def _delete_earlier(
    batch: Batch, table: Table, subject: str, problems: Collection[Problem]
) -> None:
    """Delete earlier findings in the same fields of the same records: a finding is one row.

    A record without a name is known by what was found, and several of one sweep may have that.
    """
    columns = ("id", "name", "field", "detail", "answer_id", "sweep_id")
    named = {(item.name, item.field) for item in problems if item.name is not None}
    unnamed = {(item.field, item.detail) for item in problems if item.name is None}
    where: dict[str, str | int] = {"hub_id": batch.hub_id, "subject": subject}
    find = partial(db.select_rows, batch.connection, table, columns, where=where)
    earlier = [
        row["id"]
        for row in (find("name", {str(name) for name, _ in named}) if named else [])
        if (row["name"], row["field"]) in named
        and (batch.answer_id is None or row["answer_id"] != batch.answer_id)
    ]
    earlier += [
        row["id"]
        for row in (find("detail", {detail for _, detail in unnamed}) if unnamed else [])
        if row["name"] is None
        and (row["field"], row["detail"]) in unnamed
        and row["sweep_id"] != batch.sweep_id
    ]
    if earlier:
        db.delete_where_in(batch.connection, table, "id", earlier)


def choose(
    connection: Connection, table: Table, subject: str, groups: tuple[str, ...], ids: list[int]
) -> None:
    """Mark the best source of each fact of some subjects (``vocab.Source`` is the precedence).

    Args:
        connection: In a transaction.
        table: A table with ``source`` and ``is_chosen``.
        subject: Its column that names the subject.
        groups: Columns that make one fact; texts are compared without case. Empty: all
            statements of a subject speak of one fact.
        ids: The subjects.
    """
    if not ids:
        return

    def rank(alias: str) -> str:
        cases = " ".join(f"WHEN '{name}' THEN {place}" for name, place in SOURCE_RANK.items())
        return f"CASE {alias}.source {cases} END"

    same = "".join(
        f"AND {dialect.folded(connection, f'other.{group}')} = "
        f"{dialect.folded(connection, f'{table.name}.{group}')} "
        for group in groups
    )
    statement = text(
        f"UPDATE {table.name} SET is_chosen = NOT EXISTS (SELECT 1 FROM {table.name} AS other "
        f"WHERE other.{subject} = {table.name}.{subject} {same}"
        f"AND {rank('other')} < {rank(table.name)}) "
        f"WHERE {subject} {dialect.among(connection, ':ids')}"
    )
    for start in range(0, len(ids), 5000):
        chunk = dialect.listed(connection, ids[start : start + 5000])
        connection.execute(statement, {"ids": chunk})
