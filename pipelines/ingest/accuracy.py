"""Writes how often the methods are right that made the facts beside."""

from __future__ import annotations

from sqlalchemy import Connection

from miner.db import upsert as db
from miner.pipelines.downstream.accuracy import measurements
from miner.pipelines.ingest.batch import table_of
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
        for one in measurements()
    ]  # fmt: skip
    db.upsert(connection, _TABLE, _COLUMNS, rows, key=("method", "version", "labels"))
