"""Runs: one row an execution of a command, with how it ended and what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection, Engine, text

from miner import __version__
from miner.db import upsert as db
from miner.pipelines.intake.batch import as_text, table_of, write_answer
from miner.pipelines.sources.archive.decisions import decision
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.hubs.profile import PROFILE_COLUMNS
from miner.pipelines.sources.hubs.protocol import HubSource
from miner.schema import tables
from miner.schema.vocab import AnswerKind, ParseState, RunState

RUN = table_of(tables.Run)
_HUB = table_of(tables.Hub)


class RunLog:
    """A run under way. Set ``state`` and ``report`` before it ends."""

    def __init__(self, run_id: int) -> None:
        self.id = run_id
        self.state = RunState.FAILED
        self.report: Mapping[str, object] = {}


@contextmanager
def running(
    engine: Engine,
    command: str,
    arguments: Mapping[str, object],
    archive: Archive | None = None,
) -> Iterator[RunLog]:
    """Open a run and close it whatever happens; without a word from inside it counts as failed.

    Args:
        engine: The store, for writing.
        command: Name of the command.
        arguments: Options that were given; never a token.
        archive: Where begin and end are archived too, for a run that adds to the archive.
    """
    begun = {
        "command": command,
        "arguments": orjson.dumps(arguments, default=str).decode(),
        "code_version": __version__,
        "started_at": as_text(datetime.now(UTC)),
        "state": RunState.RUNNING.value,
    }
    with engine.begin() as connection:
        _archive(connection, archive, {"begun": begun})
        run = RunLog(begin_run(connection, begun))
    try:
        yield run
    finally:
        ended = {
            "ended_at": as_text(datetime.now(UTC)),
            "state": run.state.value,
            "report": orjson.dumps(run.report, default=str).decode(),
        }
        with engine.begin() as connection:
            _archive(connection, archive, {"ended": ended})
            end_run(connection, run.id, ended)


def begin_run(connection: Connection, begun: Mapping[str, object]) -> int:
    """Write a run and return its surrogate key."""
    (run_id,) = db.next_ids(connection, RUN, 1)
    db.insert(connection, RUN, [{"id": run_id, **begun}])
    return run_id


def end_run(connection: Connection, run_id: int, ended: Mapping[str, object]) -> None:
    """Write how a run ended."""
    connection.execute(
        text(
            "UPDATE run SET ended_at = :ended_at, state = :state, report = :report WHERE id = :id"
        ),
        {**ended, "id": run_id},
    )


def _archive(
    connection: Connection, archive: Archive | None, content: Mapping[str, object]
) -> None:
    """Put a run's begin or end into the archive and its index."""
    if archive is None:
        return
    record = decision(AnswerKind.RUN, next(iter(content)), content)
    location = archive.append(record)
    archive.flush()
    write_answer(connection, record, location, ParseState.PARSED.value)


def hub_id(engine: Engine, hub: HubSource | type[HubSource]) -> int:
    """Return the surrogate key of a hub, its row written if it is new."""
    with engine.begin() as connection:
        known = db.select_rows(connection, _HUB, ("id",), "name", [hub.name])
        if known:
            return int(known[0]["id"])
        (key,) = db.next_ids(connection, _HUB, 1)
        row = {"id": key, **{column: getattr(hub.profile, column) for column in PROFILE_COLUMNS}}
        db.insert(connection, _HUB, [row])
        return key
