"""Where snapshots are got from: a folder, an https address, or a dataset repository of the Hub.

A folder, and an address that serves one, hold a folder per snapshot and ``index.json``, which lists
them. A dataset repository holds the files of a snapshot under a tag of its name.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from miner.errors import ConfigurationError, InvalidData, SourceRefused
from miner.pipelines.snapshot.download import Downloader
from miner.pipelines.snapshot.snapshot_files import (
    check_file,
    known_snapshots,
    manifest_bytes,
    read_manifest,
    signature_bytes,
)
from miner.schema.manifest import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    File,
    Version,
    is_version,
)
from miner.schema.patterns import bounded
from miner.schema.signature import MAX_SIGNATURE_BYTES, SIGNATURE
from miner.settings import Settings

INDEX = "index.json"
_MAX_INDEX_BYTES = 4_000_000
_REPOSITORY = bounded(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_ASK = "ask its publisher for access"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Advance = Callable[[int], None]


class SnapshotSource(Protocol):
    """A place that has snapshots."""

    def versions(self) -> list[Version]:
        """Return what it has, in any order."""

    def manifest(self, version: Version) -> bytes:
        """Return the manifest of one of them, as it is there."""

    def signature(self, version: Version) -> bytes | None:
        """Return the signature of that manifest, None where there is none."""

    def file(self, version: Version, file: File, folder: Path, advance: Advance) -> None:
        """Bring a file, verified, into its place below a folder."""

    def close(self) -> None:
        """Let go of connections."""


def open_source(settings: Settings, source: str | None, stop: threading.Event) -> SnapshotSource:
    """Open a source.

    Args:
        settings: Where the Hub is, time-outs, token.
        source: A folder, an address, ``owner/name`` of a dataset repository, or that with
            ``hf://datasets/`` in front; None: the one of the settings.
        stop: Set to end downloads.

    Raises:
        ConfigurationError: There is none, or it is none of these.
    """
    place = "MINER_SNAPSHOT_SOURCE" if source is None else "--from"
    source = source or settings.snapshot_source
    if not source:
        raise ConfigurationError(
            "no place to get snapshots from is set",
            next_step="export MINER_SNAPSHOT_SOURCE=FOLDER, https://…, or owner/name of a dataset "
            "repository on the Hub; or give it with --from",
        )
    if repository := repository_of(settings, source):
        downloader = _downloader(settings, settings.hf_endpoint, stop, is_hub=True)
        return _Hub(settings.hf_endpoint, repository, downloader, place)
    if "://" in source:
        _require_safe(source, place)
        downloader = _downloader(settings, source, stop, is_hub=False)
        return _Address(source.rstrip("/"), downloader, place)
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise ConfigurationError(
            f"there is no folder {folder} to get snapshots from",
            next_step=f"set {place} to a folder, an https address, or owner/name",
        )
    return _Folder(folder)


def repository_of(settings: Settings, source: str) -> str | None:
    """Return the dataset repository that a text means, None where it means none."""
    for prefix in ("hf://datasets/", f"{settings.hf_endpoint}/datasets/"):
        if source.startswith(prefix):
            name = source.removeprefix(prefix).rstrip("/")
            if not _REPOSITORY.fullmatch(name):
                raise ConfigurationError(
                    f"{source[:200]!r} names no dataset repository: these are owner/name",
                    next_step="write it as owner/name, or hf://datasets/owner/name",
                )
            return name
    is_name = _REPOSITORY.fullmatch(source) is not None
    return source if is_name and not Path(source).exists() else None


def _require_safe(source: str, place: str) -> None:
    """Refuse what is neither https nor this machine."""
    try:
        parts = urlsplit(source)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        host = scheme = ""
    if not host or (scheme != "https" and not (scheme == "http" and host in _LOOPBACK)):
        raise ConfigurationError(
            f"snapshots are not got from {source[:200]!r}: an https address is needed",
            next_step=f"set {place} to an address that begins with https://",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "the address of snapshots must have no account, query or #",
            next_step=f"leave them out of {place}",
        )


def _downloader(
    settings: Settings, origin: str, stop: threading.Event, *, is_hub: bool
) -> Downloader:
    return Downloader(
        origin,
        hosts=settings.hf_content_hosts if is_hub else (),
        token=settings.hf_token if is_hub else None,
        access_hint="set HF_TOKEN to a token that may read it" if is_hub else _ASK,
        timeout_seconds=settings.http_timeout_seconds,
        attempts=settings.http_attempts,
        stop=stop,
    )


class _Folder:
    """Snapshots in a folder, or a folder that is one itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _places(self) -> dict[Version, Path]:
        if (self._folder / MANIFEST).is_file():
            return {read_manifest(self._folder).version: self._folder}
        return known_snapshots(self._folder)

    def versions(self) -> list[Version]:
        return list(self._places())

    def manifest(self, version: Version) -> bytes:
        return manifest_bytes(self._places()[version])

    def signature(self, version: Version) -> bytes | None:
        return signature_bytes(self._places()[version])

    def file(self, version: Version, file: File, folder: Path, advance: Advance) -> None:
        origin = self._places()[version]
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        fault = check_file(origin, file)
        if fault is None:
            shutil.copyfile(origin / file.path, part, follow_symlinks=False)
            fault = check_file(folder, File(f"{file.path}.part", file.size, file.sha256))
        if fault is not None:
            part.unlink(missing_ok=True)
            raise InvalidData(
                f"{origin / file.path}: {fault.what}",
                kept="the snapshots that were here before",
                next_step="tell its publisher",
            )
        part.replace(target)
        advance(file.size)

    def close(self) -> None:
        """Nothing is held."""


class _Address:
    """Snapshots below an address, each in a folder of its name."""

    def __init__(self, base: str, downloader: Downloader, place: str) -> None:
        self._base = base
        self._downloader = downloader
        self._place = place  # what the user set, or gave

    def versions(self) -> list[Version]:
        url = f"{self._base}/{INDEX}"
        data = self._downloader.text(url, _MAX_INDEX_BYTES)
        if data is None:
            raise SourceRefused(
                f"there are no snapshots at {self._base}: it has no {INDEX}",
                next_step=f"set {self._place} to what `miner snapshot publish` wrote",
            )
        try:
            names = json.loads(data)["snapshots"]
            return [Version.parse(name) for name in names if is_version(name)]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidData(
                f"{url} is damaged: it is no list of snapshots",
                next_step=f"set {self._place} to what `miner snapshot publish` wrote, or "
                "tell its publisher",
            ) from error

    def manifest(self, version: Version) -> bytes:
        return _required(
            self._downloader.text(self._url(version, MANIFEST), MAX_MANIFEST_BYTES), version
        )

    def signature(self, version: Version) -> bytes | None:
        return self._downloader.text(self._url(version, SIGNATURE), MAX_SIGNATURE_BYTES)

    def file(self, version: Version, file: File, folder: Path, advance: Advance) -> None:
        self._downloader.file(self._url(version, file.path), folder, file, advance)

    def close(self) -> None:
        self._downloader.close()

    def _url(self, version: Version, path: str) -> str:
        return f"{self._base}/{version}/{quote(path)}"


class _Hub(_Address):
    """Snapshots under the tags of a dataset repository."""

    def __init__(self, endpoint: str, repository: str, downloader: Downloader, place: str) -> None:
        super().__init__(f"{endpoint}/datasets/{repository}/resolve", downloader, place)
        self._refs = f"{endpoint}/api/datasets/{repository}/refs"
        self._repository = repository

    def versions(self) -> list[Version]:
        data = self._downloader.text(self._refs, _MAX_INDEX_BYTES)
        if data is None:
            raise SourceRefused(
                f"there is no dataset repository {self._repository}",
                next_step=f"check {self._place} and HF_ENDPOINT; a private one needs HF_TOKEN",
            )
        try:
            names = [str(tag["name"]) for tag in json.loads(data).get("tags") or ()]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidData(
                f"{self._refs} is damaged: it is no list of tags", next_step="check HF_ENDPOINT"
            ) from error
        return [Version.parse(name) for name in names if is_version(name)]


def _required(data: bytes | None, version: Version) -> bytes:
    if data is None:
        raise SourceRefused(
            f"{version} is named by the source, and has no {MANIFEST} there",
            next_step="tell its publisher, or try another version",
        )
    return data
