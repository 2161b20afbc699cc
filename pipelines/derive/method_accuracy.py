"""Writes how often the methods are right that made the facts beside."""

from __future__ import annotations

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.derive.architecture import confidence as experts
from miner.pipelines.derive.cards import confidence as rules
from miner.pipelines.intake.batch import table_of
from miner.pipelines.scan import accuracy as scanner
from miner.schema import tables

_TABLE = table_of(tables.MethodAccuracy)
_COLUMNS = ("method", "version", "labels", "precision", "recall", "denominator", "measured_at")


def record_scanner_accuracy(connection: Connection) -> None:
    """Write what was measured of the scanner of this version.

    Args:
        connection: In a transaction.
    """
    rows = [
        (one.method, one.version, one.labels, one.precision, one.recall, one.denominator,
         one.measured_at.strftime("%Y-%m-%d %H:%M:%S.%f"))
        for one in scanner.measurements()
    ]  # fmt: skip
    db.upsert(connection, _TABLE, _COLUMNS, rows, key=("method", "version", "labels"))


def record_rules_accuracy(connection: Connection, version: str) -> None:
    """Write what was measured of the rules that read cards, field by field.

    Args:
        connection: In a transaction.
        version: Of the rules.
    """
    rows = [
        (f"extract/{one.field}", version, "values on labelled cards",
         _share(one.right, one.wrong), _share(one.right, one.missed),
         one.right + one.wrong + one.missed, one.measured_at.strftime("%Y-%m-%d %H:%M:%S.%f"))
        for one in rules.measurements()
    ]  # fmt: skip
    db.upsert(connection, _TABLE, _COLUMNS, rows, key=("method", "version", "labels"))


def record_architecture_accuracy(connection: Connection, version: str) -> None:
    """Write how often the methods are right that tell experts, method by method.

    Args:
        connection: In a transaction.
        version: Of the rules.
    """
    day = experts.MEASURED_AT.strftime("%Y-%m-%d %H:%M:%S.%f")
    rows = [
        (f"architecture/{one.method}", version, one.labels, _share(one.right, one.wrong), None,
         one.right + one.wrong, day)
        for one in experts.measurements()
    ]  # fmt: skip
    db.upsert(connection, _TABLE, _COLUMNS, rows, key=("method", "version", "labels"))


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None
