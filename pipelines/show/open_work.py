"""Sweeps and runs: the last ones, and what they left to do with the command that goes on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from miner.db.session import lock_holder
from miner.pipelines.crawl.files import FileChoice, wanted_ids
from miner.pipelines.crawl.run import CrawlChoice
from miner.pipelines.intake.files import CARD
from miner.pipelines.scan.scan_rows import wanted_scans
from miner.pipelines.sources.hubs.protocol import Window
from miner.schema.tables import (
    CrawlCursor,
    FetchedFile,
    Hub,
    ModelDataset,
    ModelEdge,
    RejectedRecord,
    Repository,
    Run,
    SearchBin,
    Sweep,
)
from miner.schema.vocab import BinState, FileState, RunState
from miner.settings import Settings

Part = dict[str, Any]
SHOWN = 10
_DEFAULTS = CrawlChoice(Window())
_BOUNDS = ("since", "until", "modified_since", "limit", "seed_date")


def last_runs(connection: Connection) -> list[Part]:
    """Return the last runs, newest first."""
    rows = connection.execute(
        select(
            Run.command, Run.arguments, Run.code_version, Run.started_at, Run.ended_at, Run.state,
            Run.report,
        )
        .order_by(Run.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def last_sweeps(connection: Connection) -> list[Part]:
    """Return the last sweeps, newest first, finished or not."""
    rows = connection.execute(
        select(
            Sweep.name, Hub.name.label("hub"), Sweep.subject, Sweep.kind, Sweep.window,
            Sweep.started_at, Sweep.ended_at, Sweep.page_count, Sweep.record_count,
            Sweep.rejected_count, Sweep.is_complete,
        )
        .join(Hub, Hub.id == Sweep.hub_id)
        .order_by(Sweep.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def left(connection: Connection, settings: Settings) -> Part:
    """Return what is left to do; cards count as wanted as the last crawl's arguments say."""
    crawl = _last_crawl(connection)
    since, until = _window_of(crawl)
    window = Window(since=since, until=until)
    asked = crawl["arguments"] if crawl else {}
    choice = FileChoice(
        asked.get("min_downloads", _DEFAULTS.min_downloads),
        asked.get("configs", _DEFAULTS.configs),
        window,
    )
    is_asked = [] if asked.get("hub") in {None, "all"} else [Hub.name == asked["hub"]]
    hubs = connection.scalars(select(Hub.id).where(*is_asked)).all()
    failed = connection.execute(
        select(FetchedFile.path, func.count())
        .where(FetchedFile.state == FileState.FAILED.value)
        .group_by(FetchedFile.path)
        .order_by(FetchedFile.path)
    )
    return {
        "writing_process": lock_holder(settings),
        "broken_off": _broken_off(crawl),
        "sweeps": _unfinished(connection),
        "cards_wanted": {
            "count": sum(len(wanted_ids(connection, hub, CARD, choice)) for hub in hubs),
            "min_downloads": choice.min_downloads,
            "since": since,
            "until": until,
        },
        "files_failed": {str(path): int(count) for path, count in failed},
        "set_aside": _set_aside(connection),
        "searches_open": _count(connection, SearchBin.state == BinState.OPEN.value),
        "repositories_not_asked": _count(connection, Repository.sweep_id.is_(None)),
        "scans_wanted": len(wanted_scans(connection, since)),
        "bases_not_held": _open(connection, ModelEdge.parent, ModelEdge.parent_id),
        "datasets_not_held": _open(connection, ModelDataset.dataset, ModelDataset.dataset_id),
    }


def command_of(arguments: Mapping[str, Any]) -> str:
    """Return the crawl that was asked for as a command to type; defaults are left out."""
    words = ["miner crawl"]
    for name in _BOUNDS:
        if arguments.get(name) is not None:
            words.append(f"--{name.replace('_', '-')} {_short(arguments[name])}")
    for name in ("seed", "repositories"):
        if arguments.get(name) is not None:
            words.append(f"--{name} {shlex.quote(str(arguments[name]))}")
    for name in ("min_downloads", "configs", "lookups_from"):
        if name in arguments and arguments[name] != getattr(_DEFAULTS, name):
            words.append(f"--{name.replace('_', '-')} {arguments[name]}")
    if arguments.get("hub") not in {None, "all"}:
        words.append(f"--hub {arguments['hub']}")
    switches = {"datasets": True, "github": None, "search": True, "export": True}
    for name, default in switches.items():
        flag = arguments.get(name, default)
        if flag is not None and flag is not default:
            words.append(f"--{name}" if flag else f"--no-{name}")
    return " ".join(words)


def _short(value: object) -> str:
    """Return a bound as it is typed: a day without its midnight."""
    text = str(value).replace(" ", "T")
    return text.removesuffix("T00:00:00")


def _window_of(crawl: Part | None) -> tuple[datetime | None, datetime | None]:
    """Return the window of a crawl; outside it cards are not wanted."""
    arguments = crawl["arguments"] if crawl else {}
    return _moment(arguments.get("since")), _moment(arguments.get("until"))


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _last_crawl(connection: Connection) -> Part | None:
    row = connection.execute(
        select(Run.state, Run.arguments, Run.started_at, Run.ended_at)
        .where(Run.command == "crawl")
        .order_by(Run.id.desc())
        .limit(1)
    )
    found = row.mappings().first()
    return dict(found) if found else None


def _broken_off(crawl: Part | None) -> Part | None:
    """Return the last crawl if it did not reach its end; it may be under way."""
    if crawl is None or crawl["state"] == RunState.FINISHED.value:
        return None
    return {
        "state": crawl["state"],
        "started_at": crawl["started_at"],
        "command": command_of(crawl["arguments"]),
    }


def _unfinished(connection: Connection) -> list[Part]:
    rows = connection.execute(
        select(
            Sweep.name, Sweep.kind, Sweep.window, Sweep.started_at, Sweep.record_count,
            CrawlCursor.page, CrawlCursor.phase, Run.arguments,
        )
        .join(CrawlCursor, CrawlCursor.sweep_id == Sweep.id)
        .outerjoin(Run, Run.id == Sweep.run_id)
        .order_by(Sweep.id)
    )  # fmt: skip
    found = []
    for row in rows.mappings():
        fact = {key: value for key, value in row.items() if key != "arguments"}
        found.append({**fact, "command": command_of(row["arguments"] or row["window"])})
    return found


def _set_aside(connection: Connection) -> list[Part]:
    """Return how often records and fields were set aside, of how many names, and why."""
    table = RejectedRecord
    is_field = (table.field != "").label("is_field")
    names = func.count(table.name.distinct())  # every sweep meets the same field again
    rows = connection.execute(
        select(table.subject, is_field, table.reason, func.count(), names)
        .group_by(table.subject, is_field, table.reason)
        .order_by(func.count().desc(), table.subject, table.reason)
    )
    return [
        {"subject": subject, "part": "field" if field else "record", "reason": reason,
         "count": count, "names": named}
        for subject, field, reason, count, named in rows
    ]  # fmt: skip


def _count(connection: Connection, condition: Any) -> int:
    return int(connection.scalar(select(func.count()).where(condition)) or 0)


def _open(connection: Connection, name: Any, key: Any) -> int:
    """Return how many declared names lead to nothing that is stored."""
    return int(connection.scalar(select(func.count(name.distinct())).where(key.is_(None))) or 0)
