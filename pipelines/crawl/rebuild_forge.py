"""Answers of GitHub taken in from the archive: searches and metadata, by the crawl's functions.

They go through these in the order in which they came; where the crawl would ask GitHub, the next
answer of the archive stands in. What was asked for in vain because a crawl was killed just then
is passed over, as the crawl that went on did.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, Engine, func, select, text

from miner.db import upsert as db
from miner.db.observations import REPOSITORY_SCHEMA, Observations
from miner.errors import MinerError
from miner.pipelines.crawl.github.metadata import ask_batch
from miner.pipelines.crawl.github.search import read_bin
from miner.pipelines.crawl.rebuild_before import ANSWER
from miner.pipelines.crawl.rebuild_metadata import is_batch, read_again
from miner.pipelines.crawl.rebuild_searches import Searches
from miner.pipelines.derive.job import Derivation
from miner.pipelines.executors.here import Here
from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    known_names,
    write_findings,
    write_named,
)
from miner.pipelines.scan.scan_rows import wanted_scans
from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.github.client import GitHub
from miner.pipelines.sources.github.repository_records import could_be_a_name
from miner.pipelines.sources.github.session import ForgeCrawl
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.progress import Progress
from miner.schema import tables
from miner.schema.vocab import AnswerKind, FindingSource

log = logging.getLogger(__name__)

_SWEEP = table_of(tables.RepositorySweep)
_LINK = table_of(tables.ModelRepository)
_GROUP = 64

Kept = tuple[Location, ReceivedAnswer]


def take_forge(work: Derivation, before: Engine | None, progress: Progress) -> Counter[str]:
    """Take in the answers of GitHub that a store before did not know of.

    Args:
        work: The new store, which has models and the index of the archive already.
        before: The store whose GitHub half was carried over; None: there was none.
        progress: Shows how far it is.

    Returns:
        What was done, by kind.
    """
    crawl = ArchivedForge(
        work.settings, work.engine, cast(Archive, work.reader), cast(GitHub, ArchivedGitHub()),
        work.run_id, progress, work.stop, Here(), repeats=0,
    )  # fmt: skip
    taking = _Taking(crawl, is_alone=before is None)
    progress.start("answers of GitHub from the archive")
    for group in _groups(_unknown(work, before)):
        taking.take(group)
        progress.advance(len(group))
    progress.finish()
    return taking.finish()


class ArchivedGitHub:
    """Stands where the crawl asks GitHub, and gives what GitHub answered then."""

    def __init__(self) -> None:
        self._left: deque[Kept] = deque()
        self.last: Location | None = None

    def lay(self, answers: Iterable[Kept]) -> None:
        """Lay answers ready, in the order in which they are asked for."""
        self._left = deque(answers)

    def get(
        self,
        path: str,
        kind: str,
        context: Mapping[str, str],
        *,
        params: Mapping[str, Any] | None = None,
        etag: str | None = None,
    ) -> ReceivedAnswer:
        """Give the next answer.

        Raises:
            Stopped: There is none, or it is one to another question.
        """
        del kind, params, etag
        if self._left and self._left[0][1].context.get("asked") != context.get("asked"):
            log.debug("the archive has no answer for %s here", path)
            raise Stopped
        return self._next()

    def query(self, text: str, kind: str, context: Mapping[str, str]) -> ReceivedAnswer:
        """Give the next answer.

        Raises:
            Stopped: There is none.
        """
        del text, kind, context
        return self._next()

    def _next(self) -> ReceivedAnswer:
        if not self._left:
            raise Stopped
        self.last, answer = self._left.popleft()
        return answer


class ArchivedForge(ForgeCrawl):
    """A crawl of GitHub whose answers are in the archive already."""

    def keep(self, answer: ReceivedAnswer) -> Location:
        """Return where the answer is that was given last."""
        del answer
        last = cast(ArchivedGitHub, self.github).last
        if last is None:
            raise Stopped
        return last

    def lay(self, answers: Iterable[Kept]) -> None:
        """Lay answers ready."""
        cast(ArchivedGitHub, self.github).lay(answers)


class _Taking:
    """Takes answers of GitHub in, by the groups that belong together.

    Args:
        crawl: The setting.
        is_alone: There is nothing of GitHub in the store yet.
    """

    def __init__(self, crawl: ArchivedForge, *, is_alone: bool) -> None:
        self._crawl = crawl
        self._is_alone = is_alone
        self._searches = Searches(crawl.engine, crawl.run_id)
        self._sweep: tuple[int, str] | None = None
        self._is_source_known = False
        self._is_begun = False

    def take(self, group: list[Kept]) -> None:
        """Take a page of a search in, or a batch of metadata with the single answers after it."""
        answer = group[0][1]
        if answer.kind == AnswerKind.SOURCE:
            self._is_source_known = True
            return
        if not self._is_begun and self._is_alone:
            _take_card_links(self._crawl)
        self._is_begun = True
        self._crawl.lay(group)
        try:
            if answer.kind == AnswerKind.SEARCH:
                bin_ = self._searches.bin_of(answer, _query_of(answer))
                if bin_ is not None:
                    read_bin(self._crawl, bin_)
            elif _is_of_sweep(answer):
                self._take_batch(answer)
        except Stopped:
            pass  # the archive has no more of it
        except MinerError as error:  # the crawl ended with this answer
            log.debug("%s: %s", answer.url, error.message)

    def finish(self) -> Counter[str]:
        """End the last sweep, if it is whole, and tell what is lacking."""
        crawl = self._crawl
        if self._sweep is not None:
            with crawl.engine.connect() as connection:
                is_open = REPOSITORY.c.sweep_id.is_distinct_from(self._sweep[0])
                left = connection.scalar(select(func.count(REPOSITORY.c.id)).where(is_open))
            if not left:
                _end_sweep(crawl, *self._sweep)
        if self._is_source_known:
            self._tell_of_scans()
        if self._is_alone and self._is_begun:
            self._tell_of_names()
        return crawl.counts

    def _tell_of_scans(self) -> None:
        with self._crawl.engine.connect() as connection:
            count = len(wanted_scans(connection))
        if count:
            self._crawl.counts["repositories to be scanned"] = count
            log.warning(
                "%d repositories are to be scanned: the archive keeps only those files of their "
                "source that load models, and a scan reads more. Use sites, uses, dependencies, "
                "links and licenses come back with miner crawl, but for repositories that are "
                "gone since",
                count,
            )

    def _tell_of_names(self) -> None:
        with self._crawl.engine.connect() as connection:
            finding = table_of(tables.RepositoryFinding)
            query = select(func.count(REPOSITORY.c.id)).where(
                REPOSITORY.c.id.not_in(select(finding.c.repository_id))
            )
            count = int(connection.scalar(query) or 0)
        if count:
            log.warning(
                "no answer tells how %d repositories were found: they were on a list; "
                "miner crawl with the same --repositories says it again",
                count,
            )

    def _take_batch(self, answer: ReceivedAnswer) -> None:
        names = [str(name) for name in json.loads(answer.context["asked"])]
        sweep = self._open_sweep(answer.context["sweep"])
        with self._crawl.engine.begin() as connection:
            known = known_names(connection, names)
            new = [name for name in names if name not in known and could_be_a_name(name)]
            write_named(IngestContext(connection, self._crawl.run_id, None), new)
        if is_batch(answer):
            ask_batch(self._crawl, *sweep, names)

    def _open_sweep(self, name: str) -> tuple[int, str]:
        """Return the sweep of this name; when another begins, the one before was whole."""
        if self._sweep is not None:
            if self._sweep[1] == name:
                return self._sweep
            _end_sweep(self._crawl, *self._sweep)
        with self._crawl.engine.begin() as connection:
            known = db.select_in(connection, _SWEEP, ("id",), "name", [name])
            key = int(str(known[0][0])) if known else _write_sweep(connection, self._crawl, name)
        self._sweep = key, name
        return self._sweep


def _unknown(work: Derivation, before: Engine | None) -> Iterator[Kept]:
    """Yield the answers of GitHub that a store does not know of, as they came.

    Of the metadata that it does know the rows are there: their columns are read again.
    """
    forge = (kept for kept in work.reader.scan() if _is_of_forge(kept[1]))
    while group := list(islice(forge, _GROUP)):
        known = set() if before is None else _known(before, [location for location, _ in group])
        again = [kept for kept in group if kept[0] in known and _is_of_sweep(kept[1])]
        read_again(work.engine, again)
        yield from (kept for kept in group if kept[0] not in known)


def _known(before: Engine, places: Sequence[Location]) -> set[Location]:
    """Return those of some places in the archive that a store knows of."""
    known: set[tuple[str, int]] = set()
    with before.connect() as connection:
        for segment in {place.segment for place in places}:
            rows = db.select_in(
                connection, ANSWER, ("offset",), "offset", [place.offset for place in places],
                where={"segment": segment},
            )  # fmt: skip
            known |= {(segment, int(str(row[0]))) for row in rows}
    return {place for place in places if (place.segment, place.offset) in known}


def _is_of_forge(answer: ReceivedAnswer) -> bool:
    """Tell whether an answer belongs to the GitHub half; a hub may be read from GitHub, too."""
    context = answer.context
    return context.get("forge") == GitHub.name and not {"need", "hub"} & context.keys()


def _is_of_sweep(answer: ReceivedAnswer) -> bool:
    """Tell whether an answer describes repositories; the history of a file is metadata too."""
    return answer.kind == AnswerKind.METADATA and "sweep" in answer.context


def _groups(answers: Iterable[Kept]) -> Iterator[list[Kept]]:
    """Yield what is taken in at once.

    That is a batch of metadata with the single answers that follow it, which it led to. Of pages
    that were asked for twice in a row, because the first was not taken in, the second counts.
    """
    group: list[Kept] = []
    for location, answer in answers:
        is_single = _is_of_sweep(answer) and not is_batch(answer)
        if group and is_single and group[0][1].kind == AnswerKind.METADATA:
            group.append((location, answer))
            continue
        is_again = (
            answer.kind == AnswerKind.SEARCH
            and group
            and group[0][1].kind == AnswerKind.SEARCH
            and group[0][1].url == answer.url
        )
        if group and not is_again:
            yield group
        group = [(location, answer)]
    if group:
        yield group


def _query_of(answer: ReceivedAnswer) -> str:
    return parse_qs(urlsplit(answer.url).query).get("q", [""])[0]


def _take_card_links(crawl: ForgeCrawl) -> None:
    """Write the repositories that cards link, as a crawl does before it searches."""
    with crawl.engine.begin() as connection:
        linked = sorted(set(connection.scalars(select(_LINK.c.repository).distinct())))
        known = known_names(connection, linked)
        names = [name for name in linked if name not in known]
        taking = IngestContext(connection, crawl.run_id, None)
        keys = write_named(taking, names)
        write_findings(taking, ((keys[name], FindingSource.CARD.value, name) for name in names))


def _write_sweep(connection: Connection, crawl: ForgeCrawl, name: str) -> int:
    """Write a sweep; its number is in its name, and the next ones count on from it."""
    (key,) = db.next_ids(connection, _SWEEP, 1)
    number = name.rpartition("-")[2]
    if number.isdigit() and int(number) > key:
        key = int(number)
    row: db.Row = {
        "id": key,
        "name": name,
        "batch_count": 0,
        "record_count": 0,
        "is_complete": 0,
        "run_id": crawl.run_id,
    }
    db.insert(connection, _SWEEP, [row])
    return key


def _end_sweep(crawl: ForgeCrawl, sweep_id: int, name: str) -> None:
    folder = crawl.settings.observations_dir / "repository"
    Observations(folder, REPOSITORY_SCHEMA).finish(name)
    with crawl.engine.begin() as connection:
        last = connection.scalar(
            select(func.max(REPOSITORY.c.observed_at)).where(REPOSITORY.c.sweep_id == sweep_id)
        )
        connection.execute(
            text("UPDATE repository_sweep SET is_complete = :done, ended_at = :at WHERE id = :id"),
            {"done": True, "at": last and as_text(last), "id": sweep_id},
        )
