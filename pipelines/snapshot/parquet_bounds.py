"""How much a Parquet file of a snapshot may unpack to: looked at in its footer, before any row.

A few kilobytes can name billions of rows, or one long text a million times. Published tables are
far from that: of all 14,000 models of the reference corpus no table has more than one row in four
bytes, or 18 bytes of text in a byte.
"""

from __future__ import annotations

from miner.db.analytics import DuckDBConnection, open_memory

ROWS_A_BYTE, ROWS_ANYWAY = 20, 100_000
BYTES_A_BYTE, BYTES_ANYWAY = 100, 64_000_000
MEMORY_LIMIT = "1GB"
"""For looking at a file."""


def open_bounded() -> DuckDBConnection:
    """Open a database in memory to look at strangers' files with; it writes none."""
    return open_memory(config={"memory_limit": MEMORY_LIMIT, "temp_directory": ""})


def fault_of_footer(place: str, size: int, connection: DuckDBConnection) -> str:
    """Return why a file may not be read, by what its footer says, or nothing.

    Args:
        place: The file, as a SQL literal.
        size: Of the file, in bytes.
        connection: From ``open_bounded``.

    Raises:
        DuckDBError: It is no Parquet file.
    """
    (rows,) = connection.execute(
        f"SELECT coalesce(sum(num_rows), 0)::HUGEINT FROM parquet_file_metadata({place})"
    ).fetchone() or (0,)
    values, unpacked = connection.execute(
        "SELECT coalesce(max(count), 0), coalesce(sum(bytes), 0) FROM (SELECT sum(num_values) AS "
        "count, sum(greatest(total_uncompressed_size, 0)) AS bytes "
        f"FROM parquet_metadata({place}) GROUP BY column_id)"
    ).fetchone() or (0, 0)
    most = ROWS_A_BYTE * size + ROWS_ANYWAY
    if max(rows, values) > most:
        return f"{max(rows, values):,} rows or values in {size:,} bytes: more than any table has"
    return _too_many_bytes(unpacked, size)


def fault_of_texts(
    place: str,
    size: int,
    columns: tuple[tuple[str, str], ...],
    connection: DuckDBConnection,
) -> str:
    """Return why the texts of a file are too much to be read, or nothing.

    A text that stands often is stored once, and counted as often as it stands: nothing is copied.
    """
    lengths = [
        f'coalesce(sum(strlen("{name}")), 0)'
        if kind == "VARCHAR"
        else f'coalesce(sum(list_sum(list_transform("{name}", lambda word: strlen(word)))), 0)'
        for name, kind in columns
        if kind in {"VARCHAR", "VARCHAR[]"}
    ]
    if not lengths:
        return ""
    query = f"SELECT {' + '.join(lengths)} FROM read_parquet({place})"
    row = connection.execute(query).fetchone()
    return _too_many_bytes(int(row[0]) if row else 0, size)


def _too_many_bytes(count: int, size: int) -> str:
    if count <= BYTES_A_BYTE * size + BYTES_ANYWAY:
        return ""
    return f"{size:,} bytes unpack to {count:,}: more than any table has"
