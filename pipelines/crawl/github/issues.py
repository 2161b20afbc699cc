"""Issues and pull requests of the repositories that use models, by GraphQL.

First some repositories at a time are asked when their newest issue changed; only those with news
are read, newest change first, back to where the last crawl ended. The cursor is committed with the
page that led to it, so a killed crawl goes on there. A page that is too large for GitHub is halved.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from sqlalchemy import Connection, exists, select

from miner.errors import RetryLater
from miner.pipelines.derive.issues.issue_rows import (
    COMMENTS,
    ISSUE,
    LISTING,
    PAGE,
    PROBE,
    Ingested,
    Unread,
    ingest_issues,
)
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.sources.github.issue_records import comments_query, page_query, probe_query
from miner.pipelines.sources.github.session import ForgeCrawl
from miner.pipelines.sources.http import TRANSIENT, Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema import tables
from miner.schema.vocab import AnswerKind, CommentState, IssueKind, RepositoryState

log = logging.getLogger(__name__)

_USE = table_of(tables.ModelUse)
_PROBED_AT_ONCE = 20
_LARGEST_PAGE = 50
_MOST_PAGES = 40
"""Pages of one repository's issues, and of its pull requests, in one run; the next one goes on."""

_MOST_UNANSWERED = 3
_PAUSE_SECONDS = 0.5
_LATER = "run the same command again later: it goes on where it stopped"


def read_issues(crawl: ForgeCrawl) -> None:
    """Read what is new in the issues and pull requests of repositories that use models.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    with crawl.engine.connect() as connection:
        names = _using(connection)
    crawl.progress.start("repositories asked for issues", len(names))
    trouble = _Trouble(crawl)
    for start in range(0, len(names), _PROBED_AT_ONCE):
        group = names[start : start + _PROBED_AT_ONCE]
        for one in _probe(crawl, group, trouble):
            _read_listing(crawl, one, trouble)
        for name in group:
            _read_comments(crawl, name, trouble)
        crawl.progress.advance(len(group))
    crawl.progress.finish()


class _Trouble:
    """Tells a repository that GitHub cannot give from a GitHub that gives none."""

    def __init__(self, crawl: ForgeCrawl) -> None:
        self._crawl = crawl
        self._in_a_row = 0

    def is_over(self) -> None:
        """Note an answer that says something."""
        self._in_a_row = 0

    def met(self, what: str) -> None:
        """Note that the smallest request had no answer.

        Raises:
            RetryLater: So many had none, one after the other.
        """
        self._in_a_row += 1
        self._crawl.counts["requests for issues without an answer"] += 1
        log.warning("GitHub gave no answer for %s: asked again by the next crawl", what)
        if self._in_a_row >= _MOST_UNANSWERED:
            raise RetryLater(
                f"GitHub's issues are not available: "
                f"{self._in_a_row} requests in a row had no answer",
                next_step=_LATER,
                kept="everything up to the last committed page",
            )


def _probe(crawl: ForgeCrawl, names: list[str], trouble: _Trouble) -> list[Unread]:
    """Ask when the newest issue of each repository changed; return what is to be read."""
    unread: list[Unread] = []
    left, size = list(names), len(names)
    while left:
        group = left[:size]
        context = {"purpose": PROBE, "asked": json.dumps(group)}
        result = _ask(crawl, probe_query(group), context)
        if result.answered:
            trouble.is_over()
            unread += result.unread
            left = [name for name in left if name not in result.answered]
        elif size > 1:
            size = max(1, size // 2)
        else:
            trouble.met(f"the issues of {group[0]}")
            left = left[1:]
    return unread


def _read_listing(crawl: ForgeCrawl, unread: Unread, trouble: _Trouble) -> None:
    """Read pages until nothing new is left; behind a pass that was broken off, what came since."""
    with crawl.engine.connect() as connection:
        cursor = _cursor(connection, unread.repository, unread.kind)
    if _read_pages(crawl, unread, cursor, trouble) and cursor is not None:
        _read_pages(crawl, unread, None, trouble)


def _read_pages(crawl: ForgeCrawl, unread: Unread, cursor: str | None, trouble: _Trouble) -> bool:
    """Read pages from a cursor, or from the newest; return whether the pass came to its end."""
    size = _LARGEST_PAGE
    for _ in range(_MOST_PAGES):
        result, size = _read_page(crawl, unread, cursor, size)
        if not result.is_usable:
            trouble.met(f"the {unread.kind.value}s of {unread.repository}")
            return False
        trouble.is_over()
        cursor = result.next_cursor
        if cursor is None:
            return True
        size = min(size * 2, _LARGEST_PAGE)
    crawl.counts["repositories with older issues left for the next crawl"] += 1
    return False


def _read_page(
    crawl: ForgeCrawl, unread: Unread, cursor: str | None, size: int
) -> tuple[Ingested, int]:
    """Read one page, a smaller one where it is too large for GitHub; return its size too."""
    name, kind = unread.repository, unread.kind
    context = {"purpose": PAGE, "repository": name, "kind": kind.value, "after": cursor or ""}
    while True:
        result = _ask(crawl, page_query(name, kind, size, cursor), context)
        if result.is_usable or size == 1:
            return result, size
        size //= 2


def _read_comments(crawl: ForgeCrawl, name: str, trouble: _Trouble) -> None:
    """Read later comments on the stored issues of a repository, until none has any left."""
    asked: set[tuple[int, str]] = set()
    while True:
        with crawl.engine.connect() as connection:
            found = list(_with_comments(connection, name))
        wanted = [each for each in found if (each[0], each[2]) not in asked]
        if not wanted:
            return
        for number, kind, cursor in wanted:
            asked.add((number, cursor))
            context = {"purpose": COMMENTS, "repository": name, "kind": kind.value,
                       "number": str(number), "after": cursor}  # fmt: skip
            result = _ask(crawl, comments_query(name, kind, number, cursor), context)
            if result.is_usable:
                trouble.is_over()
            else:
                trouble.met(f"the comments on {name}#{number}")


def _ask(crawl: ForgeCrawl, query: str, context: dict[str, str]) -> Ingested:
    """Send a query, archive the answer and ingest it."""
    if crawl.stop.is_set():
        raise Stopped
    answer = crawl.github.query(query, AnswerKind.ISSUES, context)
    if answer.status in TRANSIENT:  # a server in trouble, or a page that is too large
        crawl.stop.wait(_PAUSE_SECONDS)
        return Ingested(is_usable=False)
    return _ingest(crawl, answer)


def _ingest(crawl: ForgeCrawl, answer: ReceivedAnswer) -> Ingested:
    location = crawl.keep(answer)
    with crawl.taking(answer, location) as context:
        result = ingest_issues(context, answer)
    crawl.counts.update(result.counts)
    return result


def _using(connection: Connection) -> list[str]:
    """Return the repositories that use models, most stars first."""
    stars = REPOSITORY.c.stars
    query = (
        select(REPOSITORY.c.name)
        .where(
            REPOSITORY.c.state == RepositoryState.PRESENT.value,
            exists().where(_USE.c.repository_id == REPOSITORY.c.id),
        )
        .order_by(stars.desc().nulls_last(), REPOSITORY.c.name)
    )
    return list(connection.scalars(query))


def _cursor(connection: Connection, name: str, kind: IssueKind) -> str | None:
    return connection.scalar(
        select(LISTING.c.next_cursor)
        .join(REPOSITORY, REPOSITORY.c.id == LISTING.c.repository_id)
        .where(REPOSITORY.c.name == name, LISTING.c.kind == kind.value)
    )


def _with_comments(connection: Connection, name: str) -> Iterator[tuple[int, IssueKind, str]]:
    """Yield the issues with comments that are not read yet: number, kind, and where to go on."""
    rows = connection.execute(
        select(ISSUE.c.number, ISSUE.c.kind, ISSUE.c.comment_cursor)
        .join(REPOSITORY, REPOSITORY.c.id == ISSUE.c.repository_id)
        .where(
            REPOSITORY.c.name == name,
            ISSUE.c.comment_state == CommentState.PARTIAL.value,
            ISSUE.c.comment_cursor.is_not(None),
        )
        .order_by(ISSUE.c.number)
    )
    for number, kind, cursor in rows.all():
        yield int(number), IssueKind(kind), str(cursor)
