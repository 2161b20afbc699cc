"""The past of models, as a replayed hub serves it: commits with their files, refs, discussions.

A line of ``history.jsonl`` in a folder is the past of one model::

    {"id": "owner/name",
     "commits": [{"id": sha, "title": …, "message": …, "authors": ["login"], "date": …,
                  "files": {"README.md": text, "config.json": text}}, …],
     "refs": {"branches": […], "tags": […], "converts": […], "pullRequests": […]},
     "discussions": [{"num": 1, "title": …, "status": …, "events": […], …}, …]}

Commits are newest first, and the first is the model's head; ``files`` are those that a commit
changed, with their text: null where it deleted one, true where it is the model's present file.
Discussions are as the hub sends single ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Blob:
    """A file whose bytes are not known: git's sha of them, and their number."""

    oid: str
    size: int


@dataclass(slots=True)
class History:
    """The past of one model. A test may change it while it is served."""

    commits: list[dict[str, Any]] = field(default_factory=list)
    refs: dict[str, Any] | None = None
    discussions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def head(self) -> str | None:
        """The newest commit."""
        return str(self.commits[0]["id"]) if self.commits else None

    def at(self, revision: str) -> int | None:
        """Return the place of a commit, by its sha or the beginning of it, or by ``main``."""
        if revision in {"main", "refs/heads/main"}:
            return 0 if self.commits else None
        return next(
            (
                place
                for place, commit in enumerate(self.commits)
                if len(revision) >= 7 and str(commit["id"]).startswith(revision)
            ),
            None,
        )

    def files(self, place: int) -> dict[str, tuple[bytes | Blob, dict[str, Any]]]:
        """Return the files at a commit: the bytes of each, and the commit that changed it last."""
        found: dict[str, tuple[bytes | Blob, dict[str, Any]]] = {}
        for commit in reversed(self.commits[place:]):
            for path, content in (commit.get("files") or {}).items():
                if content is None:
                    found.pop(path, None)
                else:
                    found[path] = (_bytes(content), commit)
        return found


def read_history(record: Mapping[str, Any]) -> History:
    """Return the past that a line of ``history.jsonl`` tells of."""
    return History(
        list(record.get("commits") or ()), record.get("refs"), list(record.get("discussions") or ())
    )


def _bytes(content: object) -> bytes | Blob:
    return content if isinstance(content, bytes | Blob) else str(content).encode()
