"""A store built again from the archive alone, by the same functions that a crawl uses."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from threading import Event
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from miner.db.observations import Observations
from miner.db.session import open_store, read_store, store_lock
from miner.errors import ConfigurationError, MinerError
from miner.pipelines.crawl.rebuild_before import (
    carry_forge,
    carry_observations,
    carry_paid,
    carry_runs,
    store_before,
)
from miner.pipelines.crawl.rebuild_catalogs import Catalogs
from miner.pipelines.crawl.rebuild_forge import take_forge
from miner.pipelines.crawl.rebuild_swap import fresh_folder, swap
from miner.pipelines.derive.architecture.stage import judge_stored
from miner.pipelines.derive.cards.stage import extract_stored
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.lineage import resolve_names
from miner.pipelines.executors import open_executor
from miner.pipelines.intake.batch import Batch, write_answer
from miner.pipelines.intake.blobs import ingest_files
from miner.pipelines.intake.models import find_by_names
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.records import ingest_record
from miner.pipelines.intake.runs import hub_id, running
from miner.pipelines.intake.snapshots import begun_from
from miner.pipelines.intake.sweeps import (
    RunContext,
    SweepAt,
    ingest_page,
    open_sweep,
    plan_of,
    restart_sweep,
    stop_sweep,
)
from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.pipelines.sources.hubs import hub_class, hub_names
from miner.pipelines.sources.hubs.listing_pages import is_list
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.progress import Progress
from miner.schema.vocab import AnswerKind, ParseState, RunState, SweepKind
from miner.settings import Settings

log = logging.getLogger(__name__)

_FILES = 256
_TOLD = {"repositories": "repository", "searches": "search_bin", "scans": "scan",
         "use sites": "use_site", "uses": "model_use"}  # fmt: skip
"""What the report tells of the rows that were carried over."""

Kept = tuple[Location, ReceivedAnswer]
PageKey = tuple[str, str, str]
"""Sweep, phase, and which page."""


def rebuild(settings: Settings, progress: Progress) -> Counter[str]:
    """Build the store again from the archive; the old one is replaced when the new one is whole.

    The old store stays beside it as ``miner.db.before-parse``. From it comes what no answer tells:
    the GitHub half as it stands, with the answers that it knew, and what language models answered;
    ``miner extract --with llm`` makes values of that again without asking. Answers of GitHub that
    it did not know are taken in by the crawl's own functions; without a store before these are
    all, and the scans are lacking. Rows of dumps are in no archive. A warning tells what lacks.

    Args:
        settings: Where archive and store are. The store has to be SQLite in the data directory.
        progress: Shows how far it is.

    Returns:
        Answers taken in, by kind, and rows taken over from the old store.

    Raises:
        ConfigurationError: There is no archive, the store is no file of the data directory, or it
            was begun from a snapshot.
    """
    store = settings.data_dir / "miner.db"
    if settings.database_url != f"sqlite:///{store}":
        raise ConfigurationError(
            "parse --from-archive builds the store in the data directory",
            next_step="unset MINER_DATABASE_URL for a store on SQLite; one on PostgreSQL is "
            "restored from its own backup (pg_restore), or crawled again",
        )
    reader = ArchiveReader(settings.archive_dir)
    if not reader.segments():
        raise ConfigurationError(
            f"there is no archive in {settings.archive_dir}",
            next_step="miner crawl --since 2024-01",
        )
    with store_lock(settings):
        _require_own(settings)
        Archive(settings.archive_dir, segment_bytes=settings.archive_segment_bytes).close()
        fresh = fresh_folder(settings)
        inside = replace(settings, data_dir=fresh, database_url=f"sqlite:///{fresh / 'miner.db'}")
        with store_before(settings) as before:
            counts = _build(_Job(settings, inside, reader, before, progress))
        if lacking := _seeds_of(settings) or _seeds_of(inside):
            log.warning(
                "what came from dumps is not in the archive, so this store lacks it: %s; "
                "run miner crawl with the same --seed again",
                ", ".join(lacking),
            )
        swap(settings, inside)
    return counts


def _require_own(settings: Settings) -> None:
    """Refuse a store that was begun from a snapshot: what came with it is in no archive.

    Raises:
        ConfigurationError: It was.
    """
    try:
        engine = read_store(settings)
    except (MinerError, SQLAlchemyError):
        return  # absent or damaged: the archive is all there is
    try:
        with engine.connect() as connection:
            begun = begun_from(connection)
    except SQLAlchemyError:
        return
    finally:
        engine.dispose()
    if begun is not None:
        raise ConfigurationError(
            f"this store was begun from {begun.name}, and what came with it is in no archive; "
            "the store stays as it is",
            next_step=f"MINER_DATA_DIR=FOLDER miner crawl --since 2024-01 --seed {begun.name}",
        )


def _seeds_of(settings: Settings) -> list[str]:
    """Return the dumps that a store was begun from, as far as it can be read.

    One built from an archive alone knows that there was one: its first pass is no full one.
    """
    try:
        engine = read_store(settings)
    except (MinerError, SQLAlchemyError):  # absent, of another miner, or no store at all
        return []
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                SWEEP.select()
                .with_only_columns(SWEEP.c.kind, SWEEP.c.window)
                .where(SWEEP.c.subject == "model", SWEEP.c.kind != SweepKind.DELTA.value)
                .order_by(SWEEP.c.id)
            ).all()
    except SQLAlchemyError as error:  # damaged: that may be why it is built again
        log.debug("the old store does not tell of dumps: %s", error)
        return []
    finally:
        engine.dispose()
    dumps = [window["seed"] for kind, window in rows if kind == SweepKind.SEED.value]
    if not dumps and rows and rows[0][0] == SweepKind.LIGHT.value:
        return ["a dump whose name the archive does not know"]
    return [f"{dump['name']} of {str(dump['date'])[:10]}" for dump in dumps]


@dataclass(frozen=True, slots=True)
class _Job:
    """What a store is built from, and where.

    Attributes:
        settings: Of the store that is to be replaced.
        inside: Of the new one.
        reader: Of the archive.
        before: The old store, for reading; None where there is none.
        progress: Shows how far it is.
    """

    settings: Settings
    inside: Settings
    reader: ArchiveReader
    before: Engine | None
    progress: Progress


def _build(job: _Job) -> Counter[str]:
    settings, reader = job.inside, job.reader
    engine = open_store(settings)
    try:
        if job.before is not None:
            carry_runs(job.before, engine)
        with running(engine, "parse", {"from_archive": True}) as run:
            observations = Observations(settings.observations_dir / "model")

            @cache
            def setting_of(name: str) -> RunContext | None:
                if name not in hub_names():
                    if name:
                        log.warning("the archive has answers of %s, no hub known here", name)
                    return None
                hub = hub_class(name).open(settings, Event())
                return RunContext(engine, hub, hub_id(engine, hub), run.id, observations)

            counts = _Rebuild(engine, reader, setting_of).take_all(job.progress)
            work = Derivation(settings, engine, reader, run.id, Event(), counts)
            with open_executor(None, work.stop) as executor:
                extract_stored(work, executor, job.progress)
                judge_stored(work, executor, job.progress)
            _add_the_rest(job, work)
            run.state, run.report = RunState.FINISHED, dict(counts)
        return counts
    finally:
        engine.dispose()  # the last connection of a store writes its log back and takes it away


def _add_the_rest(job: _Job, work: Derivation) -> None:
    """Add the GitHub half and what language models answered."""
    before, counts = job.before, work.counts
    if before is not None:
        if paid := carry_paid(before, work.engine):
            counts["answers of language models kept"] = paid
        carried = carry_forge(before, work.engine, work.run_id, job.progress)
        if carried is None:
            before = None
        else:
            carry_observations(job.settings, job.inside)
            for what, name in _TOLD.items():
                if carried[name]:
                    counts[f"{what} kept"] = carried[name]
    counts.update(take_forge(work, before, job.progress))


class _Rebuild:
    """Takes archived answers in, in the order of their coming."""

    def __init__(
        self, engine: Engine, reader: ArchiveReader, setting_of: Callable[[str], RunContext | None]
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._setting_of = setting_of
        self._catalogs = Catalogs(setting_of)
        self._swept: dict[str, RunContext] = {}
        self._sweeps: dict[str, SweepAt | None] = {}
        self._first: dict[str, str] = {}
        self._last: dict[PageKey, Location] = {}
        self._counts: Counter[str] = Counter()

    def take_all(self, progress: Progress) -> Counter[str]:
        progress.start("answers from the archive")
        self._last = {
            _page_key(answer): location
            for location, answer in self._reader.scan()
            if answer.kind == AnswerKind.LISTING and answer.status == 200 and is_list(answer.body)
        }
        for group in _groups(self._catalogs.others(self._reader.scan())):
            kind, hub = group[0][1].kind, group[0][1].context.get("hub", "")
            setting = self._setting_of(hub)
            if setting is None:
                for location, answer in group:
                    self._index(location, answer)
            else:
                self._take(setting, kind, group)
            self._counts[f"answers: {kind}"] += len(group)
            progress.advance(len(group))
        progress.finish()
        self._counts.update(self._catalogs.finish())
        for sweep in self._sweeps.values():
            if sweep is not None and sweep.plan.kind == SweepKind.DELTA:
                stop_sweep(self._swept[sweep.name], sweep)  # it had found what it was for
        for hub_key in sorted({setting.hub_id for setting in self._swept.values()}):
            self._counts.update(resolve_names(self._engine, hub_key))
        return self._counts

    def _take(self, setting: RunContext, kind: str, group: list[Kept]) -> None:
        if kind == AnswerKind.FILE:
            self._ingest_files(setting, group)
            return
        for location, answer in group:
            if kind == AnswerKind.LISTING:
                self._take_page(setting, location, answer)
            else:
                ingest_record(setting, answer, location)

    def _take_page(self, setting: RunContext, location: Location, answer: ReceivedAnswer) -> None:
        name = answer.context["sweep"]
        is_page = answer.status == 200 and is_list(answer.body)
        if not is_page or self._last[_page_key(answer)] != location:
            self._index(location, answer)  # it was read again: a kill came before it was taken in
            return
        place = _page_key(answer)[2]
        if name not in self._sweeps:
            self._open_sweep(setting, answer, place)
        sweep = self._sweeps[name]
        if sweep is None:
            self._index(location, answer)
            return
        if place != _place(sweep.next_url):
            if place != self._first[name]:
                self._index(location, answer)
                return
            sweep = restart_sweep(setting, sweep, answer.url)
        read = setting.listing_hub.read_listing
        listing = read(answer.body, sweep.plan.subject, sweep.plan.kind)
        taken = ingest_page(setting, sweep, answer, location, listing)
        self._sweeps[name] = taken.sweep

    def _open_sweep(self, setting: RunContext, answer: ReceivedAnswer, place: str) -> None:
        name, plan = answer.context["sweep"], plan_of(answer)
        if self._sweeps and plan.kind != SweepKind.DELTA:
            # as the crawl before did at its end: names mean what they meant then
            self._counts.update(resolve_names(self._engine, setting.hub_id))
        self._first[name], self._swept[name] = place, setting
        self._sweeps[name] = open_sweep(setting, plan, answer.url, name)

    def _ingest_files(self, setting: RunContext, group: list[Kept]) -> None:
        with self._engine.begin() as connection:
            batch = Batch(
                connection, setting.hub_id, setting.run_id, "", None, faults=setting.faults
            )
            names = [answer.context["name"] for _, answer in group]
            ids = {known.name: known.id for known in find_by_names(batch, names)}
            told: dict[tuple[int, str], tuple[int, ReceivedAnswer, Location]] = {}
            for location, answer in group:
                key = ids.get(answer.context["name"])
                if key is None:
                    write_answer(connection, answer, location, ParseState.PARSED.value)
                    continue
                told[key, answer.context["path"]] = (key, answer, location)
            ingest_files(batch, setting.listing_hub, self._reader, list(told.values()))

    def _index(self, location: Location, answer: ReceivedAnswer) -> None:
        with self._engine.begin() as connection:
            write_answer(connection, answer, location, ParseState.PARSED.value)


def _page_key(answer: ReceivedAnswer) -> PageKey:
    return answer.context["sweep"], answer.context["phase"], _place(answer.url)


def _place(url: str) -> str:
    """Return which page of a listing an address is, whatever fields it asks for."""
    query = parse_qsl(urlsplit(url).query)
    return urlencode([(name, value) for name, value in query if name != "expand"])


def _groups(answers: Iterator[Kept]) -> Iterator[list[Kept]]:
    """Yield runs of one hub's files together, by some hundreds; everything else one by one."""
    files: list[Kept] = []
    for location, answer in answers:
        is_file = answer.kind == AnswerKind.FILE
        is_other = files and answer.context.get("hub") != files[0][1].context.get("hub")
        if files and (not is_file or is_other or len(files) >= _FILES):
            yield files
            files = []
        if is_file:
            files.append((location, answer))
        else:
            yield [(location, answer)]
    if files:
        yield files
