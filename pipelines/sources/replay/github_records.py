"""A repository as the REST API and GraphQL give it."""

from __future__ import annotations

from typing import Any

from miner.pipelines.sources.replay import github_issues
from miner.pipelines.sources.replay.forge import ReplayForge, SourceRepository
from miner.pipelines.sources.replay.graphql import Field

_LICENSE_NAMES = {"Apache-2.0": "Apache License 2.0", "MIT": "MIT License", "NOASSERTION": "Other"}


def minimal(repository: SourceRepository, base: str) -> dict[str, Any]:
    """Return a repository as an item of code search has it: no stars, license, dates."""
    owner, name = repository.name.split("/")
    return {
        "id": repository.number,
        "node_id": repository.node_id,
        "name": name,
        "full_name": repository.name,
        "private": False,
        "owner": _owner(owner, base),
        "html_url": f"https://github.com/{repository.name}",
        "description": repository.text("description"),
        "fork": bool(repository.record.get("fork")),
        "url": f"{base}/repos/{repository.name}",
    }


def full(forge: ReplayForge, repository: SourceRepository, base: str) -> dict[str, Any]:
    """Return a repository as its own address has it."""
    record = {
        **minimal(repository, base),
        "created_at": repository.text("created_at"),
        "updated_at": repository.text("pushed_at"),
        "pushed_at": repository.text("pushed_at"),
        "stargazers_count": repository.count("stargazers_count"),
        "watchers_count": repository.count("stargazers_count"),
        "forks_count": repository.count("forks_count"),
        "size": repository.count("size"),
        "language": next(iter(repository.languages()), None),
        "license": license_of(repository, base),
        "topics": list(repository.record.get("topics") or ()),
        "archived": bool(repository.record.get("archived")),
        "disabled": False,
        "visibility": "public",
        "default_branch": repository.branch,
    }
    parent = forge.find(repository.parent) if repository.parent else None
    if parent is not None:
        record["parent"] = record["source"] = minimal(parent, base)
    return record


def license_of(repository: SourceRepository, base: str) -> dict[str, Any] | None:
    """Return the license of a repository, None where no license was found."""
    spdx_id = repository.license_id
    if spdx_id is None:
        return None
    key = "other" if spdx_id == "NOASSERTION" else spdx_id.lower()
    return {
        "key": key,
        "name": _LICENSE_NAMES.get(spdx_id, spdx_id),
        "spdx_id": spdx_id,
        "url": None if key == "other" else f"{base}/licenses/{key}",
        "node_id": f"L_{key}",
    }


def graph(forge: ReplayForge, repository: SourceRepository) -> dict[str, Any]:
    """Return a repository as an object of GraphQL, as far as queries ask for it."""
    found = license_of(repository, "")
    parent = forge.find(repository.parent) if repository.parent else None
    languages = [
        {"size": size, "node": {"name": name}} for name, size in repository.languages().items()
    ]
    owner, name = repository.name.split("/")
    head = repository.head
    return {
        "id": repository.node_id,
        "databaseId": repository.number,
        "name": name,
        "nameWithOwner": repository.name,
        "owner": {"login": owner},
        "url": f"https://github.com/{repository.name}",
        "description": repository.text("description"),
        "licenseInfo": found
        and {"key": found["key"], "name": found["name"], "spdxId": found["spdx_id"]},
        "stargazerCount": repository.count("stargazers_count"),
        "forkCount": repository.count("forks_count"),
        "isFork": bool(repository.record.get("fork")),
        "parent": parent and {"id": parent.node_id, "nameWithOwner": parent.name},
        "isArchived": bool(repository.record.get("archived")),
        "isDisabled": False,
        "isEmpty": not head,
        **github_issues.of_repository(repository),
        "createdAt": repository.text("created_at"),
        "pushedAt": repository.text("pushed_at"),
        "diskUsage": repository.count("size"),
        "primaryLanguage": languages[0]["node"] if languages else None,
        "languages": {"totalCount": len(languages), "edges": languages},
        "repositoryTopics": {
            "nodes": [{"topic": {"name": topic}} for topic in repository.record.get("topics") or ()]
        },
        "defaultBranchRef": {
            "name": repository.branch,
            "target": {"oid": head, "committedDate": repository.text("pushed_at")},
        }
        if head
        else None,
    }


def commit_object(repository: SourceRepository, wanted: Field) -> dict[str, Any] | None:
    """Return the commit that a query asks for, with the blame of the file that it names.

    All lines came with one commit, but those that the record names: ``introduced`` is an object of
    paths, each with a list of ``[first line, last line, commit, date]``.
    """
    asked = next((field for field in wanted.selection if field.name == "object"), None)
    if asked is None or asked.arguments.get("oid") != repository.head:
        return None
    blame = next((field for field in asked.selection if field.name == "blame"), None)
    path = str(blame.arguments.get("path")) if blame else ""
    if path not in repository.files:
        return {"oid": repository.head, "blame": None}
    lines = repository.read(path).count(b"\n") + 1
    introduced = (repository.record.get("introduced") or {}).get(path)
    ranges = introduced or [[1, lines, repository.head, repository.text("created_at")]]
    return {
        "oid": repository.head,
        "blame": {
            "ranges": [
                {"startingLine": first, "endingLine": last,
                 "commit": {"oid": commit, "committedDate": date}}
                for first, last, commit, date in ranges
            ]
        },
    }  # fmt: skip


def _owner(login: str, base: str) -> dict[str, Any]:
    return {"login": login, "id": len(login), "type": "User", "url": f"{base}/users/{login}"}
