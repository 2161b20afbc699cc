"""A repository's commits, root, tree and blobs, as GitHub's REST API gives them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from miner.pipelines.sources.replay.forge import SourceRepository, blob_sha


def read(repository: SourceRepository, rest: str, query: Mapping[str, str]) -> Any:
    """Return what stands at an address below a repository's, None where there is nothing.

    Args:
        repository: The repository.
        rest: Its path behind the repository's.
        query: ``sha`` or ``ref`` say which commit; only the head is held.
    """
    asked = query.get("sha") or query.get("ref") or repository.branch
    if rest.startswith("/git/blobs/"):
        return _blob(repository, rest.removeprefix("/git/blobs/"))
    if rest.startswith("/git/trees/"):
        asked = rest.removeprefix("/git/trees/")
    if asked not in {repository.head, repository.branch, "HEAD"}:
        return None
    if rest == "/commits":
        date = repository.text("pushed_at")
        person = {"name": "a person", "date": date}
        return [{"sha": repository.head, "commit": {"message": "", "committer": person}}]
    if rest in {"/contents", "/contents/"}:
        return [_entry(repository, path) for path in sorted(repository.files) if "/" not in path]
    if rest.startswith("/git/trees/"):
        tree = [_leaf(repository, path) for path in sorted(repository.files)]
        return {"sha": repository.head, "tree": tree, "truncated": False}
    return None


def _entry(repository: SourceRepository, path: str) -> dict[str, Any]:
    data = repository.read(path)
    return {"name": path, "path": path, "sha": blob_sha(data), "size": len(data), "type": "file"}


def _leaf(repository: SourceRepository, path: str) -> dict[str, Any]:
    data = repository.read(path)
    sha = blob_sha(data)
    return {"path": path, "mode": "100644", "type": "blob", "size": len(data), "sha": sha}


def _blob(repository: SourceRepository, sha: str) -> dict[str, Any] | None:
    for path in repository.files:
        data = repository.read(path)
        if blob_sha(data) == sha:
            content = base64.encodebytes(data).decode()
            return {"sha": sha, "size": len(data), "encoding": "base64", "content": content}
    return None
