"""PostgreSQL as a store: its engines, the lock on a whole database, and what its errors mean."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from miner.db.address import place_of
from miner.errors import ConfigurationError, MinerError, RetryLater, StoreLocked

# A lock is two numbers: miner's own, and the schema that the store is in.
_RUN, _TRANSACTION = 1_835_626_085, 1_835_626_086
_SCHEMA = "hashtext(coalesce(current_schema(), ''))"
_PATIENCE_SECONDS = 2.0  # a writer that was killed a moment ago still has it
_DEFAULTS = {
    "connect_timeout": "10",
    # a server that vanishes without a word is missed after a minute, not after two hours
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}


def open_engine(url: URL, *, writes: bool) -> Engine:
    """Return an engine on a PostgreSQL store.

    A transaction of a writer has the write lock from its first statement, as ``BEGIN IMMEDIATE``
    gives it on SQLite. A transaction of a reader sees one state and cannot write.
    """
    url = url.update_query_dict(
        {name: value for name, value in _DEFAULTS.items() if name not in url.query}
    )
    options: dict[str, Any] = {}
    if not writes:
        options = {
            "isolation_level": "REPEATABLE READ",
            "execution_options": {"postgresql_readonly": True},
        }
    arguments = {
        "application_name": f"miner, process {os.getpid()} on {socket.gethostname()}"[:63],
        # a plan made while the tables were empty must not be kept for when they are full
        "prepare_threshold": None,
    }
    engine = create_engine(url, connect_args=arguments, **options)
    if writes:
        event.listen(engine, "connect", _set_patience)
        event.listen(engine, "begin", _take_write_lock)
    return engine


def _set_patience(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET lock_timeout = '30s'")
    cursor.close()
    connection.commit()


def _take_write_lock(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TRANSACTION}, {_SCHEMA})")


@contextmanager
def writer_lock(url: URL) -> Iterator[None]:
    """Hold the right to write to a database, whichever machine another writer is on.

    Raises:
        StoreLocked: Another process has it.
    """
    engine = _lone_engine(url)
    try:
        with engine.connect() as connection:
            _acquire(connection, url)
            yield
    finally:
        engine.dispose()  # the lock ends with its connection


def lock_holder(url: URL) -> str | None:
    """Return who writes to a database now, None when there is nobody."""
    engine = _lone_engine(url)
    try:
        with engine.connect() as connection:
            return _holder(connection)
    finally:
        engine.dispose()


def _lone_engine(url: URL) -> Engine:
    engine = open_engine(url, writes=False)
    return create_engine(
        engine.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"application_name": f"miner, process {os.getpid()}"},
    )


def _acquire(connection: Connection, url: URL) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    ask = text(f"SELECT pg_try_advisory_lock({_RUN}, {_SCHEMA})")
    while not connection.scalar(ask):
        if time.monotonic() > deadline:
            holder = _holder(connection)
            raise StoreLocked(
                f"another miner{f' ({holder})' if holder else ''} is writing to {place_of(url)}",
                next_step="wait for it to end, or end it: it stops in order and nothing is lost",
            )
        time.sleep(0.1)
