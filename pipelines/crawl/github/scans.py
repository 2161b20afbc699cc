"""Scans: repositories whose head commit differs from the one that this scanner read last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote, urlsplit

from sqlalchemy import select

from miner.errors import RetryLater
from miner.pipelines.crawl.github.scan_records import scan_record
from miner.pipelines.crawl.github.tarball import (
    OutOfReach,
    SourceRead,
    SourceTask,
    scan_source,
    state_of,
)
from miner.pipelines.executors import Done, Failed
from miner.pipelines.intake.batch import as_text, write_answer
from miner.pipelines.intake.repositories import REPOSITORY, find_by_aliases
from miner.pipelines.scan.retry import read_each
from miner.pipelines.scan.scan_rows import (
    Scanned,
    WantedScan,
    resolve_uses,
    wanted_scans,
    write_scans,
)
from miner.pipelines.scan.site import ScanResult
from miner.pipelines.sources.faults import reported
from miner.pipelines.sources.github.answers import decoded, message_of
from miner.pipelines.sources.github.session import ForgeChoice, ForgeCrawl
from miner.pipelines.sources.http import Confinement, Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import AnswerKind, BatchFailure, ParseState, RepositoryState, ScanState

log = logging.getLogger(__name__)

_BATCH = 8
_AT_ONCE = 4
_HOME = "https://github.com"
_TRUST = "add the host to MINER_GITHUB_CONTENT_HOSTS if you trust it"


@dataclass(frozen=True, slots=True)
class _Read:
    """A commit that was read: the API's answer, and what the source says."""

    wanted: WantedScan
    answer: ReceivedAnswer | None
    source: SourceRead
    is_out_of_reach: bool = False


@dataclass(frozen=True, slots=True)
class _Located:
    """A commit whose source was found."""

    wanted: WantedScan
    answer: ReceivedAnswer
    task: SourceTask


def scan_repositories(crawl: ForgeCrawl, choice: ForgeChoice) -> None:
    """Scan all repositories whose head was not scanned by this version, most stars first.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    with crawl.engine.connect() as connection:
        left = wanted_scans(connection, choice.since, choice.limit)
    crawl.progress.start("repositories scanned", len(left))
    for start in range(0, len(left), _BATCH):
        if crawl.stop.is_set():
            raise Stopped
        group = left[start : start + _BATCH]
        for state in scan_batch(crawl, group):
            crawl.counts[f"scans {state}"] += 1
        crawl.progress.advance(len(group))
    crawl.progress.finish()
    crawl.counts["uses resolved to a model held"] += resolve_uses(crawl.engine)


def scan_named(crawl: ForgeCrawl, name: str) -> str:
    """Scan one repository that is held, whatever was scanned before.

    Args:
        crawl: The crawl's setting.
        name: owner/name; a former name will do.

    Returns:
        The scan's state; why there is none, where there is no source.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    with crawl.engine.connect() as connection:
        key = find_by_aliases(connection, [name]).get(name)
        same = REPOSITORY.c.id == key if key is not None else REPOSITORY.c.name == name
        row = connection.execute(
            select(REPOSITORY.c.id, REPOSITORY.c.name, REPOSITORY.c.head_commit,
                   REPOSITORY.c.state).where(same)
        ).one()  # fmt: skip
    if row.state != RepositoryState.PRESENT or row.head_commit is None:
        state = row.state if row.state != RepositoryState.PRESENT else ScanState.EMPTY.value
        log.warning("%s is not scanned: %s", name, state)
        crawl.counts[f"not scanned: {state}"] += 1
        return str(state)
    states = scan_batch(crawl, [WantedScan(int(row.id), str(row.name), str(row.head_commit))])
    if not states:
        raise Stopped
    (state,) = states
    crawl.counts[f"scans {state}"] += 1
    resolve_uses(crawl.engine)
    return state


def scan_batch(crawl: ForgeCrawl, wanted: Sequence[WantedScan]) -> list[str]:
    """Fetch and scan some repositories side by side, then write them in one transaction.

    Returns:
        The states of the scans; none of those that the end of the run cut short.

    Raises:
        RetryLater: GitHub answers no request any more.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        located = list(pool.map(partial(_locate, crawl), wanted))
    read = _read_all(crawl, located)
    states = [item.source.result.state for item in read]
    if len(read) > 3 and all(item.is_out_of_reach for item in read):
        raise RetryLater(
            "no source can be had from GitHub any more",
            next_step="run the same command again later: it goes on where it stopped",
            kept="everything up to the last committed batch",
        )
    scanned = [_as_scan(item) for item in read]
    places = [
        (record, crawl.archive.append(record))
        for item, scan in zip(read, scanned, strict=True)
        for record in (*_kept(item), scan_record(item.wanted.name, scan))
    ]
    crawl.archive.flush()
    with crawl.engine.begin() as connection:
        for record, location in places:
            write_answer(connection, record, location, ParseState.PARSED.value)
        write_scans(connection, scanned, crawl.run_id)
    for item in read:
        crawl.counts["use sites"] += len(item.source.result.sites)
        crawl.counts["source files read"] += item.source.result.file_count
        crawl.counts["source files kept"] += len(item.source.kept)
        reported(crawl.counts, item.wanted.name, item.source.result.faults)
    return states


def _locate(crawl: ForgeCrawl, wanted: WantedScan) -> _Located | _Read:
    """Ask GitHub where a source is; a refusal is the end of it.

    Raises:
        Stopped: The run was asked to end.
        SourceRefused: No token is accepted, or it is on a host that is not configured.
    """
    if crawl.stop.is_set():
        raise Stopped
    settings = crawl.settings
    try:
        answer = _ask(crawl, wanted)
    except RetryLater as error:
        return _failed(wanted, None, error.message, is_out_of_reach=True)
    hosts = (urlsplit(settings.github_api_url).netloc, *settings.github_content_hosts)
    confinement = Confinement(settings.github_api_url, hosts, _TRUST)
    place = confinement.target(answer.url, answer.status, answer.headers)
    if answer.status != 302 or not place:
        return _Read(wanted, answer, _refused(answer))
    task = SourceTask(
        place, settings.max_tarball_bytes, settings.http_timeout_seconds, settings.http_attempts,
        settings.item_seconds,
    )  # fmt: skip
    return _Located(wanted, answer, task)


def _read_all(crawl: ForgeCrawl, located: Sequence[_Located | _Read]) -> list[_Read]:
    """Read sources side by side; those not read when the run has to end are left out."""
    found = {item.task: item for item in located if isinstance(item, _Located)}
    seconds = crawl.settings.repository_seconds
    return [
        *(item for item in located if isinstance(item, _Read)),
        *(
            _as_read(found[task], came)
            for task, came in read_each(crawl.executor, _scanner(crawl), found, seconds)
        ),
    ]


def _scanner(crawl: ForgeCrawl) -> Callable[[SourceTask], SourceRead | OutOfReach]:
    """Return what a worker does; one of this machine asks this crawl's store for names."""
    if not crawl.executor.is_local:
        return scan_source
    settings = crawl.settings.without_secrets()
    return partial(scan_source, settings=settings)


def _as_read(
    item: _Located, came: Done[SourceTask, SourceRead | OutOfReach] | Failed[SourceTask]
) -> _Read:
    if isinstance(came, Failed):
        is_slow = came.state is BatchFailure.TOO_SLOW
        state = ScanState.TOO_SLOW if is_slow else ScanState.FAILED
        read = _failed(item.wanted, item.answer, came.reason, state=state)
        if came.state is BatchFailure.RAISED and came.error is None:
            read.source.result.faults[came.reason.partition(":")[0]] += 1
        return read
    if isinstance(came.result, OutOfReach):
        return _failed(item.wanted, item.answer, came.result.reason, is_out_of_reach=True)
    return _Read(item.wanted, item.answer, came.result)


def _failed(
    wanted: WantedScan,
    answer: ReceivedAnswer | None,
    problem: str,
    *,
    state: ScanState = ScanState.FAILED,
    is_out_of_reach: bool = False,
) -> _Read:
    log.warning("%s is not scanned now: %s", wanted.name, problem)
    failed = ScanResult(state=state.value, reason=problem[:200])
    now = answer.observed_at if answer is not None else datetime.now(UTC).replace(tzinfo=None)
    return _Read(wanted, answer, SourceRead(failed, now), is_out_of_reach)


def _ask(crawl: ForgeCrawl, wanted: WantedScan) -> ReceivedAnswer:
    context = {"repository": wanted.name, "commit": wanted.commit}
    path = f"/repos/{wanted.name}/tarball/{wanted.commit}"
    return crawl.github.get(path, AnswerKind.SOURCE, context)


def _refused(answer: ReceivedAnswer) -> SourceRead:
    """Return what an answer that leads to no source means."""
    message = message_of(decoded(answer.body.decode("utf-8", "replace")))
    state = state_of(answer.status) or ScanState.FAILED
    reason = f"{answer.status} {message}".strip()[:200]
    return SourceRead(ScanResult(state=state.value, reason=reason), answer.observed_at)


def _kept(item: _Read) -> list[ReceivedAnswer]:
    """Return what the archive keeps of a source: the API's answer, and the files worth keeping."""
    kept = [item.answer] if item.answer is not None else []
    for file in item.source.kept:
        place = f"{_HOME}/{item.wanted.name}/raw/{item.wanted.commit}/{quote(file.path)}"
        context = {
            "forge": "github",
            "repository": item.wanted.name,
            "commit": item.wanted.commit,
            "path": file.path,
            "blob_sha": file.blob_sha,
        }
        kept.append(
            ReceivedAnswer(
                AnswerKind.SOURCE.value, place, 200, {}, file.data, item.source.observed_at, context
            )
        )
    return kept


def _as_scan(item: _Read) -> Scanned:
    return Scanned(
        item.wanted.repository_id, item.wanted.commit, item.source.result, len(item.source.kept),
        as_text(item.source.observed_at), tuple(item.source.licenses),
        item.source.weight_file_count,
    )  # fmt: skip
