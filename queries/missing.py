"""What a file lacks that a query reads: not crawled is never none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was not collected.

    Attributes:
        reason: What, in words.
        next_step: What to type to get it.
    """

    reason: str
    next_step: str

    def __str__(self) -> str:
        """Both, as one sentence."""
        return f"{self.reason}; get it with: {self.next_step}"


def missing(tables: Iterable[str], connection: duckdb.DuckDBPyConnection) -> tuple[Missing, ...]:
    """Return what was not collected of some tables, as the view ``collection`` knows.

    Args:
        tables: Published tables, as a query's ``reads``.
        connection: The file.

    Returns:
        Each part once; none where the file is of an older miner, without that view.
    """
    try:
        rows = connection.execute(
            "SELECT DISTINCT reason, next_step FROM collection "
            "WHERE NOT is_collected AND list_contains($tables, table_name) ORDER BY ALL",
            {"tables": list(tables)},
        ).fetchall()
    except duckdb.CatalogException:
        return ()
    # a model comes before whatever belongs to it
    rows.sort(key=lambda row: row[0] != "no model was crawled")
    return tuple(Missing(*row) for row in rows)
