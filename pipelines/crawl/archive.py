"""The archive and the store, kept together.

Segments are the truth, and the store follows: a record is in the archive before its rows are
written. What was archived and not ingested, as a run was killed in between, is ingested at the
next start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from sqlalchemy import Engine, func, select

from miner.db import upsert as db
from miner.db.session import read_store
from miner.pipelines.crawl.backfill import backfill, needs_backfill
from miner.pipelines.crawl.dispatch import ArchiveIntake
from miner.pipelines.intake.batch import table_of, write_answer
from miner.pipelines.intake.runs import RUN
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.received import Location
from miner.schema import tables
from miner.schema.vocab import AnswerKind, ParseState
from miner.settings import Settings

_GROUP = 500
_ANSWER = table_of(tables.ArchivedAnswer)


@contextmanager
def open_archive(settings: Settings, engine: Engine) -> Iterator[Archive]:
    """Open the archive for writing, torn tail cut, and bring the store up to date with it.

    Earlier payloads are looked up through a connection of its own that only reads, so that a
    page can be archived in one thread while another is written in the next.
    """
    reader = read_store(settings)

    def find_payload(digest: str) -> Location | None:
        with reader.connect() as connection:
            rows = db.select_rows(
                connection, _ANSWER, ("segment", "offset", "length"), "digest", [digest]
            )
        if not rows:
            return None
        first = min(rows, key=lambda row: (row["segment"], row["offset"]))
        return Location(first["segment"], first["offset"], first["length"], digest)

    try:
        archive = Archive(
            settings.archive_dir,
            segment_bytes=settings.archive_segment_bytes,
            find_payload=find_payload,
        )
        try:
            catch_up(settings, archive, engine)
            if needs_backfill(engine):
                backfill(engine, archive)
            yield archive
        finally:
            archive.close()
    finally:
        reader.dispose()


def catch_up(settings: Settings, archive: Archive, engine: Engine) -> int:
    """Ingest what stands in the segments behind the last record that the store knows of.

    A store that knows of none is another one than the archive was filled with: there the records
    are indexed alone, so that nothing older is written over what it was seeded with.

    Returns:
        Records that were new to the store.
    """
    with engine.connect() as connection:
        rows = connection.execute(
            select(_ANSWER.c.segment, func.max(_ANSWER.c.offset + _ANSWER.c.length)).group_by(
                _ANSWER.c.segment
            )
        )
        ends = {str(segment): int(end) for segment, end in rows}
        run_id = connection.scalar(select(func.max(RUN.c.id)))
    if not ends or run_id is None:
        return _index(archive, engine)
    intake = ArchiveIntake(settings, engine, archive, run_id)
    for location, record in archive.scan(ends):
        intake.ingest(location, record)
    intake.finish(is_whole=False)
    return sum(count for what, count in intake.counts.items() if what.startswith("answers: "))


def _index(archive: Archive, engine: Engine) -> int:
    count = 0
    # the index tells which names were asked for: a record that was not ingested was not asked for
    rest = (item for item in archive.scan() if item[1].kind != AnswerKind.RECORD)
    while group := list(islice(rest, _GROUP)):
        with engine.begin() as connection:
            for location, answer in group:
                write_answer(connection, answer, location, ParseState.PARSED.value)
        count += len(group)
    return count
