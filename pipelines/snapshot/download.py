"""Downloads that go on where they stopped, from hosts that were chosen and from no other.

A file is read into ``NAME.part``; what is there already is not asked for again (Range). It counts
when its size and SHA-256 are those expected, and only then it gets its name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx2

from miner.errors import ConfigurationError, InvalidData, RetryLater, SourceRefused
from miner.pipelines.snapshot.snapshot_files import check_file
from miner.pipelines.sources.http import TRANSIENT, Stopped
from miner.pipelines.sources.rate_limits import retry_after
from miner.pipelines.sources.records.payload import is_page
from miner.schema.snapshot import File

T = TypeVar("T")

_MAX_HOPS = 5
_LONGEST_WAIT_SECONDS = 301.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT = "the snapshots that were here before"
_OTHER = "tell its publisher, or try another version"
_GONE_ON = "run the same command again later: it goes on where it stopped"


class _Again(Exception):
    """Worth another try, after some seconds where the server says so."""

    def __init__(self, why: str, wait_seconds: float | None = None) -> None:
        super().__init__(why)
        self.wait_seconds = wait_seconds


class Downloader:
    """GET with resumption, retries, bounds, and redirects confined to given hosts.

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
        self._hosts = tuple(hosts)
        self._token = token
        self._access_hint = access_hint
        self._attempts = attempts
        self._stop = stop
        try:
            self._client = httpx2.Client(timeout=timeout_seconds, follow_redirects=False)
        except (ValueError, ImportError) as error:
            raise ConfigurationError(
                f"the proxy cannot be used: {error}",
                next_step="correct or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
            ) from error

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def text(self, url: str, max_bytes: int) -> bytes | None:
        """Get a small document; None where there is none (404).

        Raises:
            InvalidData: It is larger than allowed.
            RetryLater: The server does not answer properly.
            SourceRefused: It refuses, or redirects to a host that was not chosen.
        """
        return self._trying(url, lambda: self._text(url, max_bytes), lambda: 0)

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
            self._trying(url, lambda: self._fill(url, part, file, advance), lambda: _size(part))
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

    def _trying(self, url: str, act: Callable[[], T], progress: Callable[[], int]) -> T:
        """Act until it succeeds; a try that brought bytes does not count against it."""
        failures, before = 0, progress()
        while True:
            try:
                return act()
            except (_Again, httpx2.TransportError, httpx2.DecodingError) as error:
                now = progress()
                failures = 1 if now > before else failures + 1
                before = now
                if failures >= self._attempts:
                    raise RetryLater(
                        f"{url}: {_why(error)} (tried {failures} times)",
                        kept="what has come so far, and the snapshots that were here before",
                        next_step=_GONE_ON,
                    ) from error
                asked = error.wait_seconds if isinstance(error, _Again) else None
                wait = min(2.0 ** (failures - 1) / 2, 30.0) if asked is None else asked
                if self._stop.wait(min(wait, _LONGEST_WAIT_SECONDS)):
                    raise Stopped from error

    def _text(self, url: str, max_bytes: int) -> bytes | None:
        with self._opened(url, {}) as response:
            if response.status_code == 404:
                return None
            self._require(response, url, {200})
            if _is_page(response):
                raise _Again("the server answered with a web page")
            body = bytearray()
            for block in response.iter_raw():
                body += block
                if len(body) > max_bytes:
                    raise InvalidData(
                        f"{url} is larger than {max_bytes:,} bytes", kept=_KEPT, next_step=_OTHER
                    )
            _require_whole(response, len(body))
            return bytes(body)

    def _fill(self, url: str, part: Path, file: File, advance: Callable[[int], None]) -> None:
        """Append to what is there of a file until it is complete."""
        held = _size(part)
        if held > file.size:
            part.unlink()
            advance(-held)
            held = 0
        if held == file.size and part.exists():
            return
        headers = {"range": f"bytes={held}-"} if held else {}
        with self._opened(url, headers) as response:
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                advance(-held)
                raise _Again("the server has less than was read before", 0.0)
            self._require(response, url, {200, 206})
            _require_the_file(response, held, file.size)
            if held and response.status_code == 200:  # the server knows no ranges: it begins anew
                advance(-held)
                held = 0
            with part.open("ab" if held else "wb") as content:
                for block in response.iter_raw():
                    if self._stop.is_set():
                        raise Stopped
                    held += len(block)
                    if held > file.size:
                        raise InvalidData(
                            f"{url} is longer than the {file.size:,} bytes that the manifest says",
                            kept=_KEPT,
                            next_step=_OTHER,
                        )
                    content.write(block)
                    advance(len(block))
        if held < file.size:
            raise _Again("the answer ended in the middle")

    def _require(self, response: httpx2.Response, url: str, expected: set[int]) -> None:
        status = response.status_code
        if status in expected:
            return
        if status in TRANSIENT or status == 429:
            raise _Again(f"the server answered {status}", _asked_wait(response.headers))
        is_access = status in {401, 403}
        raise SourceRefused(
            f"{url}: the server answered {status}",
            kept=_KEPT,
            next_step=self._access_hint if is_access else _OTHER,
        )

    @contextmanager
    def _opened(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx2.Response]:
        """Open an address, redirects followed as far as they are allowed."""
        for _ in range(_MAX_HOPS):
            asked = {**headers, "accept-encoding": "identity", **self._credentials(url)}
            with self._client.stream("GET", url, headers=asked) as response:
                if response.status_code not in _REDIRECTS:
                    yield response
                    return
                url = self._target(url, response.headers.get("location", ""))
        raise RetryLater(f"{url}: more than {_MAX_HOPS} redirects", kept=_KEPT, next_step=_GONE_ON)

    def _credentials(self, url: str) -> dict[str, str]:
        if self._token and urlsplit(url)[:2] == self._origin:
            return {"authorization": f"Bearer {self._token}"}
        return {}

    def _target(self, url: str, location: str) -> str:
        """Return where a redirect leads.

        Raises:
            SourceRefused: To another host than those chosen, or out of TLS.
        """
        try:
            target = urljoin(url, location)
            scheme, host = urlsplit(target)[:2]
        except ValueError:
            target, scheme, host = location, "", ""
        is_same = (scheme, host) == self._origin
        is_named = any(host == name or host.endswith(f".{name}") for name in self._hosts)
        if is_same or (is_named and scheme in {"https", self._origin[0]}):
            return target
        raise SourceRefused(
            f"{url} redirects to {target[:200]!r}, which is another host",
            kept=_KEPT,
            next_step="name the place itself in MINER_SNAPSHOT_SOURCE if you trust it",
        )


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait: by name, or to the end of a spent window."""
    from miner.pipelines.sources.hubs.huggingface.hub import read_rate  # noqa: PLC0415 - the Hub's library alone

    rate = read_rate(headers)
    if rate is not None and rate.left == 0:
        return rate.ends_in + 1
    return retry_after(headers)


def _require_whole(response: httpx2.Response, count: int) -> None:
    told = response.headers.get("content-length", "")
    if told.isdigit() and int(told) != count:
        raise _Again("the answer ended in the middle")


def _require_the_file(response: httpx2.Response, held: int, size: int) -> None:
    """Check, before anything is written, that an answer is the rest of the file, or all of it.

    A web page (of a proxy, or for maintenance) also comes with status 200, and in answer to a
    request for the rest: it must neither begin the file nor take the place of what is there.

    Raises:
        _Again: It is something else.
    """
    if response.status_code == 206:
        told = response.headers.get("content-range", "")
        if told != f"bytes {held}-{size - 1}/{size}":
            raise _Again(f"the server sent another part: {told[:80] or 'which, it does not say'}")
        return
    told = response.headers.get("content-length", "")
    if told != str(size) and (told.isdigit() or _is_page(response)):
        raise _Again(f"the server sent something else, of {told or 'unknown'} bytes")


def _is_page(response: httpx2.Response) -> bool:
    return is_page(response.headers, b"")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
