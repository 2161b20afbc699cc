"""Mine the AI model supply chain into a dataset that answers SQL.

>>> import miner
>>> data = miner.open("data-2026.12.0")  # or "miner.duckdb", or nothing
>>> data.query("moe/adoption", min_downloads=50).pl()
>>> data.model("mistralai/Mixtral-8x7B-v0.1").license
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miner.queries.dataset import Dataset

__version__ = "0.1.0"


def open(  # noqa: A001 - miner.open is what people type
    source: str | Path | None = None,
    *,
    max_seconds: float | None = None,
    max_memory_mb: int | None = None,
) -> Dataset:
    """Open a DuckDB file or a snapshot for queries, SQL and records. Nothing is written.

    Args:
        source: A DuckDB file, the folder of a snapshot, or the name of a snapshot in the data
            directory (``data-2026.12.0``). None: the DuckDB file of the data directory.
        max_seconds: Most time of one answer. None: as MINER_QUERY_SECONDS says.
        max_memory_mb: Most memory, in MB. None: as MINER_QUERY_MEMORY_MB says.

    Raises:
        miner.errors.ConfigurationError: There is no such file, or it cannot be opened: it is
            damaged, newer than the DuckDB installed, or not of miner.
        miner.errors.InvalidData: The snapshot is damaged, or of another version of miner.
    """
    from miner.queries.dataset import open_dataset, require_ours

    return require_ours(open_dataset(source, seconds=max_seconds, memory_mb=max_memory_mb))
