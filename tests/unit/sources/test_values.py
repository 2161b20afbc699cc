"""Single values: what is read, what is set aside, and with which reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.records.values import MAX_ITEMS, MAX_TEXT, Reader, excerpt
from tests.unit.sources.strategies import any_json, any_text, nested


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-02T23:29:04.000Z", "2024-03-02 23:29:04.000000"),
        ("2024-03-02T23:29:04.123456Z", "2024-03-02 23:29:04.123456"),
        ("2024-03-02T23:29:04+00:00", "2024-03-02 23:29:04.000000"),
        ("2024-03-02T23:29:04+05:30", "2024-03-02 17:59:04.000000"),
        ("2024-01-01T00:30:00+01:00", "2023-12-31 23:30:00.000000"),
        ("2024-03-02T23:29:04", "2024-03-02 23:29:04.000000"),
        ("2024-03-02 23:29:04", "2024-03-02 23:29:04.000000"),
        ("2024-03-02", "2024-03-02 00:00:00.000000"),
        ("2000-01-01T00:00:00.000Z", "2000-01-01 00:00:00.000000"),
        ("2099-12-31T23:59:59.999Z", "2099-12-31 23:59:59.999000"),
        ("1999-12-31T23:30:00-01:00", "2000-01-01 00:30:00.000000"),
        ("2024-02-29T00:00:00.000Z", "2024-02-29 00:00:00.000000"),
    ],
)
def test_a_time_becomes_utc_text(written: str, read: str) -> None:
    reader = Reader()
    assert reader.time("createdAt", written) == read
    assert reader.problems == []


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00+14:00",
        "1999-12-31T23:59:59.999Z",
        "2100-01-01T00:00:00.000Z",
        "2150-06-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59-12:00",
        "-2024-01-01",
        "-1",
        "2023-02-29T00:00:00.000Z",
        "2024-13-01T00:00:00.000Z",
        "2024-01-01T25:00:00.000Z",
        "2024-01-01T00:00:60.000Z",
        "last Tuesday",
        "1709422144",
        "\uff12\uff10\uff12\uff14-03-02T23:29:04.000Z",
        "20\u0662\u0664-03-02T23:29:04.000Z",
        "\ud800",
        " ",
    ],
)
def test_an_odd_date_is_noted_and_left_out(written: str) -> None:
    reader = Reader()
    assert reader.time("createdAt", written) is None
    assert [(problem.field, problem.reason) for problem in reader.problems] == [
        ("createdAt", "bad-date")
    ]


@pytest.mark.parametrize(
    ("value", "read", "reason"),
    [
        (0, 0, None),
        (7, 7, None),
        (7.0, 7, None),
        (2**63 - 1, 2**63 - 1, None),
        (None, None, None),
        ("7", None, "wrong-type"),
        ("many", None, "wrong-type"),
        (True, None, "wrong-type"),
        (7.5, None, "wrong-type"),
        (float("nan"), None, "wrong-type"),
        (float("inf"), None, "wrong-type"),
        ([], None, "wrong-type"),
        ({"n": 1}, None, "wrong-type"),
        (-1, None, "out-of-range"),
        (-0.0, 0, None),
        (2**63, None, "out-of-range"),
        (1e300, None, "out-of-range"),
        (10**100, None, "out-of-range"),
    ],
)
def test_a_count(value: object, read: int | None, reason: str | None) -> None:
    reader = Reader()
    assert reader.count("likes", value) == read
    assert [problem.reason for problem in reader.problems] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("value", "read", "reason"),
    [
        (None, [], None),
        ("", [], None),
        ([], [], None),
        ("mit", ["mit"], None),
        (["mit", "apache-2.0", "mit"], ["mit", "apache-2.0"], None),
        (["mit", None, ""], ["mit"], None),
        ([3, 1.5, "x"], ["3", "1.5", "x"], None),
        (["ok", {"a": 1}], ["ok"], "wrong-type"),
        (["ok", True], ["ok"], "wrong-type"),
        (["ok", ["nested"]], ["ok"], "wrong-type"),
        (["ok", "x" * (MAX_TEXT + 1)], ["ok"], "too-long"),
        (["x"] * (MAX_ITEMS + 1), [], "too-long"),
        ({"mit": True}, [], "wrong-type"),
        (3, [], "wrong-type"),
        (False, [], "wrong-type"),
        (["a\x00b", "c\ud800d"], ["a\ufffdb", "c?d"], "altered"),
    ],
)
def test_a_list_of_texts(value: object, read: list[str], reason: str | None) -> None:
    reader = Reader()
    assert reader.texts("tags", value) == read
    assert [problem.reason for problem in reader.problems] == ([reason] if reason else [])


def test_a_field_is_noted_once_however_often_it_is_wrong() -> None:
    reader = Reader()
    assert reader.texts("tags", [{}] * MAX_ITEMS) == []
    assert len(reader.problems) == 1


@given(any_json)
def test_no_value_makes_a_reader_fail(value: object) -> None:
    reader = Reader()
    for read in (reader.text, reader.count, reader.flag, reader.time, reader.mapping, reader.texts):
        read("field", value)
    for problem in reader.problems:
        assert len(problem.detail) <= 200


@given(st.lists(any_text, max_size=5))
def test_texts_are_storable_distinct_and_in_order(items: list[str]) -> None:
    found = Reader().texts("tags", items)
    assert len(set(found)) == len(found)
    for text in found:
        assert text
        assert "\x00" not in text.encode("utf-8").decode("utf-8")


@pytest.mark.parametrize(
    "value", [nested(1000), {"k": nested(1000)}, "x" * 10**7, ["y" * 10**6] * 50, {}, None, 1e400]
)
def test_an_excerpt_is_bounded_whatever_it_shows(value: object) -> None:
    assert 0 < len(excerpt(value)) <= 200
    assert "\n" not in excerpt(value)


def test_an_excerpt_can_be_stored() -> None:
    assert excerpt("a\x00b \ud800 c\nd") == "a\ufffdb ? c d"
