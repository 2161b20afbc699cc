"""Files whose bytes the archive holds already: found by git blob sha, read instead of fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, as_text, table_of, write_answer
from miner.pipelines.intake.dataset_cards import DATASET_CARD, write_dataset_cards
from miner.pipelines.intake.files import FILE, FileAnswer, write_files
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.hubs.protocol import ListingHub
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.payload import is_blob_sha
from miner.schema import tables
from miner.schema.vocab import FileState, ParseState

WRITERS = {"model": write_files, "dataset": write_dataset_cards}
"""What writes the files of a subject."""


class StoredBlob(NamedTuple):
    """Where bytes are: the answer's surrogate key, segment and offset."""

    answer_id: int
    segment: str
    offset: int


def linked_blob(hub: ListingHub, answer: ReceivedAnswer) -> str:
    """Return the git blob sha that a redirect to a file names, empty if none."""
    digest = hub.linked_digest(answer)
    return digest if is_blob_sha(digest) else ""


def find_blobs(connection: Connection, blobs: Sequence[str]) -> dict[str, StoredBlob]:
    """Return where the archive has these blobs, those that it has."""
    if not blobs:
        return {}
    columns = ("blob_sha", "answer_id")
    rows = [
        row
        for table in (DATASET_CARD, FILE)
        for row in db.select_rows(connection, table, columns, "blob_sha", blobs)
    ]
    blob_of = {row["answer_id"]: row["blob_sha"] for row in rows if row["answer_id"] is not None}
    answers = db.select_rows(
        connection,
        table_of(tables.ArchivedAnswer),
        ("id", "segment", "offset"),
        "id",
        list(blob_of),
        where={"status": 200},
    )
    return {
        blob_of[row["id"]]: StoredBlob(row["id"], row["segment"], row["offset"]) for row in answers
    }


def ingest_files(
    batch: Batch,
    hub: ListingHub,
    archive: ArchiveReader,
    answers: Sequence[tuple[int, ReceivedAnswer, Location]],
    subject: str = "model",
) -> list[FileAnswer]:
    """Ingest archived answers to addresses of files, by the keys of their models or datasets.

    An answer that only names a blob in the archive is as good as the blob's own. The blob may
    come with another of these answers, so those with bytes are ingested first.

    Returns:
        What became of each file.
    """
    files: list[FileAnswer] = []
    for is_linked in (False, True):
        read = [
            _read(batch, hub, archive, item)
            for item in answers
            if bool(linked_blob(hub, item[1])) is is_linked
        ]
        WRITERS[subject](batch, read)
        files += read
    return files


def _read(
    batch: Batch,
    hub: ListingHub,
    archive: ArchiveReader,
    item: tuple[int, ReceivedAnswer, Location],
) -> FileAnswer:
    """Return what an answer says of a file, its bytes where the archive has them."""
    subject_id, answer, location = item
    answer_id = write_answer(batch.connection, answer, location, ParseState.PARSED.value)
    state, reason = hub.file_state(answer)
    body = answer.body if state == FileState.FETCHED else b""
    if blob := linked_blob(hub, answer):
        stored = find_blobs(batch.connection, [blob]).get(blob)
        if stored is not None:
            answer_id = stored.answer_id
            body = archive.read(stored.segment, stored.offset).body
            state, reason = FileState.FETCHED, None
    return FileAnswer(
        subject_id=subject_id,
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
