"""How a replayed hub behaves: limits, tokens, and trouble made on purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Settings of a replay; the defaults give a fast, unlimited and healthy hub and GitHub.

    Rates are 0 to 1: the share of requests that meet that trouble. Whether the n-th request for
    an address does depends on the seed, the address and n alone.

    Attributes:
        limit_api: Requests to ``/api`` in a window, for each token and for no token; None: any.
        limit_resolvers: The same for file downloads; every hop counts.
        limit_core: Requests to GitHub's REST API in a window, for each token; None: any.
        limit_search: The same for searches of repositories.
        limit_code_search: The same for searches of code.
        limit_graphql: The same for GraphQL queries.
        window_seconds: Length of the fixed windows.
        tokens: Tokens that are valid. Empty: any token is.
        granted: Tokens that have access to what is gated.
        latency_ms: Pause before every answer.
        seed: Seed of all trouble.
        rate_503: Answers 503.
        rate_500: Answers 500.
        rate_429: Answers 429 although the window has requests left.
        rate_stall: Answers that come only after ``stall_seconds``.
        stall_seconds: Length of a stall.
        rate_cut: Answers whose body ends in the middle, with the headers of the whole.
        rate_page: Answers that are a web page with status 200, as of a proxy in between.
        rate_repeat: Pages whose ``next`` link leads to the same page again.
        malformed: Whether each listing page holds one record that is none.
        cursor_life_seconds: Age at which a cursor is refused; None: never.
        secondary_seconds: What GitHub's secondary limit (``rate_429``) asks to wait.
        estimate_off: Most that the count of a search on GitHub is off, as a share of it.
        rate_incomplete: Searches on GitHub that say that their results are not complete.
        most_aliases: GraphQL queries with more fail in part; None: any number does.
        most_issues: GraphQL queries for more issues in a page fail for that page; None: none does.
        without_ranges: A file is sent whole, whatever range of it is asked for.
        source_host: Address of the host that source is redirected to; None: the API's own.
    """

    limit_api: int | None = None
    limit_resolvers: int | None = None
    limit_core: int | None = None
    limit_search: int | None = None
    limit_code_search: int | None = None
    limit_graphql: int | None = None
    window_seconds: float = 300.0
    tokens: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    latency_ms: float = 0.0
    seed: int = 0
    rate_503: float = 0.0
    rate_500: float = 0.0
    rate_429: float = 0.0
    rate_stall: float = 0.0
    stall_seconds: float = 60.0
    rate_cut: float = 0.0
    rate_page: float = 0.0
    rate_repeat: float = 0.0
    malformed: bool = False
    cursor_life_seconds: float | None = None
    secondary_seconds: float = 60.0
    estimate_off: float = 0.0
    rate_incomplete: float = 0.0
    most_aliases: int | None = None
    most_issues: int | None = None
    source_host: str | None = None
    without_ranges: bool = False
