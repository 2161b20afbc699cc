"""The archive and its index in the store, kept together.

Segments are the truth. What was archived but not yet indexed (a run was killed in between) is
indexed at the next start; the pages and files themselves are asked for again or found by blob.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from sqlalchemy import Engine, func, select

from miner.db import upsert as db
from miner.db.session import read_store
from miner.pipelines.intake.batch import table_of, write_answer
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.received import Location
from miner.schema import tables
from miner.schema.vocab import AnswerKind, ParseState
from miner.settings import Settings

_GROUP = 500
_ANSWER = table_of(tables.Answer)


@contextmanager
def open_archive(settings: Settings, engine: Engine) -> Iterator[Archive]:
    """Open the archive for writing, torn tail cut, and bring its index up to date.

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
            index_rest(archive, engine)
            yield archive
        finally:
            archive.close()
    finally:
        reader.dispose()


def index_rest(archive: Archive, engine: Engine) -> int:
    """Index what stands in the segments behind the last indexed record.

    Returns:
        Answers that were indexed now.
    """
    with engine.connect() as connection:
        rows = connection.execute(
            select(_ANSWER.c.segment, func.max(_ANSWER.c.offset + _ANSWER.c.length)).group_by(
                _ANSWER.c.segment
            )
        )
        ends = {str(segment): int(end) for segment, end in rows}
    count = 0
    # the index tells which names were asked for: a record that was not taken in was not asked for
    rest = (item for item in archive.scan(ends) if item[1].kind != AnswerKind.RECORD)
    while group := list(islice(rest, _GROUP)):
        with engine.begin() as connection:
            for location, answer in group:
                write_answer(connection, answer, location, ParseState.PARSED.value)
        count += len(group)
    return count
