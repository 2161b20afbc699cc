"""What a table macro of a DuckDB file is; apart, so that asking needs nothing of the export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Macro:
    """A table macro to make in the DuckDB file.

    Attributes:
        name: What a client calls: ``FROM name(...)``.
        statement: The CREATE MACRO statement.
        comment: What it answers, one line.
    """

    name: str
    statement: str
    comment: str
