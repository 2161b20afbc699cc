"""A repository as the REST API and GraphQL give it."""

from __future__ import annotations

from typing import Any

from miner.pipelines.sources.replay import github_issues
from miner.pipelines.sources.replay.forge import Forge, SourceRepository
from miner.pipelines.sources.replay.graphql import Field

_LICENSE_NAMES = {"Apache-2.0": "Apache License 2.0", "MIT": "MIT License", "NOASSERTION": "Other"}


def minimal(held: SourceRepository, base: str) -> dict[str, Any]:
    """Return a repository as an item of code search has it: no stars, license, dates."""
    owner, name = held.name.split("/")
    return {
        "id": held.number,
        "node_id": held.node_id,
        "name": name,
        "full_name": held.name,
        "private": False,
        "owner": _owner(owner, base),
        "html_url": f"https://github.com/{held.name}",
        "description": held.text("description"),
        "fork": bool(held.record.get("fork")),
        "url": f"{base}/repos/{held.name}",
    }


def full(forge: Forge, held: SourceRepository, base: str) -> dict[str, Any]:
    """Return a repository as its own address has it."""
    told = {
        **minimal(held, base),
        "created_at": held.text("created_at"),
        "updated_at": held.text("pushed_at"),
        "pushed_at": held.text("pushed_at"),
        "stargazers_count": held.count("stargazers_count"),
        "watchers_count": held.count("stargazers_count"),
        "forks_count": held.count("forks_count"),
        "size": held.count("size"),
        "language": next(iter(held.languages()), None),
        "license": license_of(held, base),
        "topics": list(held.record.get("topics") or ()),
        "archived": bool(held.record.get("archived")),
        "disabled": False,
        "visibility": "public",
        "default_branch": held.branch,
    }
    parent = forge.find(held.parent) if held.parent else None
    if parent is not None:
        told["parent"] = told["source"] = minimal(parent, base)
    return told


def license_of(held: SourceRepository, base: str) -> dict[str, Any] | None:
    """Return the license of a repository, None where no license was found."""
    spdx_id = held.license_id
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


def graph(forge: Forge, held: SourceRepository) -> dict[str, Any]:
    """Return a repository as an object of GraphQL, as far as queries ask for it."""
    found = license_of(held, "")
    parent = forge.find(held.parent) if held.parent else None
    languages = [{"size": size, "node": {"name": name}} for name, size in held.languages().items()]
    owner, name = held.name.split("/")
    head = held.head
    return {
        "id": held.node_id,
        "databaseId": held.number,
        "name": name,
        "nameWithOwner": held.name,
        "owner": {"login": owner},
        "url": f"https://github.com/{held.name}",
        "description": held.text("description"),
        "licenseInfo": found
        and {"key": found["key"], "name": found["name"], "spdxId": found["spdx_id"]},
        "stargazerCount": held.count("stargazers_count"),
        "forkCount": held.count("forks_count"),
        "isFork": bool(held.record.get("fork")),
        "parent": parent and {"id": parent.node_id, "nameWithOwner": parent.name},
        "isArchived": bool(held.record.get("archived")),
        "isDisabled": False,
        "isEmpty": not head,
        **github_issues.of_repository(held),
        "createdAt": held.text("created_at"),
        "pushedAt": held.text("pushed_at"),
        "diskUsage": held.count("size"),
        "primaryLanguage": languages[0]["node"] if languages else None,
        "languages": {"totalCount": len(languages), "edges": languages},
        "repositoryTopics": {
            "nodes": [{"topic": {"name": topic}} for topic in held.record.get("topics") or ()]
        },
        "defaultBranchRef": {
            "name": held.branch,
            "target": {"oid": head, "committedDate": held.text("pushed_at")},
        }
        if head
        else None,
    }


def commit_object(held: SourceRepository, wanted: Field) -> dict[str, Any] | None:
    """Return the commit that a query asks for, with the blame of the file that it names.

    All lines came with one commit, but those that the record names: ``introduced`` is an object of
    paths, each with a list of ``[first line, last line, commit, date]``.
    """
    asked = next((field for field in wanted.selection if field.name == "object"), None)
    if asked is None or asked.arguments.get("oid") != held.head:
        return None
    blame = next((field for field in asked.selection if field.name == "blame"), None)
    path = str(blame.arguments.get("path")) if blame else ""
    if path not in held.files:
        return {"oid": held.head, "blame": None}
    lines = held.read(path).count(b"\n") + 1
    told = (held.record.get("introduced") or {}).get(path)
    ranges = told or [[1, lines, held.head, held.text("created_at")]]
    return {
        "oid": held.head,
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
