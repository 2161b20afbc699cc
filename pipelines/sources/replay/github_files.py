"""A repository's commits, root, tree and blobs, as GitHub's REST API gives them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from miner.pipelines.sources.replay.forge import SourceRepository, blob_sha


def read(held: SourceRepository, rest: str, query: Mapping[str, str]) -> Any:
    """Return what stands at an address below a repository's, None where there is nothing.

    Args:
        held: The repository.
        rest: Its path behind the repository's.
        query: ``sha`` or ``ref`` say which commit; only the head is held.
    """
    asked = query.get("sha") or query.get("ref") or held.branch
    if rest.startswith("/git/blobs/"):
        return _blob(held, rest.removeprefix("/git/blobs/"))
    if rest.startswith("/git/trees/"):
        asked = rest.removeprefix("/git/trees/")
    if asked not in {held.head, held.branch, "HEAD"}:
        return None
    if rest == "/commits":
        date = held.text("pushed_at")
        person = {"name": "a person", "date": date}
        return [{"sha": held.head, "commit": {"message": "", "committer": person}}]
    if rest in {"/contents", "/contents/"}:
        return [_entry(held, path) for path in sorted(held.files) if "/" not in path]
    if rest.startswith("/git/trees/"):
        tree = [_leaf(held, path) for path in sorted(held.files)]
        return {"sha": held.head, "tree": tree, "truncated": False}
    return None


def _entry(held: SourceRepository, path: str) -> dict[str, Any]:
    data = held.read(path)
    return {"name": path, "path": path, "sha": blob_sha(data), "size": len(data), "type": "file"}


def _leaf(held: SourceRepository, path: str) -> dict[str, Any]:
    data = held.read(path)
    sha = blob_sha(data)
    return {"path": path, "mode": "100644", "type": "blob", "size": len(data), "sha": sha}


def _blob(held: SourceRepository, sha: str) -> dict[str, Any] | None:
    for path in held.files:
        data = held.read(path)
        if blob_sha(data) == sha:
            content = base64.encodebytes(data).decode()
            return {"sha": sha, "size": len(data), "encoding": "base64", "content": content}
    return None
