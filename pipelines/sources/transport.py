"""One request over HTTP: opened, bounded in bytes and in time, nothing followed."""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from miner.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx2  # heavy, and whoever only asks for ``Stopped`` needs it not


class TransportError(Exception):
    """The connection failed, timed out, or ended inside the answer."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One hop as received. Header names are lower case.

    ``is_cut``: the body was longer than its bound and was not read to its end.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class OpenAnswer:
    """An answer whose body is read as it comes. Header names are lower case.

    Attributes:
        url: What was asked for.
        status: HTTP status.
        headers: As received.
        is_cut: The body was longer than its bound and was not read to its end.
    """

    def __init__(self, url: str, response: httpx2.Response) -> None:
        self.url = url
        self.status = response.status_code
        self.headers = {key.lower(): value for key, value in response.headers.items()}
        self.is_cut = False
        self._response = response

    def blocks(
        self, max_bytes: int | None = None, *, seconds: float | None = None, is_raw: bool = False
    ) -> Iterator[bytes]:
        """Yield the body as it comes; the one place where its size and its time are bounded.

        Args:
            max_bytes: What lies beyond is not yielded, and the answer is marked ``is_cut``.
            seconds: Time from now in which it has to come.
            is_raw: As sent, with its content encoding.

        Raises:
            TransportError: The server hung up, fell silent, or is too slow.
        """
        import httpx2  # noqa: PLC0415 - see above

        deadline = None if seconds is None else time.monotonic() + seconds
        left = max_bytes
        try:
            for block in self._response.iter_raw() if is_raw else self._response.iter_bytes():
                if left is not None and len(block) > left:
                    self.is_cut = True
                    yield block[:left]
                    return
                yield block
                left = None if left is None else left - len(block)
                if deadline is not None and time.monotonic() > deadline:
                    raise TransportError("the server sends too slowly")
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _transport_error(error) from error

    def read(self, max_bytes: int | None = None, *, seconds: float | None = None) -> RawAnswer:
        """Return the answer with its body; see ``blocks``."""
        body = b"".join(self.blocks(max_bytes, seconds=seconds))
        return RawAnswer(self.url, self.status, self.headers, body, self.is_cut)


class Transport:
    """Opens addresses with one client, from any thread.

    Args:
        timeout_seconds: Silence after which a server counts as stalled.
        client: Returns the client to use; None: one of its own.
    """

    def __init__(
        self, timeout_seconds: float, client: Callable[[], httpx2.Client] | None = None
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._client = client or self._own_client
        self._own: httpx2.Client | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections of its own client; the next request opens new ones."""
        with self._lock:
            if self._own is not None:
                self._own.close()
                self._own = None

    def _own_client(self) -> httpx2.Client:
        import httpx2  # noqa: PLC0415 - see above

        with self._lock:
            self._own = self._own or httpx2.Client()
            return self._own

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[OpenAnswer]:
        """GET an address once; redirects are not followed.

        Raises:
            TransportError: No answer comes.
            ConfigurationError: The environment names a proxy that cannot be used.
        """
        import httpx2  # noqa: PLC0415 - see above

        try:
            client = self._client()
        except (ValueError, ImportError) as error:  # no address, or a kind that needs a library
            raise ConfigurationError(
                f"the proxy cannot be used: {error}",
                next_step="correct or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
            ) from error
        try:
            with client.stream(
                "GET",
                url,
                headers=dict(headers),
                timeout=self._timeout_seconds,
                follow_redirects=False,
            ) as response:
                yield OpenAnswer(url, response)
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _transport_error(error) from error


def answer_date(headers: Mapping[str, str]) -> datetime:
    """Return the Date header as UTC without zone; this machine's clock where it is unusable."""
    try:
        date = email.utils.parsedate_to_datetime(headers.get("date", ""))
        if date.tzinfo is not None:
            date = date.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        date = datetime.now(UTC)
    return date.replace(tzinfo=None)


def _transport_error(error: Exception) -> TransportError:
    return TransportError(f"{type(error).__name__} {error}".strip().partition("\n")[0][:300])
