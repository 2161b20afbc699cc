"""What a scan found as a record of the archive, and back."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.scan.scan_rows import Scanned, write_scans
from miner.pipelines.sources.archive.decisions import content_of, decision
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import AnswerKind

_OWN_KEY = "repository_id"
"""Differs from store to store: the record has the repository's name in its place."""


def scan_record(repository: str, scanned: Scanned) -> ReceivedAnswer:
    """Return all that a scan found, for the archive.

    Args:
        repository: ``owner/name``.
        scanned: What it found.
    """
    content = {
        field.name: getattr(scanned, field.name)
        for field in fields(scanned)
        if field.name != _OWN_KEY
    }
    subject = f"{repository}/{scanned.commit}"
    return decision(
        AnswerKind.SCAN, subject, content, forge="github", repository=repository,
        commit=scanned.commit,
    )  # fmt: skip


def ingest_scan(connection: Connection, record: ReceivedAnswer, run_id: int) -> bool:
    """Write what an archived scan found; False where its repository is not known."""
    name = record.context["repository"]
    rows = db.select_rows(connection, REPOSITORY, ("id",), "name", [name])
    if not rows:
        return False
    scanned = _reader().validate_python({**content_of(record), _OWN_KEY: rows[0]["id"]})
    write_scans(connection, [scanned], run_id)
    return True


@cache
def _reader() -> TypeAdapter[Scanned]:
    return TypeAdapter(Scanned)
