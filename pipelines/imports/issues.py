"""Issues and pull requests that another dataset has of repositories; what a crawl stored stays.

All of them are stored, not only those that name a model: the dataset is of repositories that use
models. Which models they name is found by the rules of a crawl.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from miner.db import upsert as db
from miner.pipelines.derive.issues.issue_rows import (
    COMMENT,
    ISSUE,
    LISTING,
    MENTION,
    comment_row,
    issue_row,
)
from miner.pipelines.derive.issues.mentions import mentions_in
from miner.pipelines.derive.issues.named_models import (
    Text,
    known_names,
    libraries_of,
    mention_row,
    texts_of,
)
from miner.pipelines.derive.method_accuracy import record_issue_rules
from miner.pipelines.imports.job import SOURCE, Job
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.repositories import IngestContext, write_findings, write_named
from miner.pipelines.sources.github.issue_records import Issue
from miner.pipelines.sources.peatmoss import issues
from miner.schema.vocab import FindingSource, IssueKind, IssueListingState, RecordReason

DATASET = "PeaTMOSS"
"""How the store calls it."""


@dataclass(slots=True)
class WrittenIssues:
    """Issues that were stored, that the store had, and what went with those."""

    stored: int = 0
    known: int = 0
    known_comments: int = 0
    known_labels: int = 0


def import_issues(job: Job) -> None:
    """Import issues and pull requests of repositories, with comments and labels."""
    users = job.report.of(issues.USER)
    users.stored = users.rows or 0
    if count := issues.bad_logins(job.source):
        users.stored -= count
        job.reject_rows(issues.USER, RecordReason.WRONG_TYPE, count, "no login name")
    for of in issues.KINDS:
        homes = job.report.of(of.home)
        homes.stored = homes.rows or 0
        job.progress.start(f"{SOURCE}: {of.table}", job.report.of(of.table).rows)
        for batch in issues.read_issues(job.source, of):
            job.check_stop()
            with job.engine.begin() as connection:
                context = IngestContext(connection, job.run_id, as_text(job.date))
                record_issue_rules(connection, context.observed_at)
                done = write_issues(context, batch.kind, batch.items)
            _add(job, batch, done)
            job.progress.advance(batch.count)
    for table, count in issues.lost_rows(job.source).items():
        detail = "of no issue or pull request that is there"
        job.reject_rows(table, RecordReason.ORPHAN, count, detail)


def _add(job: Job, batch: issues.IssueBatch, done: WrittenIssues) -> None:
    report = job.report
    report.of(batch.table).stored += done.stored
    report.of(batch.table).known += done.known
    for table, count in batch.used.items():
        report.of(table).stored += count
    for table, count in (
        (issues.COMMENT, done.known_comments), (issues.LABEL, done.known_labels),
    ):  # fmt: skip
        report.of(table).stored -= count
        report.of(table).known += count
    for name in dict.fromkeys(name for name, _ in batch.problems):
        job.reject(name, [problem for of, problem in batch.problems if of == name])


def write_issues(
    context: IngestContext, kind: IssueKind, found: Sequence[tuple[str, Issue]]
) -> WrittenIssues:
    """Write the issues, or pull requests, that the store does not have.

    Args:
        context: The transaction's setting.
        kind: Which of both.
        found: Each with the name of its repository.
    """
    keys = write_named(context, [name for name, _ in found])
    write_findings(context, [(key, FindingSource.DATASET.value, DATASET) for key in keys.values()])
    columns = ("repository_id", "number")
    stored = db.select_rows(context.connection, ISSUE, columns, "repository_id", set(keys.values()))
    known = {(row["repository_id"], row["number"]) for row in stored}
    done, fresh = WrittenIssues(), dict[tuple[int, int], Issue]()
    for name, issue in found:
        place = (keys[name], issue.number)
        if place in known or place in fresh:
            done.known += 1
            done.known_comments += len(issue.comments.comments)
            done.known_labels += len(issue.labels)
        else:
            done.stored += 1
            fresh[place] = issue
    _write(context, fresh)
    _write_listings(context, kind, Counter(key for key, _ in fresh))
    return done


def _write(context: IngestContext, fresh: Mapping[tuple[int, int], Issue]) -> None:
    texts = {place: texts_of(issue) for place, issue in fresh.items()}
    by_repository: dict[int, list[Text]] = defaultdict(list)
    for (key, _), each in texts.items():
        by_repository[key] += each
    names = known_names(context.connection, by_repository)
    rows: list[db.Row] = []
    comments: list[db.Row] = []
    mentions: list[db.Row] = []
    for place, issue in fresh.items():
        key, _ = place
        libraries = libraries_of(texts[place])
        count = len(issue.comments.comments)
        rows.append(issue_row(context, key, issue, libraries, count))
        comments += [
            comment_row(context, key, issue.number, one) for one in issue.comments.comments
        ]
        mentions += [
            mention_row(key, text, mention)
            for text in texts[place]
            for mention in mentions_in(text.text, names[key], with_files=bool(libraries))
        ]
    for table, written in ((ISSUE, rows), (COMMENT, comments), (MENTION, mentions)):
        db.insert(context.connection, table, db.numbered(context.connection, table, written))


def _write_listings(context: IngestContext, kind: IssueKind, counts: Mapping[int, int]) -> None:
    """Count what came of each repository; a listing that a crawl has begun stays as it is."""
    columns = ("repository_id", "reason", "read_count")
    where: dict[str, str | int] = {"kind": kind.value}
    stored = db.select_rows(
        context.connection, LISTING, columns, "repository_id", counts, where=where
    )
    known = {row["repository_id"]: row for row in stored}
    rows: list[db.Row] = [
        {
            "repository_id": key,
            "kind": kind.value,
            "state": IssueListingState.PARTIAL.value,
            "reason": DATASET,
            "read_count": count + (known[key]["read_count"] if key in known else 0),
            "observed_at": context.observed_at,
            "run_id": context.run_id,
        }
        for key, count in counts.items()
        if key not in known or known[key]["reason"] == DATASET
    ]
    db.upsert(
        context.connection, LISTING, db.numbered(context.connection, LISTING, rows),
        key=("repository_id", "kind"), update=("read_count",),
    )  # fmt: skip
