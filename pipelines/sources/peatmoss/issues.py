"""Issues and pull requests of repositories, as PeaTMOSS has them: with comments and labels.

They come as GitHub's own are read, so that what follows does not tell them apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from miner.pipelines.sources.github.issue_records import Comment, CommentPage, Issue
from miner.pipelines.sources.peatmoss.database import PeatmossFile, quoted
from miner.pipelines.sources.peatmoss.history import flag_of, login_of, text_of, time_of
from miner.pipelines.sources.peatmoss.models import as_name, as_number
from miner.pipelines.sources.peatmoss.repositories import REPOSITORY, repository_name
from miner.pipelines.sources.records.facts import Problem
from miner.pipelines.sources.records.values import excerpt
from miner.schema.vocab import IssueKind, IssueState, RecordReason

COMMENT, LABEL, USER = "github_comment", "github_label", "github_user"
IMPORTED = "peatmoss-"
"""Begins the identity of a comment: the file has none of GitHub's."""

_SIZE = 500
_STATES = frozenset({IssueState.OPEN, IssueState.CLOSED, IssueState.MERGED})


@dataclass(frozen=True, slots=True)
class IssueTables:
    """Where one kind of them stands.

    Attributes:
        kind: Issues or pull requests.
        table: Their table.
        number: The column of other tables that has their number in the file.
        used: The table that joins them with repositories that use models.
        published: The table that joins them with a row of ``home``.
        home: The table of repositories that publish models.
        link: The column of both joining tables that has their number in the file.
        home_link: The column of ``published`` that has the number in ``home``.
    """

    kind: IssueKind
    table: str
    number: str
    used: str
    published: str
    home: str
    link: str
    home_link: str


KINDS = (
    IssueTables(
        IssueKind.ISSUE, "github_issue", "issue_id", "reuse_repo_to_issue", "ptm_issue_to_issue",
        "ptm_issues", "github_issue_id", "ptm_issue_id",
    ),
    IssueTables(
        IssueKind.PULL_REQUEST, "github_pull_request", "pull_request_id",
        "reuse_repo_to_pull_request", "ptm_pull_request_to_pull_request", "ptm_pull_requests",
        "github_pull_request_id", "ptm_pull_request_id",
    ),
)  # fmt: skip


@dataclass(slots=True)
class IssueBatch:
    """Some issues, or pull requests, read.

    Attributes:
        kind: Which of both.
        table: Their table in the file.
        count: Rows read.
        items: Each with the name of its repository.
        used: Rows of other tables that were read.
        problems: What could not be used, by table.
    """

    kind: IssueKind
    table: str
    count: int
    items: list[tuple[str, Issue]] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, Problem]] = field(default_factory=list)

    def reject(self, table: str, reason: RecordReason, detail: object, key: object) -> None:
        """Keep why a row cannot be used."""
        problem = Problem("", reason.value, excerpt(detail), as_number(key) or 0, f"number {key}")
        self.problems.append((table, problem))


_COLUMNS = (
    "number", "title", "body", "state", "closed", "closed_at", "merged_at", "created_at",
    "updated_at", "url",
)  # fmt: skip
_Found = dict[int, dict[str, object]]


def read_issues(source: PeatmossFile, of: IssueTables) -> Iterator[IssueBatch]:
    """Yield the issues, or pull requests, in the order of their numbers in the file.

    Raises:
        InvalidData: The file is damaged.
    """
    login, join = _author(source, of.table, "id")
    if not source.prepare(of.table, "id"):
        return
    columns = ", ".join(_optional(source, of.table, name) for name in _COLUMNS)
    query = (
        f"SELECT item.id, {login}, {columns} FROM {of.table} AS item {join} "
        "WHERE item.id IS NOT NULL ORDER BY item.id"
    )
    for rows in source.rows(of.table, query, size=_SIZE):
        batch = IssueBatch(of.kind, of.table, len(rows))
        found: _Found = {
            int(str(key)): {"login": author, **dict(zip(_COLUMNS, values, strict=True))}
            for key, author, *values in rows
        }
        _read(source, of, batch, found)
        yield batch


def _read(source: PeatmossFile, of: IssueTables, batch: IssueBatch, found: _Found) -> None:
    repositories = _repositories(source, of, batch, found)
    comments, labels = _comments(source, of, batch, found), _labels(source, of, batch, found)
    for key, item in found.items():
        name = repositories.get(key)
        number = as_number(item["number"])
        if name is not None and number is not None and 0 < number < 2**62:
            batch.used.update({COMMENT: len(comments[key]), LABEL: len(labels[key])})
            issue = _issue(of.kind, number, item, comments[key], labels[key])
            batch.items.append((name, issue))
            continue
        if name is None:
            batch.reject(of.table, RecordReason.ORPHAN, "of no repository that is known", key)
        else:
            batch.reject(of.table, RecordReason.WRONG_TYPE, f"number {item['number']!r}", key)
        for table, parts in ((COMMENT, comments[key]), (LABEL, labels[key])):
            for _ in parts:
                batch.reject(table, RecordReason.ORPHAN, f"of {of.table} {key}: not used", key)


def _author(source: PeatmossFile, table: str, key: str) -> tuple[str, str]:
    """Return the column with the login of who wrote a row, and the join that leads to it."""
    if source.prepare(table, key, "author_id") and source.prepare(USER, "id"):
        return "author.login", f"LEFT JOIN {USER} AS author ON author.id = item.author_id"
    return "NULL", ""


def _optional(source: PeatmossFile, table: str, column: str) -> str:
    return f"item.{quoted(column)}" if source.has(table, column) else "NULL"


def _repositories(
    source: PeatmossFile, of: IssueTables, batch: IssueBatch, found: _Found
) -> dict[int, str]:
    """Return the repository of each: that which uses models, that of its address, that of a hub.

    The first is the one under whose name PeaTMOSS has the uses; the address may have a later one.
    """
    names: dict[int, str] = {}
    used = source.prepare(of.used, of.link, "reuse_repository_id")
    if used and source.prepare(REPOSITORY, "id"):
        parts = ", ".join(
            f"home.{name}" if source.has(REPOSITORY, name) else "NULL"
            for name in ("owner", "name", "url")
        )
        query = (
            f"SELECT link.{of.link}, {parts} FROM {of.used} AS link "
            f"LEFT JOIN {REPOSITORY} AS home ON home.id = link.reuse_repository_id"
        )
        names |= _joined(source, of, batch, found, (of.used, query))
    for key, item in found.items():
        if name := repository_name(None, None, as_name(item["url"])):
            names.setdefault(key, name)
    published = source.prepare(of.published, of.link, of.home_link)
    if published and source.prepare(of.home, "id") and source.has(of.home, "repo_url"):
        query = (
            f"SELECT link.{of.link}, NULL, NULL, home.repo_url FROM {of.published} AS link "
            f"LEFT JOIN {of.home} AS home ON home.id = link.{of.home_link}"
        )
        names = _joined(source, of, batch, found, (of.published, query)) | names
    return names


def _joined(
    source: PeatmossFile, of: IssueTables, batch: IssueBatch, found: _Found, link: tuple[str, str]
) -> dict[int, str]:
    """Return the repositories that a joining table leads to; of several that of the lowest number.

    Rows of issues that are not there are counted with the lost ones.
    """
    table, query = link
    names: dict[int, str] = {}
    query = f"{query} WHERE link.{of.link} BETWEEN ? AND ? ORDER BY link.{of.link}, home.id"
    for rows in source.rows(table, query, (min(found), max(found))):
        for key, owner, short, url in rows:
            name = repository_name(as_name(owner), as_name(short), as_name(url))
            if int(str(key)) not in found:
                continue
            if name is None:
                batch.reject(table, RecordReason.ORPHAN, "no such repository", key)
            else:
                batch.used[table] += 1
                names.setdefault(int(str(key)), name)
    return names


def _parts(
    source: PeatmossFile, of: IssueTables, table: str, columns: tuple[str, ...], found: _Found
) -> Iterator[tuple[int, list[object]]]:
    """Yield the rows of a table that are of some issues, by the numbers of both."""
    numbers = [each.number for each in KINDS if source.has(table, each.number)]
    if of.number not in numbers or not source.prepare(table, of.number, *numbers, "id"):
        return
    login, join = _author(source, table, of.number)
    wanted = ", ".join(_optional(source, table, name) for name in columns)
    query = (
        f"SELECT item.{of.number}, item.id, {login}, {wanted} FROM {table} AS item {join} "
        f"WHERE item.{of.number} BETWEEN ? AND ? ORDER BY item.{of.number}, item.id"
    )
    for rows in source.rows(table, query, (min(found), max(found))):
        for key, *values in rows:
            if int(str(key)) in found:
                yield int(str(key)), values


def _comments(
    source: PeatmossFile, of: IssueTables, batch: IssueBatch, found: _Found
) -> dict[int, list[Comment]]:
    comments: dict[int, list[Comment]] = defaultdict(list)
    columns = ("created_at", "body", "is_minimized", "minimized_reason")
    for issue, (key, login, created, body, hidden, reason) in _parts(
        source, of, COMMENT, columns, found
    ):
        why = (text_of(reason) or "").lower()[:50]
        comments[issue].append(
            Comment(
                f"{IMPORTED}{key}", None, login_of(login), time_of(created), text_of(body),
                flag_of(hidden), why or None,
            )
        )  # fmt: skip
    return comments


def _labels(
    source: PeatmossFile, of: IssueTables, batch: IssueBatch, found: _Found
) -> dict[int, list[str]]:
    labels: dict[int, list[str]] = defaultdict(list)
    for issue, (key, _, name) in _parts(source, of, LABEL, ("name",), found):
        if text := text_of(name):
            labels[issue].append(text)
        else:
            batch.reject(LABEL, RecordReason.NO_NAME, name, key)
    return labels


def lost_rows(source: PeatmossFile) -> dict[str, int]:
    """Return how many rows refer to no issue or pull request that is there, by table.

    Raises:
        InvalidData: The file is damaged.
    """
    found: dict[str, int] = {}
    for of in KINDS:
        for table in (of.used, of.published):
            if source.prepare(table, of.link):
                found[table] = _count(source, table, _absent(source, of, of.link))
    for table in (COMMENT, LABEL):
        columns = [of for of in KINDS if source.has(table, of.number)]
        if columns:
            lost = " AND ".join(_absent(source, of, of.number) for of in columns)
            found[table] = _count(source, table, lost)
    return {table: count for table, count in found.items() if count}


def _absent(source: PeatmossFile, of: IssueTables, column: str) -> str:
    if not source.has(of.table, "id"):
        return "TRUE"
    there = f"SELECT id FROM {of.table} WHERE id IS NOT NULL"
    return f"({quoted(column)} IS NULL OR {quoted(column)} NOT IN ({there}))"


def bad_logins(source: PeatmossFile) -> int:
    """Return how many users have no login name; an e-mail address is none.

    Raises:
        InvalidData: The file is damaged.
    """
    if not source.has(USER, "login"):
        return 0
    rows = source.rows(USER, f"SELECT login FROM {USER}")
    return sum(login_of(login) is None for part in rows for (login,) in part)


def _count(source: PeatmossFile, table: str, where: str) -> int:
    [[(count,)]] = source.rows(table, f"SELECT count(*) FROM {table} WHERE {where}")
    return int(str(count))


def _issue(
    kind: IssueKind,
    number: int,
    item: dict[str, object],
    comments: list[Comment],
    labels: list[str],
) -> Issue:
    created, closed = time_of(item["created_at"]), time_of(item["closed_at"])
    merged = time_of(item["merged_at"])
    state = str(item["state"] or "").lower()
    if state not in _STATES:
        is_closed = flag_of(item["closed"]) or closed or merged
        state = (IssueState.CLOSED if is_closed else IssueState.OPEN).value
    if merged:
        state = IssueState.MERGED.value
    values = {
        "kind": kind.value,
        "node_id": None,
        "title": text_of(item["title"]),
        "body": text_of(item["body"]),
        "state": state,
        "state_reason": None,
        "author": login_of(item["login"]),
        "is_locked": None,
        "created_at": created,
        "closed_at": closed or merged,
    }
    return Issue(
        number,
        time_of(item["updated_at"]) or "",
        values,
        labels=labels,
        linked=None,
        comments=CommentPage(len(comments), None, False, comments),
    )
