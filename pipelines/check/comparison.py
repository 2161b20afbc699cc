"""What changed in a project since an earlier report of it: new, gone, fixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from miner.errors import ConfigurationError

MAX_BYTES = 200_000_000
_PARTS = (("model", "models"), ("dataset", "datasets"))
_CONSISTENT = "consistent"


@dataclass(frozen=True, slots=True)
class Change:
    """A model, dataset or finding that one of two reports has.

    Attributes:
        kind: model, dataset, hosted, finding, or policy for what the policy alone fails or warns
            of.
        hub: Of the subject; the service of a hosted model; empty for the project itself.
        subject: Name of what it is about.
        code: Reason or finding; empty for a model or dataset.
        level: Verdict of a finding or model; level of what the policy says.
        place: ``path:line`` where it is new, else as it was.
    """

    kind: str
    hub: str
    subject: str
    code: str = ""
    level: str = ""
    place: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is the same in both reports."""
        return self.kind, self.hub, self.subject.lower(), self.code


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports on one project.

    Attributes:
        name: Of the project in the earlier report.
        created: When that was written, UTC.
        commit: Its commit, or empty.
        new: What is only in this report.
        gone: Models and datasets that are only in the earlier one.
        fixed: Findings that are only in the earlier one, of what the project still uses.
        unchanged_count: Findings that both have.
    """

    name: str
    created: str
    commit: str
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    fixed: tuple[Change, ...]
    unchanged_count: int

    def is_new(self, hub: str, subject: str, code: str) -> bool:
        """Return whether a finding, or what the policy says, is new."""
        return any(
            (one.hub, one.subject.lower(), one.code) == (hub, subject.lower(), code)
            for one in self.new
        )


def read_earlier(path: Path) -> dict[str, Any]:
    """Return a report that ``miner check --format json`` wrote.

    Raises:
        ConfigurationError: It is none, or cannot be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes")
        read = orjson.loads(path.read_bytes())
        if not isinstance(read, dict) or read.get("format_version") != 1:
            raise ValueError("no JSON report of a check")
        if not isinstance(read.get("models"), list):
            raise ValueError("it has no models")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(
            f"{path} cannot be compared with: {why}",
            next_step="write one with miner check . --write json=OLD.json",
        ) from error
    return read


def compare(earlier: dict[str, Any], now: dict[str, Any]) -> Comparison:
    """Return what changed between two reports, as their JSON has them.

    Args:
        earlier: As ``read_earlier`` returns it.
        now: The same of this check.
    """
    before = {one.key: one for one in _changes(earlier)}
    after = {one.key: one for one in _changes(now)}
    lost = [one for key, one in before.items() if key not in after]
    gone = [one for one in lost if not one.code]
    names = {(one.hub, one.subject.lower()) for one in gone}
    fixed = [one for one in lost if one.code and (one.hub, one.subject.lower()) not in names]
    return Comparison(
        name=_text(earlier.get("name")),
        created=_text(earlier.get("created")),
        commit=_text(earlier.get("commit")),
        new=tuple(one for key, one in after.items() if key not in before),
        gone=tuple(gone),
        fixed=tuple(fixed),
        unchanged_count=sum(1 for key, one in after.items() if one.code and key in before),
    )


def _changes(report: dict[str, Any]) -> Iterator[Change]:
    for kind, part in _PARTS:
        for one in _objects(report.get(part)):
            hub, subject = _text(one.get("hub")), _text(one.get("resolved"))
            place = _place(one.get("sites"))
            yield Change(kind, hub, subject, "", _text(one.get("verdict")), place)
            for found in _objects(one.get("findings") or [one.get("finding")]):
                yield from _finding(hub, subject, found, place)
    for one in _objects(report.get("hosted")):
        yield Change("hosted", _text(one.get("service")), _text(one.get("name")),
                     place=_place(one.get("sites")))  # fmt: skip
    for one in _objects(report.get("findings")):
        finding = one.get("finding")
        if isinstance(finding, dict):
            place = f"{_text(one.get('path'))}:{one.get('line')}"
            yield from _finding("", _text(report.get("name")), finding, place)
    gate = report.get("gate")
    for one in _objects(gate.get("items") if isinstance(gate, dict) else None):
        if one.get("is_policy") and one.get("level") != "waived":
            yield Change("policy", _text(one.get("hub")), _text(one.get("subject")),
                         _text(one.get("code")), _text(one.get("level")),
                         f"{_text(one.get('path'))}:{one.get('line')}")  # fmt: skip


def _finding(hub: str, subject: str, found: dict[str, Any], place: str) -> Iterator[Change]:
    if found.get("verdict") != _CONSISTENT:
        yield Change(
            "finding", hub, subject, _text(found.get("reason")), _text(found.get("verdict")), place
        )


def _objects(value: object) -> Iterable[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _place(sites: object) -> str:
    first = next(iter(_objects(sites)), None)
    return f"{_text(first.get('path'))}:{first.get('line')}" if first else ""
