"""The one way to fetch: rate budget, retries, redirects, confinement to configured hosts.

`Fetcher` puts them around a `Transport`: for hubs, sources of repositories and snapshots. PyGithub
sends GitHub's API requests itself; they pass the same budget and the same `persistently`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import tenacity

from miner.errors import RetryLater, SourceRefused
from miner.pipelines.sources.rate_limits import (
    LONGEST_WINDOW,
    RateBudget,
    RateInfo,
    Stopped,
    retry_after,
)
from miner.pipelines.sources.transport import (
    OpenAnswer,
    RawAnswer,
    Transport,
    TransportError,
    answer_date,
)

__all__ = [
    "REDIRECTS", "TRANSIENT", "Again", "Confinement", "Fetcher", "OpenAnswer", "RateBudget",
    "RateInfo", "RawAnswer", "Stopped", "Transport", "TransportError", "answer_date",
    "entity_tag", "is_head", "persistently", "range_headers", "retry_later",
]  # fmt: skip

log = logging.getLogger(__name__)

T = TypeVar("T")

TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED = 304
PARTIAL_CONTENT = 206
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{1,200}"')
"""What is sent back to a server that named it; it is a stranger's text, so no more than that."""
_MAX_HOPS = 5
_DEADLINE_FACTOR = 10
_BACK_OFF = tenacity.wait_random_exponential(multiplier=0.5, min=0.2, max=30)
_COMMITTED = "everything up to the last committed batch"


class Again(Exception):
    """Worth another try. ``answer`` is what came, where something did."""

    def __init__(self, reason: str, answer: RawAnswer | None = None) -> None:
        super().__init__(reason)
        self.answer = answer


def persistently(
    act: Callable[[], T], *, attempts: int, stop: Event, progress: Callable[[], int] = lambda: 0
) -> T:
    """Act until it succeeds: the one policy of retries, with random exponential back-off.

    Args:
        act: Raises Again or TransportError where another try may help.
        attempts: Tries; one that made progress does not count against them.
        stop: Ends the wait between two tries.
        progress: How much there is so far.

    Raises:
        Again: All tries are used up.
        TransportError: The same, and no answer came to the last one.
        Stopped: ``stop`` was set while this waited.
    """
    seen, failures = progress(), 0

    def is_enough(_: tenacity.RetryCallState) -> bool:
        nonlocal seen, failures
        now = progress()
        failures = 1 if now > seen else failures + 1
        seen = now
        return failures >= attempts

    def wait(state: tenacity.RetryCallState) -> float:
        seconds = _BACK_OFF(state)
        if seconds > 1 and state.outcome is not None:
            until = datetime.now(UTC) + timedelta(seconds=seconds)
            log.info("%s: tried again at %s UTC", state.outcome.exception(), f"{until:%H:%M:%S}")
        return seconds

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((Again, TransportError)),
        stop=is_enough,
        wait=wait,
        sleep=lambda seconds: _sleep(stop, seconds),
        reraise=True,
    )
    return retrying(act)


def _sleep(stop: Event, seconds: float) -> None:
    if stop.wait(seconds):
        raise Stopped


def entity_tag(headers: Mapping[str, str]) -> str | None:
    """Return the ETag of an answer as ``If-None-Match`` may repeat it, None where there is none.

    One that is long, or is written otherwise than the standard says, is none (RFC 9110, 8.8.3).
    """
    tag = headers.get("etag", "")
    return tag if _ETAG.fullmatch(tag) else None


def range_headers(first_bytes: int | None) -> dict[str, str]:
    """Return the headers that ask for the first bytes of a file as it is; None asks for all."""
    if first_bytes is None:
        return {}
    return {"Range": f"bytes=0-{first_bytes - 1}", "Accept-Encoding": "identity"}


def is_head(status: int, headers: Mapping[str, str]) -> bool:
    """Tell whether an answer has the first bytes of a file: all of it, or a range from its begin.

    Args:
        status: HTTP status.
        headers: Of the answer, names in lower case.
    """
    return status == 200 or (
        status == PARTIAL_CONTENT and headers.get("content-range", "").startswith("bytes 0-")
    )


def retry_later(what: str, kept: str = _COMMITTED) -> RetryLater:
    """Return the error that ends a run for now: the service does not answer properly."""
    return RetryLater(
        what, next_step="run the same command again later: it goes on where it stopped", kept=kept
    )


@dataclass(frozen=True, slots=True)
class Confinement:
    """Where redirects may lead.

    Attributes:
        origin: Address of the service: its scheme and host are always allowed.
        hosts: Further hosts, with their sub-domains; never out of TLS.
        hint: What to do about another host.
    """

    origin: str
    hosts: tuple[str, ...] = ()
    hint: str = "check the address of the service"

    def allows(self, url: str) -> bool:
        """Tell whether an address may be asked."""
        scheme, host = urlsplit(url)[:2]
        home = urlsplit(self.origin)[:2]
        is_named = any(host == name or host.endswith(f".{name}") for name in self.hosts)
        return (scheme, host) == home or (is_named and scheme in {"https", home[0]})

    def target(self, url: str, status: int, headers: Mapping[str, str]) -> str | None:
        """Return where an answer redirects to, None if it does not.

        Raises:
            SourceRefused: It leads to a host that is not configured.
        """
        location = headers.get("location")
        if status not in REDIRECTS or not location:
            return None
        try:
            target = urljoin(url, location)
            is_allowed = self.allows(target)
        except ValueError:  # no address at all
            target, is_allowed = location, False
        if not is_allowed:
            raise SourceRefused(
                f"{url} redirects to {target[:200]}, another host, which is not configured",
                next_step=self.hint,
            )
        return target


class Fetcher:
    """GET with budget, retries with back-off, redirects confined to configured hosts.

    Args:
        transport: Opens one address, follows nothing.
        budget: The token's account; its ``stop`` ends all waits.
        confinement: Where redirects may lead.
        attempts: Tries of one request.
        timeout_seconds: Silence of a stalled server; a whole body has ten times as long.
        headers_for: Headers for an address; the place where credentials are added.
        read_rate: Reads an answer's limit headers.
        bucket_of: Bucket that an address is counted in.
        kept: What a run keeps that has to end because the service does not answer.
    """

    def __init__(
        self,
        transport: Transport,
        budget: RateBudget,
        confinement: Confinement,
        *,
        attempts: int,
        timeout_seconds: float,
        headers_for: Callable[[str], Mapping[str, str]] = lambda url: {},
        read_rate: Callable[[Mapping[str, str]], RateInfo | None] = lambda headers: None,
        bucket_of: Callable[[str], str] = lambda url: "requests",
        kept: str = _COMMITTED,
    ) -> None:
        self._transport = transport
        self._budget = budget
        self._confinement = confinement
        self._attempts = attempts
        self._timeout_seconds = timeout_seconds
        self._headers_for = headers_for
        self._read_rate = read_rate
        self._bucket_of = bucket_of
        self._kept = kept
        self.request_count = 0

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def get(
        self,
        url: str,
        *,
        max_bytes: int | None = None,
        is_whole: Callable[[RawAnswer], bool] | None = None,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> RawAnswer:
        """Get an address.

        Args:
            url: Absolute address.
            follow: Follow redirects; otherwise a redirect is the answer.
            max_bytes: Body is read up to this; the answer is then marked ``is_cut``.
            is_whole: Judges a 200; False (an answer cut short) is tried again, and the last
                such answer is returned when all tries are used up.
            headers: Further headers; a redirect to another host or scheme goes without them.

        Returns:
            The last hop's answer. 304, and 4xx other than 408, 425 and 429, are answers, not
            errors.

        Raises:
            RetryLater: No usable answer after all attempts.
            SourceRefused: A redirect leads to a host that is not configured.
            Stopped: The run was asked to end while this waited.
        """
        origin = urlsplit(url)[:2]

        def act() -> RawAnswer:
            further = (headers or {}) if urlsplit(url)[:2] == origin else {}
            with self._hop(url, further) as opened:
                answer = opened.read(max_bytes, seconds=_DEADLINE_FACTOR * self._timeout_seconds)
            if answer.status == 200 and is_whole is not None and not is_whole(answer):
                raise Again("the answer ended in the middle", answer)
            return answer

        for _ in range(_MAX_HOPS):
            answer = self._persistently(url, act)
            target = self.redirect_target(answer)
            if target is None or not follow:
                return answer
            url = target
        raise RetryLater(f"{url}: more than {_MAX_HOPS} redirects")

    def stream(
        self,
        url: str,
        receive: Callable[[OpenAnswer], T],
        *,
        headers: Callable[[], Mapping[str, str]] = dict,
        progress: Callable[[], int] = lambda: 0,
    ) -> T:
        """Open an address, redirects followed, and hand the answer over to be read as it comes.

        Args:
            url: Absolute address.
            receive: Reads the answer; raises Again where another try may help.
            headers: Further headers of the next try.
            progress: How much was received; a try that received more does not count as a failure.

        Raises:
            RetryLater: No usable answer after all attempts.
            SourceRefused: A redirect leads to a host that is not configured.
            Stopped: The run was asked to end while this waited.
        """

        def act() -> T:
            place = url
            for _ in range(_MAX_HOPS):
                with self._hop(place, headers()) as answer:
                    target = self._confinement.target(place, answer.status, answer.headers)
                    if target is None:
                        return receive(answer)
                place = target
            raise RetryLater(f"{place}: more than {_MAX_HOPS} redirects", kept=self._kept)

        return self._persistently(url, act, progress)

    def redirect_target(self, answer: RawAnswer) -> str | None:
        """Return where an answer redirects to, None if it does not.

        Raises:
            SourceRefused: It leads to a host that is not configured.
        """
        return self._confinement.target(answer.url, answer.status, answer.headers)

    def _persistently(
        self, url: str, act: Callable[[], T], progress: Callable[[], int] = lambda: 0
    ) -> T:
        try:
            return persistently(
                act, attempts=self._attempts, stop=self._budget.stop, progress=progress
            )
        except (Again, TransportError) as error:
            answer = error.answer if isinstance(error, Again) else None
            if isinstance(answer, RawAnswer) and answer.status == 200:
                return answer  # type: ignore[return-value] # only `get` hands one over
            raise retry_later(
                f"{url}: {error} (tried {self._attempts} times)", self._kept
            ) from error

    @contextmanager
    def _hop(self, url: str, headers: Mapping[str, str]) -> Iterator[OpenAnswer]:
        """Open an address inside the budget; its limits are booked when the headers are here.

        Raises:
            Again: The server is in trouble, or asks to wait.
        """
        bucket = self._bucket_of(url)
        started = self._budget.acquire(bucket)
        info: RateInfo | None = None
        is_free = is_settled = False
        try:
            self.request_count += 1
            with self._transport.open(url, {**self._headers_for(url), **headers}) as answer:
                limits = self._read_rate(answer.headers)
                is_free = limits is None and answer.status < 400
                if answer.status != 429 or (limits is not None and limits.left == 0):
                    info = limits  # a 429 with requests left speaks of another limit than it shows
                self._budget.settle(bucket, info, is_free=is_free, started=started)
                is_settled = True
                if answer.status == 429:
                    self._cool_down(bucket, answer, info)
                    raise Again("429, too many requests")
                if answer.status in TRANSIENT:
                    self._cool_down(bucket, answer, None)
                    raise Again(f"the server answered {answer.status}")
                yield answer
        finally:
            if not is_settled:
                self._budget.settle(bucket, None, started=started)

    def _cool_down(self, bucket: str, answer: OpenAnswer, spent: RateInfo | None) -> None:
        """Wait as an answer says: to the end of its window only if that is spent (wire notes 0.8).

        Raises:
            RetryLater: It asks to wait for hours.
        """
        asked = retry_after(answer.headers)
        seconds = spent.ends_in + 1 if spent is not None else asked
        if seconds is None:
            return  # the back-off has to do
        if seconds > LONGEST_WINDOW + 1:
            raise retry_later(
                f"{answer.url}: {answer.status}, to be asked again in {seconds:.0f} s",
                self._kept,
            )
        self._budget.block(bucket, seconds)
