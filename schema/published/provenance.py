"""Published tables on how the data came about."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Table
from miner.schema.published.base import described

PROVENANCE: tuple[Table, ...] = (
    described(tables.Sweep),
    described(tables.Run),
    described(tables.RejectedRecord),
    described(tables.MethodAccuracy),
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
