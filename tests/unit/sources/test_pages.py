"""Listing pages: whole, cut, with a broken record in the middle, of no shape at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.hubs.listing_pages import decode_page, is_whole
from tests.unit.sources.strategies import records


def record(number: int, **more: object) -> dict[str, object]:
    return {
        "_id": f"{number:024x}",
        "id": f"owner/model-{number}",
        "tags": ["a", "b]"],
        "baseModels": {
            "relation": "merge",
            "models": [{"_id": "f" * 24, "id": "base/one"}, {"_id": "e" * 24, "id": "base/two"}],
        },
        "cardData": {"license": 'a "quoted" {brace'},
        **more,
    }


def names(body: bytes) -> list[Any]:
    found = decode_page(body).records
    return [item["id"] if isinstance(item, dict) else item for _, item in found]


def page(*texts: str) -> bytes:
    return f"[{','.join(texts)}]".encode()


def text(number: int, **more: object) -> str:
    return json.dumps(record(number, **more), separators=(",", ":"))


def test_a_whole_page() -> None:
    found = decode_page(page(text(0), text(1), text(2)))
    assert [
        (position, item["id"]) for position, item in found.records if isinstance(item, dict)
    ] == [
        (0, "owner/model-0"),
        (1, "owner/model-1"),
        (2, "owner/model-2"),
    ]
    assert found.is_whole
    assert found.problems == []


@pytest.mark.parametrize("body", [b"[]", b" [ ] \n", b"\xef\xbb\xbf[]"])
def test_an_empty_page_is_whole(body: bytes) -> None:
    found = decode_page(body)
    assert (found.records, found.problems, found.is_whole) == ([], [], True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"   ", "not-json"),
        (b"{}", "not-an-object"),
        (b'{"error":"x"}', "not-an-object"),
        (b'{"error":[NaN]}', "not-json"),
        (b"null", "not-an-object"),
        (b"17", "not-an-object"),
        (b'"text"', "not-an-object"),
        (b"<html><!--[if IE]>busy<![endif]--></html>", "not-json"),
        (b"\x00\x01\xff", "not-json"),
        (b"upstream timed out [503]", "not-json"),
    ],
)
def test_what_is_no_list_is_one_problem(body: bytes, reason: str) -> None:
    found = decode_page(body)
    assert found.records == []
    assert [problem.reason for problem in found.problems] == [reason]
    assert not found.is_whole


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(text(1)[:-30], id="cut"),
        pytest.param(text(1).replace('"tags":', '"tags"'), id="broken before its bases"),
        pytest.param(text(1).replace('"cardData":', '"cardData"'), id="broken behind its bases"),
        pytest.param(text(1).replace('"_id"', "_id", 1), id="broken at once"),
        pytest.param('{"_id":"x",oops}', id="bare word"),
        pytest.param("oops", id="no record at all"),
        pytest.param('{"_id":"x","id":"a/b","n":' + "9" * 5000 + "}", id="endless number"),
        pytest.param('{"_id":"x","id":"a/b","n":' + "[" * 100_000 + "}", id="endless nesting"),
    ],
)
def test_a_broken_record_costs_only_itself(broken: str) -> None:
    found = decode_page(page(text(0), broken, text(2), text(3)))
    good = [(place, item["id"]) for place, item in found.records if isinstance(item, dict)]
    assert good == [(0, "owner/model-0"), (2, "owner/model-2"), (3, "owner/model-3")]
    assert [(problem.reason, problem.position) for problem in found.problems] == [("not-json", 1)]
    assert found.is_whole


@pytest.mark.parametrize("space", ["", " ", "\n  "])
def test_bases_inside_a_broken_record_are_no_records(space: str) -> None:
    base = f'{{{space}"_id":{space}"1",{space}"id":{space}"base/one"{space}}}'
    broken = f'{{"_id":"2","id":"a/b","likes":oops,"baseModels":{{"models":[{base},{base}]}}}}'
    assert names(page(broken, text(1))) == ["owner/model-1"]


def test_nan_is_read_and_costs_nothing() -> None:
    found = decode_page(page(text(0), text(1, trendingScore=float("nan")), text(2)))
    assert len(found.records) == 3
    assert found.problems == []
    assert found.is_whole


def test_a_broken_last_record_of_a_whole_page_is_not_a_cut() -> None:
    found = decode_page(page(text(0), '{"_id":"x","id":"a/b","likes":oops,"tags":["]"]}'))
    assert found.is_whole
    assert [problem.reason for problem in found.problems] == ["not-json"]


def test_a_page_cut_anywhere_gives_its_whole_records_and_says_so() -> None:
    whole = page(text(0), text(1), text(2))
    ends = [whole.index(text(number).encode()) + len(text(number)) for number in range(3)]
    for cut in range(1, len(whole)):
        found = decode_page(whole[:cut])
        assert not found.is_whole, whole[:cut][-20:]
        assert len(found.records) == sum(cut >= end for end in ends)
        assert len(found.problems) <= 1
        for problem in found.problems:
            assert problem.reason == "cut-short"


def test_not_utf8_inside_one_text_keeps_every_record() -> None:
    body = page(text(0), text(1)).replace(b"quoted", b"quo\xff\xfeted")
    assert names(body) == ["owner/model-0", "owner/model-1"]


def test_entries_that_are_no_objects_keep_their_places() -> None:
    assert names(b'[1, "x", null, {"id":"a/b"}, NaN]')[:4] == [1, "x", None, "a/b"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", True),
        (b'\n[{"a":1}]\n', True),
        (b'{"a":1}', True),
        (b'[{"a":1}', False),
        (b'[{"a":1},', False),
        (b"", False),
        (b"]", False),
        (b"oops", False),
    ],
)
def test_the_cheap_look_at_the_ends(body: bytes, expected: bool) -> None:
    assert is_whole(body) is expected


@given(st.binary(max_size=300))
def test_no_bytes_make_a_page_fail(body: bytes) -> None:
    decode_page(body)
    decode_page(b"[" + body)


@given(st.lists(records, max_size=3), st.integers(0, 10_000), st.binary(max_size=3))
def test_no_damage_makes_a_page_fail(items: list[object], place: int, damage: bytes) -> None:
    body = json.dumps(items).encode()
    assert len(decode_page(body).records) == len(items)
    place %= len(body) + 1
    decode_page(body[:place] + damage + body[place + len(damage) :])
    decode_page(body[:place])
