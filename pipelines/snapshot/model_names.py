"""The file of names that belongs to a DuckDB file: what a scan asks where no store is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from miner.db.analytics import DuckDBConnection
from miner.pipelines.scan.names_file import ListedName, write_names

_LISTS = """
    SELECT name, hub AS list FROM {schema}.model WHERE state <> 'named'
    UNION ALL SELECT alias, hub FROM {schema}.model_alias
    UNION ALL SELECT name, hub || ' datasets' FROM {schema}.dataset WHERE state <> 'named'
    UNION ALL SELECT alias, hub || ' datasets' FROM {schema}.dataset_alias
"""
_BATCH = 50_000


def write_model_names(connection: DuckDBConnection, path: Path, schema: str = "main") -> int:
    """Write the names of all models and datasets that the published tables know, former ones too.

    Args:
        connection: To the tables.
        path: The file to write; it is replaced as a whole.
        schema: Where the tables stand.

    Returns:
        The number of names.
    """
    lists = _LISTS.format(schema=schema)
    found = connection.execute(f"SELECT DISTINCT list FROM ({lists}) ORDER BY ALL").fetchall()
    (date,) = connection.execute(
        f"SELECT max(last_seen_at)::DATE::VARCHAR FROM {schema}.model"
    ).fetchone() or (None,)

    def names() -> Iterator[ListedName]:
        rows = connection.execute(
            f"SELECT name, list_sort(list_distinct(list(list))) FROM ({lists}) "
            "WHERE name <> '' AND length(name) <= 200 AND NOT regexp_matches(name, '[\\t\\n]') "
            "GROUP BY name ORDER BY name"
        )
        while batch := rows.fetchmany(_BATCH):
            yield from (ListedName(name, tuple(on)) for name, on in batch)

    return write_names(path, names, [name for (name,) in found], {"date": date})
