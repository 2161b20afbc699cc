"""One DuckDB file, with the shipped queries as macros in it."""

from __future__ import annotations

from pathlib import Path

NAME = "duckdb"
DESCRIPTION = "One file that any DuckDB from 1.0 on opens, shipped queries included."


def write(built: Path, target: Path) -> None:
    """Put the file in its place; whoever has the old one open keeps it.

    Args:
        built: The finished file.
        target: Where it belongs.
    """
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)  # of the old file
    built.replace(target)
