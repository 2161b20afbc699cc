"""What the machine refuses is told to the user as something to do, not as a traceback."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import psycopg
import psycopg.errors as pg
import pytest
import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from miner.cli.failures import as_miner_error
from miner.errors import ConfigurationError, InvalidData, MinerError, RetryLater, StoreAbsent


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (OSError(errno.ENOSPC, "No space left", "/data/x"), ConfigurationError, "disk is full"),
        (OSError(errno.EDQUOT, "Quota exceeded"), ConfigurationError, "disk is full"),
        (OSError(errno.EFBIG, "File too large", "/data/x"), ConfigurationError, "/data/x"),
        (OSError(errno.EROFS, "Read-only", "/data/x"), ConfigurationError, "/data/x"),
        (PermissionError(errno.EACCES, "Denied", "/data/y"), ConfigurationError, "/data/y"),
        (sqlite3.OperationalError("database or disk is full"), ConfigurationError, "disk is full"),
        (sqlite3.OperationalError("disk I/O error"), ConfigurationError, "disk I/O error"),
        (sqlite3.OperationalError("database is locked"), RetryLater, "locked"),
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            ConfigurationError,
            "cannot be written",
        ),
        (
            sqlite3.DatabaseError("database disk image is malformed"),
            ConfigurationError,
            "damaged",
        ),
        (sqlite3.DatabaseError("file is not a database"), ConfigurationError, "damaged"),
        (pg.DiskFull("no space left\nLINE 1"), ConfigurationError, "server is full: no space left"),
        (pg.AdminShutdown("terminating connection"), RetryLater, "terminating connection"),
        (pg.DeadlockDetected("deadlock detected"), RetryLater, "deadlock"),
        (pg.TooManyConnections("too many clients"), RetryLater, "too many clients"),
        (pg.InsufficientPrivilege("permission denied"), ConfigurationError, "permission denied"),
        (pg.ReadOnlySqlTransaction("cannot execute"), ConfigurationError, "cannot execute"),
        (psycopg.OperationalError("the connection is lost"), RetryLater, "connection is lost"),
        (psycopg.OperationalError("no password supplied"), ConfigurationError, "refuses the login"),
    ],
    ids=str,
)
def test_a_failure_of_the_machine_says_what_to_do(
    error: Exception, kind: type[MinerError], says: str
) -> None:
    known = as_miner_error(error)
    assert type(known) is kind
    assert says in known.message
    assert known.next_step


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"), KeyError("x"), FileNotFoundError("x"), RuntimeError("x"),
        pg.UndefinedColumn("x"), pg.UniqueViolation("x"), psycopg.DataError("x"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_bug_of_ours_stays_a_bug(error: Exception) -> None:
    assert as_miner_error(error) is None


def test_an_error_of_miner_stays_itself() -> None:
    error = InvalidData("no")
    assert as_miner_error(error) is error


def test_the_cause_is_found_behind_what_was_raised() -> None:
    try:
        try:
            raise PermissionError(errno.EACCES, "Denied", "/data")
        except PermissionError as cause:
            raise RuntimeError("cannot start") from cause
    except RuntimeError as error:
        assert isinstance(as_miner_error(error), ConfigurationError)


def test_a_circle_of_causes_ends() -> None:
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert as_miner_error(first) is None


def test_a_real_damaged_file_is_recognized_through_sqlalchemy(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is no database at all, whatever its name says" * 20)
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with pytest.raises(SQLAlchemyError) as caught, engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT * FROM sqlite_master"))
    engine.dispose()
    known = as_miner_error(caught.value)
    assert known is not None
    assert "damaged" in known.message


def test_a_real_locked_store_is_recognized_through_sqlalchemy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    first = sqlalchemy.create_engine(url)
    second = sqlalchemy.create_engine(url, connect_args={"timeout": 0})
    with first.connect() as holder, second.connect() as other:
        holder.exec_driver_sql("CREATE TABLE t (a)")
        holder.commit()
        holder.exec_driver_sql("BEGIN EXCLUSIVE")
        with pytest.raises(SQLAlchemyError) as caught:
            other.exec_driver_sql("INSERT INTO t VALUES (1)")
    first.dispose()
    second.dispose()
    assert isinstance(as_miner_error(caught.value), RetryLater)


def test_what_was_handled_when_a_bug_showed_is_not_its_cause() -> None:
    """A crash in the handler of an absent store is our bug, not an absent store."""
    try:
        try:
            raise StoreAbsent("there is no store")
        except StoreAbsent:
            raise RuntimeError("a bug of ours")  # noqa: B904
    except RuntimeError as error:
        assert error.__context__ is not None
        assert as_miner_error(error) is None
