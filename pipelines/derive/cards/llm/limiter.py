"""One limiter for all requests to a server: in flight at once, and what a minute allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from miner.pipelines.sources.rate_limits import retry_after
from miner.schema.patterns import bounded

_PART = bounded(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_NAP = 1.0


@dataclass(slots=True)
class _Allowance:
    """What may be spent of one kind (requests or tokens); it fills up evenly.

    ``a_minute`` is None until the user or the server states it.
    """

    a_minute: float | None = None
    left: float = 0.0
    at: float = 0.0

    def seconds_until(self, amount: float) -> float:
        """Return the time until so much may be spent; more than a minute's is as a minute's."""
        if self.a_minute is None:
            return 0.0
        self._fill()
        return max(0.0, (min(amount, self.a_minute) - self.left) * 60 / self.a_minute)

    def spend(self, amount: float) -> None:
        if self.a_minute is not None:
            self._fill()
            self.left -= amount

    def learn(self, limit: float, remaining: float, in_flight: float) -> None:
        """Take what an answer's headers say; what is in flight may not be counted in it yet."""
        self._fill()
        left = remaining - in_flight
        self.left = left if self.a_minute is None else min(self.left, left)
        self.a_minute, self.at = limit, time.monotonic()

    def bound(self, a_minute: int | None) -> None:
        if a_minute is not None:
            self.a_minute, self.left, self.at = float(a_minute), float(a_minute), time.monotonic()

    def _fill(self) -> None:
        now = time.monotonic()
        if self.a_minute is not None:
            self.left = min(self.a_minute, self.left + (now - self.at) * self.a_minute / 60)
        self.at = now


class RequestLimiter:
    """Lets requests go: so many at once, and no more than a minute allows.

    Args:
        concurrency: Requests in flight at once.
        requests_per_minute: Bound of the user's; None: what headers say.
        tokens_per_minute: The same of tokens.
    """

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
    ) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._requests, self._tokens = _Allowance(), _Allowance()
        self._requests.bound(requests_per_minute)
        self._tokens.bound(tokens_per_minute)
        self._is_bound = (requests_per_minute is not None, tokens_per_minute is not None)
        self._blocked_until = 0.0
        self.in_flight = 0
        self._tokens_in_flight = 0.0

    async def enter(self, tokens: int, halted: asyncio.Event) -> bool:
        """Wait for a turn; False: the run was halted meanwhile.

        Args:
            tokens: About how many tokens the request counts as.
            halted: Set when nothing may be sent any more.
        """
        await self._slots.acquire()
        try:
            async with self._turn:
                while not halted.is_set() and (wait := self._seconds(tokens)) > 0:
                    await _nap(halted, min(wait, _LONGEST_NAP))
            if halted.is_set():
                self._slots.release()
                return False
        except BaseException:
            self._slots.release()
            raise
        self._requests.spend(1)
        self._tokens.spend(tokens)
        self.in_flight += 1
        self._tokens_in_flight += tokens
        return True

    def leave(self, tokens: int, headers: Mapping[str, str] | None = None) -> None:
        """Book the end of a request, and what its headers say of limits."""
        self.in_flight -= 1
        self._tokens_in_flight -= tokens
        self._slots.release()
        if headers is None:
            return
        for kind, allowance, in_flight, is_bound in (
            ("requests", self._requests, float(self.in_flight), self._is_bound[0]),
            ("tokens", self._tokens, self._tokens_in_flight, self._is_bound[1]),
        ):
            limit = _number(headers.get(f"x-ratelimit-limit-{kind}"))
            remaining = _number(headers.get(f"x-ratelimit-remaining-{kind}"))
            if not is_bound and limit and remaining is not None:
                allowance.learn(limit, remaining, in_flight)

    def block(self, seconds: float) -> None:
        """Let no request go for some seconds."""
        self._blocked_until = max(self._blocked_until, time.monotonic() + seconds)

    def _seconds(self, tokens: int) -> float:
        return max(
            self._blocked_until - time.monotonic(),
            self._requests.seconds_until(1),
            self._tokens.seconds_until(tokens),
        )


async def _nap(halted: asyncio.Event, seconds: float) -> None:
    """Sleep, but not beyond a halt."""
    try:
        await asyncio.wait_for(halted.wait(), seconds)
    except TimeoutError:
        return


nap = _nap


def retry_seconds(headers: Mapping[str, str]) -> float | None:
    """Return how long a server asks to wait, None where it does not say or says nonsense."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    if (seconds := retry_after(headers)) is not None:
        return seconds
    waits = [_duration(headers.get(f"x-ratelimit-reset-{kind}")) for kind in _spent(headers)]
    return max((wait for wait in waits if wait is not None), default=None)


def is_spent(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer says that nothing is left of what a minute allows."""
    return bool(_spent(headers))


def _spent(headers: Mapping[str, str]) -> list[str]:
    kinds = ("requests", "tokens")
    return [kind for kind in kinds if _number(headers.get(f"x-ratelimit-remaining-{kind}")) == 0]


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else -1.0
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


def _duration(text: str | None) -> float | None:
    """Return seconds of ``6m0s``, ``20ms`` or ``1.5``."""
    if not text:
        return None
    parts = _PART.findall(text)
    if parts:
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return _number(text)
