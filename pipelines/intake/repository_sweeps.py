"""Sweeps over all known repositories: answers of GitHub's metadata into rows and observations.

Each function is one transaction's work and depends on the store and the answer alone, so that a
crawl and the archive read again lead to the same rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from miner.db import upsert as db
from miner.db.observations import Observations
from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    write_absent,
    write_repositories,
)
from miner.pipelines.sources.github.descriptions import read_batch, read_single
from miner.pipelines.sources.github.repository_records import RepositoryFacts, could_be_a_name
from miner.pipelines.sources.http import entity_tag
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import RepositoryState

REPOSITORY_SWEEP = table_of(tables.RepositorySweep)
NOT_MODIFIED = "not modified"
_ABSENT_ASKED_AFTER = timedelta(days=30)
_ANOTHER = "its name leads to another repository"


@dataclass(frozen=True, slots=True)
class OpenRepositorySweep:
    """A sweep under way.

    Attributes:
        id: Surrogate key.
        name: Name, unique in the store.
        observations: Where the sightings of repositories go.
    """

    id: int
    name: str
    observations: Observations


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch of metadata was.

    Attributes:
        described: Names asked for that GitHub describes.
        absent: Names that were gone or blocked before, and still are not there.
        unnamed: Repositories whose name another one has now: gone.
        unexplained: Names without an answer: each is to be asked for by itself.
        renamed: Repositories that have another name now.
    """

    described: list[str]
    absent: list[str]
    unnamed: list[str]
    unexplained: list[str]
    renamed: int


def next_sweep_name(connection: Connection) -> str:
    """Return the name of a new sweep; it ends with its number."""
    (key,) = db.next_ids(connection, REPOSITORY_SWEEP, 1)
    return f"github-repository-{key:06d}"


def begin_sweep(connection: Connection, name: str, run_id: int) -> int:
    """Return the surrogate key of a sweep, its row written if it is new.

    Its number is in its name; the next ones count on from it.
    """
    known = db.select_rows(connection, REPOSITORY_SWEEP, ("id",), "name", [name])
    if known:
        return int(known[0]["id"])
    (key,) = db.next_ids(connection, REPOSITORY_SWEEP, 1)
    number = name.rpartition("-")[2]
    if number.isdigit():
        key = max(key, int(number))
    row = {"id": key, "name": name, "batch_count": 0, "record_count": 0, "is_complete": 0,
           "run_id": run_id}  # fmt: skip
    db.insert(connection, REPOSITORY_SWEEP, [row])
    return key


def complete_sweep(connection: Connection, sweep: OpenRepositorySweep) -> None:
    """Write that all repositories were asked for; the sightings become one file."""
    sweep.observations.finish(sweep.name)
    last = connection.scalar(
        select(func.max(REPOSITORY.c.observed_at)).where(REPOSITORY.c.sweep_id == sweep.id)
    )
    connection.execute(
        text("UPDATE repository_sweep SET is_complete = :done, ended_at = :at WHERE id = :id"),
        {"done": True, "at": last and as_text(last), "id": sweep.id},
    )


def ingest_batch(
    context: IngestContext, sweep: OpenRepositorySweep, answer: ReceivedAnswer
) -> BatchResult:
    """Write what a batch says of the repositories that it was asked for."""
    names = [str(name) for name in json.loads(answer.context["asked"])]
    described, refused = read_batch(answer, names)
    renamed = _write(context, sweep, described) if described else 0
    missing = [name for name in names if name in refused]
    known = _known_absent(context.connection, missing, answer.observed_at)
    if known:
        _confirm(context, sweep, known)
    rest = [name for name in missing if name not in known]
    unnamed = [name for name in rest if not could_be_a_name(name)]
    if unnamed:
        gone = dict.fromkeys(unnamed, (RepositoryState.GONE, _ANOTHER))
        unanswered = IngestContext(context.connection, context.run_id, None)
        write_absent(unanswered, gone, sweep.id)
    return BatchResult(
        list(described), known, unnamed, [name for name in rest if name not in unnamed], renamed
    )


def ingest_single(
    context: IngestContext, sweep: OpenRepositorySweep, answer: ReceivedAnswer
) -> tuple[str, int]:
    """Write what the answer to one repository's address says.

    Returns:
        ``NOT_MODIFIED`` or the ``vocab.RepositoryState``, and how many have another name now.

    Raises:
        RetryLater: GitHub does not answer properly.
    """
    (name,) = (str(name) for name in json.loads(answer.context["asked"]))
    if answer.status == 304:
        _confirm(context, sweep, [name])
        return NOT_MODIFIED, 0
    described, state = read_single(answer)
    if described is None:
        write_absent(context, {name: state}, sweep.id)
        _observe(context, sweep, [name])
        return state[0].value, 0
    renamed = _write(context, sweep, {name: described})
    if etag := entity_tag(answer.headers):
        context.connection.execute(
            text("UPDATE repository SET etag = :etag WHERE node_id = :node_id"),
            {"etag": etag, "node_id": described.node_id},
        )
    return RepositoryState.PRESENT.value, renamed


def _known_absent(connection: Connection, names: list[str], now: datetime) -> list[str]:
    """Return names that were seen to be gone or blocked, and not so long ago.

    A batch says that they still are not there. Which of the two it is only a request for each
    tells: it is asked again after a month.
    """
    rows = db.select_rows(connection, REPOSITORY, ("name", "state", "state_at"), "name", names)
    return [
        row["name"]
        for row in rows
        if row["state"] in {RepositoryState.GONE, RepositoryState.BLOCKED}
        and row["state_at"] is not None
        and now - datetime.fromisoformat(row["state_at"]) < _ABSENT_ASKED_AFTER
        and could_be_a_name(row["name"])
    ]


def _confirm(context: IngestContext, sweep: OpenRepositorySweep, names: list[str]) -> None:
    """Write that repositories are as they were."""
    context.connection.execute(
        text("UPDATE repository SET observed_at = :at, sweep_id = :sweep WHERE name = :name"),
        [{"at": context.observed_at, "sweep": sweep.id, "name": name} for name in names],
    )
    _observe(context, sweep, names)


def _write(
    context: IngestContext, sweep: OpenRepositorySweep, described: dict[str, RepositoryFacts]
) -> int:
    renamed = write_repositories(context, described, sweep.id)
    _observe(context, sweep, [facts.name for facts in described.values()])
    return renamed


def _observe(context: IngestContext, sweep: OpenRepositorySweep, names: list[str]) -> None:
    """Write what was seen as a part of the sweep's file, and count the batch."""
    columns = ("node_id", "name", "stars", "forks", "license", "is_archived", "pushed_at",
               "head_commit", "state", "observed_at")  # fmt: skip
    rows = db.select_rows(context.connection, REPOSITORY, columns, "name", names)
    part = int(
        context.connection.execute(
            text(
                "UPDATE repository_sweep SET batch_count = batch_count + 1, record_count = "
                "record_count + :records, started_at = coalesce(started_at, :at), "
                "ended_at = NULL WHERE id = :id RETURNING batch_count"
            ),
            {"records": len(rows), "at": context.observed_at, "id": sweep.id},
        ).scalar_one()
    )
    observed = [{**row, "uid": row["node_id"], "sweep": sweep.name} for row in rows]
    sweep.observations.write_part(sweep.name, part, observed)
