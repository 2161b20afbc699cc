"""Cards and configs: which are wanted, at which revision, and their getting.

What is wanted is a query: files whose model has another revision than the one they were last
asked for at; and cards that came with a snapshot, without their text, once the rules are newer. A
file is two requests: the first names its blob; where that blob is held already, the second is
saved.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, text

from miner.db import dialect
from miner.db import upsert as db
from miner.errors import RetryLater, SourceRefused
from miner.pipelines.crawl.requeue import requeue_pages
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.derive.cards.extraction_stage import THE_RULES
from miner.pipelines.intake.batch import Batch, as_text
from miner.pipelines.intake.blobs import WRITERS, find_blobs, ingest_files, linked_blob
from miner.pipelines.intake.datasets import DATASET
from miner.pipelines.intake.files import CARD, CONFIG, FileAnswer
from miner.pipelines.intake.models import MODEL
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs.protocol import ListingHub, Window
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.schema.vocab import AnswerKind, FileState

_SMALLEST, _LARGEST = 16, 256
_BATCH_SECONDS = 4.0
"""A batch is written when all of it has come: it has so many files as come in about this time."""

_UNREAD = (
    " OR (f.state = 'fetched' AND f.answer_id IS NULL AND NOT EXISTS (SELECT 1 FROM extraction e "
    "WHERE e.model_id = m.id AND e.extractor = :extractor AND e.version = :version "
    "AND e.blob_sha = f.blob_sha))"
)
"""A card that came with a snapshot, without its text, and that other rules have read."""

_SUBJECTS = {"model": MODEL, "dataset": DATASET}

Found = dict[int, ReceivedAnswer | RetryLater]
"""Answers by the place of what was asked for."""


@dataclass(frozen=True, slots=True)
class FileChoice:
    """Which files a crawl wants.

    Attributes:
        min_downloads: Only of models with so many downloads in 30 days.
        configs: ``needed`` (the architecture is open), ``all`` or ``none``.
        window: Only of models inside it.
        account: Whose token asks, empty for nobody's; None: whoever it is. What was gated for
            another is asked for again.
        answered_before: What was refused before then, UTC without zone, is asked for again;
            None: it is not.
        names: Only of models of these names; None: of all.
    """

    min_downloads: int
    configs: str
    window: Window
    account: str | None = None
    answered_before: datetime | None = None
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to ask for."""

    subject_id: int
    name: str
    revision: str
    path: str
    subject: str = "model"


def fetch_files(crawl: Crawl, choice: FileChoice) -> None:
    """Get the cards and configs that are wanted and not yet held at their model's revision.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    requeue_pages(crawl)
    choice = as_asked_now(crawl, choice)
    for path, noun in ((CARD, "cards"), (CONFIG, "configs")):
        if path == CONFIG and choice.configs == "none":
            continue
        with crawl.engine.connect() as connection:
            ids = wanted_ids(connection, crawl.setting.hub_id, path, choice)
            if choice.names is not None:
                named = set(ids_of(connection, crawl.setting.hub_id, choice.names))
                ids = [key for key in ids if key in named]
        fetch_each(crawl, path, noun, ids)


def fetch_each(crawl: Crawl, path: str, noun: str, ids: Sequence[int]) -> None:
    """Get one file of each of some models, batch by batch.

    Args:
        crawl: The crawl's setting; its counts take what became of them.
        path: Of the file.
        noun: What such files are called in the plural.
        ids: Surrogate keys of the models.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    fetch_in_batches(crawl, noun, [(key, path) for key in ids])


def as_asked_now(crawl: Crawl, choice: FileChoice) -> FileChoice:
    """Return a choice with who asks, and when what was refused is asked for again."""
    days = timedelta(days=crawl.settings.refused_again_days)
    return replace(
        choice,
        account=crawl.setting.listing_hub.account,
        answered_before=datetime.now(UTC).replace(tzinfo=None) - days,
    )


def fetch_in_batches(
    crawl: Crawl, noun: str, files: Sequence[tuple[int, str]], subject: str = "model"
) -> None:
    """Get files, by the surrogate keys of their models or datasets and paths, batch by batch.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    crawl.progress.start(noun, len(files))
    size, done = _SMALLEST, 0
    while group := files[done : done + size]:
        if crawl.stop.is_set():
            raise Stopped
        done += len(group)
        started = time.monotonic()
        for item in _fetch_batch(crawl, group, subject):
            crawl.counts[f"{noun} {item.state.value}"] += 1
        crawl.progress.advance(len(group))
        size = _next_size(size, time.monotonic() - started)
    crawl.progress.finish()


def _next_size(size: int, seconds: float) -> int:
    """Return how many files the next batch has: few under a limit, so that a kill loses few."""
    if seconds > _BATCH_SECONDS:
        return max(_SMALLEST, size // 2)
    return min(_LARGEST, size * 2) if seconds < _BATCH_SECONDS / 2 else size


def wanted_ids(connection: Connection, hub_id: int, path: str, choice: FileChoice) -> list[int]:
    """Return the models whose file has to be asked for, most downloaded first."""
    is_unread = _UNREAD if path == CARD else ""
    conditions, values = chosen_models(hub_id, choice)
    values |= {"path": path, "listing": f'"path":"{path}"'}
    if is_unread:
        values |= {"extractor": THE_RULES.name, "version": THE_RULES.version}
    lists_it = dialect.holds(connection, "m.files", ":listing")
    conditions.append(f"(f.id IS NULL OR {outdated(choice, lists_it, values)}{is_unread})")
    if path == CONFIG and choice.configs == "needed":
        conditions += [lists_it, _open_architecture(connection)]
    else:
        # a card that is held and listed no more is asked for: the answer says that it is gone
        conditions.append(f"(m.files IS NULL OR {lists_it} OR f.state = 'fetched')")
    rows = connection.execute(
        text(
            "SELECT m.id FROM model m LEFT JOIN fetched_file f ON f.model_id = m.id AND "
            f"f.path = :path WHERE {' AND '.join(conditions)} "
            "ORDER BY coalesce(m.downloads, 0) DESC, m.name"
        ),
        values,
    )
    return [int(row[0]) for row in rows]


def chosen_models(hub_id: int, choice: FileChoice) -> tuple[list[str], dict[str, object]]:
    """Return the conditions on the models of a choice, but for its names, and their values."""
    conditions = [
        "m.hub_id = :hub_id",
        "m.state = 'present'",
        "coalesce(m.downloads, 0) >= :min_downloads",
    ]
    values: dict[str, object] = {"hub_id": hub_id, "min_downloads": choice.min_downloads}
    window = choice.window
    for name, bound, sign in (("since", window.since, ">="), ("until", window.until, "<")):
        if bound is not None:
            conditions.append(f"(m.created_at {sign} :{name} OR m.created_at IS NULL)")
            values[name] = as_text(bound)
    return conditions, values


def outdated(choice: FileChoice, lists_it: str, values: dict[str, object]) -> str:
    """Return the condition that a file has to be asked for again, and add its values."""
    return (
        "f.state = 'failed' OR f.revision <> coalesce(m.sha, 'main') "
        f"OR {_refused_again(choice, lists_it, values)}"
    )


def ids_of(connection: Connection, hub_id: int, names: frozenset[str]) -> list[int]:
    """Return the surrogate keys of the models of a hub that have these names."""
    where = {"hub_id": hub_id}
    return [
        row["id"]
        for row in db.select_rows(connection, MODEL, ("id",), "name", sorted(names), where=where)
    ]


def _refused_again(choice: FileChoice, lists_it: str, values: dict[str, object]) -> str:
    """Return the condition that what was refused at this revision may be had now.

    A model that is present contradicts a file that was gone or disabled: it was renamed between
    two requests, or has returned. What is gated depends on who asks, and on what the owner
    decided since.
    """
    conditions = ["f.state IN ('gone', 'disabled')", "(f.state = 'gated' AND m.gated = 'no')"]
    if choice.account is not None:
        conditions.append("(f.state = 'gated' AND coalesce(f.asked_as, '') <> :account)")
        values["account"] = choice.account
    if choice.answered_before is not None:
        conditions.append(
            f"((f.state = 'gated' OR (f.state = 'missing' AND {lists_it})) AND EXISTS "
            "(SELECT 1 FROM run r WHERE r.id = f.run_id AND r.started_at < :answered_before))"
        )
        values["answered_before"] = as_text(choice.answered_before)
    return f"({' OR '.join(conditions)})"


def _open_architecture(connection: Connection) -> str:
    """Return the condition that the hub's reduced config leaves the architecture open.

    No type at all, or a mixture of experts, whose expert counts only the full config.json has.
    """
    marks = {"m.model_type": ("moe", "mixtral"), "m.name": ("moe", "x7b", "x8b", "x22b"),
             "m.tags": ('"moe"',)}  # fmt: skip
    signs = (
        f"{dialect.folded(connection, column)} LIKE '%{word}%'"
        for column, words in marks.items()
        for word in words
    )
    return f"(m.model_type IS NULL OR {' OR '.join(signs)})"


def _fetch_batch(crawl: Crawl, files: Sequence[tuple[int, str]], subject: str) -> list[FileAnswer]:
    """Get one batch of files and write what became of them, in one transaction."""
    ids = list(dict.fromkeys(key for key, _ in files))
    with crawl.engine.connect() as connection:
        rows = db.select_rows(connection, _SUBJECTS[subject], ("id", "name", "sha"), "id", ids)
    known = {row["id"]: row for row in rows}
    wanted = {
        place: Wanted(key, known[key]["name"], known[key]["sha"] or "main", path, subject)
        for place, (key, path) in enumerate(files)
        if key in known
    }
    found = _ask(crawl, wanted)
    answers = {key: answer for key, answer in found.items() if isinstance(answer, ReceivedAnswer)}
    hub = crawl.setting.listing_hub
    # the bytes of a blob stand in the archive before an answer that only names it
    answers = dict(sorted(answers.items(), key=lambda item: bool(linked_blob(hub, item[1]))))
    locations = crawl.keep_all(answers.values())
    failed = [
        _unanswered(wanted[key], answer.message)
        for key, answer in found.items()
        if isinstance(answer, RetryLater)
    ]
    located = [
        (wanted[key].subject_id, answers[key], place)
        for key, place in zip(answers, locations, strict=True)
    ]
    return write_answers(crawl, failed, located, subject)


def write_answers(
    crawl: Crawl,
    failed: list[FileAnswer],
    located: Sequence[tuple[int, ReceivedAnswer, Location]],
    subject: str = "model",
) -> list[FileAnswer]:
    """Write what became of some files, in one transaction.

    Args:
        crawl: The crawl's setting.
        failed: Files that could not be got now.
        located: Answers, with the surrogate keys of their models or datasets and their place in
            the archive.
        subject: ``model`` or ``dataset``: whose files they are.

    Returns:
        What became of each file.
    """
    with crawl.engine.begin() as connection:
        batch = Batch(
            connection,
            crawl.setting.hub_id,
            crawl.setting.run_id,
            "",
            None,
            faults=crawl.setting.faults,
        )
        hub = crawl.setting.listing_hub
        WRITERS[subject](batch, failed)
        return failed + ingest_files(batch, hub, crawl.archive, located, subject)


def _ask(crawl: Crawl, wanted: dict[int, Wanted]) -> Found:
    """Ask for files: first which blobs they are, then for the bytes of those not held."""
    hub = crawl.setting.listing_hub

    def first(item: Wanted) -> ReceivedAnswer:
        context = {
            "hub": hub.name,
            "subject": item.subject,
            "name": item.name,
            "revision": item.revision,
            "path": item.path,
            **({"asked_as": hub.account} if hub.account else {}),
        }
        url = hub.file_url(item.name, item.revision, item.path, item.subject)
        bound = _bound(crawl, item.path)
        return hub.get(url, AnswerKind.FILE, context, max_bytes=bound, follow=False)

    def second(answer: ReceivedAnswer, target: str) -> ReceivedAnswer:
        bound = _bound(crawl, answer.context["path"])
        digest = hub.linked_digest(answer)
        # reading the archive again compares them too, so the digest goes along
        context = {**answer.context, **({"blob": digest} if digest else {})}
        return hub.get(target, AnswerKind.FILE, context, max_bytes=bound, digest=digest)

    found: Found = dict(crawl.get_all({key: partial(first, item) for key, item in wanted.items()}))
    redirects = _redirects(hub, found)
    with crawl.engine.connect() as connection:
        known = set(
            find_blobs(connection, [linked_blob(hub, answer) for answer, _ in redirects.values()])
        )
    requests = {}
    for key, (answer, target) in redirects.items():
        blob = linked_blob(hub, answer)
        if blob not in known:
            requests[key] = partial(second, answer, target)
        if blob:
            known.add(blob)  # others of this batch have the same file: it is fetched once
    found.update(crawl.get_all(requests))
    return found


def _redirects(hub: ListingHub, found: Found) -> dict[int, tuple[ReceivedAnswer, str]]:
    """Return the answers that lead on, and where to.

    One that leads to a host which is not configured has failed; it does not end the crawl.
    """
    redirects: dict[int, tuple[ReceivedAnswer, str]] = {}
    for key, answer in list(found.items()):
        if not isinstance(answer, ReceivedAnswer):
            continue
        try:
            target = hub.redirect_target(answer)
        except SourceRefused as error:
            found[key] = RetryLater(error.message)
            continue
        if target is not None:
            redirects[key] = (answer, target)
    return redirects


def _bound(crawl: Crawl, path: str) -> int:
    settings = crawl.settings
    return settings.max_card_bytes if path == CARD else settings.max_config_bytes


def _unanswered(item: Wanted, reason: str) -> FileAnswer:
    """Return that a file could not be got now; the next crawl asks for it again."""
    return FileAnswer(
        item.subject_id, item.name, item.path, item.revision, FileState.FAILED, reason, b"", None,
        None,
    )  # fmt: skip
