"""One Parquet file a table, in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from miner.db import analytics
from miner.errors import ConfigurationError
from miner.schema.published import PUBLISHED

NAME = "parquet"
DESCRIPTION = "A folder with one Parquet file (zstd) a table."

_OPTIONS = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000"


def write(built: Path, target: Path) -> None:
    """Write every table beside the target, then put the folder in its place.

    Args:
        built: The finished DuckDB file.
        target: The folder. One that holds anything but an earlier export is left alone.

    Raises:
        ConfigurationError: The folder holds other files.
    """
    names = {f"{table}.parquet" for table in PUBLISHED}
    _refuse_foreign(target, names)
    fresh = built.with_name("parquet")
    fresh.mkdir()
    with analytics.open_work(built) as connection:
        for table in PUBLISHED:
            place = analytics.text(str(fresh / f"{table}.parquet"))
            connection.execute(f'COPY "{table}" TO {place} ({_OPTIONS})')
    if target.exists():
        old = built.with_name("old")
        target.replace(old)
        fresh.replace(target)
        shutil.rmtree(old)
    else:
        fresh.replace(target)


def _refuse_foreign(target: Path, names: set[str]) -> None:
    if not target.exists():
        return
    foreign = sorted(
        path.name
        for path in (target.iterdir() if target.is_dir() else [target])
        if path.name not in names
    )
    if foreign:
        raise ConfigurationError(
            f"{target} holds {foreign[0]!r}, which is not of an export: nothing was replaced",
            next_step="name a folder that is new, or of an earlier export",
        )
