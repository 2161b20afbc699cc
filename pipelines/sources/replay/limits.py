"""Rate limits with counters, and trouble made by a seed."""

from __future__ import annotations

import hashlib
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from miner.pipelines.sources.replay.options import ReplayOptions


def bucket_of(path: str) -> str:
    """Return the hub's name of the quota that a path draws on."""
    if "/resolve/" in path or path.startswith("/api/resolve-cache/"):
        return "resolvers"
    return "api" if path.startswith("/api/") else "pages"


@dataclass(frozen=True, slots=True)
class Quota:
    """Where a window stands after a request."""

    bucket: str
    limit: int
    remaining: int
    reset_seconds: int
    window_seconds: float
    is_over: bool

    def headers(self) -> dict[str, str]:
        """Return the headers that the hub sends with every answer."""
        return {
            "RateLimit": f'"{self.bucket}";r={self.remaining};t={self.reset_seconds}',
            "RateLimit-Policy": f'"fixed window";"{self.bucket}";q={self.limit};'
            f"w={self.window_seconds:g}",
        }


@dataclass(slots=True)
class _ReplayWindow:
    ends: float = -math.inf
    count: int = 0


class Limiter:
    """Counts requests in fixed windows, a window for each bucket and token.

    A window begins with its first request. Requests are counted whether limits are on or not.

    Args:
        options: Limits and length of the windows.
        clock: Seconds that only grow.
    """

    def __init__(self, options: ReplayOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = {
            "api": options.limit_api,
            "resolvers": options.limit_resolvers,
            "core": options.limit_core,
            "search": options.limit_search,
            "code_search": options.limit_code_search,
            "graphql": options.limit_graphql,
        }
        self._seconds = options.window_seconds
        self._clock = clock
        self._windows: defaultdict[tuple[str, str], _ReplayWindow] = defaultdict(_ReplayWindow)
        self._requests: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._most: Counter[str] = Counter()

    def take(self, bucket: str, who: str) -> Quota | None:
        """Count a request of a token; return its quota, or None where there is no limit."""
        now = self._clock()
        window = self._windows[bucket, who]
        if now >= window.ends:
            window.ends, window.count = now + self._seconds, 0
        window.count += 1
        self._requests[bucket] += 1
        self._most[bucket] = max(self._most[bucket], window.count)
        limit = self._limits.get(bucket)
        if limit is None:
            return None
        is_over = window.count > limit
        self._refused[bucket] += is_over
        reset = math.ceil(window.ends - now)
        return Quota(bucket, limit, max(limit - window.count, 0), reset, self._seconds, is_over)

    def limits(self) -> dict[str, int | None]:
        """Return the limit of each bucket, None where there is none."""
        return dict(self._limits)

    def stats(self) -> dict[str, Any]:
        """Return requests, refusals and the fullest window of each bucket."""
        return {
            bucket: {
                "requests": self._requests[bucket],
                "refused": self._refused[bucket],
                "most_in_a_window": self._most[bucket],
                "limit": self._limits.get(bucket),
            }
            for bucket in sorted(self._requests)
        }


class Trouble:
    """Decides which requests meet trouble, by seed, address and how often it was asked for."""

    def __init__(self, options: ReplayOptions) -> None:
        self._seed = options.seed
        self._rates = {
            "503": options.rate_503,
            "500": options.rate_500,
            "429": options.rate_429,
            "stall": options.rate_stall,
            "cut": options.rate_cut,
            "page": options.rate_page,
        }
        self._repeat = options.rate_repeat
        self._is_on = any(self._rates.values()) or self._repeat > 0
        self._asked: Counter[str] = Counter()
        self.met: Counter[str] = Counter()

    def pick(self, address: str) -> str | None:
        """Return the trouble that a request meets: 503, 500, 429, stall, cut, page; or None."""
        if not self._is_on:
            return None
        self._asked[address] += 1
        chance = self._chance("trouble", address)
        for kind, rate in self._rates.items():
            if chance < rate:
                self.met[kind] += 1
                return kind
            chance -= rate
        return None

    def repeats(self, address: str) -> bool:
        """Return whether a page's ``next`` link leads to the page itself."""
        is_hit = self._repeat > 0 and self._chance("repeat", address) < self._repeat
        self.met["repeat"] += is_hit
        return is_hit

    def _chance(self, what: str, address: str) -> float:
        text = f"{self._seed} {what} {self._asked[address]} {address}"
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:8]) / 2**64
