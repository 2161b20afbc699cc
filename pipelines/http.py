"""Requests inside the limits of a service: budget, retries, bounds, confinement.

A service counts requests per token and bucket in windows and says on every answer how many are
left. `RateBudget` keeps our own account of that, so that a window is spent and never overdrawn;
`Fetcher` puts retries, redirects and bounds around a plain send function.
"""

from __future__ import annotations

import email.utils
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import tenacity

from miner.errors import RetryLater, SourceRefused

log = logging.getLogger(__name__)

TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
_MAX_HOPS = 5
_WINDOW_SLACK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RateInfo:
    """What one answer says about its limit.

    Attributes:
        bucket: Name the service gives the limit.
        remaining: Requests left in the window.
        reset_seconds: Seconds until the window ends.
        limit: Requests a window, where the service says so.
        window_seconds: Length of the window, where the service says so.
    """

    bucket: str
    remaining: int
    reset_seconds: float
    limit: int | None = None
    window_seconds: float | None = None


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


class Stopped(Exception):
    """The run was asked to end while a request waited for its turn."""


@dataclass(slots=True)
class _Window:
    """State of one bucket. ``remaining`` is None until an answer has told it.

    ``is_free``: the service answers without a word on limits (a mirror, a replay).
    """

    remaining: int | None = None
    resets_at: float = 0.0
    in_flight: int = 0
    blocked_until: float = 0.0
    announced: bool = False
    is_free: bool = False


@dataclass
class RateBudget:
    """One token's account with a service, shared by all its threads.

    A request may start when the window has one left after all that are in flight; while nothing
    is known of a window (at the start, or after it ended) one request at a time goes out to
    learn of it. So a window's limit is never passed by us, and a 429 inside a window means that
    somebody else spends from it.

    Args:
        say: Called with a line whenever a wait of more than a second begins.
        stop: Set to end all waits.
    """

    say: Callable[[str], None] = log.info
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Condition = field(default_factory=threading.Condition)
    _windows: dict[str, _Window] = field(default_factory=dict)

    def acquire(self, bucket: str, count: int = 1) -> None:
        """Wait until a request of this bucket may start.

        Args:
            bucket: What it is counted in.
            count: As how many requests it may count: a redirect that is followed is a second one.

        Raises:
            Stopped: The run was asked to end meanwhile.
        """
        with self._lock:
            window = self._windows.setdefault(bucket, _Window())
            while (wait := self._wait_seconds(window, count)) > 0:
                if self.stop.is_set():
                    raise Stopped
                self._announce(bucket, window, count)
                self._lock.wait(min(wait, 0.5))
            window.in_flight += count

    def wait_seconds(self, bucket: str, count: int = 1) -> float:
        """Return how long a request of this bucket would have to wait now."""
        with self._lock:
            return self._wait_seconds(self._windows.setdefault(bucket, _Window()), count)

    def announce(self, bucket: str, count: int = 1) -> None:
        """Say until when requests of this bucket wait, if they do and it was not said before."""
        with self._lock:
            window = self._windows.setdefault(bucket, _Window())
            if self._wait_seconds(window, count) > 0:
                self._announce(bucket, window, count)

    def settle(
        self, bucket: str, info: RateInfo | None, *, is_free: bool = False, count: int = 1
    ) -> None:
        """Book an answer, or the lack of one (``info`` None), of a request that was acquired.

        Args:
            bucket: What it was counted in.
            info: What the answer says of the limit.
            is_free: There was a good answer, and it says nothing of a limit.
            count: As it was acquired.
        """
        now = time.monotonic()
        with self._lock:
            window = self._windows.setdefault(bucket, _Window())
            window.in_flight -= count
            if info is not None:
                window.is_free = False
                self._book(window, info, now)
            elif window.remaining is not None:
                window.remaining = max(0, window.remaining - count)  # it may have been counted
            else:
                window.is_free = is_free
            self._lock.notify_all()

    def block(self, bucket: str, seconds: float) -> None:
        """Let no request of this bucket start for some seconds."""
        with self._lock:
            window = self._windows.setdefault(bucket, _Window())
            window.blocked_until = max(window.blocked_until, time.monotonic() + seconds)
            window.announced = False

    def remaining(self, bucket: str) -> int | None:
        """Return the requests left in the present window, None where unknown."""
        with self._lock:
            window = self._windows.get(bucket)
            return None if window is None else window.remaining

    @staticmethod
    def _book(window: _Window, info: RateInfo, now: float) -> None:
        resets_at = now + info.reset_seconds
        is_new = window.remaining is None or resets_at > window.resets_at + 2.0
        if is_new:
            window.remaining = info.remaining
            window.announced = False
        else:
            window.remaining = min(window.remaining or 0, info.remaining)
        # answers of one window differ by rounding: the latest end is the safe one
        window.resets_at = resets_at if is_new else max(window.resets_at, resets_at)

    @staticmethod
    def _wait_seconds(window: _Window, count: int = 1) -> float:
        now = time.monotonic()
        if window.blocked_until > now:
            return window.blocked_until - now
        if window.remaining is not None and now >= window.resets_at + _WINDOW_SLACK_SECONDS:
            window.remaining = None  # the window is over: ask one request what the next one holds
        if window.remaining is None:
            return 0.0 if window.is_free or window.in_flight == 0 else 0.5
        if window.remaining - window.in_flight >= count:
            return 0.0
        return max(0.05, window.resets_at + _WINDOW_SLACK_SECONDS - now)

    def _announce(self, bucket: str, window: _Window, count: int = 1) -> None:
        now = time.monotonic()
        until = max(window.blocked_until, window.resets_at + _WINDOW_SLACK_SECONDS)
        is_short = window.remaining is not None and window.remaining < count
        is_spent = is_short or window.blocked_until > now
        if window.announced or not is_spent or until - now < 1:
            return
        window.announced = True
        clock = datetime.fromtimestamp(time.time() + until - now, UTC)
        self.say(f"limit of {bucket!r} reached: waiting until {clock:%H:%M:%S} UTC")


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
        if answer.status not in {301, 302, 303, 307, 308} or not location:
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
        self._budget.acquire(bucket)
        info: RateInfo | None = None
        is_free = False
        try:
            self.request_count += 1
            answer = self._send(url, self._headers_for(url), max_bytes)
            info = self._read_rate(answer.headers)
            is_free = info is None and answer.status < 400
        except TransportError as error:
            log.debug("%s: %s", url, error)
            raise _Again(str(error) or type(error).__name__) from error
        finally:
            self._budget.settle(bucket, info, is_free=is_free)
        if answer.status == 429:
            self._cool_down(bucket, answer, info)
            raise _Again("429, too many requests", answer)
        if answer.status in TRANSIENT:
            raise _Again(f"the server answered {answer.status}", answer)
        if answer.status == 200 and is_whole is not None and not is_whole(answer):
            raise _Again("the answer ended in the middle", answer)
        return answer

    def _cool_down(self, bucket: str, answer: RawAnswer, info: RateInfo | None) -> None:
        """Wait as the 429 says: its window only if that is what is spent (wire notes 0.8)."""
        retry_after = answer.headers.get("retry-after", "")
        if info is not None and info.remaining == 0:
            self._budget.block(bucket, info.reset_seconds + _WINDOW_SLACK_SECONDS)
        elif retry_after.isdigit():
            self._budget.block(bucket, float(retry_after))
