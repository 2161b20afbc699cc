"""Repositories as GraphQL, REST and searches give them, whole and broken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.errors import SkipRecord
from miner.pipelines.sources.github.repository_records import (
    could_be_a_name,
    read_node,
    read_record,
)
from miner.schema.tables import Repository
from miner.schema.tables.base import source_fields

NODE: dict[str, Any] = {
    "id": "R_1",
    "nameWithOwner": "o/r",
    "description": "d" * 3_000,
    "licenseInfo": {"key": "mit", "spdxId": "MIT"},
    "stargazerCount": 5,
    "forkCount": 0,
    "isFork": True,
    "parent": {"nameWithOwner": "p/r"},
    "isArchived": False,
    "isEmpty": False,
    "createdAt": "2024-01-02T03:04:05Z",
    "pushedAt": "2024-01-02T05:04:05+02:00",
    "diskUsage": 12,
    "primaryLanguage": {"name": "Python"},
    "languages": {"edges": [{"size": 9, "node": {"name": "Python"}}, {"size": "x"}, 7]},
    "repositoryTopics": {"nodes": [{"topic": {"name": "llm"}}, None]},
    "defaultBranchRef": {
        "name": "main", "target": {"oid": "a" * 40, "committedDate": "2024-01-01T00:00:00Z"},
    },
}  # fmt: skip


def test_a_node() -> None:
    facts = read_node(NODE)
    assert (facts.node_id, facts.name) == ("R_1", "o/r")
    described = source_fields(Repository.__table__).keys()
    assert {*facts.values, "node_id", "name"} == described
    assert len(str(facts.values["description"])) == 1_000
    assert facts.values["pushed_at"] == "2024-01-02 03:04:05.000000"
    assert facts.values["is_fork"] == 1
    assert facts.values["parent"] == "p/r"
    assert facts.values["languages"] == '{"Python":9}'
    assert facts.values["topics"] == '["llm"]'
    assert facts.values["head_commit"] == "a" * 40


def test_a_repository_without_a_commit() -> None:
    facts = read_node({**NODE, "defaultBranchRef": None, "isEmpty": True, "licenseInfo": None})
    assert facts.values["head_commit"] is None
    assert facts.values["license"] is None
    assert facts.values["is_empty"] == 1


def test_an_item_of_code_search_says_little() -> None:
    facts = read_record({"node_id": "R_1", "full_name": "o/r", "fork": False, "description": None})
    assert facts.values == {"is_fork": 0, "description": None}


@pytest.mark.parametrize(
    "record",
    [None, 7, [], {}, {"id": "R_1"}, {"id": "R_1", "nameWithOwner": "no-slash"},
     {"id": "R_1", "nameWithOwner": "o/.."}, {"id": 7, "nameWithOwner": "o/r"}],
)  # fmt: skip
def test_what_is_no_repository(record: object) -> None:
    with pytest.raises(SkipRecord):
        read_node(record)
    with pytest.raises(SkipRecord):
        read_record(record)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(NODE)), JSON))
def test_whatever_stands_in_a_field_is_no_crash(changes: dict[str, Any]) -> None:
    changes.pop("id", None)
    changes.pop("nameWithOwner", None)
    facts = read_node({**NODE, **changes})
    assert facts.name == "o/r"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("o/r", True), ("O-1/r.x_y-z", True), ("o/r/x", False), ("o", False), ("/r", False),
     ("o/..", False), ("o o/r", False), ('o"/r', False), ("-o/r", False)],
)  # fmt: skip
def test_names(text: str, is_one: bool) -> None:
    assert could_be_a_name(text) is is_one
