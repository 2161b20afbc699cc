"""Metadata: what GitHub says of all repositories known, in batches of GraphQL aliases.

One repository that is gone makes an error beside the good answers of its batch; it is then asked
for by itself, which tells gone from blocked. A batch that is too large for GitHub is halved.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from miner.errors import RetryLater
from miner.pipelines.crawl.github.search import age
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.intake.repository_sweeps import (
    NOT_MODIFIED,
    REPOSITORY_SWEEP,
    OpenRepositorySweep,
    begin_sweep,
    complete_sweep,
    ingest_batch,
    ingest_single,
    next_sweep_name,
)
from miner.pipelines.intake.runs import RUN
from miner.pipelines.sources.archive.decisions import decision
from miner.pipelines.sources.github.answers import decoded, message_of
from miner.pipelines.sources.github.descriptions import is_batch_usable, query_for
from miner.pipelines.sources.github.session import ForgeCrawl
from miner.pipelines.sources.http import TRANSIENT, Stopped
from miner.schema.vocab import AnswerKind, RepositoryState, RunState

log = logging.getLogger(__name__)

BEGUN, ENDED = "begun", "ended"
_LARGEST_BATCH = 40
_MOST_UNANSWERED = 3
_PAUSE_SECONDS = 0.5
_STALE_AFTER = timedelta(days=1)


def refresh_metadata(crawl: ForgeCrawl) -> None:
    """Ask for all repositories that the present sweep has not asked for.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    sweep = _open_sweep(crawl)
    with crawl.engine.connect() as connection:
        total = _count_left(connection, sweep.id)
    crawl.progress.start("metadata of repositories", total)
    unanswered: set[str] = set()
    size, in_a_row = _LARGEST_BATCH, 0
    while True:
        if crawl.stop.is_set():
            raise Stopped
        with crawl.engine.connect() as connection:
            names = _left(connection, sweep.id, size, unanswered)
        if not names:
            break
        done = ask_batch(crawl, sweep, names)
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
        _end_sweep(crawl, sweep)


def refresh_named(crawl: ForgeCrawl, names: list[str]) -> None:
    """Ask for some repositories now, within the last sweep or the one under way.

    Raises:
        RetryLater: GitHub does not answer properly.
    """
    sweep = _open_sweep(crawl)
    for start in range(0, len(names), _LARGEST_BATCH):
        group = names[start : start + _LARGEST_BATCH]
        rest = set(group) - ask_batch(crawl, sweep, group)
        for single in sorted(rest):
            ask_batch(crawl, sweep, [single])


def _check_is_there(in_a_row: int) -> None:
    """Tell a repository that GitHub cannot describe from a GitHub that describes none.

    Raises:
        RetryLater: So many had no answer, one after the other.
    """
    if in_a_row >= _MOST_UNANSWERED:
        raise RetryLater(
            f"GitHub's metadata is not available: {in_a_row} repositories in a row had no answer",
            next_step="run the same command again later: it goes on where it stopped",
            kept="everything up to the last committed batch",
        )


def ask_batch(crawl: ForgeCrawl, sweep: OpenRepositorySweep, names: list[str]) -> set[str]:
    """Ask for some repositories and take the answers in.

    Returns:
        The names that are done; others were too much for GitHub.
    """
    answer = crawl.github.query(
        query_for(names), AnswerKind.METADATA, {"sweep": sweep.name, "asked": json.dumps(names)}
    )
    if answer.status in TRANSIENT:  # a server in trouble, or a batch that is too large
        crawl.stop.wait(_PAUSE_SECONDS)
        return set()
    location = crawl.keep(answer)
    if not is_batch_usable(answer, names):
        raise RetryLater(
            f"GitHub answers its metadata with {answer.status}: "
            f"{message_of(decoded(answer.body.decode('utf-8', 'replace')))[:200]}",
            next_step="run the same command again later: it goes on where it stopped",
            kept="everything up to the last committed batch",
        )
    with crawl.taking(answer, location) as context:
        batch = ingest_batch(context, sweep, answer)
    crawl.counts["repositories renamed"] += batch.renamed
    crawl.counts["repositories answered for"] += len(batch.described)
    crawl.counts["repositories gone or blocked as before"] += len(batch.absent)
    crawl.counts["repositories gone"] += len(batch.unnamed)
    for name in batch.unexplained:
        _ask_singly(crawl, sweep, name)
    return {*batch.described, *batch.absent, *batch.unnamed, *batch.unexplained}


def _ask_singly(crawl: ForgeCrawl, sweep: OpenRepositorySweep, name: str) -> None:
    """Ask for one repository by itself: gone, blocked, or there after all."""
    answer = crawl.github.get(
        f"/repos/{name}", AnswerKind.METADATA,
        {"sweep": sweep.name, "asked": json.dumps([name])}, etag=_etag_of(crawl, name),
    )  # fmt: skip
    location = crawl.keep(answer)
    with crawl.taking(answer, location) as context:
        state, renamed = ingest_single(context, sweep, answer)
    crawl.counts["repositories renamed"] += renamed
    if state == NOT_MODIFIED:
        crawl.counts["repositories not modified (304)"] += 1
    elif state != RepositoryState.PRESENT:
        crawl.counts[f"repositories {state}"] += 1


def _etag_of(crawl: ForgeCrawl, name: str) -> str | None:
    """Return the ETag of the answer that a repository's row was made of, if it was there."""
    with crawl.engine.connect() as connection:
        return connection.scalar(
            select(REPOSITORY.c.etag).where(
                REPOSITORY.c.name == name, REPOSITORY.c.state == RepositoryState.PRESENT.value
            )
        )


def _open_sweep(crawl: ForgeCrawl) -> OpenRepositorySweep:
    """Return the unfinished sweep, or the last one if its crawl was broken off, or a new one."""
    observations = crawl.observations
    with crawl.engine.begin() as connection:
        last = connection.execute(
            select(REPOSITORY_SWEEP.c.id, REPOSITORY_SWEEP.c.name, REPOSITORY_SWEEP.c.is_complete,
                   REPOSITORY_SWEEP.c.run_id)
            .order_by(REPOSITORY_SWEEP.c.id.desc())
            .limit(1)
        ).first()  # fmt: skip
        if last is not None and (
            not last.is_complete
            or (not _count_left(connection, last.id) and _is_broken_off(connection, last.run_id))
        ):
            return OpenRepositorySweep(int(last.id), str(last.name), observations)
        name = next_sweep_name(connection)
        crawl.decide(connection, decision(AnswerKind.SWEEP, name, {"state": BEGUN}, sweep=name))
        return OpenRepositorySweep(begin_sweep(connection, name, crawl.run_id), name, observations)


def _is_broken_off(connection: Connection, run_id: int | None) -> bool:
    """Tell whether no crawl came to its end since the one that made a sweep, within a day."""
    runs = connection.execute(
        select(RUN.c.state, RUN.c.started_at).where(
            RUN.c.command == "crawl", RUN.c.id >= (run_id or 0)
        ).order_by(RUN.c.id)
    ).all()  # fmt: skip
    is_done = any(state == RunState.FINISHED for state, _ in runs)
    return bool(runs) and not is_done and age(runs[0].started_at) < _STALE_AFTER


def _end_sweep(crawl: ForgeCrawl, sweep: OpenRepositorySweep) -> None:
    with crawl.engine.begin() as connection:
        ended = decision(AnswerKind.SWEEP, sweep.name, {"state": ENDED}, sweep=sweep.name)
        crawl.decide(connection, ended)
        complete_sweep(connection, sweep)


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
