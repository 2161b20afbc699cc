"""Tokens, each an account of its own at GitHub, and the connections that use them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from github import Auth, Github

from miner import __version__
from miner.errors import SourceRefused
from miner.pipelines.sources.github.answers import GRAPHQL_PATH, RESOURCES
from miner.pipelines.sources.github.session import require_tokens
from miner.pipelines.sources.http import RateBudget, Stopped, TransportError
from miner.settings import Settings

log = logging.getLogger(__name__)
logging.getLogger("github").setLevel(logging.WARNING)  # PyGithub tells stderr of every redirect

Sent = tuple[int, Mapping[str, str], str]
"""Status, headers with lower-case names, body."""

_POLL_SECONDS = 0.2


class Account:
    """One token: its budget, and idle connections.

    PyGithub's client writes a request into the connection that all its threads share before it
    sends it, so a client is lent to one thread at a time. Its own retries and pauses are off: they
    wait without a word, and what they send counts without being counted.

    Args:
        settings: Address, time-out.
        token: The token.
        number: Its place among the tokens, for messages.
        stop: Ends all waits.
    """

    def __init__(self, settings: Settings, token: str, number: int, stop: threading.Event) -> None:
        self.number = number
        self.budget = RateBudget(say=self._say, stop=stop)
        self.is_good = True
        self._settings = settings
        self._auth = Auth.Token(token)
        self._idle: list[Github] = []
        self._lock = threading.Lock()

    def send(
        self,
        verb: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Sent:
        """Send one request once; a 301 is followed on GitHub's own host.

        Raises:
            TransportError: No whole answer came.
            SourceRefused: GitHub leads to another host.
        """
        with self._client() as client:
            # under a path (GitHub Enterprise has one) GraphQL is found elsewhere than REST
            address = client.requester.graphql_url if path == GRAPHQL_PATH else path
            try:
                status, response_headers, text = client.requester.requestJson(
                    verb, address, dict(params or {}), dict(headers or {}), body
                )
            except requests.RequestException as error:
                raise TransportError(_first_line(error)) from error
            except RuntimeError as error:  # PyGithub's word for a redirect elsewhere
                raise SourceRefused(_first_line(error), next_step="check GITHUB_API_URL") from error
        return (
            status,
            {str(name).lower(): str(value) for name, value in response_headers.items()},
            text or "",
        )

    def block(self, resource: str, seconds: float, *, is_secondary: bool) -> None:
        """Let the token rest: for one resource, or for all where GitHub found it too busy."""
        for name in RESOURCES if is_secondary else (resource,):
            self.budget.block(name, seconds)

    @contextmanager
    def _client(self) -> Iterator[Github]:
        with self._lock:
            client = self._idle.pop() if self._idle else None
        client = client or self._new_client()
        try:
            yield client
        finally:
            with self._lock:
                self._idle.append(client)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for client in idle:
            client.close()

    def _new_client(self) -> Github:
        return Github(
            base_url=self._settings.github_api_url,
            auth=self._auth,
            timeout=max(1, round(self._settings.http_timeout_seconds)),
            user_agent=f"miner/{__version__}",
            per_page=100,
            retry=0,
            pool_size=1,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )

    def _say(self, line: str) -> None:
        log.info("GitHub, token %d: %s", self.number, line)


class TokenPool:
    """All tokens of a run; a request takes the one that may send soonest.

    Args:
        settings: The tokens.
        stop: Ends all waits.

    Raises:
        ConfigurationError: There is no token.
    """

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        require_tokens(settings)
        self._stop = stop
        self._accounts = [
            Account(settings, token, number, stop)
            for number, token in enumerate(settings.github_tokens, 1)
        ]

    def acquire(self, resource: str, count: int = 1) -> tuple[Account, float]:
        """Wait until a token may send a request of a resource, and book it.

        Args:
            resource: GitHub's name of the limit.
            count: As how many requests it may count.

        Returns:
            The token's account, and when the request starts by its clock.

        Raises:
            Stopped: The run was asked to end meanwhile.
            SourceRefused: No token is accepted.
        """
        while True:
            good = [account for account in self._accounts if account.is_good]
            if not good:
                raise SourceRefused(
                    "GitHub accepts none of the tokens in GITHUB_TOKEN",
                    next_step="export GITHUB_TOKEN=<a valid token>, or crawl --no-github",
                    kept="everything up to the last committed batch",
                )
            waits = [(account.budget.wait_seconds(resource, count), account) for account in good]
            wait, account = min(waits, key=lambda pair: pair[0])
            if wait <= 0 or len(good) == 1:
                return account, account.budget.acquire(resource, count)
            for each in good:
                each.budget.announce(resource, count)
            if self._stop.wait(min(wait, _POLL_SECONDS)):
                raise Stopped

    def drop(self, account: Account) -> None:
        """Use a token no more: GitHub does not know it."""
        if account.is_good:
            account.is_good = False
            log.warning("GitHub does not accept token %d of GITHUB_TOKEN", account.number)

    def close(self) -> None:
        """Close all connections."""
        for account in self._accounts:
            account.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
