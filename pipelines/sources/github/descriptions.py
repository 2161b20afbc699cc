"""What GitHub's answers say of repositories: a batch of GraphQL aliases, or one by its address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from miner.errors import RetryLater, SkipRecord
from miner.pipelines.sources.github.answers import GRAPHQL_PATH, decoded, error_types, message_of
from miner.pipelines.sources.github.repository_records import (
    FIELDS,
    RepositoryFacts,
    read_node,
    read_record,
)
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import RepositoryState


def query_for(names: list[str]) -> str:
    """Return the query for some repositories: an alias for each, by its place."""
    parts = []
    for place, name in enumerate(names):
        owner, _, short = name.partition("/")
        parts.append(
            f"r{place}: repository(owner: {json.dumps(owner)}, name: {json.dumps(short)}) "
            "{ ...facts }"
        )
    return f"query {{ {' '.join(parts)} rateLimit {{ cost remaining resetAt }} }} {FIELDS}"


def read_batch(
    answer: ReceivedAnswer, names: list[str]
) -> tuple[dict[str, RepositoryFacts], set[str]]:
    """Return what a batch says by the name asked for, and the names that it has no answer for.

    A name in neither was not looked at: the batch was too large.
    """
    body = decoded(answer.body.decode("utf-8", "replace"))
    body = body if isinstance(body, dict) else {}
    data = body.get("data")
    facts: dict[str, RepositoryFacts] = {}
    refused = _refused(body, names)
    for place, name in enumerate(names):
        node = data.get(f"r{place}") if isinstance(data, dict) else None
        if node is None:
            continue
        try:
            facts[name] = read_node(node)
        except SkipRecord:
            refused.add(name)
    return facts, refused


def is_batch(answer: ReceivedAnswer) -> bool:
    """Tell whether metadata was asked for by a batch, and not of one repository by its address."""
    return urlsplit(answer.url).path.endswith(GRAPHQL_PATH)


def is_batch_usable(answer: ReceivedAnswer, names: list[str]) -> bool:
    """Tell whether a batch says anything: of a repository, or that it was too large."""
    described, refused = read_batch(answer, names)
    return bool(described or refused) or _is_limit(answer)


def _is_limit(answer: ReceivedAnswer) -> bool:
    """Tell whether a batch was too large in all its parts."""
    body = decoded(answer.body.decode("utf-8", "replace"))
    return "RESOURCE_LIMITS_EXCEEDED" in error_types(body)


def _refused(body: Mapping[str, Any], names: list[str]) -> set[str]:
    """Return the names whose alias an error speaks of; those of limits speak of none."""
    found = set()
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else []:
        path = error.get("path") if isinstance(error, dict) else None
        alias = str(path[0]) if isinstance(path, list) and path else ""
        is_limit = isinstance(error, dict) and error.get("type") == "RESOURCE_LIMITS_EXCEEDED"
        if (
            alias[:1] == "r"
            and alias[1:].isdigit()
            and int(alias[1:]) < len(names)
            and not is_limit
        ):
            found.add(names[int(alias[1:])])
    return found


def read_single(
    answer: ReceivedAnswer,
) -> tuple[RepositoryFacts | None, tuple[RepositoryState, str]]:
    """Return what the answer to one repository's address says, or which state it shows.

    Raises:
        RetryLater: GitHub does not answer properly.
    """
    body = decoded(answer.body.decode("utf-8", "replace"))
    reason = f"{answer.status} {message_of(body)}".strip()
    if answer.status == 200:
        try:
            return read_record(body), (RepositoryState.PRESENT, "")
        except SkipRecord as error:
            return None, (RepositoryState.GONE, error.message)
    if answer.status in {403, 451}:
        block = body.get("block") if isinstance(body, dict) else None
        why = block.get("reason") if isinstance(block, dict) else None
        return None, (RepositoryState.BLOCKED, f"{reason}: {why}" if why else reason)
    if answer.status in {404, 410}:
        return None, (RepositoryState.GONE, reason)
    raise RetryLater(
        f"{answer.url}: {reason}",
        next_step="run the same command again later: it goes on where it stopped",
    )
