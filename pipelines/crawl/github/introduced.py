"""When a line came: the commit that brought a use site, by GraphQL's blame, one query a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.sources.github.answers import decoded
from miner.pipelines.sources.github.session import ForgeCrawl
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import AnswerKind, RepositoryState, UseRole

_SITE = table_of(tables.UseSite)


@dataclass(frozen=True, slots=True)
class BlamedFile:
    """A file with sites whose lines are not dated yet."""

    repository_id: int
    repository: str
    commit: str
    path: str


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines, both ends included, and the commit that brought them."""

    first: int
    last: int
    commit: str
    committed_at: str


def date_sites(crawl: ForgeCrawl, most_files: int) -> None:
    """Ask for the commits of lines that load a model, those of repositories with most stars first.

    Args:
        crawl: The crawl's setting.
        most_files: So many files at most: each is a query.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    with crawl.engine.connect() as connection:
        files = undated_files(connection, most_files)
    crawl.progress.start("files with use sites dated", len(files))
    for file in files:
        if crawl.stop.is_set():
            raise Stopped
        purpose = {"repository": file.repository, "commit": file.commit, "path": file.path}
        answer = crawl.github.query(_query(file), AnswerKind.METADATA, purpose)
        location = crawl.keep(answer)
        with crawl.taking(answer, location) as context:
            crawl.counts["use sites dated"] += ingest_blame(context.connection, answer)
        if not read_blame(answer):
            crawl.counts["files without a history"] += 1
        crawl.progress.advance(1)
    crawl.progress.finish()


def ingest_blame(connection: Connection, answer: ReceivedAnswer) -> int:
    """Date the sites of a file; return how many."""
    name, ranges = answer.context["repository"], read_blame(answer)
    key = connection.scalar(select(REPOSITORY.c.id).where(REPOSITORY.c.name == name))
    count = 0
    for item in ranges if key is not None else ():
        done = connection.execute(
            text(
                "UPDATE use_site SET introduced_commit = :oid, introduced_at = :at "
                "WHERE repository_id = :repository AND path = :path AND line BETWEEN :first "
                "AND :last AND introduced_commit IS NULL"
            ),
            {"oid": item.commit, "at": item.committed_at, "repository": key,
             "path": answer.context["path"], "first": item.first, "last": item.last},
        )  # fmt: skip
        count += done.rowcount
    return count


def undated_files(connection: Connection, limit: int) -> list[BlamedFile]:
    """Return files whose sites load a model and are not dated; copies of libraries left out."""
    place = (_SITE.c.repository_id, REPOSITORY.c.name, _SITE.c.commit, _SITE.c.path)
    query = (
        select(*place)
        .join(REPOSITORY, REPOSITORY.c.id == _SITE.c.repository_id)
        .where(
            REPOSITORY.c.state == RepositoryState.PRESENT.value,
            _SITE.c.introduced_commit.is_(None),
            _SITE.c.model.is_not(None),
            _SITE.c.role != UseRole.MENTION.value,
            ~_SITE.c.is_vendored,
        )
        .group_by(*place)
        .order_by(func.max(func.coalesce(REPOSITORY.c.stars, 0)).desc(), REPOSITORY.c.name,
                  _SITE.c.path)
        .limit(limit)
    )  # fmt: skip
    return [BlamedFile(int(key), *map(str, rest)) for key, *rest in connection.execute(query)]


def read_blame(answer: ReceivedAnswer) -> list[LineRange]:
    """Return what an answer says of the lines of a file; nothing where GitHub says nothing."""
    content: Any = decoded(answer.body.decode("utf-8", "replace"))
    for key in ("data", "r0", "object", "blame"):
        content = content.get(key) if isinstance(content, dict) else None
    ranges = content.get("ranges") if isinstance(content, dict) else None
    found = (_range(item) for item in ranges) if isinstance(ranges, list) else ()
    return [item for item in found if item is not None]


def _range(item: object) -> LineRange | None:
    if not isinstance(item, dict) or not isinstance(commit := item.get("commit"), dict):
        return None
    first, last = item.get("startingLine"), item.get("endingLine")
    oid, date = commit.get("oid"), commit.get("committedDate")
    if not (isinstance(first, int) and isinstance(last, int) and isinstance(oid, str)):
        return None
    try:
        moment = datetime.fromisoformat(str(date))
    except ValueError:
        return None
    utc = moment - (moment.utcoffset() or moment - moment)
    return LineRange(first, last, oid, as_text(utc.replace(tzinfo=None)))


def _query(file: BlamedFile) -> str:
    owner, _, name = file.repository.partition("/")
    return (
        f"query {{ r0: repository(owner: {json.dumps(owner)}, name: {json.dumps(name)}) {{ "
        f"object(oid: {json.dumps(file.commit)}) {{ ... on Commit {{ "
        f"blame(path: {json.dumps(file.path)}) {{ ranges {{ startingLine endingLine "
        "commit { oid committedDate } } } } } } rateLimit { cost remaining resetAt } }"
    )
