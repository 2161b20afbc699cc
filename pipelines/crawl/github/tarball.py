"""Source of repositories: the tarball of a commit, streamed from GitHub's other host and scanned.

Nothing is unpacked to disk, imported or executed, and no credentials leave the API's own host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, cast

from miner import __version__
from miner.errors import InvalidData, RetryLater
from miner.pipelines.derive.licenses.texts import paths as license_paths
from miner.pipelines.derive.licenses.texts.repository_texts import (
    LicenseReader,
    RepositoryStatement,
    watch,
)
from miner.pipelines.scan import file_kinds
from miner.pipelines.scan.file_kinds import is_weights
from miner.pipelines.scan.name_listing import NameListing, open_listing
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.site import ScanResult
from miner.pipelines.scan.source_files import FILE_SECONDS, SourceFile, from_tarball, leave_out
from miner.pipelines.sources.github.gunzip import Gunzip
from miner.pipelines.sources.http import (
    Again,
    Confinement,
    Fetcher,
    OpenAnswer,
    RateBudget,
    Transport,
    answer_date,
)
from miner.schema.vocab import ScanState
from miner.settings import Settings

_HEADERS = {"user-agent": f"miner/{__version__}", "accept-encoding": "identity"}
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


def scan_source(task: SourceTask, settings: Settings | None = None) -> SourceRead | OutOfReach:
    """Stream a source and scan it wherever this runs, with the store that is there, if any.

    Args:
        task: Where the source is.
        settings: Where the store is; None: as the settings of this process say.
    """
    try:
        with open_listing(settings) as listing:
            return read_source(task, listing)
    except RetryLater as error:
        return OutOfReach(str(error.__cause__ or error))


def read_source(task: SourceTask, listing: NameListing | None = None) -> SourceRead:
    """Stream a source and scan it; a pure function of what the host answers.

    An archive that comes damaged is asked for again: it is damaged if the same bytes come twice.

    Args:
        task: Where the source is.
        listing: Names of models that are known.

    Raises:
        RetryLater: The host did not answer properly in any try, or with another damaged
            archive each time.
        SourceRefused: It redirects elsewhere.
    """
    damaged: set[str] = set()

    def receive(answer: OpenAnswer) -> SourceRead:
        read, digest = _read_once(task, listing, answer)
        if digest is not None and digest not in damaged:
            damaged.add(digest)
            reason = read.result.reason or "it is cut short"
            raise Again(f"the source archive came damaged: {reason}")
        return read  # where the same bytes came twice: so it is, and not the way here

    fetcher = Fetcher(
        Transport(task.timeout_seconds),
        RateBudget(),
        Confinement(task.url),
        attempts=task.attempts,
        timeout_seconds=task.timeout_seconds,
        headers_for=lambda url: _HEADERS,
    )
    try:
        return fetcher.stream(task.url, receive)
    finally:
        fetcher.close()


def _read_once(
    task: SourceTask, listing: NameListing | None, answer: OpenAnswer
) -> tuple[SourceRead, str | None]:
    """Read a source once; return with it the digest of the archive if that is damaged.

    Raises:
        Again: The host did not answer properly, or with no archive.
        TransportError: It fell silent, or hung up in the middle.
    """
    observed_at = answer_date(answer.headers)
    state = state_of(answer.status)
    if state is not None:
        result = ScanResult(
            state=state.value, reason=f"the host of sources answers {answer.status}"
        )
        return SourceRead(result, observed_at), None
    if answer.status != 200:
        raise Again(f"the host of sources answers {answer.status}")
    if "html" in answer.headers.get("content-type", "").lower():
        raise Again("the host of sources answers 200 with a page of HTML")
    archive = Gunzip(_Stream(answer.blocks(task.max_bytes, is_raw=True)))
    if not archive.is_gzip:
        raise Again("the host of sources answers 200 with what is no archive")
    read = _scan(task, listing, archive, observed_at)
    is_good = read.result.state != ScanState.UNREADABLE and archive.finish()
    if answer.is_cut:
        read.result.state = ScanState.TOO_LARGE.value
        read.result.reason = f"more than {task.max_bytes} bytes, compressed"
    elif not is_good:
        return read, archive.digest()
    return read, None


def _scan(
    task: SourceTask, listing: NameListing | None, archive: Gunzip, observed_at: datetime
) -> SourceRead:
    read = SourceRead(ScanResult(), observed_at)
    paths: dict[str, str] = {}
    kept_bytes = 0
    reader = LicenseReader(task.file_seconds)

    def is_wanted(path: str) -> bool:
        read.weight_file_count += is_weights(path)
        return file_kinds.is_wanted(path) or license_paths.is_wanted(path)

    def keep(blob_sha: str, data: bytes) -> None:
        nonlocal kept_bytes
        if kept_bytes + len(data) <= _MOST_KEPT_BYTES:
            kept_bytes += len(data)
            read.kept.append(KeptFile(paths[blob_sha], blob_sha, data))

    try:
        source = from_tarball(cast(BinaryIO, archive), is_wanted)
        source = watch(leave_out(source, task.skipped), reader)
        # license files are read beside the scan, which does not count them
        scanned = (file for file in source if not file.path or file_kinds.is_wanted(file.path))
        read.result = scan(
            _noted(scanned, paths), listing=listing, keep=keep, file_seconds=task.file_seconds
        )
        read.licenses = reader.statements()
        _count_faults(read.result, reader)
    except InvalidData as error:
        read.result = ScanResult(state=ScanState.UNREADABLE.value, reason=error.message[:200])
    return read


def _count_faults(result: ScanResult, reader: LicenseReader) -> None:
    """Count license files that were lost to unexpected errors among the files of the scan."""
    if not reader.faults:
        return
    result.faults = result.faults + reader.faults.counts
    if result.state in {ScanState.SCANNED.value, ScanState.PARTIAL.value}:
        description = f"license files: {reader.faults.describe()}"
        result.state = ScanState.PARTIAL.value
        result.reason = "; ".join(filter(None, (result.reason, description)))[:200]


class _Stream:
    """Blocks of a body, to be read one after the other."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, size: int = -1, /) -> bytes:
        """Return the next block, whatever its size; none only at the end."""
        return next((block for block in self._blocks if block), b"")


def _noted(files: Iterator[SourceFile], paths: dict[str, str]) -> Iterator[SourceFile]:
    """Yield files, their paths remembered by blob sha."""
    for file in files:
        if file.data is not None:
            paths.setdefault(file.blob_sha, file.path)
        yield file
