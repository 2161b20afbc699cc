"""Requests to GitHub's API inside the limits of several tokens, answers as received."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from miner.pipelines.sources.github.answers import (
    GRAPHQL_PATH,
    AnswerAction,
    Judged,
    decoded,
    error_types,
    is_githubs,
    judge,
    message_of,
    read_rate,
    resource_of,
)
from miner.pipelines.sources.github.tokens import Account, Sent, TokenPool
from miner.pipelines.sources.http import (
    Again,
    TransportError,
    answer_date,
    persistently,
    retry_later,
)
from miner.pipelines.sources.rate_limits import LONGEST_WINDOW
from miner.pipelines.sources.received import ReceivedAnswer
from miner.settings import Settings

log = logging.getLogger(__name__)

_MOST_LIMITS_IN_A_ROW = 20


@dataclass(frozen=True, slots=True)
class _Request:
    verb: str
    path: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None
    retries_trouble: bool

    @property
    def most_counted(self) -> int:
        """As how many requests it may count: a repository that was renamed is asked for twice."""
        return 2 if self.path.startswith("/repos/") else 1


class GitHub:
    """GitHub at ``settings.github_api_url``.

    Args:
        settings: Address, tokens, time-outs.
        stop: Set to end all waits.

    Raises:
        ConfigurationError: There is no token.
    """

    name = "github"
    home_page = "https://github.com"

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self.request_count = 0
        self._base = settings.github_api_url
        self._attempts = settings.http_attempts
        self._pool = TokenPool(settings, stop)
        self._stop = stop
        self._lock = threading.Lock()

    def get(
        self,
        path: str,
        kind: str,
        context: Mapping[str, str],
        *,
        params: Mapping[str, Any] | None = None,
        etag: str | None = None,
    ) -> ReceivedAnswer:
        """Get a path of the REST API.

        Args:
            path: From the slash on, without the query.
            kind: ``vocab.AnswerKind``.
            context: What it is for; goes along into the archive.
            params: The query.
            etag: Of an answer that is held: GitHub then may answer 304.

        Returns:
            The answer; 4xx that are no limits are answers.

        Raises:
            RetryLater: GitHub does not answer properly.
            SourceRefused: No token is accepted.
            Stopped: The run was asked to end.
        """
        headers = {"If-None-Match": etag} if etag else {}
        sent = self._send(_Request("GET", path, params or {}, headers, None, retries_trouble=True))
        query = f"?{urlencode(params)}" if params else ""
        return self._received(f"{path}{query}", kind, context, sent)

    def query(self, text: str, kind: str, context: Mapping[str, str]) -> ReceivedAnswer:
        """Send a GraphQL query; a server in trouble is an answer, for a smaller query may do.

        Raises:
            RetryLater: No answer comes.
            SourceRefused: No token is accepted.
            Stopped: The run was asked to end.
        """
        request = _Request("POST", GRAPHQL_PATH, {}, {}, {"query": text}, retries_trouble=False)
        return self._received(GRAPHQL_PATH, kind, context, self._send(request))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _received(
        self, path: str, kind: str, context: Mapping[str, str], sent: Sent
    ) -> ReceivedAnswer:
        status, headers, text = sent
        return ReceivedAnswer(
            kind=str(kind),
            url=f"{self._base}{path}",
            status=status,
            headers=headers,
            body=text.encode(),
            observed_at=answer_date(headers),
            context={"forge": self.name, **context},
            final_url=f"{self._base}{path}",
        )

    def _send(self, request: _Request) -> Sent:
        """Send a request until there is an answer to work with.

        Raises:
            RetryLater: All tries are used up.
            Stopped: The run was asked to end.
        """
        try:
            return persistently(
                partial(self._try, request), attempts=self._attempts, stop=self._stop
            )
        except (Again, TransportError) as error:
            raise retry_later(
                f"GitHub at {self._base}: {error} (tried {self._attempts} times)"
            ) from error

    def _try(self, request: _Request) -> Sent:
        """Send a request by the tokens that may, one after the other, until one is answered.

        Raises:
            Again: GitHub is in trouble.
            TransportError: No answer came, or none of GitHub's.
        """
        limits = 0
        while True:
            account, started = self._pool.acquire(resource_of(request.path), request.most_counted)
            sent, judged = self._send_once(account, request, started, limits)
            if judged.verdict is AnswerAction.BAD_TOKEN:
                self._pool.drop(account)
            elif judged.verdict is AnswerAction.LIMITED:
                limits += 1
                self._rest(account, request, judged, limits)
            elif judged.verdict is AnswerAction.AGAIN and request.retries_trouble:
                raise Again(f"GitHub answers {sent[0]}")
            else:
                return sent

    def _send_once(
        self, account: Account, request: _Request, started: float, met: int
    ) -> tuple[Sent, Judged]:
        """Send a request once, book it and judge the answer.

        Raises:
            TransportError: No answer came, or none of GitHub's.
        """
        resource = resource_of(request.path)
        rate, is_free = None, False
        with self._lock:
            self.request_count += 1
        try:
            sent = account.send(
                request.verb, request.path, params=request.params, headers=request.headers,
                body=request.body,
            )  # fmt: skip
            status, headers, text = sent
            content = decoded(text)
            judged = judge(status, headers, message_of(content), error_types(content), met)
            limits = read_rate(headers)
            # an answer may speak of another limit: without a token, search tells of core, and a
            # refusal for another limit names what is left of this one
            if limits is not None and limits.bucket in {"", resource}:
                is_other = judged.verdict == AnswerAction.LIMITED and limits.left > 0
                rate = None if is_other else limits
            is_free = limits is None and status < 400
            if judged.verdict in {AnswerAction.TAKE, AnswerAction.BAD_TOKEN} and not is_githubs(
                status, content
            ):
                kind = headers.get("content-type", "") or "no type"
                raise TransportError(f"what answers {status} is no JSON of GitHub's ({kind[:60]})")
        finally:
            account.budget.settle(
                resource, rate, is_free=is_free, count=request.most_counted, started=started
            )
        return sent, judged

    def _rest(self, account: Account, request: _Request, judged: Judged, met: int) -> None:
        """Let a token wait as GitHub says.

        Raises:
            RetryLater: It is too long, or goes on and on.
        """
        if judged.wait_seconds > LONGEST_WINDOW or met >= _MOST_LIMITS_IN_A_ROW:
            raise retry_later(
                f"GitHub limits {request.path}: {met} times, now for {judged.wait_seconds:.0f} s"
            )
        if judged.is_secondary:
            log.info(
                "GitHub finds token %d too busy: it rests until %s UTC",
                account.number, _clock(judged.wait_seconds),
            )  # fmt: skip
        account.block(
            resource_of(request.path), judged.wait_seconds, is_secondary=judged.is_secondary
        )


def _clock(seconds: float) -> str:
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%H:%M:%S}"
