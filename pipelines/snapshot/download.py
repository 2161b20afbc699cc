"""Downloads that go on where they stopped, from hosts that were chosen and from no other.

A file is read into ``NAME.part``; what is there already is not asked for again (Range). It counts
when its size and SHA-256 are those expected, and only then it gets its name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from miner.errors import InvalidData, SourceRefused
from miner.pipelines.snapshot.snapshot_files import check_file
from miner.pipelines.sources.http import (
    Again,
    Confinement,
    Fetcher,
    OpenAnswer,
    RateBudget,
    Stopped,
    Transport,
)
from miner.pipelines.sources.rate_limits import read_ratelimit
from miner.pipelines.sources.records.payload import is_page
from miner.schema.manifest import File

_KEPT = "the snapshots that were here before"
_OTHER = "tell its publisher, or try another version"
_TRUST = "name the place itself in MINER_SNAPSHOT_SOURCE if you trust it"


class Downloader:
    """GET with resumption, inside the bounds of a manifest.

    Args:
        origin: Scheme and host of the source; credentials go nowhere else.
        hosts: Further hosts (or their sub-domains) that redirects may lead to.
        token: Credential for the origin, or None.
        access_hint: What to do where the origin refuses for lack of rights.
        timeout_seconds: Silence after which a server counts as stalled.
        attempts: Tries without a byte more, after which it is given up for now.
        stop: Set to end all waits and downloads.
    """

    def __init__(
        self,
        origin: str,
        *,
        hosts: Iterable[str] = (),
        token: str | None = None,
        access_hint: str,
        timeout_seconds: float,
        attempts: int,
        stop: threading.Event,
    ) -> None:
        self._origin = urlsplit(origin)[:2]
        self._token = token
        self._access_hint = access_hint
        self._stop = stop
        self._fetcher = Fetcher(
            Transport(timeout_seconds),
            RateBudget(stop=stop),
            Confinement(origin, tuple(hosts), _TRUST),
            attempts=attempts,
            timeout_seconds=timeout_seconds,
            headers_for=self._headers_for,
            read_rate=read_ratelimit,
            bucket_of=_bucket_of,
            kept=f"what has come so far, and {_KEPT}",
        )

    def close(self) -> None:
        """Close its connections."""
        self._fetcher.close()

    def text(self, url: str, max_bytes: int) -> bytes | None:
        """Get a small document; None where there is none (404).

        Raises:
            InvalidData: It is larger than allowed.
            RetryLater: The server does not answer properly.
            SourceRefused: It refuses, or redirects to a host that was not chosen.
        """
        return self._fetcher.stream(url, partial(self._text, url, max_bytes))

    def file(self, url: str, folder: Path, file: File, advance: Callable[[int], None]) -> None:
        """Get a file, verified, into its place below a folder.

        Args:
            url: Where it is.
            folder: The folder.
            file: What it has to be.
            advance: Called with bytes as they come.

        Raises:
            InvalidData: What came is not what was expected, twice.
            RetryLater: The server does not answer properly; what came is kept.
            SourceRefused: It refuses, has no such file, or redirects to another host.
        """
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        for _ in range(2):
            self._fill(url, part, file, advance)
            came = File(f"{file.path}.part", file.size, file.sha256)
            fault = check_file(folder, came)
            if fault is None:
                part.replace(target)
                return
            part.unlink(missing_ok=True)
            advance(-file.size)
        raise InvalidData(
            f"{url} is not what the manifest says: {fault.what if fault else ''}",
            kept=_KEPT,
            next_step="tell its publisher; another version: miner snapshot pull data-YYYY.MM.N",
        )

    def _text(self, url: str, max_bytes: int, answer: OpenAnswer) -> bytes | None:
        if answer.status == 404:
            return None
        self._require(answer, url, {200})
        if is_page(answer.headers, b""):
            raise Again("the server answered with a web page")
        body = b"".join(answer.blocks(max_bytes, is_raw=True))
        if answer.is_cut:
            raise InvalidData(
                f"{url} is larger than {max_bytes:,} bytes", kept=_KEPT, next_step=_OTHER
            )
        size = answer.headers.get("content-length", "")
        if size.isdigit() and int(size) != len(body):
            raise Again("the answer ended in the middle")
        return body

    def _fill(self, url: str, part: Path, file: File, advance: Callable[[int], None]) -> None:
        """Append to what is there of a file until it is complete."""
        if _size(part) > file.size:
            advance(-_size(part))
            part.unlink()
        if _size(part) == file.size and part.exists():
            return

        def rest() -> Mapping[str, str]:
            start = _size(part)
            return {"range": f"bytes={start}-"} if start else {}

        self._fetcher.stream(
            url,
            partial(self._append, url, part, file, advance),
            headers=rest,
            progress=lambda: _size(part),
        )

    def _append(
        self, url: str, part: Path, file: File, advance: Callable[[int], None], answer: OpenAnswer
    ) -> None:
        size = _size(part)
        if answer.status == 416:
            part.unlink(missing_ok=True)
            advance(-size)
            raise Again("the server has less than was read before")
        self._require(answer, url, {200, 206})
        _require_the_file(answer, size, file.size)
        if size and answer.status == 200:  # the server knows no ranges: it begins anew
            advance(-size)
            size = 0
        with part.open("ab" if size else "wb") as content:
            for block in answer.blocks(file.size - size, is_raw=True):
                if self._stop.is_set():
                    raise Stopped
                content.write(block)
                advance(len(block))
        if answer.is_cut:
            raise InvalidData(
                f"{url} is longer than the {file.size:,} bytes that the manifest says",
                kept=_KEPT,
                next_step=_OTHER,
            )
        if _size(part) < file.size:
            raise Again("the answer ended in the middle")

    def _require(self, answer: OpenAnswer, url: str, expected: set[int]) -> None:
        if answer.status in expected:
            return
        is_access = answer.status in {401, 403}
        raise SourceRefused(
            f"{url}: the server answered {answer.status}",
            kept=_KEPT,
            next_step=self._access_hint if is_access else _OTHER,
        )

    def _headers_for(self, url: str) -> Mapping[str, str]:
        headers = {"accept-encoding": "identity"}
        if self._token and urlsplit(url)[:2] == self._origin:
            headers["authorization"] = f"Bearer {self._token}"
        return headers


def _bucket_of(url: str) -> str:
    """Return what an address is counted in: an API and files apart, each host by itself."""
    parts = urlsplit(url)
    return f"{parts.netloc} {'api' if parts.path.startswith('/api/') else 'files'}"


def _require_the_file(answer: OpenAnswer, start: int, size: int) -> None:
    """Check, before anything is written, that an answer is the rest of the file, or all of it.

    A web page (of a proxy, or for maintenance) also comes with status 200, and in answer to a
    request for the rest: it must neither begin the file nor take the place of what is there.

    Raises:
        Again: It is something else.
    """
    if answer.status == 206:
        part = answer.headers.get("content-range", "")
        if part != f"bytes {start}-{size - 1}/{size}":
            raise Again(f"the server sent another part: {part[:80] or 'which, it does not say'}")
        return
    length = answer.headers.get("content-length", "")
    if length != str(size) and (length.isdigit() or is_page(answer.headers, b"")):
        raise Again(f"the server sent something else, of {length or 'unknown'} bytes")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
