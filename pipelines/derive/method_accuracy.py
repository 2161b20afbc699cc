"""Writes how often the methods are right that made the facts beside."""

from __future__ import annotations

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.derive.architecture import architecture_confidence as experts
from miner.pipelines.derive.cards import rules_confidence as rules
from miner.pipelines.derive.issues.mentions import rules_version
from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.scan import accuracy as scanner
from miner.schema import tables
from miner.schema.vocab import IssueMethod

_TABLE = table_of(tables.MethodAccuracy)
_KEY = ("method", "version", "labels")


def record_scanner_accuracy(connection: Connection) -> None:
    """Write what was measured of the scanner of this version.

    Args:
        connection: In a transaction.
    """
    rows: list[db.Row] = [
        {
            "method": one.method,
            "version": one.version,
            "labels": one.labels,
            "precision": one.precision,
            "recall": one.recall,
            "denominator": one.denominator,
            "measured_at": as_text(one.measured_at),
        }
        for one in scanner.measurements()
    ]
    db.upsert(connection, _TABLE, rows, key=_KEY)


def record_rules_accuracy(connection: Connection, version: str) -> None:
    """Write what was measured of the rules that read cards, field by field.

    Args:
        connection: In a transaction.
        version: Of the rules.
    """
    rows: list[db.Row] = [
        {
            "method": f"extract/{one.field}",
            "version": version,
            "labels": "values on labelled cards",
            "precision": _share(one.right, one.wrong),
            "recall": _share(one.right, one.missed),
            "denominator": one.right + one.wrong + one.missed,
            "measured_at": as_text(one.measured_at),
        }
        for one in rules.measurements()
    ]
    db.upsert(connection, _TABLE, rows, key=_KEY)


def record_architecture_accuracy(connection: Connection, version: str) -> None:
    """Write how often the methods are right that recognize experts, method by method.

    Args:
        connection: In a transaction.
        version: Of the rules.
    """
    rows: list[db.Row] = [
        {
            "method": f"architecture/{one.method}",
            "version": version,
            "labels": one.labels,
            "precision": _share(one.right, one.wrong),
            "recall": None,
            "denominator": one.right + one.wrong,
            "measured_at": as_text(experts.MEASURED_AT),
        }
        for one in experts.measurements()
    ]
    db.upsert(connection, _TABLE, rows, key=_KEY)


def record_issue_rules(connection: Connection, moment: str | None) -> None:
    """Write that nobody measured how often the rules are right that find models in issues.

    Args:
        connection: In a transaction.
        moment: Date of the answer that they were used on, as the store keeps it.
    """
    rows: list[db.Row] = [
        {
            "method": f"issue/{method}",
            "version": rules_version(),
            "labels": "not measured",
            "precision": None,
            "recall": None,
            "denominator": 0,
            "measured_at": moment,
        }
        for method in IssueMethod
    ]
    db.upsert(connection, _TABLE, rows, key=_KEY, update=())


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None
