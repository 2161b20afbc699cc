"""What GitHub says of a repository, read from GraphQL, from the REST API, or from a search.

Tolerant: a value of another type than it should have counts as not said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from miner.errors import SkipRecord
from miner.pipelines.sources.records.values import as_json
from miner.schema.patterns import bounded
from miner.schema.vocab import RecordReason

NAME = bounded(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}", re.ASCII)
_LONGEST_DESCRIPTION = 1_000

FIELDS = """
fragment facts on Repository {
  id nameWithOwner description licenseInfo { key spdxId } stargazerCount forkCount isFork
  parent { nameWithOwner } isArchived isDisabled isEmpty createdAt pushedAt diskUsage
  primaryLanguage { name }
  languages(first: 20, orderBy: {field: SIZE, direction: DESC}) { edges { size node { name } } }
  repositoryTopics(first: 20) { nodes { topic { name } } }
  defaultBranchRef { name target { oid ... on Commit { committedDate } } }
}
"""
"""The fragment of a GraphQL query that ``read_node`` reads."""


class RepositoryFacts(NamedTuple):
    """One repository as an answer describes it.

    Attributes:
        node_id: Identity on GitHub.
        name: owner/name.
        values: Columns of the store by name; those that the answer does not speak of are absent.
        is_disabled: GitHub has disabled it.
    """

    node_id: str
    name: str
    values: dict[str, object]
    is_disabled: bool = False


def read_node(node: object) -> RepositoryFacts:
    """Read a repository as GraphQL gives it.

    Raises:
        SkipRecord: It has no identity or no name.
    """
    told = _object(node)
    branch = _object(told.get("defaultBranchRef"))
    target = _object(branch.get("target"))
    license_info = _object(told.get("licenseInfo"))
    edges = _list(_object(told.get("languages")).get("edges"))
    topics = _list(_object(told.get("repositoryTopics")).get("nodes"))
    values: dict[str, object] = {
        "description": _text(told.get("description"), _LONGEST_DESCRIPTION),
        "license": _text(license_info.get("spdxId")),
        "license_key": _text(license_info.get("key")),
        "stars": _number(told.get("stargazerCount")),
        "forks": _number(told.get("forkCount")),
        "is_fork": _flag(told.get("isFork")),
        "parent": _text(_object(told.get("parent")).get("nameWithOwner")),
        "is_archived": _flag(told.get("isArchived")),
        "is_empty": _flag(told.get("isEmpty")),
        "created_at": _time(told.get("createdAt")),
        "pushed_at": _time(told.get("pushedAt")),
        "default_branch": _text(branch.get("name")),
        "head_commit": _text(target.get("oid")),
        "head_committed_at": _time(target.get("committedDate")),
        "size_kilobytes": _number(told.get("diskUsage")),
        "primary_language": _text(_object(told.get("primaryLanguage")).get("name")),
        "languages": as_json(
            {
                name: size
                for edge in map(_object, edges)
                if (name := _text(_object(edge.get("node")).get("name")))
                and (size := _number(edge.get("size"))) is not None
            }
        ),
        "topics": as_json(
            [
                name
                for topic in map(_object, topics)
                if (name := _text(_object(topic.get("topic")).get("name")))
            ]
        ),
    }
    node_id, name = _identity(told.get("id"), told.get("nameWithOwner"))
    return RepositoryFacts(node_id, name, values, told.get("isDisabled") is True)


def read_record(record: object) -> RepositoryFacts:
    """Read a repository as the REST API gives it; an item of code search says less.

    Raises:
        SkipRecord: It has no identity or no name.
    """
    told = _object(record)
    license_info = _object(told.get("license"))
    spoken: dict[str, tuple[str, object]] = {
        "description": ("description", _text(told.get("description"), _LONGEST_DESCRIPTION)),
        "license": ("license", _text(license_info.get("spdx_id"))),
        "license_key": ("license", _text(license_info.get("key"))),
        "stars": ("stargazers_count", _number(told.get("stargazers_count"))),
        "forks": ("forks_count", _number(told.get("forks_count"))),
        "is_fork": ("fork", _flag(told.get("fork"))),
        "is_archived": ("archived", _flag(told.get("archived"))),
        "created_at": ("created_at", _time(told.get("created_at"))),
        "pushed_at": ("pushed_at", _time(told.get("pushed_at"))),
        "default_branch": ("default_branch", _text(told.get("default_branch"))),
        "size_kilobytes": ("size", _number(told.get("size"))),
        "primary_language": ("language", _text(told.get("language"))),
        "topics": ("topics", as_json([t for t in _list(told.get("topics")) if isinstance(t, str)])),
    }
    values = {column: value for column, (key, value) in spoken.items() if key in told}
    node_id, name = _identity(told.get("node_id"), told.get("full_name"))
    return RepositoryFacts(node_id, name, values, told.get("disabled") is True)


def could_be_a_name(text: str) -> bool:
    """Tell whether GitHub could have a repository of this name."""
    return NAME.fullmatch(text) is not None and text.rpartition("/")[2] not in {".", ".."}


def _identity(node_id: object, name: object) -> tuple[str, str]:
    if not isinstance(node_id, str) or not node_id:
        raise SkipRecord(RecordReason.NO_NAME.value, "a repository without identity")
    if not isinstance(name, str) or not could_be_a_name(name):
        raise SkipRecord(RecordReason.NO_NAME.value, f"no name of a repository: {str(name)[:100]}")
    return node_id, name


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object, longest: int = 200) -> str | None:
    return value.replace("\0", "")[:longest] if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**62 else None  # type: ignore[operator, return-value]


def _flag(value: object) -> int | None:
    return int(value) if isinstance(value, bool) else None


def _time(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if moment.year >= 2000 else None
