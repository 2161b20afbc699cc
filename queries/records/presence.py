"""Which parts of a record a file holds anything of, so that pages ask for no others.

Most models have no events, no discussions, no derivatives and no repository that loads them; to
ask a table for them costs as much as to read rows of it. One pass over the sparse tables keeps the
hash of every name that occurs: eight bytes each. A hash that two names share costs one needless
question, never an answer.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping

import duckdb

_ROWS_AT_A_TIME = 50_000
_MODEL = "hub, model"
SPARSE: Mapping[str, tuple[str, str]] = {
    "aliases": ("model_alias", _MODEL),
    "bases_tree": ("model_edge", "hub, child"),
    "card_changes": ("model_commit_change", _MODEL),
    "derivatives": ("model_edge", "hub, parent"),
    "discussions": ("model_discussion", _MODEL),
    "entry_point": ("entry_point", _MODEL),
    "events": ("model_event", _MODEL),
    "fields": ("extracted_field", _MODEL),
    "languages": ("model_language", _MODEL),
    "license_findings_below": ("license_finding", "upstream_hub, upstream"),
    "lineage": ("model_lineage", _MODEL),
    "model_config": ("model_config", _MODEL),
    "papers": ("model_paper", _MODEL),
    "rejected": ("rejected_record", "hub, name"),
    "repositories": ("model_repository", _MODEL),
    "use_sites": ("use_site", "hub, model_resolved"),
    "uses": ("model_use", "hub, model_resolved"),
}
"""Part of a model's record → its table, and the columns that name the model there."""


class Presence:
    """The names that the sparse tables of one file hold.

    Args:
        connection: The file.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._hashes = {part: _hashes(connection, *place) for part, place in SPARSE.items()}

    def may_have(self, part: str, name_hash: int) -> bool:
        """Return whether there may be rows: always where the part is none of the sparse ones.

        Args:
            part: Part of a model's record.
            name_hash: DuckDB's ``hash(hub, name)`` of the model.
        """
        known = self._hashes.get(part)
        if known is None:
            return True
        place = bisect_left(known, name_hash)
        return place < len(known) and known[place] == name_hash


def _hashes(connection: duckdb.DuckDBPyConnection, table: str, columns: str) -> array[int]:
    """Return the hashes of the names in a table, sorted."""
    found = array("Q")
    cursor = connection.cursor()
    cursor.execute(f"SELECT DISTINCT hash({columns}) AS name_hash FROM {table} ORDER BY name_hash")
    while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
        found.extend(row[0] for row in rows)
    return found
