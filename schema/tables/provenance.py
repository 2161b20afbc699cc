"""Who did what when: runs, sweeps, cursors, the index of the archive, records set aside."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from miner.schema.description import Reference
from miner.schema.tables.base import (
    Base,
    Count,
    Json,
    Key,
    PublishedAs,
    Time,
    Words,
    column,
    reference,
)


class Run(Base):
    """One command's execution."""

    __tablename__ = "run"

    __published__ = PublishedAs()

    id: Mapped[Key]
    started_at: Mapped[Time] = column("Clock of the machine, UTC")
    ended_at: Mapped[Time | None] = column("Clock of the machine, UTC; null: still running")
    command: Mapped[Words] = column("Name of the command")
    code_version: Mapped[Words] = column("Version of miner")
    state: Mapped[Words] = column("How it ended", vocabulary="RunState")
    arguments: Mapped[Json] = column("Options that were given, object", published=False)
    report: Mapped[Json | None] = column("Counts at its end, object", published=False)


class Sweep(Base):
    """One complete pass over a listing, or what there is of it so far."""

    __tablename__ = "sweep"
    __table_args__ = (UniqueConstraint("name"),)

    __published__ = PublishedAs(key=("name",), references=(Reference(("hub",), "hub", ("name",)),))

    id: Mapped[Key]
    name: Mapped[Words] = column("hub, subject, kind and number")
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    subject: Mapped[Words] = column("model or dataset")
    kind: Mapped[Words] = column("What was asked for", vocabulary="SweepKind")
    started_at: Mapped[Time | None] = column("Date of the first answer, UTC")
    ended_at: Mapped[Time | None] = column("Date of the last answer, UTC; null: unfinished")
    page_count: Mapped[Count] = column("Pages read", unit="pages")
    record_count: Mapped[Count] = column("Records read", unit="records")
    rejected_count: Mapped[Count] = column("Records set aside", unit="records")
    is_complete: Mapped[bool] = column("Reached its end, not a limit, with every page whole")
    window: Mapped[Json] = column("Bounds asked for, object", published="bounds")
    run_id: Mapped[int | None] = reference("run")


class CrawlCursor(Base):
    """Where an unfinished sweep goes on. Committed with the rows that led to it."""

    __tablename__ = "crawl_cursor"

    sweep_id: Mapped[int] = reference("sweep", primary_key=True)
    next_url: Mapped[Words] = column("The page to ask for next", published=False)
    page: Mapped[Count] = column("Its number, from 0", published=False)
    phase: Mapped[Words] = column("main, or look: at what was created meanwhile", published=False)
    head: Mapped[Words | None] = column("Name of the first record of the sweep", published=False)
    kept: Mapped[Count] = column("Models kept so far", published=False)


class ArchivedAnswer(Base):
    """Index of the archive: one row an answer. Can be rebuilt from the segments."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("segment", "offset"),)

    id: Mapped[Key]
    segment: Mapped[Words] = column("File in the archive", published=False)
    offset: Mapped[Count] = column("First byte of the record", published=False)
    length: Mapped[Count] = column("Bytes of the record, compressed", published=False)
    kind: Mapped[Words] = column("vocab.AnswerKind", published=False)
    url: Mapped[Words] = column(
        "What was asked for: path and query on the hub", published=False, index=True
    )
    status: Mapped[int] = column("HTTP status", published=False)
    digest: Mapped[Words] = column("SHA-1 of the payload, base 32", published=False, index=True)
    observed_at: Mapped[Time] = column("Date header of the answer", published=False)
    state: Mapped[Words] = column("vocab.ParseState of the payload", published=False)


class RejectedRecord(Base):
    """A record, or a field of one, that could not be used, and why."""

    __tablename__ = "rejected_record"
    __table_args__ = (
        UniqueConstraint("answer_id", "position", "field"),
        Index(None, "hub_id", "subject", "name"),
    )

    __published__ = PublishedAs(references=(Reference(("hub",), "hub", ("name",)),))

    id: Mapped[Key]
    hub_id: Mapped[int] = reference("hub", published={"hub": "name"})
    subject: Mapped[Words] = column("model or dataset")
    name: Mapped[Words | None] = column("Name of the record, where it has one")
    field: Mapped[Words] = column("The field; empty: the whole record")
    reason: Mapped[Words] = column("Why it was set aside", vocabulary="RecordReason")
    detail: Mapped[Words] = column("What was found, at most 200 characters")
    position: Mapped[Count] = column("Place in the answer, from 0")
    answer_id: Mapped[int | None] = reference("answer")
    sweep_id: Mapped[int | None] = reference("sweep")


class MethodAccuracy(Base):
    """Measured precision and recall of a method that makes facts."""

    __tablename__ = "method_accuracy"
    __table_args__ = (UniqueConstraint("method", "version", "labels"),)

    __published__ = PublishedAs(key=("method", "version", "labels"))

    id: Mapped[Key]
    method: Mapped[Words] = column("Name of the method")
    version: Mapped[Words] = column("Its version")
    labels: Mapped[Words] = column("Labelled set it was measured on")
    precision: Mapped[float | None] = column("Share of its facts that are right", unit="0 to 1")
    recall: Mapped[float | None] = column("Share of the labels that it finds", unit="0 to 1")
    denominator: Mapped[Count] = column("Number of labels", unit="labels")
    measured_at: Mapped[Time] = column("When, UTC")
