"""Discussions and pull requests of models, with their events.

Which models: as for histories (``crawl/history.py``), each once a crawl. What a model costs: a
request for each 50 discussions, as the list alone shows in which something happened, and one for
each discussion that is new, or has another title, state or number of comments than before. A list
of one page is asked for with the ETag that it had: where nothing changed, the answer is a 304. Of a
longer one a later page may change alone, so all its pages are asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, text

from miner.errors import RetryLater
from miner.pipelines.crawl.files import FileChoice
from miner.pipelines.crawl.history import chosen_models
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.crawl.units import Request, Unit, date_of, run_units
from miner.pipelines.intake.discussions import (
    DISCUSSION,
    Listing,
    is_unchanged,
    known_etag,
    listing_of,
    stored_listing,
)
from miner.pipelines.intake.history import End, HistoryPart
from miner.pipelines.sources.http import entity_tag
from miner.pipelines.sources.hubs.protocol import HistoryHub
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import HistoryKind, HistoryState

MAX_PAGES = 400
_OPEN = (HistoryState.NOT_FETCHED.value, HistoryState.FAILED.value)


def fetch_discussions(crawl: Crawl, choice: FileChoice) -> None:
    """Bring the discussions of models up to date, of the most downloaded models first.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    hub = crawl.setting.hub
    if not isinstance(hub, HistoryHub):
        crawl.counts[f"{hub.profile.title} tells no discussions"] = 1
        return
    with crawl.engine.connect() as connection:
        wanted = wanted_models(connection, crawl.setting.hub_id, choice)
    crawl.progress.start("discussions", len(wanted))
    run_units(crawl, "discussions", _units(crawl, hub, wanted))
    crawl.progress.finish()


def wanted_models(connection: Connection, hub_id: int, choice: FileChoice) -> list[tuple[int, str]]:
    """Return key and name of the models whose discussions are asked for, most downloaded first.

    Those that a crawl asked for which was broken off since are done: this one goes on behind them.
    """
    values: dict[str, object] = {"hub_id": hub_id}
    rows = connection.execute(
        text(
            "SELECT m.id, m.name FROM model m LEFT JOIN model_history h ON h.model_id = m.id AND "
            f"h.kind = 'discussions' WHERE {chosen_models(choice, values)} AND (h.id IS NULL "
            "OR h.state = 'failed' OR EXISTS (SELECT 1 FROM run r WHERE r.id >= h.run_id "
            "AND r.command = 'crawl' AND r.state = 'finished')) "
            "ORDER BY coalesce(m.downloads, 0) DESC, m.name"
        ),
        values,
    )
    return [(int(key), str(name)) for key, name in rows]


def _units(
    crawl: Crawl, hub: HistoryHub, wanted: list[tuple[int, str]]
) -> Iterator[tuple[str, Unit]]:
    for model_id, name in wanted:
        yield name, _DiscussionReading(crawl, hub, model_id, name).run()


@dataclass(slots=True)
class _DiscussionReading:
    """The discussions of one model.

    Attributes:
        seen: Numbers that were listed.
        observed_at: Date of the last answer, as the store keeps it.
        etag: Of the list; None: it has several pages, or none.
        listing: What that list says.
    """

    crawl: Crawl
    hub: HistoryHub
    model_id: int
    name: str
    seen: set[int] = field(default_factory=set)
    observed_at: str | None = None
    etag: str | None = None
    listing: Listing = field(default_factory=dict)

    def run(self) -> Unit:
        """Ask for the list, then for what is new or changed in it."""
        state, reason = yield from self._list()
        if state in {HistoryState.FETCHED, HistoryState.PARTIAL}:
            lost = yield from self._details()
            if lost:
                state, reason = HistoryState.FAILED, f"{lost} discussions could not be read"
        kind = HistoryKind.DISCUSSIONS.value
        etag = self.etag if state == HistoryState.FETCHED and self._is_stored() else None
        return End({kind: HistoryPart(state, reason, etag=etag)}, self.observed_at)

    def _is_stored(self) -> bool:
        """Tell whether the store says what the list did: an answer after it may know better."""
        with self.crawl.engine.connect() as connection:
            return stored_listing(connection, self.model_id) == self.listing

    def _list(
        self,
    ) -> Generator[Request, ReceivedAnswer | RetryLater, tuple[HistoryState, str | None]]:
        histories = self.hub.histories
        with self.crawl.engine.connect() as connection:
            known = known_etag(connection, self.model_id)
        for page in range(MAX_PAGES):
            url = histories.discussions_url(self.name, page)
            condition = {"etag": known} if known and not page else {}
            got = yield Request(url, {"part": "discussions", "page": str(page), **condition})
            self.observed_at = date_of(got, self.observed_at)
            if isinstance(got, RetryLater):
                return HistoryState.FAILED, got.message[:200]
            if is_unchanged(got):
                self._keep_list(known)
                return HistoryState.FETCHED, None
            state, reason = histories.state_of(got)
            if state != HistoryState.FETCHED:
                return state, reason
            read = histories.read_discussions(got.body)
            if read is None:
                return HistoryState.UNPARSABLE, "no list of discussions"
            listed, count = read
            new = {item.number for item in listed} - self.seen
            self.seen |= new
            if not new or len(self.seen) >= count:  # the end, or a page that came before
                if not page:
                    self.etag, self.listing = entity_tag(got.headers), listing_of(listed)
                return HistoryState.FETCHED, None
        return HistoryState.PARTIAL, f"more than {MAX_PAGES} pages"

    def _keep_list(self, etag: str) -> None:
        """Go on with the list that is stored, which is the hub's."""
        self.crawl.counts["discussions: lists not modified (304)"] += 1
        with self.crawl.engine.connect() as connection:
            self.etag, self.listing = etag, stored_listing(connection, self.model_id)

    def _details(self) -> Generator[Request, ReceivedAnswer | RetryLater, int]:
        """Ask for discussions whose events are not stored as they are; return how many failed."""
        with self.crawl.engine.connect() as connection:
            numbers = connection.scalars(
                select(DISCUSSION.c.number)
                .where(DISCUSSION.c.model_id == self.model_id, DISCUSSION.c.events_state.in_(_OPEN))
                .order_by(DISCUSSION.c.number.desc())
            ).all()
        lost = 0
        for number in numbers:
            url = self.hub.histories.discussion_url(self.name, int(number))
            got = yield Request(url, {"part": "discussion", "number": str(number)})
            self.observed_at = date_of(got, self.observed_at)
            lost += isinstance(got, RetryLater)
        return lost
