"""Tables of the work database that Python makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars

from miner.db.analytics import DuckDBConnection

_KINDS = {
    "same_owner": polars.Boolean,
    "is_former": polars.Boolean,
    "goes_on": polars.Boolean,
    "lines": polars.List(polars.String),
}


def register(
    connection: DuckDBConnection,
    name: str,
    columns: Mapping[str, Sequence[object]],
    schema: Mapping[str, object] | None = None,
) -> None:
    """Make a table of the work database out of columns."""
    kinds = schema or {column: _KINDS.get(column, polars.String) for column in columns}
    frame = polars.DataFrame(dict(columns), schema=kinds)  # type: ignore[arg-type]  # polars' own
    connection.register("made", frame.to_arrow())
    connection.execute(f"CREATE OR REPLACE TABLE store.{name} AS FROM made")
    connection.unregister("made")


def count_rows(connection: DuckDBConnection, table: str) -> int:
    """Return how many rows a table has."""
    ((count,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)
