"""Engines on the store: one that writes and keeps the schema up to date, one that only reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import parse_qsl

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from miner.db import migrations, postgres
from miner.db.address import store_url
from miner.errors import ConfigurationError, RetryLater, StoreAbsent, StoreLocked
from miner.settings import Settings

_PRAGMAS = (
    "PRAGMA busy_timeout=30000",  # first: switching to WAL may have to wait too
    "PRAGMA cache_size=-64000",
)
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=8000",  # 32 MB: a batch of 10,000 models fits in
)
_READER_PRAGMAS = ("PRAGMA query_only=ON",)


def open_store(settings: Settings, *, create: bool = True) -> Engine:
    """Open the store for writing and bring its schema up to date.

    Transactions begin at once with the write lock (``BEGIN IMMEDIATE`` on SQLite, an advisory
    lock on PostgreSQL), so two connections of this engine must not be in a transaction at the
    same time: read beside a writer with :func:`read_store`.

    Args:
        settings: ``database_url`` says where the store is, ``data_dir`` is created.
        create: Make a store where there is none; otherwise that is an error.

    Returns:
        An engine. The caller disposes of it.

    Raises:
        ConfigurationError: The store cannot be made, is absent, is not one of miner's, or was
            written by a newer miner.
    """
    url = store_url(settings.database_url)
    if create:
        _make_folder(settings.data_dir)
        if path := _sqlite_path(url):
            _make_folder(path.parent)
    else:
        _require_store(url)
    engine = _engine(url, writes=True)
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection, create=create)
    except BaseException:
        engine.dispose()
        raise
    return engine


def read_store(settings: Settings) -> Engine:
    """Open the store for reading only; its schema has to be up to date.

    Returns:
        An engine that refuses to write. A transaction sees one state of the store, also while
        another process writes. The caller disposes of it.

    Raises:
        ConfigurationError: There is no store yet, or its schema is older or newer.
    """
    url = store_url(settings.database_url)
    _require_store(url)
    engine = _engine(url, writes=False)
    try:
        with engine.begin() as connection:
            migrations.require_current(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def store_lock(settings: Settings) -> Iterator[None]:
    """Hold the right to write to the data directory and the store; one process has it at a time.

    A database may be written to from several machines, so the right to it is held there too.

    Raises:
        StoreLocked: Another process has it.
        ConfigurationError: The data directory cannot be made, or the address cannot be used.
    """
    url = store_url(settings.database_url)
    _make_folder(settings.data_dir)
    lock = FileLock(settings.data_dir / "miner.lock")
    holder = settings.data_dir / "miner.lock.pid"
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreLocked(
            f"another miner{_holder(holder)} is writing to {settings.data_dir}",
            next_step="wait for it to end, or end it: it stops in order and nothing is lost",
        ) from error
    try:
        holder.write_text(str(os.getpid()), encoding="ascii")
        with postgres.writer_lock(url) if _is_postgres(url) else nullcontext():
            yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def lock_holder(settings: Settings) -> int | None:
    """Return the process that writes to the data directory now, None when there is none.

    A process that was killed leaves its number behind; the lock itself is what counts.
    """
    path = settings.data_dir / "miner.lock"
    pid = _pid_in(path.with_name("miner.lock.pid"))
    if pid is None:
        return None
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return pid
    except OSError:  # another user's, or on a file system that is read only
        return pid if _is_locked(path) else None
    lock.release()
    return None


def _is_locked(path: Path) -> bool:
    """Tell whether somebody has a lock that this user may not take."""
    import fcntl  # noqa: PLC0415 - there is none on Windows, where no such folder is met

    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def file_uri(path: Path) -> str:
    """Return the address under which SQLite opens a store's file for reading only.

    To read beside a writer SQLite makes a file of its own beside the store. Where this user may not
    make one, the store is read as a file that does not change; unless its writer is at work and
    has made that file already.

    Raises:
        ConfigurationError: Changes in the write-ahead log cannot be read without that file.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    log_file, shared = (path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))
    if os.access(path.parent, os.W_OK) or shared.exists():
        return uri
    if log_file.exists() and log_file.stat().st_size:
        raise ConfigurationError(
            f"{path} was not closed in order, and this user may not write to {path.parent}, which "
            "reading its last changes needs",
            next_step=f"cp -r {path.parent} COPY, then MINER_DATA_DIR=COPY; or let its owner run "
            "miner status once",
            kept="all of it",
        )
    return f"{uri}&immutable=1"


@contextmanager
def unchanged(path: Path, uri: str) -> Iterator[None]:
    """Check that nobody wrote to a store that the block reads as a file that does not change.

    Args:
        path: The store's file.
        uri: As ``file_uri`` returned it.

    Raises:
        RetryLater: Its owner wrote to it.
    """
    before = path.stat()
    yield
    after = path.stat()
    is_same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    if "immutable=1" in uri and not is_same:
        raise RetryLater(
            f"{path} was written to while it was read",
            next_step="run the same command again",
        )


def _holder(path: Path) -> str:
    """Return the process that wrote the file, as part of a sentence, or nothing."""
    pid = _pid_in(path)
    return f" (process {pid})" if pid is not None else ""


def _pid_in(path: Path) -> int | None:
    try:
        pid = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(pid) if pid.isdigit() else None


def _is_postgres(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"


def _sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite store, None for other stores."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        why = "there is a file in its place" if is_file else error.strerror
        raise ConfigurationError(
            f"the folder {path} cannot be made: {why}",
            next_step="set MINER_DATA_DIR to a folder of yours",
        ) from error


def _require_store(url: URL) -> None:
    path = _sqlite_path(url)
    if path is not None and not path.exists():
        raise StoreAbsent(
            f"there is no store at {path} yet", next_step="miner crawl --since 2024-01"
        )


def _engine(url: URL, *, writes: bool) -> Engine:
    if _is_postgres(url):
        return postgres.open_engine(url, writes=writes)
    # The driver's own way of beginning transactions leaves DDL and reads outside of them.
    # With isolation_level=None it begins nothing, and the event below does.
    path = _sqlite_path(url)
    if not writes and path is not None and not os.access(path.parent, os.W_OK):
        place, _, query = file_uri(path).partition("?")
        url = url.set(database=place, query={**dict(parse_qsl(query)), "uri": "true"})
    engine = create_engine(url, connect_args={"isolation_level": None})
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        _set_pragmas(connection, writes=writes)

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _set_pragmas(connection: DBAPIConnection, *, writes: bool) -> None:
    try:
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *(_WRITER_PRAGMAS if writes else _READER_PRAGMAS)):
            cursor.execute(pragma)
        cursor.close()
    except BaseException:
        connection.close()  # the pool does not know of it yet
        raise
