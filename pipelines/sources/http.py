"""Requests inside the limits of a service: retries, redirects, bounds, confinement.

`Fetcher` puts them around a plain send function; `RateBudget` counts what may be sent.
"""

from __future__ import annotations

import email.utils
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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

__all__ = [
    "REDIRECTS", "TRANSIENT", "Fetcher", "RateBudget", "RateInfo", "RawAnswer", "Send", "Stopped",
    "TransportError", "answer_date",
]  # fmt: skip

log = logging.getLogger(__name__)

TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_HOPS = 5


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One hop as received. Header names are lower case.

    ``is_cut``: the body was longer than the bound given and was not read to its end.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class TransportError(Exception):
    """The connection failed, timed out, or ended inside the answer."""


Send = Callable[[str, Mapping[str, str], int | None], RawAnswer]
"""(address, headers, most bytes of body or None) → answer; raises TransportError."""


def answer_date(headers: Mapping[str, str]) -> datetime:
    """Return the Date header as UTC without zone; this machine's clock where it is unusable."""
    try:
        date = email.utils.parsedate_to_datetime(headers.get("date", ""))
        if date.tzinfo is not None:
            date = date.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        date = datetime.now(UTC)
    return date.replace(tzinfo=None)


class _Again(Exception):
    def __init__(self, reason: str, answer: RawAnswer | None = None) -> None:
        super().__init__(reason)
        self.answer = answer


class Fetcher:
    """GET with budget, retries with back-off, redirects confined to given hosts.

    Args:
        send: Sends one request, follows nothing.
        budget: The token's account.
        read_rate: Reads an answer's limit headers.
        bucket_of: Bucket that an address is counted in.
        headers_for: Headers for an address; the place where credentials are added.
        hosts: Hosts that redirects may lead to (a host or its sub-domains).
        attempts: Tries of one request.
    """

    def __init__(
        self,
        send: Send,
        budget: RateBudget,
        *,
        read_rate: Callable[[Mapping[str, str]], RateInfo | None],
        bucket_of: Callable[[str], str],
        headers_for: Callable[[str], Mapping[str, str]],
        hosts: Iterable[str],
        attempts: int,
    ) -> None:
        self._send = send
        self._budget = budget
        self._read_rate = read_rate
        self._bucket_of = bucket_of
        self._headers_for = headers_for
        self._hosts = tuple(hosts)
        self._attempts = attempts
        self.request_count = 0

    def get(
        self,
        url: str,
        *,
        max_bytes: int | None = None,
        is_whole: Callable[[RawAnswer], bool] | None = None,
        follow: bool = True,
    ) -> RawAnswer:
        """Get an address.

        Args:
            url: Absolute address.
            follow: Follow redirects; otherwise a redirect is the answer.
            max_bytes: Body is read up to this; the answer is then marked ``is_cut``.
            is_whole: Judges a 200; False (an answer cut short) is tried again, and the last
                such answer is returned when all tries are used up.

        Returns:
            The last hop's answer. 4xx other than 408, 425 and 429 are answers, not errors.

        Raises:
            RetryLater: No usable answer after all attempts.
            SourceRefused: A redirect leads to a host that is not configured.
            Stopped: The run was asked to end while this waited.
        """
        for _ in range(_MAX_HOPS):
            answer = self._get_hop(url, max_bytes, is_whole)
            target = self.redirect_target(answer)
            if target is None or not follow:
                return answer
            url = target
        raise RetryLater(f"{url}: more than {_MAX_HOPS} redirects")

    def redirect_target(self, answer: RawAnswer) -> str | None:
        """Return where an answer redirects to, None if it does not.

        Raises:
            SourceRefused: It leads to a host that is not configured.
        """
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or not location:
            return None
        try:
            target = urljoin(answer.url, location)
            is_allowed = self._is_allowed(target)
        except ValueError:  # no address at all
            target, is_allowed = location, False
        if not is_allowed:
            raise SourceRefused(
                f"{answer.url} redirects to {target[:200]}, whose host is not configured",
                next_step="add the host to MINER_HF_CONTENT_HOSTS if you trust it",
            )
        return target

    def _is_allowed(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and any(
            parts.netloc == host or parts.netloc.endswith(f".{host}") for host in self._hosts
        )

    def _get_hop(
        self, url: str, max_bytes: int | None, is_whole: Callable[[RawAnswer], bool] | None
    ) -> RawAnswer:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=30),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, url, max_bytes, is_whole)
        except _Again as again:
            if again.answer is not None and again.answer.status == 200:
                return again.answer
            raise RetryLater(
                f"{url}: {again} (tried {self._attempts} times)",
                next_step="run the same command again later: it goes on where it stopped",
                kept="everything up to the last committed batch",
            ) from again

    def _sleep(self, seconds: float) -> None:
        if self._budget.stop.wait(seconds):
            raise Stopped

    def _attempt(
        self, url: str, max_bytes: int | None, is_whole: Callable[[RawAnswer], bool] | None
    ) -> RawAnswer:
        bucket = self._bucket_of(url)
        started = self._budget.acquire(bucket)
        info: RateInfo | None = None
        is_free = False
        try:
            self.request_count += 1
            answer = self._send(url, self._headers_for(url), max_bytes)
            limits = self._read_rate(answer.headers)
            is_free = limits is None and answer.status < 400
            if answer.status != 429 or (limits is not None and limits.left == 0):
                info = limits  # a 429 with requests left speaks of another limit than it shows
        except TransportError as error:
            log.debug("%s: %s", url, error)
            raise _Again(str(error) or type(error).__name__) from error
        finally:
            self._budget.settle(bucket, info, is_free=is_free, started=started)
        if answer.status == 429:
            self._cool_down(bucket, answer, info)
            raise _Again("429, too many requests", answer)
        if answer.status in TRANSIENT:
            raise _Again(f"the server answered {answer.status}", answer)
        if answer.status == 200 and is_whole is not None and not is_whole(answer):
            raise _Again("the answer ended in the middle", answer)
        return answer

    def _cool_down(self, bucket: str, answer: RawAnswer, spent: RateInfo | None) -> None:
        """Wait as a 429 says: to the end of its window only if that is spent (wire notes 0.8).

        Raises:
            RetryLater: It asks to wait for hours.
        """
        asked = retry_after(answer.headers)
        seconds = spent.ends_in + 1 if spent is not None else asked
        if seconds is None:
            return  # the back-off has to do
        if seconds > LONGEST_WINDOW + 1:
            raise RetryLater(
                f"{answer.url}: 429, too many requests: to be asked again in {seconds:.0f} s",
                next_step="run the same command again later: it goes on where it stopped",
                kept="everything up to the last committed batch",
            )
        self._budget.block(bucket, seconds)
