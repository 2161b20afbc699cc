"""Seeds: dumps of a hub's models as Parquet files, opened, checked and read in batches.

A dump is a source of its own, with a date of its own. Its rows are no answers of the hub, so they
are not archived: what identifies it (name, size, SHA-256) stands beside its sweep and its run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.sources.hubs.huggingface.dump_rows import COLUMNS, NAME, WHOLE
from miner.pipelines.sources.hubs.huggingface.hub_stats import download
from miner.pipelines.sources.records.values import Reader
from miner.settings import Settings

HUB_STATS = "hub-stats"
"""The public dump of that name, downloaded from the hub."""

_BATCH = 2_000
_DATE_KEY = b"date"


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One Parquet file of a dump: its place, bytes, rows, and SHA-256 in hexadecimal."""

    path: Path
    size: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Seed:
    """A dump that can be used.

    Attributes:
        name: As people call it: ``hub-stats``, or the name of the file or folder.
        files: Its files, in order; rows are numbered through all of them, from 0.
        date: What its rows are as of, UTC without zone.
        lacks: Columns of a full record that it does not have. A dump that lacks some is history
            only: full records are still read from the hub.
    """

    name: str
    files: tuple[SeedFile, ...]
    date: datetime
    lacks: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(file.rows for file in self.files)

    def identity(self) -> dict[str, object]:
        """Return what identifies the dump, wherever it lies."""
        files = [
            {"name": file.path.name, "size": file.size, "sha256": file.sha256}
            for file in self.files
        ]
        return {
            "name": self.name, "date": str(self.date), "files": files, "lacks": list(self.lacks),
        }  # fmt: skip

    def batches(self, start: int = 0) -> Iterator[tuple[int, list[dict[str, object]]]]:
        """Yield rows with the number of the first of them, by some thousand.

        Args:
            start: First row wanted.

        Raises:
            InvalidData: A file is damaged.
        """
        position = 0
        for file in self.files:
            with _readable(file.path), pq.ParquetFile(file.path, pre_buffer=False) as source:
                names = [name for name in COLUMNS if name in source.schema_arrow.names]
                for group in range(source.num_row_groups):
                    end = position + source.metadata.row_group(group).num_rows
                    if end <= start:
                        position = end
                        continue
                    for part in source.iter_batches(_BATCH, row_groups=[group], columns=names):
                        skipped = min(max(0, start - position), part.num_rows)
                        if skipped < part.num_rows:
                            yield position + skipped, _rows(part.slice(skipped))
                        position += part.num_rows

    def superseded(self) -> frozenset[int]:
        """Return the rows whose name or identity a later row has too: the last one counts.

        Raises:
            InvalidData: A file is damaged.
        """
        found: set[int] = set()
        with _readable(self.files[0].path):
            for column in (NAME, "_id"):
                if any(column not in pq.read_schema(file.path).names for file in self.files):
                    continue
                values = pl.concat([_column(file.path, column) for file in self.files])
                is_earlier = values.is_not_null() & ~values.is_last_distinct()
                found.update(is_earlier.arg_true())
        return frozenset(found)


def open_seed(settings: Settings, place: str, date: datetime | None = None) -> Seed:
    """Open a dump: download it if need be, and look whether it can be used.

    Args:
        settings: Where the hub is, and where downloads are kept.
        place: ``hub-stats``, a Parquet file, or a folder of them.
        date: What its rows are as of; None: the download's date, the ``date`` of the file's
            metadata, or else the latest ``lastModified`` in it.

    Raises:
        ConfigurationError: There is no such file, or the dump's date cannot be found out.
        InvalidData: It is no dump of models in the Hub's field names.
        RetryLater: The hub does not give the dump now.
        SourceRefused: The hub does not give the dump.
    """
    if place == HUB_STATS:
        path, downloaded = download(settings)
        date = date or downloaded
        paths = [path]
    else:
        path = Path(place).expanduser()
        paths = _files(path)
    files, lacks = [], set[str]()
    for each in paths:
        file, columns = _open(each)
        files.append(file)
        lacks.update(name for name in WHOLE if name not in columns)
    if not any(file.rows for file in files):
        raise InvalidData(f"the dump {path} holds no models", next_step=_ANOTHER)
    name = HUB_STATS if place == HUB_STATS else path.absolute().name
    ordered = tuple(column for column in WHOLE if column in lacks)
    return Seed(name, tuple(files), date or _date(paths), ordered)


_ANOTHER = "give another file, or crawl without --seed"


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        if found := sorted(path.glob("*.parquet")):
            return found
        raise InvalidData(f"the folder {path} holds no Parquet file", next_step=_ANOTHER)
    if not path.exists():
        raise ConfigurationError(
            f"there is no dump at {path}",
            next_step=f"name a Parquet file, a folder of them, or {HUB_STATS}",
        )
    return [path]


def _open(path: Path) -> tuple[SeedFile, list[str]]:
    """Return a file with its columns.

    Raises:
        InvalidData: It is no Parquet file, or has other columns.
    """
    with _readable(path):
        metadata = pq.read_metadata(path)
        columns = metadata.schema.to_arrow_schema().names
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    if NAME not in columns:
        shown = ", ".join(columns[:20]) + (" …" if len(columns) > 20 else "")
        raise InvalidData(
            f"{path} has no column {NAME}, so it is no dump of models; it has: {shown}",
            next_step=f"name the columns as the Hub's API does: {NAME}, {', '.join(WHOLE)}",
        )
    return SeedFile(path, path.stat().st_size, metadata.num_rows, digest), columns


def _date(paths: list[Path]) -> datetime:
    """Return the date that the files say, or the latest change in them.

    Raises:
        ConfigurationError: They say neither.
        InvalidData: A file is damaged.
    """
    times: list[str | None] = []
    reader = Reader()
    for path in paths:
        with _readable(path):
            noted = (pq.read_schema(path).metadata or {}).get(_DATE_KEY)
            if noted is not None:
                times.append(reader.time("date", noted.decode("utf-8", "replace")))
            elif "lastModified" in pq.read_schema(path).names:
                times.append(reader.time("lastModified", _column(path, "lastModified").max()))
    known = [time for time in times if time is not None]
    if not known:
        raise ConfigurationError(
            f"the dump {paths[0]} does not say of which day it is",
            next_step="say it: --seed-date 2026-08-22",
        )
    return datetime.fromisoformat(max(known))


def _column(path: Path, name: str) -> pl.Series:
    """Return a whole column as text, null where it is none."""
    column = _as_text(pq.read_table(path, columns=[name])[name])
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return pl.repeat(None, len(column), dtype=pl.String, eager=True)
    return pl.Series(name, column, dtype=pl.String)


def _rows(batch: pa.RecordBatch) -> list[dict[str, object]]:
    columns = {
        name: _as_text(column).to_pylist()
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return timestamps as text: Python's have neither nanoseconds nor years beyond 9999."""
    return column.cast(pa.string()) if pa.types.is_temporal(column.type) else column


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say of a file that cannot be read why that is, in place of the reader's own error."""
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the machine's: no permission, no space
        why = str(error).strip().splitlines()[0] if str(error).strip() else "damaged"
        raise InvalidData(
            f"{path} is no Parquet file, or a part of it is missing: {why}",
            next_step="get the file again, or crawl without --seed",
            kept="everything up to the last committed batch",
        ) from error
