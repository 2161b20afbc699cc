"""What sweeps saw, one Parquet file a sweep beside the store.

While a sweep runs, each page is a part of its own, written before the page's rows are committed:
a page that is read again overwrites its part. At the sweep's end the parts become one file.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

Schema = Mapping[str, "pl.DataType | type[pl.DataType]"]

SCHEMA: Schema = {
    "hub": pl.String,
    "uid": pl.String,
    "name": pl.String,
    "downloads": pl.Int64,
    "downloads_all_time": pl.Int64,
    "likes": pl.Int64,
    "license": pl.String,
    "gated": pl.String,
    "is_disabled": pl.Boolean,
    "sha": pl.String,
    "last_modified_at": pl.Datetime("us"),
    "state": pl.String,
    "observed_at": pl.Datetime("us"),
    "sweep": pl.String,
}
"""Columns of an observation. Times are UTC without zone."""

REPOSITORY_SCHEMA: Schema = {
    "uid": pl.String,
    "name": pl.String,
    "stars": pl.Int64,
    "forks": pl.Int64,
    "license": pl.String,
    "is_archived": pl.Boolean,
    "pushed_at": pl.Datetime("us"),
    "head_commit": pl.String,
    "state": pl.String,
    "observed_at": pl.Datetime("us"),
    "sweep": pl.String,
}
"""Columns of an observation of a repository; ``uid`` is GitHub's node id."""

SCHEMAS: Mapping[str, Schema] = {
    "model": SCHEMA,
    "dataset": SCHEMA,
    "repository": REPOSITORY_SCHEMA,
}
"""Columns by subject."""

Row = Mapping[str, object]
_IDENTITY = ("hub", "uid", "name")


class Observations:
    """The observations of one subject (a key of ``SCHEMAS``) of a data directory.

    Args:
        folder: ``settings.observations_dir / subject``.
        schema: Columns of the subject.
    """

    def __init__(self, folder: Path, schema: Schema = SCHEMA) -> None:
        self._folder = folder
        self._schema = schema
        self._times = [name for name, kind in self._schema.items() if kind == pl.Datetime("us")]

    def file(self, sweep: str) -> Path:
        """Return the file of a finished sweep."""
        return self._folder / f"{sweep}.parquet"

    def write_part(self, sweep: str, page: int, rows: Sequence[Row]) -> None:
        """Write one page's observations, driver-level values of the store by column."""
        parts = self._parts(sweep)
        parts.mkdir(parents=True, exist_ok=True)
        # by column: building a frame row by row takes several times as long
        frame = pl.DataFrame([_series(name, kind, rows) for name, kind in self._schema.items()])
        form = "%Y-%m-%d %H:%M:%S%.6f"
        frame = frame.with_columns(pl.col(*self._times).str.to_datetime(form, time_unit="us"))
        target = parts / f"{page:08d}.parquet"
        partial = target.with_suffix(".tmp")
        frame.write_parquet(partial, compression="zstd", compression_level=1)
        partial.replace(target)

    def finish(self, sweep: str) -> int:
        """Make one file of a sweep's parts; of several sights of one model the last counts.

        Returns:
            Rows in the file.
        """
        parts = self._parts(sweep)
        target = self.file(sweep)
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".tmp")
            self._merge(parts, partial)
            partial.replace(target)
        shutil.rmtree(parts, ignore_errors=True)
        return pl.scan_parquet(target).select(pl.len()).collect().item()  # type: ignore[no-any-return]

    def seen(self, sweep: str) -> pl.LazyFrame:
        """Return what a finished sweep saw, in its order; ``row`` counts from 0."""
        return pl.scan_parquet(self.file(sweep), row_index_name="row")

    def of_one(self, hub: str | None, uid: str | None, name: str) -> pl.DataFrame:
        """Return what the finished sweeps saw of one model, dataset or repository, oldest first.

        Args:
            hub: Short name of the hub; None for a repository.
            uid: Identity on the hub; a sight without identity is recognized by its name.
            name: The name it has now.

        Returns:
            A frame with the subject's columns. Sweeps follow the date of creation, and
            identities grow with it, so most of a file is passed over by its statistics.
        """
        files = sorted(self._folder.glob("*.parquet"))
        if not files:
            return pl.DataFrame(schema=self._schema)
        by_name = pl.col("name") == name
        is_same = (
            by_name if uid is None else (pl.col("uid") == uid) | (pl.col("uid").is_null() & by_name)
        )
        seen = pl.scan_parquet(files).filter(is_same)
        if hub is not None:
            seen = seen.filter(pl.col("hub") == hub)
        return seen.collect().sort("observed_at", "sweep")

    def _merge(self, parts: Path, target: Path) -> None:
        files = sorted(parts.glob("*.parquet"))
        if not files:
            pl.DataFrame(schema=self._schema).write_parquet(target)
            return
        earlier = _earlier_sights(files)
        rows = pl.scan_parquet(files, row_index_name="row")
        if not earlier.is_empty():
            rows = rows.filter(~pl.col("row").is_in(earlier.implode()))
        rows.drop("row").sink_parquet(target, compression="zstd")

    def _parts(self, sweep: str) -> Path:
        return self._folder / ".parts" / sweep


def _earlier_sights(files: list[Path]) -> pl.Series:
    """Return the rows of parts that a later row replaces: the same model, seen again.

    Hashes of all rows fit into memory, the rows themselves need not.
    """
    rows = pl.scan_parquet(files, row_index_name="row")
    known = rows.collect_schema().names()
    identity = [name for name in _IDENTITY if name in known]
    hashes = rows.select("row", key=pl.struct(identity).hash()).collect(engine="streaming")
    twice = hashes.filter(pl.col("key").is_duplicated())["row"]
    if twice.is_empty():
        return twice
    alike = rows.filter(pl.col("row").is_in(twice.implode())).select("row", *identity).collect()
    return alike.filter(~pl.struct(identity).is_last_distinct())["row"]


def _series(name: str, kind: pl.DataType | type[pl.DataType], rows: Sequence[Row]) -> pl.Series:
    """Return a column of some rows; times are still texts."""
    values = [row[name] for row in rows]
    if kind == pl.Boolean:
        values = [None if value is None else bool(value) for value in values]
    return pl.Series(name, values, pl.String if kind == pl.Datetime("us") else kind)
