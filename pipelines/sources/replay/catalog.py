"""What a replayed hub serves: models and datasets with their files, changeable while it runs."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from miner.pipelines.sources.records.values import storable
from miner.pipelines.sources.replay.forge import ReplayForge
from miner.pipelines.sources.replay.history import History

Content = bytes | Callable[[], bytes]
"""A file's bytes, or how to read them."""

CARD = "README.md"
CURRENT = ""
"""Stands for the current revision as the key of a file."""

_MAX_DEPTH = 100
_MAX_BITS = 63

_HUB_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository, and the date of the answer that it came in, UTC without zone."""

    content: Content
    observed_at: datetime | None = None

    def read(self) -> bytes:
        """Return the bytes."""
        return self.content if isinstance(self.content, bytes) else self.content()


FileKey = tuple[str, str]
"""(revision, path); the revision is ``CURRENT`` where it is not known."""


@dataclass(frozen=True, slots=True)
class Repo:
    """One model or dataset. Never changed: a change makes a new one.

    Attributes:
        source: The record as it was given.
        record: The record as it is served: without private fields, with ``_id`` and ``sha``;
            ``siblings`` with names only.
        siblings: All that is known of the files, by name; None where no list is known.
        files: The files held.
        observed_at: Date of the answer that the record came in, UTC without zone.
    """

    source: Mapping[str, Any]
    record: Mapping[str, Any]
    siblings: Mapping[str, Mapping[str, Any]] | None
    files: Mapping[FileKey, HubFile]
    observed_at: datetime | None

    @property
    def sha(self) -> str:
        """Current revision."""
        return str(self.record["sha"])

    def revision(self, text: str) -> str | None:
        """Return the full revision that a name or a shortened sha means, or None."""
        if text in {"main", "refs/heads/main"}:
            return self.sha
        known = {self.sha, *(revision for revision, _ in self.files if revision)}
        if text in known:
            return text
        return next((sha for sha in sorted(known) if len(text) >= 7 and sha.startswith(text)), None)

    def file(self, revision: str, path: str) -> HubFile | None:
        """Return a file of a full revision, or None."""
        found = self.files.get((revision, path))
        if found is None and revision == self.sha:
            found = self.files.get((CURRENT, path))
        return found


@dataclass(slots=True)
class Order:
    """The repositories of a shelf in one order; ``keys`` are (sort value or None, ``_id``)."""

    keys: list[tuple[Any, str]] = field(default_factory=list)
    repos: list[Repo] = field(default_factory=list)


class Shelf:
    """All models, or all datasets. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._repos: dict[str, Repo] = {}
        self._folded: dict[str, str] = {}
        self._redirects: dict[str, str] = {}
        self._orders: dict[tuple[str, bool], Order] = {}

    def __len__(self) -> int:
        return len(self._repos)

    def put(
        self,
        source: Mapping[str, Any],
        *,
        files: Mapping[FileKey, HubFile] | None = None,
        observed_at: datetime | None = None,
    ) -> None:
        """Add a repository or replace its record; files held stay, those given are added."""
        source = _sendable(source)
        with self._lock:
            name = str(source["id"])
            before = self._repos.get(name)
            all_files = {**(before.files if before else {}), **(files or {})}
            self._repos[name] = _make_repo(source, all_files, observed_at)
            self._folded[name.lower()] = name
            self._redirects.pop(name, None)
            self._orders.clear()

    def put_file(self, name: str, path: str, content: Content, revision: str = CURRENT) -> None:
        """Give a repository another file, at its current revision or an older one.

        Raises:
            KeyError: There is no such repository.
        """
        with self._lock:
            repo = self._repos[name]
            added = {(revision, path): HubFile(content)}
            self.put(repo.source, files=added, observed_at=repo.observed_at)

    def remove(self, name: str) -> None:
        """Take a repository away.

        Raises:
            KeyError: There is no such repository.
        """
        with self._lock:
            del self._repos[name]
            if self._folded.get(name.lower()) == name:
                del self._folded[name.lower()]
            self._orders.clear()

    def rename(self, old: str, new: str) -> None:
        """Rename a repository; the old name redirects, identity and revision stay.

        Raises:
            KeyError: There is no such repository.
        """
        with self._lock:
            repo = self._repos[old]
            source = {**repo.source, "id": new, "author": new.split("/", maxsplit=1)[0]}
            source.update({"_id": repo.record["_id"], "sha": repo.sha})
            self.remove(old)
            self.put(source, files=repo.files, observed_at=repo.observed_at)
            self._redirects[old] = new

    def redirect(self, old: str, new: str) -> None:
        """Let an old name lead to a new one."""
        with self._lock:
            self._redirects[old] = new

    def find(self, name: str) -> Repo | str | None:
        """Return a repository, the name to go to instead, or None."""
        with self._lock:
            if name in self._repos:
                return self._repos[name]
            return self._redirects.get(name) or self._folded.get(name.lower())

    def order(self, sort: str, *, descending: bool) -> Order:
        """Return all repositories sorted by a field, then ``_id``; without the field last."""
        with self._lock:
            if (sort, descending) not in self._orders:
                self._orders[sort, descending] = _sorted(self._repos.values(), sort, descending)
            return self._orders[sort, descending]


class Catalog:
    """Models, datasets and repositories.

    Attributes:
        models: The models.
        datasets: The datasets.
        forge: The repositories of a GitHub.
        histories: The past of models, by their names.
        hubs: Models of the hubs that carry their own replay, by the hub's name.
        date: Date of answers that hold no record, UTC without zone; None: now.
    """

    def __init__(self) -> None:
        self.models = Shelf()
        self.datasets = Shelf()
        self.forge = ReplayForge()
        self.histories: dict[str, History] = {}
        self.hubs: defaultdict[str, Shelf] = defaultdict(Shelf)
        self.date: datetime | None = None

    def shelf(self, kind: str) -> Shelf:
        """Return the shelf for ``models`` or ``datasets``, as in paths of the hub."""
        return self.models if kind == "models" else self.datasets

    def put_model(self, record: Mapping[str, Any]) -> None:
        """Add a model or replace its record."""
        self.models.put(record)

    def remove_model(self, name: str) -> None:
        """Take a model away."""
        self.models.remove(name)

    def rename_model(self, old: str, new: str) -> None:
        """Rename a model; the old name redirects."""
        self.models.rename(old, new)

    def put_history(self, name: str, history: History, *, keep_sha: bool = False) -> None:
        """Give a model a past: its newest commit is the head, and the files of each are served.

        Args:
            name: The model.
            history: Its past.
            keep_sha: The head is what the record says, whatever the newest commit is.

        Raises:
            KeyError: There is no such model.
        """
        repo = self.models.find(name)
        if not isinstance(repo, Repo):
            raise KeyError(name)
        self.histories[name] = history
        for commit in history.commits:
            for path, content in (commit.get("files") or {}).items():
                file = repo.file(repo.sha, path)
                if content is True and file is not None:
                    commit["files"] = commit["files"] | {path: file.read()}
        if history.head is not None and not keep_sha:
            self.models.put({**repo.source, "sha": history.head}, observed_at=repo.observed_at)
        for place, commit in enumerate(history.commits):
            for path, (content, _) in history.files(place).items():
                if isinstance(content, bytes):
                    self.models.put_file(name, path, content, str(commit["id"]))

    def put_card(self, name: str, card: bytes) -> None:
        """Give a model another card."""
        self.models.put_file(name, CARD, card)

    def saw(self, date: datetime | None) -> None:
        """Let answers be at least as late as a date."""
        if date is not None and (self.date is None or date > self.date):
            self.date = date


SORTS: dict[str, type] = {
    "createdAt": str,
    "lastModified": str,
    "downloads": float,
    "likes": float,
    "trendingScore": float,
    "id": str,
}
"""Fields to sort by, with the type of their values: dates are text of one form."""


def sort_value(record: Mapping[str, Any], sort: str) -> str | float | None:
    """Return the value to sort a record by, or None if it has none that can be used."""
    value = record.get(sort)
    if sort in {"createdAt", "lastModified"}:
        return _hub_date(value)
    if SORTS[sort] is str:
        return str(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _hub_date(value: Any) -> str | None:
    """Return a date in the form of the hub, whose texts sort like the dates."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    if _HUB_DATE.fullmatch(value):
        return value
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _sorted(repos: Iterable[Repo], sort: str, descending: bool) -> Order:
    keyed: list[tuple[Any, str, Repo]]
    keyed = [(sort_value(repo.record, sort), repo.record["_id"], repo) for repo in repos]
    keyed.sort(key=lambda item: item[1])
    present = [item for item in keyed if item[0] is not None]
    present.sort(key=lambda item: item[0], reverse=descending)  # stable: _id stays ascending
    ordered = present + [item for item in keyed if item[0] is None]
    return Order([item[:2] for item in ordered], [item[2] for item in ordered])


def _sendable(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record that JSON can be made of: Python reads more than can be written."""
    try:
        orjson.dumps(source)
    except TypeError:
        found: dict[str, Any] = _sent(source, _MAX_DEPTH)
        return found
    return source


def _sent(value: Any, depth: int) -> Any:
    """Return a value without halves of surrogate pairs, integers beyond 64 bits, and depths."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _sent(one, depth - 1) for key, one in value.items() if depth}
    if isinstance(value, list):
        return [_sent(one, depth - 1) for one in value if depth]
    is_large = type(value) is int and value.bit_length() > _MAX_BITS
    return None if is_large else value


def _make_repo(
    source: Mapping[str, Any], files: Mapping[FileKey, HubFile], observed_at: datetime | None
) -> Repo:
    name = str(source["id"])
    record = {key: value for key, value in source.items() if key == "_id" or key[:1] != "_"}
    for key in ("createdAt", "lastModified"):
        if date := _hub_date(record.get(key)):
            record[key] = date  # clients of the hub read no other form
    if "/" in name:
        record.setdefault("author", name.split("/", maxsplit=1)[0])
    siblings = _siblings(source.get("siblings"), files)
    if siblings is not None:
        record["siblings"] = [{"rfilename": path} for path in siblings]
    if not record.get("sha"):
        digest = hashlib.sha1(
            orjson.dumps(record, option=orjson.OPT_SORT_KEYS), usedforsecurity=False
        )
        if (CURRENT, CARD) in files:
            digest.update(files[CURRENT, CARD].read())
        record["sha"] = digest.hexdigest()
    if not record.get("_id"):
        record["_id"] = _object_id(name, record.get("createdAt"))
    return Repo(source, record, siblings, files, observed_at)


def _siblings(
    siblings: Any, files: Mapping[FileKey, HubFile]
) -> dict[str, Mapping[str, Any]] | None:
    named: dict[str, Mapping[str, Any]] = {
        str(item["rfilename"]): item
        for item in (siblings if isinstance(siblings, list) else [])
        if isinstance(item, dict) and "rfilename" in item
    }
    for _, path in sorted(files):
        named.setdefault(path, {"rfilename": path})
    return named if named or isinstance(siblings, list) else None


def _object_id(name: str, created_at: Any) -> str:
    """Return an id like the hub's: 4 bytes of creation time, 8 of the name."""
    seconds = "ffffffff"
    if text := _hub_date(created_at):
        seconds = f"{int(datetime.fromisoformat(text).timestamp()) & 0xFFFFFFFF:08x}"
    return seconds + hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:16]
