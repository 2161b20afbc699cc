"""What an answer of GitHub means."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from miner.pipelines.sources.github.answers import (
    AnswerAction,
    error_types,
    judge,
    read_rate,
    resource_of,
)

BUSY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
NONE: frozenset[str] = frozenset()


def rate(remaining: int, reset: float, resource: str = "core") -> dict[str, str]:
    return {
        "x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset)), "x-ratelimit-resource": resource,
    }  # fmt: skip


def test_resources() -> None:
    paths = {
        "/graphql": "graphql", "/search/code": "code_search", "/search/repositories": "search",
        "/repos/o/search": "core", "/repos/o/r/tarball/x": "core",
    }  # fmt: skip
    assert {path: resource_of(path) for path in paths} == paths


@pytest.mark.parametrize("skew", [0, 7_200, -7_200])
def test_a_reset_is_told_by_githubs_clock(skew: int) -> None:
    theirs = time.time() + skew
    limits = read_rate({**rate(5, theirs + 100), "date": formatdate(theirs, usegmt=True)})
    assert limits is not None
    assert 99 <= limits.reset_seconds <= 101
    assert (limits.bucket, limits.remaining, limits.limit) == ("core", 5, 5000)


def test_a_replay_keeps_old_dates() -> None:
    limits = read_rate({**rate(0, time.time() + 50), "date": "Thu, 01 Jan 2026 00:00:00 GMT"})
    assert limits is not None
    assert 48 <= limits.reset_seconds <= 50


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-remaining": "x", "x-ratelimit-reset": "1"}])
def test_no_rate(headers: dict[str, str]) -> None:
    assert read_rate(headers) is None


def test_a_primary_limit_waits_for_its_reset() -> None:
    found = judge(403, rate(0, time.time() + 30), "API rate limit exceeded for user ID 1.", NONE, 0)
    assert found.verdict == AnswerAction.LIMITED
    assert not found.is_secondary
    assert 30 <= found.wait_seconds <= 32


def test_graphql_over_its_limit_is_a_200() -> None:
    types = error_types({"errors": [{"type": "RATE_LIMITED"}, "odd", {}]})
    found = judge(200, rate(0, time.time() + 30), "", types, 0)
    assert found.verdict == AnswerAction.LIMITED
    assert judge(200, {}, "", types, 0).wait_seconds == 60


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(("headers", "met", "wait"), [
    ({"retry-after": "17"}, 0, 17),
    ({}, 0, 60),
    ({}, 1, 120),
    ({}, 9, 900),
])  # fmt: skip
def test_a_secondary_limit(status: int, headers: dict[str, str], met: int, wait: float) -> None:
    found = judge(status, {**headers, **rate(4_000, 0)}, BUSY, NONE, met)
    assert (found.verdict, found.is_secondary, found.wait_seconds) == (
        AnswerAction.LIMITED,
        True,
        wait,
    )


def test_a_429_without_a_word_is_a_limit_too() -> None:
    assert judge(429, {}, "", NONE, 0).verdict == AnswerAction.LIMITED


@pytest.mark.parametrize(
    ("status", "message", "verdict"),
    [
        (403, "Repository access blocked", AnswerAction.TAKE),
        (403, "Resource not accessible by personal access token", AnswerAction.TAKE),
        (451, "Repository access blocked", AnswerAction.TAKE),
        (404, "Not Found", AnswerAction.TAKE),
        (422, "unable to parse query!", AnswerAction.TAKE),
        (304, "", AnswerAction.TAKE),
        (401, "Bad credentials", AnswerAction.BAD_TOKEN),
        (502, "", AnswerAction.AGAIN),
        (200, "", AnswerAction.TAKE),
    ],
)
def test_other_answers(status: int, message: str, verdict: AnswerAction) -> None:
    assert judge(status, rate(10, time.time() + 5), message, NONE, 0).verdict == verdict


@pytest.mark.parametrize("text", ["inf", "nan", "²", "9" * 400, ""])
def test_nonsense_in_the_headers_is_no_limit(text: str) -> None:
    for header in ("x-ratelimit-remaining", "x-ratelimit-limit"):
        limits = read_rate({**rate(5, time.time() + 50), header: text})
        assert limits is None or limits.left >= 0
    assert judge(403, {"retry-after": text}, BUSY, NONE, 0).wait_seconds >= 60


@pytest.mark.parametrize("reset", [0, -1, 10**12, 10**300])
def test_no_window_is_longer_than_an_hour(reset: int) -> None:
    limits = read_rate({**rate(0, 0), "x-ratelimit-reset": str(reset)})
    assert limits is None or 0 <= limits.ends_in <= 3_700


def test_a_date_to_wait_for() -> None:
    headers = {"retry-after": formatdate(time.time() + 40, usegmt=True)}
    found = judge(429, headers, "", NONE, 0)
    assert found.is_secondary
    assert 38 <= found.wait_seconds <= 41
