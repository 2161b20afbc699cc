"""PeaTMOSS into the store: part after part, each batch in a transaction of its own.

An import that is killed goes on with the same command: models from where they stopped, the other
parts from their beginning, and what is there already stays as it is.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, select

from miner.content import version_of
from miner.db.observations import Observations
from miner.db.session import open_store, store_lock
from miner.errors import ConfigurationError
from miner.pipelines.imports.fields import import_fields
from miner.pipelines.imports.history import (
    WrittenHistory,
    write_commits,
    write_discussions,
    write_refs,
)
from miner.pipelines.imports.issues import DATASET, import_issues
from miner.pipelines.imports.job import SOURCE, Job
from miner.pipelines.imports.report import ImportReport, TableReport, read_report
from miner.pipelines.imports.uses import WrittenUses, write_uses
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.repositories import IngestContext, write_findings, write_named
from miner.pipelines.intake.runs import RUN, hub_id, running
from miner.pipelines.intake.seeds import SeedRows, end_seed, ingest_rows, is_ingested
from miner.pipelines.intake.sweeps import Plan, RunContext, open_sweep
from miner.pipelines.scan.scan_rows import resolve_uses
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs import hub_class
from miner.pipelines.sources.hubs.protocol import HubSource, Window
from miner.pipelines.sources.peatmoss import history, issues, models, repositories
from miner.pipelines.sources.peatmoss.database import COLLECTED_AT, PeatmossFile, open_peatmoss
from miner.pipelines.sources.records.facts import Problem
from miner.pipelines.sources.records.values import excerpt
from miner.progress import Progress
from miner.schema.vocab import (
    FindingSource,
    RecordReason,
    RunState,
    SweepKind,
    UseMethod,
)
from miner.settings import Settings

log = logging.getLogger(__name__)

COMMAND = "import"
_NO_TABLE = "miner stores nothing of this kind"


def import_peatmoss(
    settings: Settings,
    path: Path,
    *,
    date: datetime | None = None,
    fields: Path | None = None,
    progress: Progress,
    stop: threading.Event,
) -> ImportReport:
    """Import a file of PeaTMOSS; one that was imported before changes nothing.

    Args:
        settings: Where the store is; one is made where there is none.
        path: The SQLite file; it is only read.
        date: What its rows are as of, UTC without zone; None: the end of its collection.
        fields: The JSON of fields that language models read in cards; None: none.
        progress: Shows how far it is.
        stop: Set to end it after the batch in hand; the same command goes on then.

    Returns:
        What became of each table.

    Raises:
        ConfigurationError: There is no such file, or the store cannot be opened.
        InvalidData: The file cannot be used, or is damaged; what was read before stays.
        StoreLocked: Another process writes to this store.
        Stopped: It was asked to end.
    """
    date = date or COLLECTED_AT
    with open_peatmoss(path) as source, store_lock(settings):
        engine = open_store(settings)
        try:
            report = ImportReport(SOURCE, f"{date:%Y-%m-%d}")
            arguments = {**_identity(source, date), "version": _version(), **_of_fields(fields)}
            if (known := _earlier(engine, arguments)) is not None:
                return known
            with running(engine, COMMAND, arguments) as run:
                job = Job(settings, engine, run.id, source, date, report, progress, stop, fields)
                try:
                    _count(job)
                    for part in _PARTS:
                        part(job)
                    run.state = RunState.FINISHED
                except Stopped:
                    run.state = RunState.INTERRUPTED
                    raise
                finally:
                    progress.finish()
                    run.report = report.as_json()
            return report
        finally:
            engine.dispose()


def _version() -> str:
    """Return the version of what reads a file: with another, a file is read again."""
    return version_of("miner.pipelines.imports", "miner.pipelines.sources.peatmoss")


def _identity(source: PeatmossFile, date: datetime) -> dict[str, object]:
    """Return what identifies a file, wherever it lies."""
    file = {"name": source.path.name, "size": source.size, "sha256": source.sha256}
    return {
        "name": SOURCE, "date": str(date), "files": [file], "lacks": list(models.lacking()),
    }  # fmt: skip


def _of_fields(path: Path | None) -> dict[str, object]:
    """Return what identifies the file of fields.

    Raises:
        ConfigurationError: There is no such file.
    """
    if path is None:
        return {}
    if not path.is_file():
        raise ConfigurationError(f"there is no file {path}", next_step="name it, or no --fields")
    with path.open("rb") as content:
        return {"fields_sha256": hashlib.file_digest(content, "sha256").hexdigest()}


def _earlier(engine: Engine, arguments: Mapping[str, object]) -> ImportReport | None:
    """Return the report of an import of this very file, as of this date, that was finished."""

    def key(found: Mapping[str, object]) -> tuple[object, ...]:
        files = cast("list[dict[str, object]]", found.get("files") or [{}])
        which = (files[0].get("sha256"), found.get("fields_sha256"))
        return found.get("version"), found.get("date"), which

    with engine.connect() as connection:
        runs = connection.execute(
            select(RUN.c.arguments, RUN.c.report)
            .where(RUN.c.command == COMMAND, RUN.c.state == RunState.FINISHED.value)
            .order_by(RUN.c.id.desc())
        ).all()
    for known, report in runs:
        if isinstance(known, dict) and key(known) == key(arguments):
            return read_report(report, "this very file was imported before: nothing is changed")
    return None


def _count(job: Job) -> None:
    """Count the rows of every table; those that no part reads are left out."""
    for table in sorted(job.source.columns):
        job.check_stop()
        left_out = "" if table in _READ else _NO_TABLE
        rows = job.source.count(table)
        job.report.tables[table] = TableReport(table, rows, left_out=left_out if rows else "")


def _import_models(job: Job) -> None:
    """Import the models of each hub, with what the tables of names say of them."""
    hubs = models.hubs_of(job.source)
    job.report.of("model_hub").stored = len(hubs)
    unknown = (job.report.of("model_hub").rows or 0) - len(hubs)
    if unknown:
        job.report.of("model_hub").refused["hub that miner does not know"] = unknown
    for number, hub in sorted(hubs.items()):
        if models.has_models(job.source, number):
            _import_hub(job, hub, number)
    _refuse_orphans(job, hubs)


def _import_hub(job: Job, name: str, number: int) -> None:
    hub = cast("HubSource", hub_class(name))
    observations = Observations(job.settings.observations_dir / "model")
    context = RunContext(job.engine, hub, hub_id(job.engine, hub), job.run_id, observations)
    identity = _identity(job.source, job.date)
    plan = Plan(SweepKind.SEED, Window(), ascending=True, sort="", seed=identity)
    with job.engine.connect() as connection:
        if is_ingested(connection, context.hub_id, plan):
            job.report.notes.append(f"models of {name} were imported by an earlier run")
            return
    sweep = open_sweep(context, plan, "0")
    start = int(sweep.next_url)
    if start:
        job.report.notes.append(f"models of {name} went on after number {start:,} of the file")
    job.progress.start(f"{SOURCE}: models of {name}", job.report.of("model").rows)
    for batch in models.read_models(job.source, name, number, start):
        job.check_stop()
        rows = SeedRows(batch.facts, batch.problems)
        sweep, done = ingest_rows(context, sweep, job.date, rows, str(batch.last))
        _add(job.report, batch, done)
        job.progress.advance(batch.count)
    end_seed(context, sweep, job.date)


def _add(report: ImportReport, batch: models.ModelBatch, done: Mapping[str, int]) -> None:
    stored = done.get("new", 0) + done.get("changed", 0)
    report.of("model").stored += stored
    report.of("model").known += len(batch.facts) - stored
    report.refuse(batch.refused)
    for table, count in batch.used.items():
        report.of(table).stored += count


def _refuse_orphans(job: Job, hubs: Mapping[int, str]) -> None:
    """Reject the models of no hub that is known, and what refers to models that are not there."""
    known = ", ".join(str(number) for number in sorted(hubs)) or "NULL"
    query = (
        "SELECT id, context_id, model_hub_id FROM model "
        f"WHERE model_hub_id IS NULL OR model_hub_id NOT IN ({known}) ORDER BY id"
    )
    for rows in job.source.rows("model", query):
        problems = [
            Problem("", RecordReason.ORPHAN.value, excerpt(f"of a hub that is not known: {hub}"),
                    int(str(key)), excerpt(models.as_name(name) or f"model {key}"))
            for key, name, hub in rows
        ]  # fmt: skip
        job.reject("model", problems)
    for kind in models.ATTRIBUTES:
        link = f"model_to_{kind}"
        named = job.report.of(kind)
        named.stored = named.rows or 0
        for what, count in models.orphans(job.source, kind).items():
            job.reject_rows(link, RecordReason.ORPHAN, count, what)


def _import_uses(job: Job) -> None:
    """Import the repositories, and which models they use in which files."""
    hubs = models.hubs_of(job.source)
    job.progress.start(f"{SOURCE}: repositories", job.report.of(repositories.REPOSITORY).rows)
    for batch in repositories.read_repositories(job.source, hubs):
        job.check_stop()
        with job.engine.begin() as connection:
            done = _write_uses(job, connection, batch)
        links, files = job.report.of(repositories.LINK), job.report.of(repositories.FILE)
        job.report.of(repositories.REPOSITORY).stored += len(batch.names)
        links.stored += batch.used[repositories.LINK] - done.known_links
        links.known += done.known_links
        files.stored += done.files
        files.known += done.known_files
        for table in dict.fromkeys(table for table, _ in batch.problems):
            job.reject(table, [problem for of, problem in batch.problems if of == table])
        job.progress.advance(batch.count)
    for table in (repositories.LINK, repositories.FILE):
        if count := repositories.lost_links(job.source, table):
            job.reject_rows(table, RecordReason.ORPHAN, count, "of a repository that is not there")
    resolve_uses(job.engine)


def _write_uses(
    job: Job, connection: Connection, batch: repositories.RepositoryBatch
) -> WrittenUses:
    named = [(name, DATASET) for name in batch.names.values()]
    context = IngestContext(connection, job.run_id, as_text(job.date))
    keys = write_named(context, dict.fromkeys(batch.names.values()))
    found = [(keys[name], FindingSource.DATASET.value, place) for name, place in named]
    write_findings(context, found)
    links: dict[int, dict[tuple[str, str], list[str]]] = {}
    for number, name in batch.names.items():
        uses = links.setdefault(keys[name], {})
        for model, paths in batch.links[number].items():
            known = uses.setdefault(model, [])
            known.extend(path for path in paths if path not in known)
    return write_uses(connection, links, UseMethod.PEATMOSS, as_text(job.date))


def _import_history(job: Job) -> None:
    """Import commits, refs and discussions of models, with authors and events."""
    hubs = models.hubs_of(job.source)
    for kind in ("author", "hf_git_ref", "hf_git_ref_info"):
        job.report.of(kind).stored = job.report.of(kind).rows or 0
    _write_history(job, history.COMMIT, history.read_commits(job.source, hubs), write_commits)
    for table in history.REFS:
        _write_history(job, table, history.read_refs(job.source, hubs, table), write_refs)
    discussions = history.read_discussions(job.source, hubs)
    _write_history(job, history.DISCUSSION, discussions, write_discussions)
    if count := history.lost_events(job.source):
        detail = "of a discussion that is not there"
        job.reject_rows(history.EVENT, RecordReason.ORPHAN, count, detail)


def _write_history(
    job: Job,
    table: str,
    batches: Iterable[history.HistoryBatch],
    write: Callable[[Connection, history.HistoryBatch, int, str], WrittenHistory],
) -> None:
    job.progress.start(f"{SOURCE}: {table}", job.report.of(table).rows)
    for batch in batches:
        job.check_stop()
        with job.engine.begin() as connection:
            done = write(connection, batch, job.run_id, as_text(job.date))
        job.report.of(table).stored += done.stored
        job.report.of(table).known += done.known
        for other, count in batch.used.items():
            job.report.of(other).stored += count
        events = job.report.of(history.EVENT)
        events.stored -= done.known_events
        events.known += done.known_events
        for name in dict.fromkeys(name for name, _ in batch.problems):
            job.reject(name, [problem for of, problem in batch.problems if of == name])
        job.progress.advance(batch.count)


_PARTS: tuple[Callable[[Job], None], ...] = (
    _import_models,
    _import_uses,
    _import_history,
    import_issues,
    import_fields,
)
_READ = frozenset({
    "model", "model_hub", *models.ATTRIBUTES, *(f"model_to_{kind}" for kind in models.ATTRIBUTES),
    repositories.REPOSITORY, repositories.LINK, repositories.FILE, history.COMMIT, *history.REFS,
    history.DISCUSSION, history.EVENT, "hf_git_ref", "hf_git_ref_info", "hf_commit_to_author",
    "discussion_to_author", issues.COMMENT, issues.LABEL, issues.USER,
    *(table for of in issues.KINDS for table in (of.table, of.used, of.published, of.home)),
})  # fmt: skip
"""Tables that a part reads."""
