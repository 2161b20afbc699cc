"""Runs: one row an execution of a command, with how it ended and what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
from sqlalchemy import Engine, text

from miner import __version__
from miner.db import upsert as db
from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.sources.hubs.profile import PROFILE_COLUMNS
from miner.pipelines.sources.hubs.protocol import Hub
from miner.schema import tables
from miner.schema.vocab import RunState

RUN = table_of(tables.Run)
_HUB = table_of(tables.Hub)


class RunLog:
    """A run under way. Set ``state`` and ``report`` before it ends."""

    def __init__(self, run_id: int) -> None:
        self.id = run_id
        self.state = RunState.FAILED
        self.report: Mapping[str, object] = {}


@contextmanager
def running(engine: Engine, command: str, arguments: Mapping[str, object]) -> Iterator[RunLog]:
    """Open a run and close it whatever happens; without a word from inside it counts as failed.

    Args:
        engine: The store, for writing.
        command: Name of the command.
        arguments: Options that were given; never a token.
    """
    with engine.begin() as connection:
        (run_id,) = db.next_ids(connection, RUN, 1)
        row: db.Row = {
            "id": run_id,
            "command": command,
            "arguments": orjson.dumps(arguments, default=str).decode(),
            "code_version": __version__,
            "started_at": as_text(datetime.now(UTC)),
            "state": RunState.RUNNING.value,
        }
        db.insert(connection, RUN, [row])
    run = RunLog(run_id)
    try:
        yield run
    finally:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE run SET ended_at = :now, state = :state, report = :report "
                     "WHERE id = :id"),
                {"now": as_text(datetime.now(UTC)), "state": run.state.value,
                 "report": orjson.dumps(run.report, default=str).decode(), "id": run_id},
            )  # fmt: skip


def hub_id(engine: Engine, hub: Hub | type[Hub]) -> int:
    """Return the surrogate key of a hub, its row written if it is new."""
    with engine.begin() as connection:
        known = db.select_rows(connection, _HUB, ("id",), "name", [hub.name])
        if known:
            return int(known[0]["id"])
        (key,) = db.next_ids(connection, _HUB, 1)
        row = {"id": key, **{column: getattr(hub.profile, column) for column in PROFILE_COLUMNS}}
        db.insert(connection, _HUB, [row])
        return key
