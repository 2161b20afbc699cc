"""One dispatcher: an archived record goes to the function that turns it into rows.

A crawl calls the same functions with what it has just fetched. So the archive read again from its
beginning leads to the same store, and what a killed crawl had archived is ingested by the next one.
"""

from __future__ import annotations

import logging
from collections import Counter
from threading import Event
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from miner.db.observations import Observations
from miner.pipelines.crawl.catalog import whole_needs
from miner.pipelines.crawl.dispatch_github import GitHubIntake
from miner.pipelines.derive.resolve_lineage import resolve_names
from miner.pipelines.intake.batch import Batch, write_answer
from miner.pipelines.intake.blobs import ingest_files
from miner.pipelines.intake.catalogs import Kept, ingest_catalog, ingest_catalog_part
from miner.pipelines.intake.datasets import ids_of_datasets
from miner.pipelines.intake.history import ingest_histories
from miner.pipelines.intake.models import find_by_names
from miner.pipelines.intake.records import ingest_record
from miner.pipelines.intake.runs import hub_id
from miner.pipelines.intake.sweeps import (
    RunContext,
    SweepAt,
    find_sweep,
    ingest_page,
    open_sweep,
    plan_of,
    restart_sweep,
    stop_sweep,
)
from miner.pipelines.scan.scan_rows import resolve_uses
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.hubs import hub_class, hub_names
from miner.pipelines.sources.hubs.protocol import CatalogHub, HubSource
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.schema.vocab import AnswerKind, ParseState, SweepKind
from miner.settings import Settings

log = logging.getLogger(__name__)

_FILES, _MOST_BYTES = 256, 64_000_000
"""Files that are written together."""


class ArchiveIntake:
    """Ingests archived records in the order of the archive. Call ``finish`` behind the last one.

    Args:
        settings: Bounds, and where observations go.
        engine: The store, for writing.
        reader: Of the archive.
        run_id: Surrogate key of the run that rows belong to, until the archive names another.
    """

    def __init__(
        self, settings: Settings, engine: Engine, reader: ArchiveReader, run_id: int
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.github = GitHubIntake(settings, engine, reader, run_id, self.counts)
        self._settings = settings
        self._engine = engine
        self._reader = reader
        self._observations = Observations(settings.observations_dir / "model")
        self._faults = Faults(self.counts)
        self._known = frozenset(hub_names())
        self._hubs: dict[str, tuple[HubSource, int]] = {}
        self._files: list[Kept] = []
        self._size = 0
        self._catalogs: dict[str, list[Kept]] = {}
        self._sweeps: dict[str, SweepAt | None] = {}
        self._read_last: dict[str, tuple[str, SweepAt]] = {}
        self._hub_of: dict[str, str] = {}

    def ingest(self, location: Location, record: ReceivedAnswer) -> None:
        """Write the rows of one record, in a transaction of its own; files wait for others.

        Raises:
            SQLAlchemyError: The store cannot be written to.
            OSError: The archive cannot be read, or an observation not written.
        """
        try:
            self._ingest(location, record)
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:  # a bug costs this record, and never the start of a crawl
            self._faults.note(f"the record at {location.segment} {location.offset}", error)
            self._index(location, record)

    def _ingest(self, location: Location, record: ReceivedAnswer) -> None:
        context = record.context
        is_file = record.kind == AnswerKind.FILE and "need" not in context
        is_other = self._files and context.get("hub") != self._files[0][1].context.get("hub")
        is_full = len(self._files) >= _FILES or self._size >= _MOST_BYTES
        if self._files and (not is_file or is_other or is_full):
            self._ingest_files()
        self.counts[f"answers: {record.kind}"] += 1
        if context.get("hub", "") not in self._known:
            if "hub" in context:
                log.warning("the archive has answers of %s, no hub known here", context["hub"])
            self.github.ingest(location, record)
        elif "need" in context:
            self._gather(location, record)
        elif is_file:
            self._files.append((location, record))
            self._size += len(record.body)
        elif record.kind == AnswerKind.LISTING:
            self._ingest_page(location, record)
        elif record.kind == AnswerKind.HISTORY:
            ingest_histories(self._context_of(context["hub"]), [(record, location)])
        else:
            ingest_record(self._context_of(context["hub"]), record, location)

    def finish(self, *, is_whole: bool) -> None:
        """Write what waits.

        Args:
            is_whole: Nothing follows: sweeps of changes have found what they were for, catalogs
                are ingested as far as they are whole, and names are resolved.
        """
        if self._files:
            self._ingest_files()
        self._ingest_catalogs(is_whole=is_whole)
        if is_whole:
            for name, sweep in self._sweeps.items():
                if sweep is not None and sweep.plan.kind == SweepKind.DELTA:
                    stop_sweep(self._context_of(self._hub_of[name]), sweep)
            self._resolve()
            self.github.finish()
        for hub, _ in self._hubs.values():
            hub.close()
        self._hubs.clear()

    def _context_of(self, name: str) -> RunContext:
        opened = self._hubs.get(name)
        if opened is None:
            hub = hub_class(name).open(self._settings, Event())
            opened = self._hubs[name] = (hub, hub_id(self._engine, hub))
        return RunContext(
            self._engine, *opened, self.github.run_id, self._observations, self._faults
        )

    def _index(self, location: Location, record: ReceivedAnswer) -> None:
        with self._engine.begin() as connection:
            write_answer(connection, record, location, ParseState.PARSED.value)

    def _ingest_page(self, location: Location, answer: ReceivedAnswer) -> None:
        """Ingest a page of a listing, if it is the one that its sweep waits for.

        A page that was read again directly, as a kill came before its rows were written, replaces
        the one before. One that leads back to the first page is a sweep begun anew.
        """
        name, place = answer.context["sweep"], _page_of(answer.url)
        context = self._context_of(answer.context["hub"])
        if not context.listing_hub.is_listing_page(answer):
            self._index(location, answer)
            return
        if name not in self._sweeps:
            self._open_sweep(context, answer)
        sweep = self._sweeps[name]
        last_place, before = self._read_last.get(name, ("", None))
        if place == last_place:
            sweep = before
        is_next = sweep is not None and place == _page_of(sweep.next_url)
        if sweep is None or not (is_next or _is_first(context, sweep, place)):
            self._index(location, answer)
            return
        if not is_next:
            sweep = restart_sweep(context, sweep, answer.url)
        read = context.listing_hub.read_listing
        listing = read(answer.body, sweep.plan.subject, sweep.plan.kind)
        self._read_last[name] = (place, sweep)
        self._sweeps[name] = ingest_page(context, sweep, answer, location, listing).sweep

    def _open_sweep(self, context: RunContext, answer: ReceivedAnswer) -> None:
        name, plan = answer.context["sweep"], plan_of(answer)
        is_known, sweep = find_sweep(context, plan, name)
        if not is_known:
            if plan.kind != SweepKind.DELTA:
                self._resolve()  # as the crawl before did at its end: names meant that then
            sweep = open_sweep(context, plan, answer.url, name)
        self._sweeps[name] = sweep
        self._hub_of[name] = answer.context["hub"]

    def _resolve(self) -> None:
        """Resolve the names that models, cards and repositories use, as at the end of a crawl."""
        for hub in sorted(self._hubs):  # those of look-ups by name too, which no sweep is of
            self.counts.update(resolve_names(self._engine, self._context_of(hub).hub_id))
        self.counts["uses resolved to a model held"] += resolve_uses(self._engine)

    def _ingest_files(self) -> None:
        group, self._files, self._size = self._files, [], 0
        context = self._context_of(group[0][1].context["hub"])
        with self._engine.begin() as connection:
            batch = Batch(
                connection, context.hub_id, context.run_id, "", None, faults=context.faults
            )
            names = [answer.context["name"] for _, answer in group]
            ids = {
                "model": {known.name: known.id for known in find_by_names(batch, names)},
                "dataset": ids_of_datasets(batch, names),
            }
            last: dict[str, dict[tuple[int, str], tuple[int, ReceivedAnswer, Location]]] = {
                subject: {} for subject in ids
            }
            for location, answer in group:
                write_answer(connection, answer, location, ParseState.PARSED.value)
                subject = answer.context.get("subject", "model")
                key = ids[subject].get(answer.context["name"])
                if key is not None:
                    last[subject][key, answer.context["path"]] = (key, answer, location)
            for subject, answers in last.items():
                found = list(answers.values())
                ingest_files(batch, context.listing_hub, self._reader, found, subject)

    def _gather(self, location: Location, answer: ReceivedAnswer) -> None:
        """Keep an answer of a catalog until there are all; another sweep ends the one before."""
        sweep, hub = answer.context["sweep"], answer.context["hub"]
        if sweep not in self._catalogs:
            self._ingest_catalogs(hub, is_whole=True)
        self._catalogs.setdefault(sweep, []).append((location, answer))

    def _ingest_catalogs(self, hub: str | None = None, *, is_whole: bool) -> None:
        for name, gathered in list(self._catalogs.items()):
            first = gathered[0][1]
            if hub not in {None, first.context["hub"]}:
                continue
            del self._catalogs[name]
            context = self._context_of(first.context["hub"])
            if not isinstance(context.hub, CatalogHub):
                continue
            plan = plan_of(first)
            is_known, sweep = find_sweep(context, plan, name)
            if not is_known:
                sweep = open_sweep(context, plan, "", name)
            if sweep is None:
                for each in gathered:
                    self._index(*each)
                continue
            sweep = ingest_catalog_part(context, sweep, gathered)
            if not is_whole:
                continue
            kept = whole_needs(gathered)
            answers = [answer for _, answer in kept]
            if not context.hub.missing_resources(answers):
                ingest_catalog(context, sweep, kept, context.hub.read_catalog(answers))


def _page_of(url: str) -> str:
    """Return which page of a listing an address is, whatever fields it asks for."""
    query = parse_qsl(urlsplit(url).query)
    return urlencode([(name, value) for name, value in query if name != "expand"])


def _is_first(context: RunContext, sweep: SweepAt, place: str) -> bool:
    plan = sweep.plan
    url = context.listing_hub.listing_url(
        plan.subject, plan.kind, ascending=plan.ascending, sort=plan.sort
    )
    return place == _page_of(url)
