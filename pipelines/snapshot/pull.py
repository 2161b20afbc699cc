"""Get a snapshot: download what is missing, verify it, put it in place; nothing else is used.

Files come into a folder of their own, several at once, and go on where an earlier pull stopped.
Only when every one is what the manifest says does the folder get the snapshot's name. What was
there before stays until then.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from miner.errors import (
    ConfigurationError,
    InvalidData,
    RetryLater,
    SourceRefused,
    StoreLocked,
)
from miner.pipelines.snapshot.locations import SnapshotSource
from miner.pipelines.snapshot.snapshot_files import check_file, known_snapshots, verify_snapshot
from miner.pipelines.sources.http import Stopped
from miner.progress import Progress
from miner.schema.manifest import MANIFEST, File, Manifest, Version, latest, require_schema
from miner.schema.signature import SIGNATURE, PublicKey, check_signature

CONNECTIONS = 4
"""Files that are got at once."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought.

    Attributes:
        folder: Where it is.
        manifest: What it says; of some tables alone, of all of it.
        files: Files that had to be got; none: it was here already.
        signed: Who signed it, as far as that was checked, for people.
        newer: The latest version that was here before, where that is a later one.
    """

    folder: Path
    manifest: Manifest
    files: int
    signed: str = "unsigned"
    newer: Version | None = None


def find_version(source: SnapshotSource, wanted: str | None) -> Version:
    """Return the version wanted, or the latest.

    Raises:
        ConfigurationError: The source does not have it, or has none.
    """
    available = source.versions()
    if wanted is not None:
        version = Version.parse(wanted)
        if version in available:
            return version
        near = ", ".join(map(str, sorted(available, reverse=True)[:5])) or "none"
        raise ConfigurationError(
            f"the source does not have {version}; it has {near}",
            next_step="name one of these, or none: miner snapshot pull gets the latest",
        )
    if (newest := latest(available)) is None:
        raise ConfigurationError(
            "the source has no snapshot yet",
            next_step="name another source with --from, or publish one: miner snapshot publish",
        )
    return newest


def pull(
    source: SnapshotSource,
    version: Version,
    home: Path,
    *,
    progress: Progress,
    stop: threading.Event,
    tables: Sequence[str] = (),
    keys: Sequence[PublicKey] = (),
) -> Pulled:
    """Get a snapshot, or some tables of it.

    Args:
        source: Where it is.
        version: Which.
        home: Folder to keep it in, in a folder of its name.
        progress: Told of the bytes that come.
        stop: Set to end it; what came is kept for the next time.
        tables: Tables to get alone; empty: all of it.
        keys: Those of the settings: it has to be signed with one of them, where there are any.

    Raises:
        ConfigurationError: There is no such table, or no room on the disk.
        InvalidData: The manifest or a file is damaged, not signed as it has to be, or the schema
            is not this miner's.
        RetryLater: The source does not answer properly now.
        SourceRefused: It refuses.
        StoreLocked: Another pull is at it.
        Stopped: It was stopped.
    """
    home.mkdir(parents=True, exist_ok=True)
    data = source.manifest(version)
    manifest = Manifest.read(data)
    if manifest.version != version:
        raise InvalidData(
            f"what the source has as {version} calls itself {manifest.name}",
            kept="the snapshots that were here before",
            next_step="tell its publisher, or try another version",
        )
    wanted = _wanted(manifest, tables)
    if not tables:
        require_schema(manifest)
    signature = _signature(source, version, keys)
    signed = check_signature(data, signature, keys)
    newest = latest(known_snapshots(home)) or version
    newer = newest if newest > version else None
    final, coming = home / str(version), home / f".{version}.coming"
    try:
        with FileLock(home / f".{version}.lock", timeout=0):
            if _is_here(final, data, wanted):
                _write_signature(final, signature)
                return Pulled(final, manifest, 0, signed, newer)
            missing = _prepare(coming, data, wanted, final)
            _require_room(coming, missing)
            _get(source, version, missing, coming, progress=progress, stop=stop)
            (coming / MANIFEST).write_bytes(data)
            _require_whole(coming, bool(tables), wanted)
            _write_signature(coming, signature)
            _put(coming, final)
    except Timeout as error:
        raise StoreLocked(
            f"another pull of {version} is at work", next_step="wait until it has ended"
        ) from error
    return Pulled(final, manifest, len(missing), signed, newer)


def _signature(source: SnapshotSource, version: Version, keys: Sequence[PublicKey]) -> bytes | None:
    """Return the signature; what a server says in its place matters only where keys are set."""
    try:
        return source.signature(version)
    except (InvalidData, RetryLater, SourceRefused):
        if keys:
            raise
        return None


def _write_signature(folder: Path, signature: bytes | None) -> None:
    """Keep the signature beside the manifest; where the source has none, one that is here stays."""
    if signature is not None:
        (folder / SIGNATURE).unlink(missing_ok=True)  # it may be a link
        (folder / SIGNATURE).write_bytes(signature)


def _wanted(manifest: Manifest, tables: Iterable[str]) -> tuple[File, ...]:
    available = {table.name: table.file for table in manifest.tables}
    unknown = sorted(set(tables) - available.keys())
    if unknown:
        raise ConfigurationError(
            f"{manifest.name} has no table {unknown[0]!r}",
            next_step=f"its tables are {', '.join(sorted(available))}",
        )
    chosen = tuple(available[name] for name in dict.fromkeys(tables))
    return chosen or manifest.every_file


def _is_here(folder: Path, data: bytes, wanted: Iterable[File]) -> bool:
    """Return whether a folder holds this very snapshot, whole as far as wanted."""
    path = folder / MANIFEST
    return (
        path.is_file()
        and not folder.is_symlink()
        and path.read_bytes() == data
        and all(check_file(folder, file) is None for file in wanted)
    )


def _prepare(coming: Path, data: bytes, wanted: Iterable[File], final: Path) -> list[File]:
    """Make the folder ready, and return what is missing in it.

    What an earlier pull brought is kept if it was of this very manifest; so is what is whole in
    the place of the snapshot (some tables of it, or one that was damaged).
    """
    manifest = coming / f"{MANIFEST}.part"
    if coming.is_symlink() or not manifest.is_file() or manifest.read_bytes() != data:
        if coming.is_symlink():
            coming.unlink()
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir()
        manifest.write_bytes(data)
    for file in Manifest.read(data).every_file:
        target = coming / file.path
        if not target.exists() and check_file(final, file) is None:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(final / file.path, target)
    return [file for file in wanted if check_file(coming, file) is not None]


def _require_room(folder: Path, missing: Iterable[File]) -> None:
    parts = (folder / f"{file.path}.part" for file in missing)
    available = sum(part.stat().st_size for part in parts if part.is_file())
    needed = sum(file.size for file in missing) - available
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ConfigurationError(
            f"{needed / 1e6:,.1f} MB are to come, and {folder} has room for {free / 1e6:,.1f} MB",
            next_step="free space, then run the same command again: it goes on where it stopped",
        )


def _get(
    source: SnapshotSource,
    version: Version,
    missing: Sequence[File],
    folder: Path,
    *,
    progress: Progress,
    stop: threading.Event,
) -> None:
    """Get files, several at once; the first failure ends the others."""
    lock = threading.Lock()

    def advance(count: int) -> None:
        with lock:
            progress.advance(count)

    def one(file: File) -> None:
        if stop.is_set():
            raise Stopped
        source.file(version, file, folder, advance)

    progress.start(f"bytes of {version}", sum(file.size for file in missing))
    largest_first = sorted(missing, key=lambda file: (-file.size, file.path))
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="pull") as pool:
        waiting = {pool.submit(one, file) for file in largest_first}
        try:
            done, left = wait(waiting, return_when=FIRST_EXCEPTION)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
        if left:
            stop.set()
            pool.shutdown(cancel_futures=True)
            done |= {future for future in left if future.done() and not future.cancelled()}
    progress.finish()
    _raise_first(done)


def _raise_first(done: Iterable[Future[None]]) -> None:
    """Raise what went wrong; that others were stopped for it is not worth a word."""
    errors = [error for future in done if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, Stopped)):
        raise error


def _require_whole(folder: Path, is_part: bool, wanted: Iterable[File]) -> None:
    """Look at the folder as a whole once more: rows, columns, nothing extra."""
    (folder / f"{MANIFEST}.part").unlink(missing_ok=True)
    if is_part:
        return
    named = {file.path for file in wanted} | {MANIFEST}
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in named:
            path.unlink()  # of an earlier pull of some tables
    manifest, faults = verify_snapshot(folder, is_content_known=True)
    if faults:
        raise InvalidData(
            f"{manifest.name} is not what its manifest says: {'; '.join(map(str, faults[:5]))}",
            kept="the snapshots that were here before",
            next_step="tell its publisher",
        )


def _put(coming: Path, final: Path) -> None:
    """Give the folder its name; one of that name that is damaged goes."""
    if final.is_symlink():
        final.unlink()
    if final.exists():
        old = final.with_name(f".{final.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        final.replace(old)
        coming.replace(final)
        shutil.rmtree(old)
    else:
        coming.replace(final)
