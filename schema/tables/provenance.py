"""Who did what when: runs, sweeps, cursors, the index of the archive, records set aside."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.schema.tables.base import Base, Count, Json, Key, Time, Words


class Run(Base):
    """One command's execution."""

    __tablename__ = "run"

    id: Mapped[Key]
    command: Mapped[Words] = mapped_column(comment="Name of the command")
    arguments: Mapped[Json] = mapped_column(comment="Options that were given, object")
    code_version: Mapped[Words] = mapped_column(comment="Version of miner")
    started_at: Mapped[Time] = mapped_column(comment="Clock of this machine, UTC")
    ended_at: Mapped[Time | None] = mapped_column(comment="Clock of this machine, UTC")
    state: Mapped[Words] = mapped_column(comment="vocab.RunState")
    report: Mapped[Json | None] = mapped_column(comment="Counts at its end, object")


class Sweep(Base):
    """One complete pass over a listing, or what there is of it so far."""

    __tablename__ = "sweep"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(comment="hub-subject-kind-number; its file's name")
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    subject: Mapped[Words] = mapped_column(comment="model or dataset")
    kind: Mapped[Words] = mapped_column(comment="vocab.SweepKind")
    window: Mapped[Json] = mapped_column(comment="Bounds asked for, object")
    started_at: Mapped[Time | None] = mapped_column(comment="Date of the first answer")
    ended_at: Mapped[Time | None] = mapped_column(
        comment="Date of the last answer; null: unfinished"
    )
    page_count: Mapped[Count] = mapped_column(comment="Pages read")
    record_count: Mapped[Count] = mapped_column(comment="Records read, good ones")
    rejected_count: Mapped[Count] = mapped_column(comment="Records set aside")
    is_complete: Mapped[bool] = mapped_column(comment="Reached its end, not a limit")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class CrawlCursor(Base):
    """Where an unfinished sweep goes on. Committed with the rows that led to it."""

    __tablename__ = "crawl_cursor"

    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweep.id"), primary_key=True)
    next_url: Mapped[Words] = mapped_column(comment="The page to ask for next")
    page: Mapped[Count] = mapped_column(comment="Its number, from 0")
    phase: Mapped[Words] = mapped_column(comment="main, or look: at what was created meanwhile")
    head: Mapped[Words | None] = mapped_column(comment="Name of the first record of the sweep")
    kept: Mapped[Count] = mapped_column(comment="Models kept so far")


class Answer(Base):
    """Index of the archive: one row an answer. Can be rebuilt from the segments."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("segment", "offset"),)

    id: Mapped[Key]
    segment: Mapped[Words] = mapped_column(comment="File in the archive")
    offset: Mapped[Count] = mapped_column(comment="First byte of the record")
    length: Mapped[Count] = mapped_column(comment="Bytes of the record, compressed")
    kind: Mapped[Words] = mapped_column(comment="vocab.AnswerKind")
    url: Mapped[Words] = mapped_column(
        index=True, comment="What was asked for: path and query on the hub"
    )
    status: Mapped[int] = mapped_column(comment="HTTP status")
    digest: Mapped[Words] = mapped_column(index=True, comment="SHA-1 of the payload, base 32")
    observed_at: Mapped[Time] = mapped_column(comment="Date header of the answer")
    state: Mapped[Words] = mapped_column(comment="vocab.ParseState of the payload")


class RejectedRecord(Base):
    """A record, or a field of one, that could not be used, and why."""

    __tablename__ = "rejected_record"
    __table_args__ = (
        UniqueConstraint("answer_id", "position", "field"),
        Index(None, "hub_id", "subject", "name"),
    )

    id: Mapped[Key]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hub.id"))
    subject: Mapped[Words] = mapped_column(comment="model or dataset")
    name: Mapped[Words | None] = mapped_column(comment="Name of the record, where it has one")
    field: Mapped[Words] = mapped_column(comment="The field; empty: the whole record")
    reason: Mapped[Words] = mapped_column(comment="vocab.RecordReason")
    detail: Mapped[Words] = mapped_column(comment="What was found, at most 200 characters")
    position: Mapped[Count] = mapped_column(comment="Place in the answer, from 0")
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    sweep_id: Mapped[int | None] = mapped_column(ForeignKey("sweep.id"))


class MethodAccuracy(Base):
    """Measured precision and recall of the methods that make facts."""

    __tablename__ = "method_accuracy"
    __table_args__ = (UniqueConstraint("method", "version", "labels"),)

    id: Mapped[Key]
    method: Mapped[Words] = mapped_column(comment="Name of the method")
    version: Mapped[Words] = mapped_column(comment="Its version")
    labels: Mapped[Words] = mapped_column(comment="Labelled set it was measured on")
    precision: Mapped[float | None] = mapped_column(comment="0 to 1")
    recall: Mapped[float | None] = mapped_column(comment="0 to 1")
    denominator: Mapped[Count] = mapped_column(comment="Number of labels")
    measured_at: Mapped[Time] = mapped_column(comment="When")
