"""Files whose bytes the archive holds already: found by git blob sha, read instead of fetched."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, as_text, table_of, write_answer
from miner.pipelines.intake.files import FILE, FileAnswer, write_files
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.hubs.protocol import ListingHub
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.payload import is_blob_sha
from miner.schema import tables
from miner.schema.vocab import FileState, ParseState

Place = tuple[int, str, int]
"""Where bytes are: the answer's surrogate key, segment and offset."""


def linked_blob(hub: ListingHub, answer: ReceivedAnswer) -> str:
    """Return the git blob sha that a redirect to a file names, empty if none."""
    digest = hub.linked_digest(answer)
    return digest if is_blob_sha(digest) else ""


def places_of(connection: Connection, blobs: Sequence[str]) -> dict[str, Place]:
    """Return where the archive has these blobs, those that it has."""
    if not blobs:
        return {}
    rows = db.select_in(connection, FILE, ("blob_sha", "answer_id"), "blob_sha", blobs)
    blob_of = {int(str(answer)): str(blob) for blob, answer in rows if answer is not None}
    places = db.select_in(
        connection,
        table_of(tables.Answer),
        ("id", "segment", "offset", "status"),
        "id",
        list(blob_of),
    )
    return {
        blob_of[int(str(key))]: (int(str(key)), str(segment), int(str(offset)))
        for key, segment, offset, status in places
        if status == 200
    }


def ingest_files(
    batch: Batch,
    hub: ListingHub,
    archive: ArchiveReader,
    answers: Sequence[tuple[int, ReceivedAnswer, Location]],
) -> list[FileAnswer]:
    """Take archived answers to addresses of files in, by the surrogate keys of their models.

    An answer that only names a blob which is held is as good as the blob's own. The blob may
    come with another of these answers, so those with bytes are taken first.

    Returns:
        What became of each file.
    """
    files: list[FileAnswer] = []
    for is_linked in (False, True):
        told = [
            _read(batch, hub, archive, item)
            for item in answers
            if bool(linked_blob(hub, item[1])) is is_linked
        ]
        write_files(batch, told)
        files += told
    return files


def _read(
    batch: Batch,
    hub: ListingHub,
    archive: ArchiveReader,
    item: tuple[int, ReceivedAnswer, Location],
) -> FileAnswer:
    """Return what an answer says of a file, its bytes where they are held."""
    model_id, answer, location = item
    answer_id = write_answer(batch.connection, answer, location, ParseState.PARSED.value)
    state, reason = hub.file_state(answer)
    body = answer.body if state == FileState.FETCHED else b""
    if blob := linked_blob(hub, answer):
        place = places_of(batch.connection, [blob]).get(blob)
        if place is not None:
            answer_id = place[0]
            body = archive.read(place[1], place[2]).body
            state, reason = FileState.FETCHED, None
    return FileAnswer(
        model_id=model_id,
        name=answer.context["name"],
        path=answer.context["path"],
        revision=answer.context["revision"],
        state=state,
        reason=reason,
        body=body,
        observed_at=as_text(answer.observed_at),
        answer_id=answer_id,
        asked_as=answer.context.get("asked_as"),
    )
