"""Where data on models lie: a DuckDB file, a snapshot, or a store. Each as one DuckDB file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from miner.db.lookup import DuckdbLookup, open_lookup
from miner.errors import ConfigurationError
from miner.pipelines.snapshot.content_checks import Check
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.snapshot.load import load_snapshot
from miner.pipelines.snapshot.snapshot_files import require_signed, require_verified
from miner.schema.manifest import MANIFEST, is_version
from miner.settings import Settings

_SQLITE = b"SQLite format 3\0"
_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://", "sqlite:///")


@contextmanager
def open_data(text: str, settings: Settings, checks: Iterable[Check]) -> Iterator[DuckdbLookup]:
    """Yield the look-up of data, wherever they are.

    Args:
        text: A DuckDB file; a snapshot's folder, or its name in the data directory; a store's
            file, its address, or the data directory that it lies in.
        settings: The data directory, and the keys that snapshots have to be signed with.
        checks: The shipped checks, which a snapshot has to pass.

    Raises:
        ConfigurationError: There is nothing of the kind.
        InvalidData: The snapshot is not what its manifest says, or not signed as it has to be.
    """
    path = Path(text)
    if text.startswith(_SCHEMES):
        with _store(replace(settings, database_url=text)) as lookup:
            yield lookup
    elif path.is_file() and not _is_sqlite(path):
        with open_lookup(path) as lookup:
            yield lookup
    elif path.is_file():
        with _store(_beside(settings, path.parent, path)) as lookup:
            yield lookup
    elif folder := _snapshot(path, settings):
        with _of_snapshot(folder, settings, checks) as lookup:
            yield lookup
    elif (path / "miner.duckdb").is_file():
        with open_lookup(path / "miner.duckdb") as lookup:
            yield lookup
    elif (path / "miner.db").is_file():
        with _store(_beside(settings, path, path / "miner.db")) as lookup:
            yield lookup
    else:
        raise ConfigurationError(
            f"there are no data on models at {text}",
            next_step="name a DuckDB file, the folder or name of a snapshot, or a store; or "
            "leave --data out, and the hub is asked",
        )


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _beside(settings: Settings, folder: Path, store: Path) -> Settings:
    return replace(
        settings, data_dir=folder.absolute(), database_url=f"sqlite:///{store.absolute()}"
    )


def _snapshot(path: Path, settings: Settings) -> Path | None:
    if not path.exists() and is_version(path.name):
        path = settings.snapshots_dir / path.name
    return path if (path / MANIFEST).is_file() else None


@contextmanager
def _store(settings: Settings) -> Iterator[DuckdbLookup]:
    with TemporaryDirectory(prefix="miner-") as folder:
        file = Path(folder, "store.duckdb")
        export_duckdb(settings, file, macros=())
        with open_lookup(file) as lookup:
            yield lookup


@contextmanager
def _of_snapshot(
    folder: Path, settings: Settings, checks: Iterable[Check]
) -> Iterator[DuckdbLookup]:
    require_signed(folder, settings)
    manifest = require_verified(folder)
    with TemporaryDirectory(prefix="miner-") as place:
        file = Path(place, f"{manifest.name}.duckdb")
        load_snapshot(folder, manifest, file, (), checks)
        with open_lookup(file) as lookup:
            yield lookup
