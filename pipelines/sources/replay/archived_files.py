"""Repositories that a hub was read from, out of an archive: enough of a GitHub to read it again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.replay.forge import BLOCKED, GONE, REFUSED, ReplayForge

_KEPT = (
    "full_name", "id", "node_id", "license", "default_branch", "pushed_at", "created_at",
    "archived", "description", "stargazers_count", "forks_count", "topics",
)  # fmt: skip
_STATES = {403: REFUSED, 404: GONE, 451: BLOCKED}


class ArchivedRepositories:
    """Gathers what an archive has of repositories; later answers replace earlier ones."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, Any]] = {}
        self._files: dict[str, dict[str, Callable[[], bytes]]] = {}

    def add(self, archive: ArchiveReader, place: Location, answer: ReceivedAnswer) -> bool:
        """Take an answer in; return whether it is one on a repository that a hub is read from."""
        asked = answer.context.get("repository")
        if "need" not in answer.context or asked is None:
            return False
        if answer.context.get("about") == "repository":
            self._add_record(asked, answer)
        elif "path" in answer.context and answer.status == 200 and "cut" not in answer.context:
            known = self._records.setdefault(asked, {"full_name": asked})
            if known.get("head_commit") != answer.context["commit"]:
                self._files[asked] = {}  # of another commit
            known["head_commit"] = answer.context["commit"]
            content = partial(_body, archive, place)
            self._files.setdefault(asked, {})[answer.context["path"]] = content
        return True

    def put_into(self, forge: ReplayForge) -> None:
        """Put them into a forge."""
        for asked, record in self._records.items():
            name = str(record["full_name"])
            if name.lower() != asked.lower():
                record = {**record, "renamed_from": [asked]}  # noqa: PLW2901 - the same with more
            files = self._files.get(asked)
            if files or forge.find(name) is None:
                forge.put(record, dict(files or {}))

    def _add_record(self, asked: str, answer: ReceivedAnswer) -> None:
        known = self._records.get(asked, {"full_name": asked})
        commit = {key: known[key] for key in ("head_commit",) if key in known}
        if answer.status in _STATES:
            self._records[asked] = {**known, "state": _STATES[answer.status]}
            return
        try:
            record = orjson.loads(answer.body) if answer.status == 200 else None
        except orjson.JSONDecodeError:
            record = None
        if isinstance(record, dict) and isinstance(record.get("full_name"), str):
            self._records[asked] = {key: record[key] for key in _KEPT if key in record} | commit


def _body(archive: ArchiveReader, place: Location) -> bytes:
    return archive.read(place.segment, place.offset).body
