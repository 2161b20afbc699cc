"""How a replayed hub behaves: limits, tokens, and trouble made on purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Settings of a replay; the defaults give a hub that is fast, unlimited and healthy.

    Rates are 0 to 1: the share of requests that meet that trouble. Whether the n-th request for
    an address does depends on the seed, the address and n alone.

    Attributes:
        limit_api: Requests to ``/api`` in a window, for each token and for no token; None: any.
        limit_resolvers: The same for file downloads; every hop counts.
        window_seconds: Length of the fixed windows.
        tokens: Tokens that are valid. Empty: any token is.
        latency_ms: Pause before every answer.
        seed: Seed of all trouble.
        rate_503: Answers 503.
        rate_500: Answers 500.
        rate_429: Answers 429 although the window has requests left.
        rate_stall: Answers that come only after ``stall_seconds``.
        stall_seconds: Length of a stall.
        rate_cut: Answers whose body ends in the middle, with the headers of the whole.
        rate_repeat: Pages whose ``next`` link leads to the same page again.
        malformed: Whether each listing page holds one record that is none.
        cursor_life_seconds: Age at which a cursor is refused; None: never.
    """

    limit_api: int | None = None
    limit_resolvers: int | None = None
    window_seconds: float = 300.0
    tokens: frozenset[str] = frozenset()
    latency_ms: float = 0.0
    seed: int = 0
    rate_503: float = 0.0
    rate_500: float = 0.0
    rate_429: float = 0.0
    rate_stall: float = 0.0
    stall_seconds: float = 60.0
    rate_cut: float = 0.0
    rate_repeat: float = 0.0
    malformed: bool = False
    cursor_life_seconds: float | None = None
