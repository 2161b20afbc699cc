"""Published tables on how the data came about."""

from __future__ import annotations

from miner.schema.published.base import HUB, OF_HUB, Column, Table

PROVENANCE: tuple[Table, ...] = (
    Table(
        "sweep",
        "One complete pass over a listing, or what there is of it so far.",
        (
            Column("name", "VARCHAR", "hub, subject, kind and number"),
            HUB,
            Column("subject", "VARCHAR", "model or dataset"),
            Column("kind", "VARCHAR", "What was asked for", vocabulary="SweepKind"),
            Column("started_at", "TIMESTAMP", "Date of the first answer, UTC"),
            Column("ended_at", "TIMESTAMP", "Date of the last answer, UTC; null: unfinished"),
            Column("page_count", "BIGINT", "Pages read", "pages"),
            Column("record_count", "BIGINT", "Records read", "records"),
            Column("rejected_count", "BIGINT", "Records set aside", "records"),
            Column("is_complete", "BOOLEAN", "Reached its end, not a limit"),
        ),
        key=("name",),
        references=(OF_HUB,),
    ),
    Table(
        "run",
        "One command's execution.",
        (
            Column("started_at", "TIMESTAMP", "Clock of the machine, UTC"),
            Column("ended_at", "TIMESTAMP", "Clock of the machine, UTC; null: still running"),
            Column("command", "VARCHAR", "Name of the command"),
            Column("code_version", "VARCHAR", "Version of miner"),
            Column("state", "VARCHAR", "How it ended", vocabulary="RunState"),
        ),
    ),
    Table(
        "rejected_record",
        "A record, or a field of one, that could not be used, and why.",
        (
            HUB,
            Column("subject", "VARCHAR", "model or dataset"),
            Column("name", "VARCHAR", "Name of the record, where it has one"),
            Column("field", "VARCHAR", "The field; empty: the whole record"),
            Column("reason", "VARCHAR", "Why it was set aside", vocabulary="RecordReason"),
            Column("detail", "VARCHAR", "What was found, at most 200 characters"),
            Column("position", "BIGINT", "Place in the answer, from 0"),
        ),
        references=(OF_HUB,),
    ),
    Table(
        "method_accuracy",
        "Measured precision and recall of a method that makes facts.",
        (
            Column("method", "VARCHAR", "Name of the method"),
            Column("version", "VARCHAR", "Its version"),
            Column("labels", "VARCHAR", "Labelled set it was measured on"),
            Column("precision", "DOUBLE", "Share of its facts that are right", "0 to 1"),
            Column("recall", "DOUBLE", "Share of the labels that it finds", "0 to 1"),
            Column("denominator", "BIGINT", "Number of labels", "labels"),
            Column("measured_at", "TIMESTAMP", "When, UTC"),
        ),
        key=("method", "version", "labels"),
    ),
    Table(
        "data_warning",
        "A known hazard of the data; the tables and queries name those that touch them.",
        (
            Column("key", "VARCHAR", "Short name"),
            Column("text", "VARCHAR", "What to keep in mind"),
        ),
        key=("key",),
    ),
)
