"""Read an archive into a catalog: the newest state of every model and dataset, and the files."""

from __future__ import annotations

import functools
import logging
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.hubs import hub_modules
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.replay.archived_files import ArchivedRepositories
from miner.pipelines.sources.replay.archived_history import ArchivedHistories
from miner.pipelines.sources.replay.catalog import Catalog, FileKey, HubFile, Shelf
from miner.schema.vocab import AnswerKind

_RECORD = re.compile(r"/api/(models|datasets)/((?:[^/]+/)?[^/]+?)(?:/revision/[^/]+)?")
_LISTING = re.compile(r"/api/(models|datasets)")
_FILE = re.compile(r"/(datasets/)?((?:[^/]+/)?[^/]+)/resolve/([^/]+)/(.+)")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seen:
    """What the answers read so far say of one kind."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    dates: dict[str, datetime] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    files: defaultdict[str, dict[FileKey, HubFile]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, record: Any, date: datetime) -> None:
        """Take a record in; its fields replace those of earlier answers, others stay."""
        name = record.get("id") if isinstance(record, dict) else None
        if not isinstance(name, str) or not name:
            return
        identity = record.get("_id")
        before = self.names.get(identity, name) if isinstance(identity, str) else name
        known = self.records.pop(before, {})
        if before != name:
            self.redirects[before] = name
        if isinstance(identity, str):
            self.names[identity] = name
        self.records[name] = {**known, **record}
        self.dates[name] = date

    def forget(self, name: str) -> None:
        """Take out what the hub no longer has."""
        self.records.pop(name, None)


def add_archive(catalog: Catalog, archive: ArchiveReader) -> None:
    """Add everything an archive holds to a catalog; file contents are read when asked for."""
    seen = {"models": _Seen(), "datasets": _Seen()}
    repositories, histories = ArchivedRepositories(), ArchivedHistories()
    others = hub_modules("replay")
    for place, answer in archive.scan():
        if not answer.status:  # what miner itself decided
            continue
        catalog.saw(answer.observed_at)
        if module := others.get(answer.context.get("hub", "")):
            module.add_answer(catalog.hubs[answer.context["hub"]], answer)
            continue
        if histories.add(answer) or repositories.add(archive, place, answer):
            continue
        path = urlsplit(answer.url).path
        if answer.kind == AnswerKind.FILE:
            _add_file(seen, archive, place, answer, path)
        elif found := _LISTING.fullmatch(path):
            for record in _parsed(answer, place, list):
                seen[found[1]].add(record, answer.observed_at)
        elif found := _RECORD.fullmatch(path):
            _add_record(seen[found[1]], unquote(found[2]), answer, place)
    repositories.put_into(catalog.forge)
    for kind, state in seen.items():
        _put_all(catalog.shelf(kind), state)
    histories.put_into(catalog)


def _put_all(shelf: Shelf, state: _Seen) -> None:
    for name, record in state.records.items():
        shelf.put(record, files=state.files.get(name), observed_at=state.dates[name])
    for old, new in state.redirects.items():
        if new in state.records and old not in state.records:
            shelf.redirect(old, new)


def _add_record(state: _Seen, name: str, answer: ReceivedAnswer, place: Location) -> None:
    if answer.status == 404 or (answer.status == 401 and "x-error-code" not in answer.headers):
        state.forget(name)
    record = _parsed(answer, place, dict)
    if record:
        state.add(record, answer.observed_at)
        if record.get("id") != name:
            state.redirects[name] = str(record.get("id"))


def _add_file(
    seen: dict[str, _Seen],
    archive: ArchiveReader,
    place: Location,
    answer: ReceivedAnswer,
    path: str,
) -> None:
    is_kept = answer.status == 200 or (answer.status == 206 and "head" in answer.context)
    if not is_kept or "cut" in answer.context:
        return  # "cut": too large, its bytes were not kept; of a "head" these are all there are
    found = _FILE.fullmatch(path)
    if found is not None:
        kind = "datasets" if found[1] else "models"
        name, revision, file = (unquote(part) for part in found.groups()[1:])
    elif {"name", "revision", "path"} <= set(answer.context):
        # its bytes came from where the hub redirects to: what was asked for is in the context
        kind = f"{answer.context.get('subject', 'model')}s"
        name, revision, file = (answer.context[key] for key in ("name", "revision", "path"))
        file = answer.context.get("file", file)
    else:
        return
    content = functools.partial(_body, archive, place)
    seen[kind].files[name][revision, file] = HubFile(content, answer.observed_at)


def _body(archive: ArchiveReader, place: Location) -> bytes:
    return archive.read(place.segment, place.offset).body


def _parsed(answer: ReceivedAnswer, place: Location, shape: type) -> Any:
    """Return the JSON of a good answer, or an empty value of the shape expected."""
    if answer.status != 200:
        return shape()
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        logger.warning("%s at byte %d: no JSON: %s", place.segment, place.offset, error)
        return shape()
    return value if isinstance(value, shape) else shape()
