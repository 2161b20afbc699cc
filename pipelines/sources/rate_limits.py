"""What a service says of its limits, and our own account of them.

A service counts requests per token and bucket in windows and says on every answer how many are
left. `RateBudget` keeps account of that, so that a window is spent and never overdrawn.
"""

from __future__ import annotations

import email.utils
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

log = logging.getLogger(__name__)

LONGEST_WINDOW = 3_700.0
"""Seconds. No service that is asked here counts in longer windows; a longer wait is nonsense."""

_WINDOW_SLACK_SECONDS = 1.0
_ROUNDING_SECONDS = 2.0
_A_YEAR = 365 * 86_400.0


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

    @property
    def ends_in(self) -> float:
        """Seconds until the window ends: never negative, never more than a window's length."""
        longest = self.window_seconds or LONGEST_WINDOW
        return max(0.0, min(self.reset_seconds, longest, LONGEST_WINDOW))

    @property
    def left(self) -> int:
        """Requests left: never negative, never more than a window holds."""
        return max(0, self.remaining if not self.limit else min(self.remaining, self.limit))


def read_ratelimit(headers: Mapping[str, str]) -> RateInfo | None:
    """Read ``RateLimit`` and ``RateLimit-Policy`` (IETF draft), None where they are absent."""
    from huggingface_hub.utils import (  # noqa: PLC0415 - heavy
        parse_ratelimit_headers,
    )

    info = parse_ratelimit_headers(headers)
    if info is None:
        return None
    return RateInfo(
        info.resource_type, info.remaining, float(info.reset_in_seconds), info.limit,
        info.window_seconds,
    )  # fmt: skip


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait, None where it does not or says nonsense.

    Args:
        headers: Names lower case. A date counts from the answer's own, whose clock wrote both.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), _A_YEAR)
    until, now = _timestamp(text), _timestamp(headers.get("date", ""))
    if until is None:
        return None
    return max(0.0, min(until - (time.time() if now is None else now), _A_YEAR))


def _timestamp(text: str) -> float | None:
    """Return a date of HTTP as seconds since 1970, None where it is none."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


class Stopped(Exception):
    """The run was asked to end while a request waited for its turn."""


@dataclass(slots=True)
class _Window:
    """State of one bucket. ``remaining`` is None until an answer has named it.

    ``booked_at``: when an answer first told of the present window. ``is_free``: the service
    answers without a word on limits (a mirror, a replay).
    """

    remaining: int | None = None
    resets_at: float = -math.inf
    booked_at: float = -math.inf
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
        clock: Seconds that only grow.
    """

    say: Callable[[str], None] = log.info
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Condition = field(default_factory=threading.Condition)
    _windows: dict[str, _Window] = field(default_factory=dict)

    def acquire(self, bucket: str, count: int = 1) -> float:
        """Wait until a request of this bucket may start.

        Args:
            bucket: What it is counted in.
            count: As how many requests it may count: a redirect that is followed is a second one.

        Returns:
            When it starts, by the account's clock.

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
            return self.clock()

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
        self,
        bucket: str,
        info: RateInfo | None,
        *,
        is_free: bool = False,
        count: int = 1,
        started: float | None = None,
    ) -> None:
        """Book an answer, or the lack of one (``info`` None), of a request that was acquired.

        Args:
            bucket: What it was counted in.
            info: What the answer says of the limit.
            is_free: There was a good answer, and it says nothing of a limit.
            count: As it was acquired.
            started: When it started; None: the answer took no time.
        """
        now = self.clock()
        with self._lock:
            window = self._windows.setdefault(bucket, _Window())
            window.in_flight -= count
            if info is not None:
                window.is_free = False
                _book(window, info, now if started is None else started, now)
            elif window.remaining is not None:
                window.remaining = max(0, window.remaining - count)  # it may have been counted
            else:
                window.is_free = is_free
            self._lock.notify_all()

    def block(self, bucket: str, seconds: float) -> None:
        """Let no request of this bucket start for some seconds."""
        with self._lock:
            window = self._windows.setdefault(bucket, _Window())
            window.blocked_until = max(window.blocked_until, self.clock() + seconds)
            window.announced = False

    def remaining(self, bucket: str) -> int | None:
        """Return the requests left in the present window, None where unknown."""
        with self._lock:
            window = self._windows.get(bucket)
            return None if window is None else window.remaining

    def _wait_seconds(self, window: _Window, count: int = 1) -> float:
        now = self.clock()
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
        now = self.clock()
        until = window.blocked_until
        if window.remaining is not None and window.remaining < count:
            until = max(until, window.resets_at + _WINDOW_SLACK_SECONDS)
        if window.announced or until - now < 1:
            return
        window.announced = True
        clock = datetime.fromtimestamp(time.time() + until - now, UTC)
        self.say(f"limit of {bucket!r} reached: waiting until {clock:%H:%M:%S} UTC")


def _book(window: _Window, info: RateInfo, started: float, now: float) -> None:
    """Book what an answer says of its window.

    The answer was written somewhere between its request's start and now, so what it names as the
    end lies between two times. It tells of a new window if the request was sent after the end of
    the one before, or if even the earlier of the two lies beyond that end; else it may only have
    been long on its way, with an old count. An earlier end is believed, as a request that is sent
    when it has passed learns more; but only of a request sent since the window is known: an older
    one may have been answered in the window before, and tell of its end.
    """
    earliest, latest = started + info.ends_in, now + info.ends_in
    is_after = started >= window.resets_at + _WINDOW_SLACK_SECONDS
    if is_after or earliest > window.resets_at + _ROUNDING_SECONDS:
        window.remaining, window.resets_at, window.announced = info.left, latest, False
        window.booked_at = now
    elif window.remaining is not None:
        window.remaining = min(window.remaining, info.left)
        if started >= window.booked_at and latest < window.resets_at - _ROUNDING_SECONDS:
            window.resets_at, window.announced = latest, False
        elif latest <= window.resets_at + _ROUNDING_SECONDS:  # one window's differ by rounding
            window.resets_at = max(window.resets_at, latest)
