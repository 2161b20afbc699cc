"""What GitHub says of a repository, read from GraphQL, from the REST API, or from a search.

Tolerant: a value of another type than it should have counts as not said.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from miner.errors import SkipRecord
from miner.pipelines.sources.github.answer_values import (
    read_flag,
    read_items,
    read_mapping,
    read_number,
    read_text,
    read_time,
)
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
    fields = read_mapping(node)
    branch = read_mapping(fields.get("defaultBranchRef"))
    target = read_mapping(branch.get("target"))
    license_info = read_mapping(fields.get("licenseInfo"))
    edges = read_items(read_mapping(fields.get("languages")).get("edges"))
    topics = read_items(read_mapping(fields.get("repositoryTopics")).get("nodes"))
    values: dict[str, object] = {
        "description": read_text(fields.get("description"), _LONGEST_DESCRIPTION),
        "license": read_text(license_info.get("spdxId")),
        "license_key": read_text(license_info.get("key")),
        "stars": read_number(fields.get("stargazerCount")),
        "forks": read_number(fields.get("forkCount")),
        "is_fork": read_flag(fields.get("isFork")),
        "parent": read_text(read_mapping(fields.get("parent")).get("nameWithOwner")),
        "is_archived": read_flag(fields.get("isArchived")),
        "is_empty": read_flag(fields.get("isEmpty")),
        "created_at": read_time(fields.get("createdAt")),
        "pushed_at": read_time(fields.get("pushedAt")),
        "default_branch": read_text(branch.get("name")),
        "head_commit": read_text(target.get("oid")),
        "head_committed_at": read_time(target.get("committedDate")),
        "size_kilobytes": read_number(fields.get("diskUsage")),
        "primary_language": read_text(read_mapping(fields.get("primaryLanguage")).get("name")),
        "languages": as_json(
            {
                name: size
                for edge in map(read_mapping, edges)
                if (name := read_text(read_mapping(edge.get("node")).get("name")))
                and (size := read_number(edge.get("size"))) is not None
            }
        ),
        "topics": as_json(
            [
                name
                for topic in map(read_mapping, topics)
                if (name := read_text(read_mapping(topic.get("topic")).get("name")))
            ]
        ),
    }
    node_id, name = _identity(fields.get("id"), fields.get("nameWithOwner"))
    return RepositoryFacts(node_id, name, values, fields.get("isDisabled") is True)


def read_record(record: object) -> RepositoryFacts:
    """Read a repository as the REST API gives it; an item of code search says less.

    Raises:
        SkipRecord: It has no identity or no name.
    """
    fields = read_mapping(record)
    license_info = read_mapping(fields.get("license"))
    spoken: dict[str, tuple[str, object]] = {
        "description": ("description", read_text(fields.get("description"), _LONGEST_DESCRIPTION)),
        "license": ("license", read_text(license_info.get("spdx_id"))),
        "license_key": ("license", read_text(license_info.get("key"))),
        "stars": ("stargazers_count", read_number(fields.get("stargazers_count"))),
        "forks": ("forks_count", read_number(fields.get("forks_count"))),
        "is_fork": ("fork", read_flag(fields.get("fork"))),
        "is_archived": ("archived", read_flag(fields.get("archived"))),
        "created_at": ("created_at", read_time(fields.get("created_at"))),
        "pushed_at": ("pushed_at", read_time(fields.get("pushed_at"))),
        "default_branch": ("default_branch", read_text(fields.get("default_branch"))),
        "size_kilobytes": ("size", read_number(fields.get("size"))),
        "primary_language": ("language", read_text(fields.get("language"))),
        "topics": (
            "topics",
            as_json([t for t in read_items(fields.get("topics")) if isinstance(t, str)]),
        ),
    }
    values = {column: value for column, (key, value) in spoken.items() if key in fields}
    node_id, name = _identity(fields.get("node_id"), fields.get("full_name"))
    return RepositoryFacts(node_id, name, values, fields.get("disabled") is True)


def could_be_a_name(text: str) -> bool:
    """Tell whether GitHub could have a repository of this name."""
    return NAME.fullmatch(text) is not None and text.rpartition("/")[2] not in {".", ".."}


def _identity(node_id: object, name: object) -> tuple[str, str]:
    if not isinstance(node_id, str) or not node_id:
        raise SkipRecord(RecordReason.NO_NAME.value, "a repository without identity")
    if not isinstance(name, str) or not could_be_a_name(name):
        raise SkipRecord(RecordReason.NO_NAME.value, f"no name of a repository: {str(name)[:100]}")
    return node_id, name
