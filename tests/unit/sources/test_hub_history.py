"""What is read of the Hub's answers on histories, whoever wrote them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from miner.pipelines.sources.hubs.huggingface.history import (
    MAX_EVENTS,
    read_commits,
    read_discussion,
    read_discussions,
    read_refs,
    read_tree,
)

READERS: list[Callable[[bytes], object]] = [
    read_commits,
    read_refs,
    read_tree,
    read_discussions,
    read_discussion,
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"7", b"null", b"[" * 100_000, b'{"a":', b"\xff\xfe"]
)
def test_what_is_no_answer_is_none(read: Callable[[bytes], object], body: bytes) -> None:
    assert read(body) is None


def test_half_a_surrogate_pair_costs_itself() -> None:
    body = (
        b'{"num": 1, "title": "\\ud800", "events": [{"id": "a", "type": "comment", '
        b'"data": {"latest": {"raw": "x\\ud800\\u0000y"}}}]}'
    )
    read = read_discussion(body)
    assert read is not None
    assert read.events is not None
    assert read.title == "?"
    assert read.events[0].text == "x?\ufffdy"


def test_more_events_than_are_read_are_cut() -> None:
    events = b",".join(b'{"id":"%d","type":"comment"}' % number for number in range(MAX_EVENTS + 1))
    read = read_discussion(b'{"num": 1, "events": [' + events + b"]}")
    assert read is not None
    assert read.events is not None
    assert read.is_cut
    assert len(read.events) == MAX_EVENTS


def test_a_name_that_is_no_login_is_dropped() -> None:
    sha = b"a" * 40
    people = (
        b'[{"user": "ada"}, {"user": "Ada L"}, {"user": "ada@acme.example"}, 7, {"user": null}]'
    )
    commits = read_commits(b'[{"id": "' + sha + b'", "authors": ' + people + b"}, {}, 7]")
    assert commits is not None
    assert [(commit.sha, commit.authors) for commit in commits] == [(sha.decode(), ("ada",))]
