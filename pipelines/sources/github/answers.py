"""What an answer of GitHub means: limits of two kinds, refusals, and answers to work with."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from enum import Enum, auto
from urllib.parse import urlsplit

from miner.pipelines.sources.http import TRANSIENT, RateInfo, answer_date
from miner.pipelines.sources.rate_limits import LONGEST_WINDOW, retry_after

CORE, SEARCH, CODE_SEARCH, GRAPHQL = "core", "search", "code_search", "graphql"
RESOURCES = (CORE, SEARCH, CODE_SEARCH, GRAPHQL)
"""GitHub's names of the limits that are met here."""

GRAPHQL_PATH = "/graphql"

_SECONDARY_WAIT = 60.0
_LONGEST_SECONDARY_WAIT = 900.0
_SECONDARY_WORDS = ("secondary rate limit", "abuse detection", "submitted too quickly")


class AnswerAction(Enum):
    """What to do with an answer."""

    TAKE = auto()  # it is an answer, good or not
    LIMITED = auto()  # the token has to wait
    AGAIN = auto()  # the server has trouble
    BAD_TOKEN = auto()  # the token is not known


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict; ``wait_seconds`` and ``is_secondary`` speak of a limit."""

    verdict: AnswerAction
    wait_seconds: float = 0.0
    is_secondary: bool = False


def resource_of(path: str) -> str:
    """Return which limit a request counts in, by its path on the API."""
    plain = urlsplit(path).path
    if plain.endswith("/graphql"):
        return GRAPHQL
    if plain.endswith("/search/code"):
        return CODE_SEARCH
    return SEARCH if "/search/" in plain else CORE


def read_rate(headers: Mapping[str, str]) -> RateInfo | None:
    """Read the x-ratelimit headers of an answer, None where they are absent or no numbers."""
    try:
        remaining = int(float(headers["x-ratelimit-remaining"]))
        reset = float(headers["x-ratelimit-reset"])
        limit = int(float(headers.get("x-ratelimit-limit", "0")))
    except (KeyError, ValueError, OverflowError):
        return None
    resource = headers.get("x-ratelimit-resource", "")
    return RateInfo(resource, remaining, _seconds_until(reset, headers), limit or None)


def judge(
    status: int, headers: Mapping[str, str], message: str, error_types: frozenset[str], met: int
) -> Judged:
    """Return what to do with an answer.

    Args:
        status: HTTP status.
        headers: Names lower case.
        message: ``message`` of the body, empty where it has none.
        error_types: Types of the errors of a GraphQL answer.
        met: Secondary limits met one after the other before.
    """
    rate = read_rate(headers)
    if status == 200 and "RATE_LIMITED" in error_types:  # GraphQL says it with a 200
        return Judged(AnswerAction.LIMITED, rate.ends_in + 1 if rate else _SECONDARY_WAIT)
    if status == 401:
        return Judged(AnswerAction.BAD_TOKEN)
    if status in {403, 429}:
        return _limited(status, headers, message.lower(), rate, met)
    return Judged(AnswerAction.AGAIN if status in TRANSIENT else AnswerAction.TAKE)


def error_types(body: object) -> frozenset[str]:
    """Return the types of the errors of a GraphQL answer."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return frozenset()
    return frozenset(str(error.get("type")) for error in errors if isinstance(error, dict))


def message_of(body: object) -> str:
    """Return the ``message`` of an answer's body, empty where it has none."""
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else ""


def decoded(text: str) -> object:
    """Return a body as JSON, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def is_githubs(status: int, body: object) -> bool:
    """Tell whether GitHub itself may have written an answer: what it says is JSON.

    A page that a proxy or a maintenance server sends, whatever its status, says nothing of what
    was asked for; neither does an answer that ended in the middle.

    Args:
        status: HTTP status.
        body: The body, decoded.
    """
    return isinstance(body, dict | list) or not (status == 200 or 400 <= status < 500)


def _limited(
    status: int, headers: Mapping[str, str], message: str, rate: RateInfo | None, met: int
) -> Judged:
    """Tell the limits apart from other refusals: a blocked repository is a 403 too."""
    asked = retry_after(headers)
    is_secondary = any(words in message for words in _SECONDARY_WORDS)
    if rate is not None and rate.left == 0 and not is_secondary:
        return Judged(AnswerAction.LIMITED, rate.ends_in + 1)
    if asked is not None:
        return Judged(AnswerAction.LIMITED, asked, is_secondary=True)
    if is_secondary or status == 429 or message.startswith("api rate limit exceeded"):
        wait = min(_SECONDARY_WAIT * 2**met, _LONGEST_SECONDARY_WAIT)
        return Judged(AnswerAction.LIMITED, wait, is_secondary=True)
    return Judged(AnswerAction.TAKE)


def _seconds_until(reset: float, headers: Mapping[str, str]) -> float:
    """Return the seconds until a time of GitHub's clock.

    The answer's own date is what GitHub's clock said: ours may be wrong. Where that gives no
    window that can be (a replay keeps old dates), our clock has to do.
    """
    if "date" in headers:
        seconds = reset - answer_date(headers).replace(tzinfo=UTC).timestamp()
        if 0 <= seconds <= LONGEST_WINDOW:
            return seconds
    return max(0.0, reset - time.time())
