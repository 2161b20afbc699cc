"""Snapshots on disk: which there are, and whether the files are what the manifest says."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from miner.db import analytics
from miner.db.analytics import DuckDBConnection, DuckDBError, literal
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.snapshot.parquet_bounds import fault_of_footer, fault_of_texts, open_bounded
from miner.schema.manifest import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    File,
    Manifest,
    TableFile,
    Version,
    is_version,
)
from miner.schema.signature import (
    MAX_SIGNATURE_BYTES,
    SIGNATURE,
    PublicKey,
    SecretKey,
    check_signature,
)
from miner.settings import Settings

_MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a file of a snapshot."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def known_snapshots(home: Path) -> dict[Version, Path]:
    """Return the snapshots that lie in a folder, by version: folders of such a name."""
    if not home.is_dir():
        return {}
    return {
        Version.parse(path.name): path
        for path in sorted(home.iterdir())
        if is_version(path.name) and (path / MANIFEST).is_file()
    }


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a snapshot.

    Raises:
        ConfigurationError: There is none.
        InvalidData: It is damaged.
    """
    return Manifest.read(manifest_bytes(folder))


def manifest_bytes(folder: Path) -> bytes:
    """Return the manifest of a snapshot as it stands there.

    Raises:
        ConfigurationError: There is none.
        InvalidData: It cannot be one.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ConfigurationError(
            f"{folder} is no snapshot: it has no {MANIFEST}",
            next_step="name the folder that holds it",
        )
    if path.is_symlink() or path.stat().st_size > MAX_MANIFEST_BYTES:
        raise InvalidData(f"{path} is no manifest: a link, or too large")
    return path.read_bytes()


def signature_bytes(folder: Path) -> bytes | None:
    """Return the signature that stands beside the manifest of a snapshot, None where none does."""
    path = folder / SIGNATURE
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(MAX_SIGNATURE_BYTES + 1)


def require_signed(folder: Path, settings: Settings) -> str:
    """Check who signed a snapshot, with the keys of the settings.

    Returns:
        What to say of it.

    Raises:
        ConfigurationError: There is no manifest, or a key of the settings is none.
        InvalidData: Keys are set, and it is not signed with one of them.
    """
    return check_signature(manifest_bytes(folder), signature_bytes(folder), keys_of(settings))


def sign_snapshot(folder: Path, key: SecretKey) -> None:
    """Sign the manifest of a snapshot; a signature that was there is replaced.

    Raises:
        ConfigurationError: There is no manifest.
        InvalidData: It is damaged.
    """
    data = manifest_bytes(folder)
    comment = f"{Manifest.read(data).name} {MANIFEST}"
    part = folder / f".{SIGNATURE}.part"
    part.write_bytes(key.sign(data, comment))
    part.replace(folder / SIGNATURE)


def keys_of(settings: Settings) -> list[PublicKey]:
    """Return the public keys that the user's settings name.

    Raises:
        ConfigurationError: One is none.
    """
    return [PublicKey.parse(text) for text in settings.snapshot_keys]


def verify_snapshot(
    folder: Path,
    advance: Callable[[int], None] = lambda _: None,
    *,
    is_content_known: bool = False,
) -> tuple[Manifest, list[Fault]]:
    """Compare every file of a snapshot with its manifest.

    Args:
        folder: The snapshot.
        advance: Called with the bytes that were read.
        is_content_known: Each file's digest has just been looked at, and need not be again.

    Returns:
        The manifest, and what is wrong: files missing or extra, of another size or content, with
        other rows or columns than said.

    Raises:
        ConfigurationError: There is no manifest.
        InvalidData: It is damaged; nothing else was looked at.
    """
    manifest = read_manifest(folder)
    faults = _extra(folder, manifest)
    called = folder.absolute().name
    if is_version(called) and called != manifest.name:
        faults.insert(0, Fault(MANIFEST, f"it is that of {manifest.name}, in a folder {called}"))
    tables = {table.file.path: table for table in manifest.tables}
    with open_bounded() as connection:
        for file in manifest.every_file:
            if not is_content_known and (fault := check_file(folder, file, advance)):
                faults.append(fault)
            elif file.path in tables and (what := _wrong(folder, tables[file.path], connection)):
                faults.append(Fault(file.path, what))
    return manifest, faults


def require_verified(folder: Path, advance: Callable[[int], None] = lambda _: None) -> Manifest:
    """Verify a snapshot.

    Raises:
        ConfigurationError: There is no manifest.
        InvalidData: Something is wrong; the message names the first files.
    """
    manifest, faults = verify_snapshot(folder, advance)
    if faults:
        summary = "; ".join(map(str, faults[:5])) + (" …" if len(faults) > 5 else "")
        raise InvalidData(
            f"{manifest.name} is not what its manifest says: {summary}",
            next_step="get it anew: miner snapshot pull",
        )
    return manifest


def check_file(
    folder: Path, file: File, advance: Callable[[int], None] = lambda _: None
) -> Fault | None:
    """Compare one file with what the manifest says of it."""
    path = folder / file.path
    for part in (path, *path.parents):
        if part == folder:
            break
        if part.is_symlink():
            return Fault(file.path, "a link, where a file is needed")
    try:
        status = path.lstat()
    except OSError:
        return Fault(file.path, "missing")
    if not stat.S_ISREG(status.st_mode):
        return Fault(file.path, "no regular file")
    if status.st_size != file.size:
        return Fault(file.path, f"{status.st_size:,} bytes, {file.size:,} are expected")
    try:
        is_same = _digest(path, advance) == file.sha256
    except OSError as error:
        return Fault(file.path, f"cannot be read: {error.strerror}")
    what = "other content than the manifest says (SHA-256)"
    return None if is_same else Fault(file.path, what)


def _digest(path: Path, advance: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
            advance(len(block))
    return digest.hexdigest()


def require_writable(folder: Path) -> None:
    """Make a folder, and see that files can be made in it: a lock would wait for that for ever.

    Raises:
        ConfigurationError: It cannot be made, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".miner-", dir=folder):
            pass
    except OSError as error:
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        why = f"{error.filename} is a file" if is_file else error.strerror
        raise ConfigurationError(
            f"nothing can be written in the folder {folder}: {why}",
            next_step="name another place, or correct its rights",
        ) from error


def _extra(folder: Path, manifest: Manifest) -> list[Fault]:
    """Return the files that the manifest does not name; links are among them."""
    named = {file.path for file in manifest.every_file} | {MANIFEST, SIGNATURE}
    found: list[Fault] = []
    for place, folders, files in os.walk(folder, followlinks=False):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*files, *links):
            path = Path(place, name).relative_to(folder).as_posix()
            if path not in named:
                found.append(Fault(path, "not named by the manifest"))
        if len(found) > _MAX_FILES:
            break
    return sorted(found, key=lambda fault: fault.path)


def _wrong(folder: Path, table: TableFile, connection: DuckDBConnection) -> str:
    """Return what is wrong with the rows or columns of a Parquet file, or nothing."""
    place, size = analytics.text(literal(folder / table.file.path)), table.file.size
    try:
        if fault := fault_of_footer(place, size, connection):
            return fault
        row = connection.execute(
            f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({place})"
        ).fetchone()
        described = connection.execute(f"DESCRIBE FROM read_parquet({place})").fetchall()
        if row is None or row[0] != table.rows:
            return f"{row[0] if row else 0:,} rows, {table.rows:,} are expected"
        if tuple((name, kind) for name, kind, *_ in described) != table.columns:
            return "other columns than the manifest says"
        return fault_of_texts(place, size, table.columns, connection)
    except DuckDBError as error:
        return f"no Parquet file: {analytics.first_line(error)}"
