"""PostgreSQL as a store: its engines, and the lock on a whole database."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from miner.db.address import place_of
from miner.errors import StoreLocked

# A lock is two numbers: one of miner's, and the schema that the store is in.
_RUN, _TRANSACTION = 1_835_626_085, 1_835_626_086
_SCHEMA = "hashtext(coalesce(current_schema(), ''))"
_PATIENCE_SECONDS = 2.0  # the server may still be about to miss a writer that was killed
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
    if not writes:
        only_reads = {"postgresql_readonly": True}
        return _create(url, isolation_level="REPEATABLE READ", execution_options=only_reads)
    engine = _create(url)
    event.listen(engine, "connect", _set_patience)
    event.listen(engine, "begin", _take_write_lock)
    return engine


@contextmanager
def writer_lock(url: URL) -> Iterator[None]:
    """Hold the right to write to a database, whichever machine another writer is on.

    Raises:
        StoreLocked: Another process has it.
    """
    engine = _create(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # the lock ends with its connection
        _acquire(connection, url)
        yield


def libpq_address(url: URL) -> str:
    """Return an address as other clients of PostgreSQL's own library take it. Holds a password."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - installed only for PostgreSQL

    _, arguments = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**arguments)


def _create(url: URL, **options: Any) -> Engine:
    url = url.update_query_dict(
        {name: value for name, value in _DEFAULTS.items() if name not in url.query}
    )
    arguments = {
        "application_name": f"process {os.getpid()} on {socket.gethostname()}"[:63],
        # a plan made while the tables were empty must not be kept for when they are full
        "prepare_threshold": None,
    }
    return create_engine(url, connect_args=arguments, **options)


def _set_patience(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET lock_timeout = '30s'")
    cursor.close()
    connection.commit()


def _take_write_lock(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TRANSACTION}, {_SCHEMA})")


def _acquire(connection: Connection, url: URL) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not connection.scalar(text(f"SELECT pg_try_advisory_lock({_RUN}, {_SCHEMA})")):
        if time.monotonic() > deadline:
            raise StoreLocked(
                f"another miner{_holder(connection)} is writing to {place_of(url)}",
                next_step="wait for it to end, or end it: it stops in order and nothing is lost",
            )
        time.sleep(0.1)


def _holder(connection: Connection) -> str:
    """Return who has the lock, as part of a sentence; nothing where this role may not know."""
    name = connection.scalar(
        text(f"""
            SELECT activity.application_name
            FROM pg_locks AS held
            JOIN pg_stat_activity AS activity USING (pid)
            WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
                AND held.classid = {_RUN} AND held.objid = {_SCHEMA}::oid
                AND activity.datname = current_database()""")
    )
    return f" ({name})" if name else ""
