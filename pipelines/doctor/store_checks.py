"""The store, its lock, the archive and the file that answers SQL. Changes none of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from miner.db.analytics import open_for_questions
from miner.db.migrations import known_revisions
from miner.db.session import lock_holder, read_store
from miner.errors import ConfigurationError, StoreAbsent
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.finding import Finding, ok, problem, warning
from miner.schema.tables import ArchivedAnswer, Model, Run
from miner.settings import Settings


def examine_store(settings: Settings) -> Iterator[Finding]:
    """Check what the data directory and the store hold."""
    writer = _writer(settings)
    yield writer.finding
    store = _store(settings)
    yield store.finding
    yield _archive(settings, store.ends, is_written=writer.pid is not None)
    yield _answers(settings, store.changed_at, is_written=writer.pid is not None)


class _Writer:
    def __init__(self, finding: Finding, pid: int | None = None) -> None:
        self.finding, self.pid = finding, pid


def _writer(settings: Settings) -> _Writer:
    try:
        pid = lock_holder(settings)
    except OSError as error:
        return _Writer(problem(
            "lock", f"{error.filename} cannot be opened: {error.strerror}",
            "set MINER_DATA_DIR to a folder of yours",
        ))  # fmt: skip
    if pid is None:
        return _Writer(ok("lock", "no process writes to the store"))
    return _Writer(ok("lock", f"process {pid} writes to the store"), pid)


class _Store:
    """What the other checks need of a store; nothing where it cannot be read."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.ends: dict[str, int] = {}
        self.changed_at: datetime | None = None


def _store(settings: Settings) -> _Store:
    try:
        engine = read_store(settings)
    except StoreAbsent as error:
        return _Store(warning("store", error.message, error.next_step))
    except ConfigurationError as error:
        return _Store(problem("store", error.message, error.next_step))
    except SQLAlchemyError as error:
        return _Store(_unreadable(settings, error))
    try:
        with engine.connect() as connection:
            return _readable(settings, connection)
    except SQLAlchemyError as error:
        return _Store(_unreadable(settings, error))
    finally:
        engine.dispose()


def _readable(settings: Settings, connection: Connection) -> _Store:
    models = connection.scalar(select(func.count(Model.id)))
    store = _Store(ok(
        "store", f"{_place(settings)}: {models:,} models, schema {known_revisions()[-1]}"
    ))  # fmt: skip
    ended = func.coalesce(Run.ended_at, Run.started_at)
    store.changed_at = connection.scalar(select(func.max(ended)))
    end = func.max(ArchivedAnswer.offset + ArchivedAnswer.length)
    rows = connection.execute(select(ArchivedAnswer.segment, end).group_by(ArchivedAnswer.segment))
    store.ends = {str(segment): int(offset) for segment, offset in rows}
    return store


def _unreadable(settings: Settings, error: SQLAlchemyError) -> Finding:
    """Return what a driver's error means; its first line alone: the rest repeats the statement."""
    cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    todo = "check that the server runs and that MINER_DATABASE_URL is right"
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        todo = "move it away and build it again: miner parse --from-archive"
    return problem("store", f"{_place(settings)} cannot be read: {cause}", todo)


def _place(settings: Settings) -> str:
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite"
    return str(url.database) if is_file else url.render_as_string(hide_password=True)


def _archive(settings: Settings, ends: dict[str, int], *, is_written: bool) -> Finding:
    """Read the last segment whole, and compare the size of every other with the store's index."""
    reader = ArchiveReader(settings.archive_dir)
    try:
        segments = reader.segments()
        sizes = {name: (reader.folder / name).stat().st_size for name in segments}
        short = sorted(name for name, end in ends.items() if sizes.get(name, 0) < end)
        if short:
            return problem(
                "archive",
                f"{', '.join(short[:3])}: the store knows of more than is there",
                f"put {', '.join(short)} back from a copy into {reader.folder}",
            )
        if not segments:
            return ok("archive", "none yet")
        last = reader.survey(segments[-1])
    except OSError as error:
        return problem(
            "archive", f"{error.filename} cannot be read: {error.strerror}",
            f"give this user the right to read {reader.folder}",
        )  # fmt: skip
    if last.damaged:
        return problem(
            "archive",
            f"{segments[-1]} is damaged at byte {last.damaged[0]}",
            "put the segment back from a copy; a crawl can go on without, in a new segment",
        )
    torn = last.size_bytes - last.end
    total = f"segments: {len(segments)}, {sum(sizes.values()) / 1e6:,.1f} MB"
    if torn and not is_written:
        return warning(
            "archive", f"{total}; {torn} bytes of a half-written record at the end of the last",
            "nothing: the next crawl cuts it off and asks again",
        )  # fmt: skip
    return ok("archive", f"{total}; the last is whole")


def _answers(settings: Settings, changed_at: datetime | None, *, is_written: bool) -> Finding:
    path = settings.duckdb_path
    if not path.is_file():
        if changed_at is None:
            return ok("DuckDB file", "none yet")
        return warning("DuckDB file", f"there is none at {path}", "miner export")
    try:
        open_for_questions(path).close()
    except ConfigurationError as error:
        return problem("DuckDB file", error.message, error.next_step)
    facts = path.stat()
    written_at = datetime.fromtimestamp(facts.st_mtime, UTC).replace(tzinfo=None)
    found = f"{path}: {facts.st_size / 1e6:,.1f} MB, written {written_at:%Y-%m-%d %H:%M:%S} UTC"
    if changed_at is None or written_at >= changed_at:
        return ok("DuckDB file", found)
    if is_written:
        return ok("DuckDB file", f"{found}; the process that writes will write it anew")
    return warning("DuckDB file", f"{found}, before the store last changed", "miner export")
