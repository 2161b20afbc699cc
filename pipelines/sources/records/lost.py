"""A record that a reader broke on, as the problem that stands for it."""

from __future__ import annotations

from miner.pipelines.sources.faults import place_of
from miner.pipelines.sources.records.facts import Problem
from miner.schema.vocab import RecordReason


def lost(error: Exception, name: str | None = None, position: int = 0, field: str = "") -> Problem:
    """Return the problem of a record that was lost to a bug; writing it counts it.

    Args:
        error: As caught.
        name: Name of the record, where it is known.
        position: Its place in the answer.
        field: What of it was lost; empty: all.
    """
    return Problem(field, RecordReason.UNEXPECTED_ERROR.value, place_of(error), position, name)
