"""The past of models out of an archive: enough of it to be crawled again."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.history import Blob, History
from miner.schema.vocab import AnswerKind

_LATER_PAGE = re.compile(r"(?:^|&)p=[1-9]")


@dataclass(slots=True)
class _ArchivedPast:
    """What the answers read so far say of one model."""

    commits: dict[str, dict[str, Any]] = field(default_factory=dict)
    older: dict[str, dict[str, Any]] = field(default_factory=dict)
    refs: dict[str, Any] | None = None
    listed: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    entries: dict[tuple[str, str], Blob] = field(default_factory=dict)
    cards: dict[str, bytes] = field(default_factory=dict)

    def history(self) -> History:
        """Return it as it is served."""
        commits = {**self.commits, **{k: v for k, v in self.older.items() if k not in self.commits}}
        for (sha, path), blob in self.entries.items():
            if sha in commits:
                content = self.cards.get(blob.oid, blob)
                commits[sha]["files"] = commits[sha].get("files", {}) | {path: content}
        talk = [{**item, **self.events.get(number, {})} for number, item in self.listed.items()]
        return History(list(commits.values()), self.refs, talk)


class ArchivedHistories:
    """Gathers what an archive has of models' pasts; later answers replace earlier ones."""

    def __init__(self) -> None:
        self._pasts: defaultdict[str, _ArchivedPast] = defaultdict(_ArchivedPast)

    def add(self, answer: ReceivedAnswer) -> bool:
        """Take an answer in; return whether it is one on a model's past."""
        if answer.kind != AnswerKind.HISTORY:
            return False
        if answer.status == 200 and "cut" not in answer.context:
            self._add(answer)
        return True

    def _add(self, answer: ReceivedAnswer) -> None:
        past, part = self._pasts[answer.context["name"]], answer.context["part"]
        if part == "card":
            past.cards[answer.context["blob"]] = answer.body
            return
        try:
            found = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            return
        if part in {"commits", "tree"} and isinstance(found, list):
            items = [item for item in found if isinstance(item, dict)]
            (_add_commits if part == "commits" else _add_tree)(past, items, answer)
        elif part == "refs" and isinstance(found, dict):
            past.refs = found
        elif part == "discussion" and isinstance(found, dict):
            past.events[int(answer.context["number"])] = found
        elif part == "discussions" and isinstance(found, dict):
            listed = found.get("discussions")
            for item in listed if isinstance(listed, list) else ():
                if isinstance(item, dict) and isinstance(item.get("num"), int):
                    past.listed[item["num"]] = item

    def put_into(self, catalog: Catalog) -> None:
        """Put them into a catalog whose models are there."""
        for name, past in self._pasts.items():
            if isinstance(catalog.models.find(name), Repo):
                catalog.put_history(name, past.history(), keep_sha=True)


def _add_commits(past: _ArchivedPast, items: list[dict[str, Any]], answer: ReceivedAnswer) -> None:
    """Take a page of commits in; a first page begins a list that stands before older ones."""
    if not _LATER_PAGE.search(urlsplit(answer.url).query):
        past.older = {**past.commits, **past.older}
        past.commits = {}
    for item in items:
        people = item.get("authors")
        authors = [one.get("user") for one in people or () if isinstance(one, dict)]
        past.commits[str(item.get("id"))] = {**item, "authors": authors}


def _add_tree(past: _ArchivedPast, items: list[dict[str, Any]], _: ReceivedAnswer) -> None:
    for item in items:
        last = item.get("lastCommit")
        if isinstance(last, dict) and item.get("type") == "file":
            blob = Blob(str(item.get("oid")), int(item.get("size") or 0))
            past.entries[str(last.get("id")), str(item.get("path"))] = blob
