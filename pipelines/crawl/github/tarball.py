"""Source of repositories: the tarball of a commit, streamed from GitHub's other host and scanned.

Nothing is unpacked to disk, imported or executed, and no credentials leave the API's own host.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import requests
import urllib3

from miner import __version__
from miner.errors import InvalidData, SourceRefused
from miner.pipelines.derive.licenses.texts import paths as license_paths
from miner.pipelines.derive.licenses.texts.repository import (
    LicenseReader,
    RepositoryStatement,
    watch,
)
from miner.pipelines.scan import files
from miner.pipelines.scan.listing import open_listing
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.site import ScanResult
from miner.pipelines.scan.source import FILE_SECONDS, SourceFile, from_tarball, leave_out
from miner.pipelines.scan.weights import is_weights
from miner.pipelines.sources.github.gunzip import Gunzip
from miner.pipelines.sources.http import TRANSIENT, TransportError, answer_date
from miner.schema.vocab import ScanState
from miner.settings import Settings

log = logging.getLogger(__name__)

_LARGEST_READ = 1 << 18
_LONGEST_PAUSE = 10.0
_MOST_KEPT_BYTES = 64_000_000
_BY_STATUS = {404: ScanState.GONE, 410: ScanState.GONE, 403: ScanState.BLOCKED,
              451: ScanState.BLOCKED, 409: ScanState.EMPTY}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceTask:
    """A source to read: where it is, and bounds. It holds no credentials.

    Attributes:
        url: Address on the host of sources.
        max_bytes: Compressed bytes that are read at most.
        timeout_seconds: Time after which a silent host counts as stalled.
        attempts: Tries.
        file_seconds: Processor time after which the reading of one file is given up.
        skipped: Files that are not read: they took too long before.
    """

    url: str
    max_bytes: int
    timeout_seconds: float
    attempts: int = 1
    file_seconds: float = FILE_SECONDS
    skipped: tuple[str, ...] = ()

    def without(self, path: str) -> SourceTask:
        """Return the same task with one more file left out."""
        return replace(self, skipped=(*self.skipped, path))


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A source whose host did not answer properly in any try."""

    reason: str


@dataclass(slots=True)
class KeptFile:
    """A file that is worth keeping, as received."""

    path: str
    blob_sha: str
    data: bytes


@dataclass(slots=True)
class SourceRead:
    """What a source says.

    Attributes:
        result: What the scan found; its state is a ``vocab.ScanState``.
        observed_at: Date of the answer, UTC without zone.
        kept: Files for the archive.
        licenses: What its files state of its licenses.
        weight_file_count: Files that look like weights.
    """

    result: ScanResult
    observed_at: datetime
    kept: list[KeptFile] = field(default_factory=list)
    licenses: list[RepositoryStatement] = field(default_factory=list)
    weight_file_count: int = 0


def state_of(status: int) -> ScanState | None:
    """Return what the refusal of a source means, None for an answer that is none."""
    return _BY_STATUS.get(status)


def check_place(url: str, hosts: Iterable[str]) -> None:
    """Check that a redirect leads to a host that is configured.

    Raises:
        SourceRefused: It does not.
    """
    parts = urlsplit(url)
    is_known = any(parts.netloc == host or parts.netloc.endswith(f".{host}") for host in hosts)
    if parts.scheme not in {"http", "https"} or not is_known:
        raise SourceRefused(
            f"GitHub redirects source to {url[:200]}, whose host is not configured",
            next_step="add the host to MINER_GITHUB_CONTENT_HOSTS if you trust it",
        )


def scan_source(task: SourceTask, settings: Settings | None = None) -> SourceRead | OutOfReach:
    """Stream a source and scan it wherever this runs, with the store that is there, if any.

    Args:
        task: Where the source is.
        settings: Where the store is; None: as the settings of this process say.
    """
    try:
        with open_listing(settings) as listing:
            return read_source(task, listing)
    except TransportError as error:
        return OutOfReach(str(error))


def read_source(task: SourceTask, listing: Container[str] | None = None) -> SourceRead:
    """Stream a source and scan it; a pure function of what the host answers.

    Args:
        task: Where the source is.
        listing: Names of models that are known.

    An archive that comes damaged is asked for again: it is damaged if the same bytes come twice.

    Raises:
        TransportError: The host did not answer properly in any try, or with another damaged
            archive each time.
    """
    damaged: set[str] = set()
    for attempt in range(1, task.attempts + 1):
        try:
            read, digest = _read_once(task, listing)
            if digest is None or digest in damaged:
                return read  # the same bytes twice: so it is, and not the way here
            damaged.add(digest)
            problem = f"the source archive came damaged: {read.result.reason or 'it is cut short'}"
        except TransportError as error:
            problem = str(error)
        if attempt < task.attempts:
            _pause(attempt, problem)
    raise TransportError(problem)


def _pause(attempt: int, problem: str) -> None:
    seconds = min(0.25 * 2**attempt, _LONGEST_PAUSE)
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    log.info("%s: tried again at %s UTC", problem, f"{until:%H:%M:%S}")
    time.sleep(seconds)


def _read_once(task: SourceTask, listing: Container[str] | None) -> tuple[SourceRead, str | None]:
    """Read a source once; return with it the digest of the archive if that is damaged.

    Raises:
        TransportError: The host did not answer properly, or with no archive.
    """
    with _opened(task) as (stream, status, observed_at):
        state = state_of(status)
        if state is not None:
            result = ScanResult(state=state.value, reason=f"the host of sources answers {status}")
            return SourceRead(result, observed_at), None
        archive = Gunzip(stream)
        if not archive.is_gzip:
            raise TransportError("the host of sources answers 200 with what is no archive")
        read = SourceRead(ScanResult(), observed_at)
        paths: dict[str, str] = {}
        kept_bytes = 0
        reader = LicenseReader(task.file_seconds)

        def is_wanted(path: str) -> bool:
            read.weight_file_count += is_weights(path)
            return files.is_wanted(path) or license_paths.is_wanted(path)

        def keep(blob_sha: str, data: bytes) -> None:
            nonlocal kept_bytes
            if kept_bytes + len(data) <= _MOST_KEPT_BYTES:
                kept_bytes += len(data)
                read.kept.append(KeptFile(paths[blob_sha], blob_sha, data))

        try:
            source = from_tarball(cast(BinaryIO, archive), is_wanted)
            source = watch(leave_out(source, task.skipped), reader)
            # license files are read beside the scan, which does not count them
            scanned = (file for file in source if not file.path or files.is_wanted(file.path))
            read.result = scan(
                _noted(scanned, paths), listing=listing, keep=keep, file_seconds=task.file_seconds
            )
            read.licenses = reader.statements()
            _count_faults(read.result, reader)
        except InvalidData as error:
            read.result = ScanResult(state=ScanState.UNREADABLE.value, reason=error.message[:200])
        is_good = read.result.state != ScanState.UNREADABLE and archive.finish()
        if stream.is_cut:
            read.result.state = ScanState.TOO_LARGE.value
            read.result.reason = f"more than {task.max_bytes} bytes, compressed"
        elif not is_good:
            return read, archive.digest()
        return read, None


def _count_faults(result: ScanResult, reader: LicenseReader) -> None:
    """Count license files that were lost to unexpected errors among the files of the scan."""
    if not reader.faults:
        return
    result.faults = result.faults + reader.faults.counts
    if result.state in {ScanState.SCANNED.value, ScanState.PARTIAL.value}:
        told = f"license files: {reader.faults.describe()}"
        result.state = ScanState.PARTIAL.value
        result.reason = "; ".join(filter(None, (result.reason, told)))[:200]


class _Bounded(io.RawIOBase):
    """A response's body as a stream that ends at a bound."""

    def __init__(self, body: urllib3.BaseHTTPResponse, max_bytes: int) -> None:
        self._body = body
        self._left = max_bytes
        self.is_cut = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, as many as asked for unless the body ends.

        Raises:
            TransportError: The host fell silent, or hung up in the middle.
        """
        wanted = _LARGEST_READ if size is None or size < 0 else size
        wanted = min(wanted, self._left)
        if wanted <= 0:
            self.is_cut = True
            return b""
        try:
            data: bytes = self._body.read(wanted, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TransportError(f"the source ended in the middle: {error}") from error
        self._left -= len(data)
        return data


@contextmanager
def _opened(task: SourceTask) -> Iterator[tuple[_Bounded, int, datetime]]:
    """Open a source: its stream, the status, the answer's date. Redirects are not followed."""
    session = requests.Session()
    session.auth = _no_credentials  # else those of a .netrc would go along
    headers = {"User-Agent": f"miner/{__version__}", "Accept-Encoding": "identity"}
    try:
        response = session.get(
            task.url, headers=headers, stream=True, timeout=task.timeout_seconds,
            allow_redirects=False,
        )  # fmt: skip
    except requests.RequestException as error:
        session.close()
        raise TransportError(str(error).partition("\n")[0][:300]) from error
    try:
        status = response.status_code
        is_answer = status == 200 or state_of(status) is not None
        if status in TRANSIENT or not is_answer:
            raise TransportError(f"the host of sources answers {status}")
        told = {str(name).lower(): str(value) for name, value in response.headers.items()}
        if status == 200 and "html" in told.get("content-type", "").lower():
            raise TransportError("the host of sources answers 200 with a page of HTML")
        yield _Bounded(response.raw, task.max_bytes), status, answer_date(told)
    finally:
        response.close()
        session.close()


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _noted(files: Iterator[SourceFile], paths: dict[str, str]) -> Iterator[SourceFile]:
    """Yield files, their paths remembered by blob sha."""
    for file in files:
        if file.data is not None:
            paths.setdefault(file.blob_sha, file.path)
        yield file
