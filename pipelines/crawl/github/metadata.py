"""Metadata: what GitHub says of all repositories known, in batches of GraphQL aliases.

One repository that is gone makes an error beside the good answers of its batch; it is then asked
for by itself, which tells gone from blocked. A batch that is too large for GitHub is halved.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, text

from miner.db import upsert as db
from miner.db.observations import REPOSITORY_SCHEMA, Observations
from miner.errors import RetryLater
from miner.pipelines.crawl.github.described import is_limit, query_for, read_batch, read_single
from miner.pipelines.crawl.github.search import age
from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    write_absent,
    write_repositories,
)
from miner.pipelines.intake.runs import RUN
from miner.pipelines.sources.github.answers import decoded, message_of
from miner.pipelines.sources.github.repository_records import RepositoryFacts, could_be_a_name
from miner.pipelines.sources.github.session import ForgeCrawl
from miner.pipelines.sources.http import TRANSIENT, Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import AnswerKind, RepositoryState, RunState

log = logging.getLogger(__name__)

_SWEEP = table_of(tables.RepositorySweep)
_LARGEST_BATCH = 40
_MOST_UNANSWERED = 3
_PAUSE_SECONDS = 0.5
_STALE_AFTER = timedelta(days=1)
_ABSENT_ASKED_AFTER = timedelta(days=30)
Absent = dict[str, tuple[RepositoryState, str]]


def refresh_metadata(crawl: ForgeCrawl) -> None:
    """Ask for all repositories that the present sweep has not asked for.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    sweep_id, name = _open_sweep(crawl)
    with crawl.engine.connect() as connection:
        total = _count_left(connection, sweep_id)
    crawl.progress.start("metadata of repositories", total)
    unanswered: set[str] = set()
    size, in_a_row = _LARGEST_BATCH, 0
    while True:
        if crawl.stop.is_set():
            raise Stopped
        with crawl.engine.connect() as connection:
            names = _left(connection, sweep_id, size, unanswered)
        if not names:
            break
        done = ask_batch(crawl, sweep_id, name, names)
        crawl.progress.advance(len(done))
        rest = set(names) - done
        if rest and size == 1:
            unanswered |= rest
            in_a_row += 1
            _check_is_there(in_a_row)
        in_a_row = 0 if done else in_a_row
        size = max(1, size // 2) if rest else min(size * 2, _LARGEST_BATCH)
    crawl.progress.finish()
    if unanswered:
        crawl.counts["repositories without an answer"] += len(unanswered)
        log.warning("GitHub gave no answer for %d repositories: asked again by the next crawl",
                    len(unanswered))  # fmt: skip
    else:
        _end_sweep(crawl, sweep_id, name)


def refresh_named(crawl: ForgeCrawl, names: list[str]) -> None:
    """Ask for some repositories now, within the last sweep or the one under way.

    Raises:
        RetryLater: GitHub does not answer properly.
    """
    sweep_id, name = _open_sweep(crawl)
    for start in range(0, len(names), _LARGEST_BATCH):
        group = names[start : start + _LARGEST_BATCH]
        rest = set(group) - ask_batch(crawl, sweep_id, name, group)
        for single in sorted(rest):
            ask_batch(crawl, sweep_id, name, [single])


def _check_is_there(in_a_row: int) -> None:
    """Tell a repository that GitHub cannot describe from a GitHub that describes none.

    Raises:
        RetryLater: So many had no answer, one after the other.
    """
    if in_a_row >= _MOST_UNANSWERED:
        raise RetryLater(
            f"GitHub's metadata cannot be had: {in_a_row} repositories in a row had no answer",
            next_step="run the same command again later: it goes on where it stopped",
            kept="everything up to the last committed batch",
        )


def ask_batch(crawl: ForgeCrawl, sweep_id: int, sweep: str, names: list[str]) -> set[str]:
    """Ask for some repositories and take the answers in.

    Returns:
        The names that are done; others were too much for GitHub.
    """
    answer = crawl.github.query(
        query_for(names), AnswerKind.METADATA, {"sweep": sweep, "asked": json.dumps(names)}
    )
    if answer.status in TRANSIENT:  # a server in trouble, or a batch that is too large
        crawl.stop.wait(_PAUSE_SECONDS)
        return set()
    location = crawl.keep(answer)
    told, errors = read_batch(answer, names)
    if not told and not errors and not is_limit(answer):
        raise RetryLater(
            f"GitHub answers its metadata with {answer.status}: "
            f"{message_of(decoded(answer.body.decode('utf-8', 'replace')))[:200]}",
            next_step="run the same command again later: it goes on where it stopped",
            kept="everything up to the last committed batch",
        )
    missing = [name for name in names if name in errors]
    with crawl.taking(answer, location) as taking:
        if told:
            _write(crawl, taking, (sweep_id, sweep), told)
        known = _known_absent(taking.connection, missing, answer.observed_at)
        if known:
            _confirm(crawl, taking, (sweep_id, sweep), known)
    absent = _ask_singly(crawl, sweep_id, sweep, [name for name in missing if name not in known])
    crawl.counts["repositories answered for"] += len(told)
    crawl.counts["repositories gone or blocked as before"] += len(known)
    for state, _ in absent.values():
        crawl.counts[f"repositories {state.value}"] += 1
    return {*told, *missing}


def _ask_singly(crawl: ForgeCrawl, sweep_id: int, sweep: str, names: list[str]) -> Absent:
    """Ask for repositories by themselves: gone, blocked, or there after all."""
    absent: Absent = {}
    for name in names:
        if not could_be_a_name(name):  # of a repository whose name another one has now
            with crawl.engine.begin() as connection:
                taking = IngestContext(connection, crawl.run_id, None)
                taken = {name: (RepositoryState.GONE, "its name leads to another repository")}
                write_absent(taking, taken, sweep_id)
            absent |= taken
            continue
        answer = crawl.github.get(
            f"/repos/{name}", AnswerKind.METADATA, {"sweep": sweep, "asked": json.dumps([name])},
            etag=_etag_of(crawl, name),
        )  # fmt: skip
        location = crawl.keep(answer)
        with crawl.taking(answer, location) as taking:
            if answer.status == 304:
                _confirm(crawl, taking, (sweep_id, sweep), [name])
                crawl.counts["repositories not modified (304)"] += 1
                continue
            told, state = read_single(answer)
            if told is not None:
                _write(crawl, taking, (sweep_id, sweep), {name: told})
                _keep_etag(taking, told, answer)
            else:
                write_absent(taking, {name: state}, sweep_id)
                absent[name] = state
                _observe(crawl, taking, (sweep_id, sweep), [name])
    return absent


def _known_absent(connection: Connection, names: list[str], now: datetime) -> list[str]:
    """Return names that were seen to be gone or blocked, and not so long ago.

    A batch says that they still are not there. Which of the two it is only a request for each
    tells: it is asked again after a month.
    """
    rows = db.select_rows(connection, REPOSITORY, ("name", "state", "state_at"), "name", names)
    return [
        row["name"]
        for row in rows
        if row["state"] in {RepositoryState.GONE, RepositoryState.BLOCKED}
        and row["state_at"] is not None
        and now - datetime.fromisoformat(row["state_at"]) < _ABSENT_ASKED_AFTER
        and could_be_a_name(row["name"])
    ]


def _confirm(
    crawl: ForgeCrawl, taking: IngestContext, sweep: tuple[int, str], names: list[str]
) -> None:
    """Write that repositories are as they were."""
    taking.connection.execute(
        text("UPDATE repository SET observed_at = :at, sweep_id = :sweep WHERE name = :name"),
        [{"at": taking.observed_at, "sweep": sweep[0], "name": name} for name in names],
    )
    _observe(crawl, taking, sweep, names)


def _etag_of(crawl: ForgeCrawl, name: str) -> str | None:
    """Return the ETag of the answer that a repository's row was made of, if it was there."""
    with crawl.engine.connect() as connection:
        return connection.scalar(
            select(REPOSITORY.c.etag).where(
                REPOSITORY.c.name == name, REPOSITORY.c.state == RepositoryState.PRESENT.value
            )
        )


def _write(
    crawl: ForgeCrawl,
    taking: IngestContext,
    sweep: tuple[int, str],
    told: dict[str, RepositoryFacts],
) -> None:
    crawl.counts["repositories renamed"] += write_repositories(taking, told, sweep[0])
    _observe(crawl, taking, sweep, [facts.name for facts in told.values()])


def _keep_etag(taking: IngestContext, told: RepositoryFacts, answer: ReceivedAnswer) -> None:
    etag = answer.headers.get("etag")
    if etag:
        taking.connection.execute(
            text("UPDATE repository SET etag = :etag WHERE node_id = :node_id"),
            {"etag": etag, "node_id": told.node_id},
        )


def _observe(
    crawl: ForgeCrawl, taking: IngestContext, sweep: tuple[int, str], names: list[str]
) -> None:
    """Write what was seen as a part of the sweep's file, and count the batch."""
    columns = ("node_id", "name", "stars", "forks", "license", "is_archived", "pushed_at",
               "head_commit", "state", "observed_at")  # fmt: skip
    rows = db.select_rows(taking.connection, REPOSITORY, columns, "name", names)
    part = int(
        taking.connection.execute(
            text(
                "UPDATE repository_sweep SET batch_count = batch_count + 1, record_count = "
                "record_count + :records, started_at = coalesce(started_at, :at), "
                "ended_at = NULL WHERE id = :id RETURNING batch_count"
            ),
            {"records": len(rows), "at": taking.observed_at, "id": sweep[0]},
        ).scalar_one()
    )
    observed = [{**row, "uid": row["node_id"], "sweep": sweep[1]} for row in rows]
    _observations(crawl).write_part(sweep[1], part, observed)


def _observations(crawl: ForgeCrawl) -> Observations:
    return Observations(crawl.settings.observations_dir / "repository", REPOSITORY_SCHEMA)


def _open_sweep(crawl: ForgeCrawl) -> tuple[int, str]:
    """Return the unfinished sweep, or the last one if its crawl was broken off, or a new one."""
    with crawl.engine.begin() as connection:
        last = connection.execute(
            select(_SWEEP.c.id, _SWEEP.c.name, _SWEEP.c.is_complete, _SWEEP.c.run_id)
            .order_by(_SWEEP.c.id.desc())
            .limit(1)
        ).first()
        if last is not None and (
            not last.is_complete
            or (not _count_left(connection, last.id) and _is_broken_off(connection, last.run_id))
        ):
            return int(last.id), str(last.name)
        (key,) = db.next_ids(connection, _SWEEP, 1)
        name = f"github-repository-{key:06d}"
        row: db.Row = {
            "id": key,
            "name": name,
            "batch_count": 0,
            "record_count": 0,
            "is_complete": 0,
            "run_id": crawl.run_id,
        }
        db.insert(connection, _SWEEP, [row])
    return key, name


def _is_broken_off(connection: Connection, run_id: int | None) -> bool:
    """Tell whether no crawl came to its end since the one that made a sweep, within a day."""
    runs = connection.execute(
        select(RUN.c.state, RUN.c.started_at).where(
            RUN.c.command == "crawl", RUN.c.id >= (run_id or 0)
        ).order_by(RUN.c.id)
    ).all()  # fmt: skip
    is_done = any(state == RunState.FINISHED for state, _ in runs)
    return bool(runs) and not is_done and age(runs[0].started_at) < _STALE_AFTER


def _end_sweep(crawl: ForgeCrawl, sweep_id: int, name: str) -> None:
    _observations(crawl).finish(name)
    with crawl.engine.begin() as connection:
        last = connection.scalar(
            select(func.max(REPOSITORY.c.observed_at)).where(REPOSITORY.c.sweep_id == sweep_id)
        )
        connection.execute(
            text("UPDATE repository_sweep SET is_complete = :done, ended_at = :at WHERE id = :id"),
            {"done": True, "at": last and as_text(last), "id": sweep_id},
        )


def _left(connection: Connection, sweep_id: int, size: int, without: set[str]) -> list[str]:
    query = (
        select(REPOSITORY.c.name)
        .where(_is_left(sweep_id), REPOSITORY.c.name.not_in(sorted(without)))
        .order_by(REPOSITORY.c.id)
        .limit(size)
    )
    return list(connection.scalars(query))


def _count_left(connection: Connection, sweep_id: int) -> int:
    query = select(func.count(REPOSITORY.c.id)).where(_is_left(sweep_id))
    return int(connection.scalar(query) or 0)


def _is_left(sweep_id: int) -> Any:
    return REPOSITORY.c.sweep_id.is_(None) | (REPOSITORY.c.sweep_id != sweep_id)
