"""A store built from its archive, by the same functions that a crawl uses."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from miner.db.session import open_store, read_store, store_lock
from miner.errors import ConfigurationError, InvalidData, MinerError
from miner.pipelines.crawl.archive import open_archive
from miner.pipelines.crawl.backfill import needs_backfill
from miner.pipelines.crawl.dispatch import ArchiveIntake
from miner.pipelines.crawl.exchange import fresh_folder, place_observations, swap
from miner.pipelines.derive.architecture.architecture_stage import derive_architectures
from miner.pipelines.derive.cards.extraction_stage import extract_stored
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.licenses.dataset_cards import read_dataset_cards
from miner.pipelines.derive.licenses.license_files import read_license_files
from miner.pipelines.executors import open_executor
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    ingest_named_repositories,
    unfound_names,
)
from miner.pipelines.intake.runs import RUN, running
from miner.pipelines.intake.snapshots import begun_from, is_empty
from miner.pipelines.scan.scan_rows import wanted_scans
from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.progress import Progress
from miner.schema import tables
from miner.schema.vocab import FindingSource, RunState, SweepKind
from miner.settings import Settings

log = logging.getLogger(__name__)

_LINK = table_of(tables.ModelRepository)
_COMMAND = "parse"
_FOLDER = "parse"
"""Where observations are gathered while a store on PostgreSQL is filled."""


def parse_archive(settings: Settings, progress: Progress) -> Counter[str]:
    """Build a store from the archive.

    On SQLite it takes the old one's place when it is whole; that stays beside it as
    ``miner.db.before-parse``. On PostgreSQL the database has to be empty, or to have what an
    earlier try left, which is deleted. Rows of dumps are in no archive: a warning names them.

    Args:
        settings: Where archive and store are.
        progress: Shows how far it is.

    Returns:
        Records by kind, and what else was done.

    Raises:
        ConfigurationError: There is no archive, the database is not empty, or the store was
            seeded from a snapshot.
        InvalidData: An older store has what no archive has, and part of it cannot be read.
    """
    reader = ArchiveReader(settings.archive_dir)
    if not reader.segments():
        raise ConfigurationError(
            f"there is no archive in {settings.archive_dir}",
            next_step="miner crawl --since 2024-01",
        )
    store = settings.data_dir / "miner.db"
    is_file = settings.database_url == f"sqlite:///{store}"
    if not is_file and settings.database_url.startswith("sqlite"):
        raise ConfigurationError(
            "parse --from-archive builds a store on SQLite in the data directory",
            next_step="unset MINER_DATABASE_URL, or name an empty PostgreSQL database",
        )
    with store_lock(settings):
        if is_file:
            _complete_archive(settings)
        else:
            Archive(settings.archive_dir, segment_bytes=settings.archive_segment_bytes).close()
        inside = _inside(settings, is_file=is_file)
        with _building(inside, reader, progress) as counts:
            if not is_file:
                place_observations(inside.observations_dir, settings.observations_dir)
        if lacking := _seeds_of(settings) or _seeds_of(inside):
            log.warning(
                "what came from dumps is not in the archive, so this store lacks it: %s; "
                "run miner crawl with the same --seed again",
                ", ".join(lacking),
            )
        if is_file:
            swap(settings, inside)
        else:
            shutil.rmtree(inside.data_dir, ignore_errors=True)
    return counts


def _complete_archive(settings: Settings) -> None:
    """Cut a torn tail off the archive, and put into it what only the store knows.

    Raises:
        ConfigurationError: The store was seeded from a snapshot.
        InvalidData: An older store has what no archive has, and part of it cannot be read.
    """
    if not (settings.data_dir / "miner.db").exists():
        Archive(settings.archive_dir, segment_bytes=settings.archive_segment_bytes).close()
        return
    try:
        engine = open_store(settings, create=False)
    except (MinerError, SQLAlchemyError) as error:
        _warn_of_damage(error)
        Archive(settings.archive_dir, segment_bytes=settings.archive_segment_bytes).close()
        return
    try:
        try:
            with engine.connect() as connection:
                begun = begun_from(connection)
            is_older = begun is None and needs_backfill(engine)
        except SQLAlchemyError as error:
            _warn_of_damage(error)
            begun, is_older = None, False
        if is_older:
            _write_older(settings, engine)
    finally:
        engine.dispose()
    if begun is not None:
        raise ConfigurationError(
            f"this store was seeded from {begun.name}, and what came with it is in no archive; "
            "the store stays as it is",
            next_step=f"MINER_DATA_DIR=FOLDER miner crawl --since 2024-01 --seed {begun.name}",
        )
    Archive(settings.archive_dir, segment_bytes=settings.archive_segment_bytes).close()


def _warn_of_damage(error: MinerError | SQLAlchemyError) -> None:
    cause = error.message if isinstance(error, MinerError) else getattr(error, "orig", error)
    log.warning(
        "the store that is there cannot be read (%s): nothing is copied from it; "
        "it stays as miner.db.before-parse",
        cause,
    )


def _write_older(settings: Settings, engine: Engine) -> None:
    """Put what only an older store knows into the archive.

    Raises:
        InvalidData: Part of it cannot be read; to go on would lose it.
    """
    try:
        with open_archive(settings, engine):
            pass
    except SQLAlchemyError as error:
        raise InvalidData(
            "what only the store that is there knows cannot be put into the archive: "
            f"{getattr(error, 'orig', error)}",
            kept="the store and the archive as they are",
            next_step=f"mv {settings.data_dir / 'miner.db'} elsewhere, then the same command: "
            "it builds from the archive alone",
        ) from error


def _inside(settings: Settings, *, is_file: bool) -> Settings:
    """Return where the new store and its observations are built; what is left there is gone.

    Raises:
        ConfigurationError: The database has a store.
    """
    if is_file:
        fresh = fresh_folder(settings)
        url = f"sqlite:///{fresh / 'miner.db'}"
        return replace(settings, data_dir=fresh, database_url=url)
    engine = open_store(settings)
    try:
        with engine.begin() as connection:
            _require_empty(connection)
    finally:
        engine.dispose()
    fresh = settings.data_dir / _FOLDER
    shutil.rmtree(fresh, ignore_errors=True)
    return replace(settings, data_dir=fresh)


def _require_empty(connection: Connection) -> None:
    """Delete what an earlier try left in a database.

    Raises:
        ConfigurationError: It has another store.
    """
    first = connection.execute(
        select(RUN.c.command, RUN.c.state).order_by(RUN.c.id).limit(1)
    ).first()  # fmt: skip
    if first is None and is_empty(connection):
        return
    if first is None or first.command != _COMMAND or first.state == RunState.FINISHED:
        raise ConfigurationError(
            "the database has a store, and parse --from-archive fills an empty one",
            next_step="create an empty database, set MINER_DATABASE_URL to it, and run "
            "miner parse --from-archive again",
            kept="the store as it is",
        )
    for table in reversed(tables.metadata.sorted_tables):
        connection.execute(table.delete())


@contextmanager
def _building(
    settings: Settings, reader: ArchiveReader, progress: Progress
) -> Iterator[Counter[str]]:
    """Fill a store; it counts as whole when the body has ended."""
    engine = open_store(settings)
    try:
        with running(engine, _COMMAND, {"from_archive": True}) as run:
            intake = ArchiveIntake(settings, engine, reader, run.id)
            progress.start("records of the archive")
            for location, record in reader.scan():
                intake.ingest(location, record)
                progress.advance(1)
            intake.finish(is_whole=True)
            progress.finish()
            work = Derivation(settings, engine, reader, run.id, Event(), intake.counts)
            with open_executor(None, work.stop) as executor:
                extract_stored(work, executor, progress)
                read_license_files(work, executor, progress)
                read_dataset_cards(work, executor, progress)
                derive_architectures(work, executor, progress)
            _warn_of_lack(work, is_older=intake.github.is_older)
            yield intake.counts
            run.state, run.report = RunState.FINISHED, dict(intake.counts)
    finally:
        engine.dispose()  # the last connection of a store writes its log back and takes it away


def _warn_of_lack(work: Derivation, *, is_older: bool) -> None:
    """Say what an archive of an older miner lacks; find again what cards link."""
    if is_older:
        with work.engine.begin() as connection:
            linked = sorted(set(connection.scalars(select(_LINK.c.repository).distinct())))
            card = FindingSource.CARD.value
            names = unfound_names(connection, [(name, name) for name in linked], card)
            context = IngestContext(connection, work.run_id, None)
            ingest_named_repositories(context, card, names)
            finding = table_of(tables.RepositoryFinding)
            query = select(func.count(REPOSITORY.c.id)).where(
                REPOSITORY.c.id.not_in(select(finding.c.repository_id))
            )
            unnamed = int(connection.scalar(query) or 0)
        if unnamed:
            log.warning(
                "no record tells how %d repositories were found: they were on a list; "
                "miner crawl with the same --repositories says it again",
                unnamed,
            )
    if not is_older:
        return
    with work.engine.connect() as connection:
        count = len(wanted_scans(connection))
    if count:
        work.counts["repositories to be scanned"] = count
        log.warning(
            "%d repositories are to be scanned: the archive keeps only those files of their "
            "source that load models, and a scan reads more. Use sites, uses, dependencies, "
            "links and licenses come back with miner crawl, but for repositories that are "
            "gone since",
            count,
        )


@contextmanager
def _readable(settings: Settings) -> Iterator[Engine | None]:
    """Open a store for reading; None where there is none, or it cannot be read."""
    try:
        engine = read_store(settings)
    except (MinerError, SQLAlchemyError):
        yield None
        return
    try:
        yield engine
    finally:
        engine.dispose()


def _seeds_of(settings: Settings) -> list[str]:
    """Return the dumps that a store was seeded from, as far as it can be read.

    One built from an archive alone knows that there was one: its first pass is no full one.
    """
    with _readable(settings) as engine:
        if engine is None:
            return []
        try:
            with engine.connect() as connection:
                rows = connection.execute(
                    SWEEP.select()
                    .with_only_columns(SWEEP.c.kind, SWEEP.c.window)
                    .where(SWEEP.c.subject == "model", SWEEP.c.kind != SweepKind.DELTA.value)
                    .order_by(SWEEP.c.id)
                ).all()
        except SQLAlchemyError as error:  # damaged: that may be why it is built again
            log.debug("the old store does not tell of dumps: %s", error)
            return []
    dumps = [window["seed"] for kind, window in rows if kind == SweepKind.SEED.value]
    if not dumps and rows and rows[0][0] == SweepKind.LIGHT.value:
        return ["a dump whose name the archive does not know"]
    return [f"{dump['name']} of {str(dump['date'])[:10]}" for dump in dumps]
