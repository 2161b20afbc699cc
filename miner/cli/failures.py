"""Failures of the machine (disk, permissions, database file) as errors a user can act on."""

from __future__ import annotations

import errno
import sqlite3

from miner.errors import ConfigurationError, MinerError, RetryLater

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_KEPT = "everything up to the last committed batch"


def as_miner_error(error: BaseException) -> MinerError | None:
    """Return what an exception of the machine means for the user, or None if it is our bug.

    SQLAlchemy wraps the driver's exception, so the chain of causes is searched. What was being
    handled when a bug showed (``__context__``) is no cause: a crash of ours must not pass for it.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        found = _translate(current)
        if found is not None:
            return found
        current = getattr(current, "orig", None) or current.__cause__
    return None


def _translate(error: BaseException) -> MinerError | None:
    if isinstance(error, MinerError):
        return error
    if isinstance(error, OSError):
        return _system(error)
    if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError):
        return _database(str(error))
    if type(error).__module__.startswith(("psycopg", "adbc_driver_manager")):
        from miner.db.failures import postgres_error

        return postgres_error(error)
    return None


def _system(error: OSError) -> MinerError | None:
    if error.errno in _NO_SPACE:
        return _disk_full(str(error.filename or ""))
    if error.errno == errno.EFBIG:
        return _refused_by_disk(f"{error.filename or 'a file'} may not grow any more")
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return ConfigurationError(
            f"no permission to write {error.filename or 'the data directory'}",
            next_step="set MINER_DATA_DIR to a folder of yours",
            kept=_KEPT,
        )
    return None


def _disk_full(where: str) -> MinerError:
    return ConfigurationError(
        f"the disk is full{f' ({where})' if where else ''}",
        next_step="free space, then run the same command again: it goes on where it stopped",
        kept=_KEPT,
    )


def _refused_by_disk(what: str) -> MinerError:
    return ConfigurationError(
        f"the disk does not do what is asked of it: {what}",
        next_step="look at its health, its largest size of a file, and the shell's (ulimit -f); "
        "then run the same command again: it goes on where it stopped",
        kept=_KEPT,
    )


def _database(message: str) -> MinerError | None:
    if "disk is full" in message:
        return _disk_full("store")
    if "disk I/O error" in message:
        return _refused_by_disk(f"{message} (store)")
    if "readonly" in message or "unable to open" in message:
        return ConfigurationError(
            f"the store cannot be written: {message}",
            next_step="check the rights of MINER_DATA_DIR or MINER_DATABASE_URL",
            kept=_KEPT,
        )
    if "locked" in message:
        return RetryLater(
            "the store is locked by another process",
            next_step="run the same command again when the other has ended",
            kept=_KEPT,
        )
    if "malformed" in message or "not a database" in message:
        return ConfigurationError(
            f"the store's file is damaged: {message}",
            next_step="move it away and run: miner parse --from-archive",
        )
    return None
