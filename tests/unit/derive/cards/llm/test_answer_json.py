"""Answers of servers that do not enforce a form: what stands around the object, what is in it."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.cards.llm.llm_reading import read_answer

_OBJECT = '{"license": [{"value": "mit", "quote": "MIT"}]}'
_ENTRY = {"value": "mit", "quote": "MIT"}


@pytest.mark.parametrize(
    "content",
    [
        _OBJECT,
        f"```json\n{_OBJECT}\n```",
        f"```\n{_OBJECT}\n```\nI hope this helps.",
        f"Here is the answer: {_OBJECT}",
        f'<think>The card says {{"license": []}} perhaps.</think>\n{_OBJECT}',
        f"<think>{{ not json</think>```json\n{_OBJECT}\n```",
        f'The set {{1, 2}} and {{"a": 1}} come first. {_OBJECT}',
        '{"license": {"value": "mit", "quote": "MIT"}}',
        '{"license": [null, {"value": "mit", "quote": "MIT"}]}',
    ],
)
def test_object_is_found(content: str) -> None:
    assert read_answer(content, ("license",)) == ({"license": [_ENTRY]}, "")


def test_wrong_entry_costs_itself_alone() -> None:
    content = '{"license": [{"value": "mit", "quote": "MIT"}, "apache-2.0", {"value": 3}]}'
    items, problem = read_answer(content, ("license",))
    assert not problem
    assert items["license"][0] == _ENTRY
    assert items["license"][1:] == [{"value": "apache-2.0"}, {"value": 3}]


def test_null_field_is_empty() -> None:
    assert read_answer('{"license": null}', ("license",)) == ({"license": []}, "")


@pytest.mark.parametrize("content", ["", "I cannot answer.", "[]", '{"license": [', "{" * 100_000])
def test_no_object(content: str) -> None:
    assert read_answer(content, ("license",))[1]
