"""Histories of models: commits, refs, and what commits changed in the card.

Which models: those with ``--min-downloads``, and those that repositories use, whose head is another
than the one their history reaches to. What a model costs: a request for each 50 commits that are
new, one for its refs, one for each new change of its card or config and one more (the hub's list of
commits does not say what they changed; see ``hubs/huggingface/history.py``), and two, of the
resolver, for each card that is new. A card that was deleted is not seen to be; a change before the
oldest commit of the bound is not dated.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import Connection, text

from miner.db import upsert as db
from miner.errors import RetryLater
from miner.pipelines.crawl.files import FileChoice
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.crawl.units import Request, Unit, date_of, run_units
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.files import CARD
from miner.pipelines.intake.history import CHANGE, CONTENT, FOLLOWED, End, HistoryPart
from miner.pipelines.sources.hubs.protocol import HistoryHub
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.history_facts import TreeEntry
from miner.schema.vocab import HistoryKind, HistoryState

MAX_COMMIT_PAGES = 100
MAX_CHANGES = 200
_MAX_TREE_PAGES = 4
_PARTS = (HistoryKind.COMMITS, HistoryKind.REFS, HistoryKind.CHANGES)


@dataclass(frozen=True, slots=True)
class WantedHistory:
    """A model whose history is wanted.

    Attributes:
        model_id: Surrogate key.
        name: Its name.
        head: Its head revision.
        known: Revision that its changes are known up to; None: none are.
    """

    model_id: int
    name: str
    head: str
    known: str | None


def fetch_histories(crawl: Crawl, choice: FileChoice) -> None:
    """Get the histories that are wanted, of the most downloaded models first.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    hub = crawl.setting.hub
    if not isinstance(hub, HistoryHub):
        crawl.counts[f"{hub.profile.title} tells no histories"] = 1
        return
    with crawl.engine.connect() as connection:
        wanted = wanted_histories(connection, crawl.setting.hub_id, choice, hub.account)
    crawl.progress.start("histories", len(wanted))
    run_units(crawl, "histories", _walks(crawl, hub, wanted))
    crawl.progress.finish()


def _walks(
    crawl: Crawl, hub: HistoryHub, wanted: Sequence[WantedHistory]
) -> Iterator[tuple[str, Unit]]:
    for item in wanted:
        with crawl.engine.connect() as connection:
            rows = db.select_rows(
                connection, CHANGE, ("blob_sha", "new_value"), "model_id", [item.model_id],
                where={"path": CARD, "field": CONTENT},
            )  # fmt: skip
        cards = frozenset(row["blob_sha"] for row in rows if row["new_value"] is not None)
        yield item.name, _Walk(hub, item, cards).run()


def chosen_models(choice: FileChoice, values: dict[str, object]) -> str:
    """Return the condition that a model ``m`` is downloaded or used enough, and in the window."""
    values["min_downloads"] = choice.min_downloads
    conditions = [
        "m.hub_id = :hub_id AND m.state = 'present'",
        "(coalesce(m.downloads, 0) >= :min_downloads "
        "OR EXISTS (SELECT 1 FROM model_use u WHERE u.model_id = m.id))",
    ]
    window = choice.window
    for name, bound, sign in (("since", window.since, ">="), ("until", window.until, "<")):
        if bound is not None:
            conditions.append(f"(m.created_at {sign} :{name} OR m.created_at IS NULL)")
            values[name] = as_text(bound)
    return " AND ".join(conditions)


def wanted_histories(
    connection: Connection, hub_id: int, choice: FileChoice, account: str
) -> list[WantedHistory]:
    """Return the models whose history has to be asked for, most downloaded first.

    What is gated is asked for again with another token, or when it is open. A model that is present
    contradicts a history that was gone or disabled: it was renamed meanwhile, or has returned.
    """
    values: dict[str, object] = {"hub_id": hub_id, "account": account}
    rows = connection.execute(
        text(
            "SELECT m.id, m.name, coalesce(m.sha, 'main'), h.revision, h.state FROM model m "
            "LEFT JOIN model_history h ON h.model_id = m.id AND h.kind = 'changes' "
            f"WHERE {chosen_models(choice, values)} AND (h.id IS NULL "
            "OR h.state IN ('failed', 'gone', 'disabled') "
            "OR coalesce(h.revision, '') <> coalesce(m.sha, 'main') "
            "OR (h.state = 'gated' AND (m.gated = 'no' OR coalesce(h.asked_as, '') <> :account))) "
            "ORDER BY coalesce(m.downloads, 0) DESC, m.name"
        ),
        values,
    )
    readable = {HistoryState.FETCHED.value, HistoryState.PARTIAL.value}
    return [
        WantedHistory(int(key), str(name), str(head), str(known) if state in readable else None)
        for key, name, head, known, state in rows
    ]


class _Ended(Exception):
    """A part of a history cannot be had, or not now; what was found before stays."""

    def __init__(self, state: HistoryState, reason: str | None) -> None:
        super().__init__(reason)
        self.part = state, reason


Got: TypeAlias = ReceivedAnswer | RetryLater
Step: TypeAlias = Generator[Request, Got, str | None]
"""Asks for a part; returns why it is not all of it, or None."""


@dataclass(slots=True)
class _Walk:
    """One model's history, from its head backwards.

    Attributes:
        order: Place of each commit that is listed, 0 for the head.
        cards: Blob of a card → the commit to get it at.
    """

    hub: HistoryHub
    item: WantedHistory
    known_cards: frozenset[str]
    order: dict[str, int] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    observed_at: str | None = None

    def run(self) -> Unit:
        """Ask for commits, refs and changes, one after the other."""
        steps = {
            HistoryKind.COMMITS: self._list_commits,
            HistoryKind.REFS: self._list_refs,
            HistoryKind.CHANGES: self._follow,
        }
        parts: dict[str, HistoryPart] = {}
        for kind, step in steps.items():
            try:
                reason = yield from step()
                state = HistoryState.PARTIAL if reason else HistoryState.FETCHED
            except _Ended as ended:
                state, reason = ended.part
            parts[kind.value] = HistoryPart(state, reason, self.item.head)
            if not self.order:  # gated, gone …: so is the rest
                parts |= {other.value: parts[kind.value] for other in steps}
                break
        return End(parts, self.observed_at)

    def _list_commits(self) -> Step:
        url: str | None = self.hub.histories.commits_url(self.item.name, self.item.head)
        for _ in range(MAX_COMMIT_PAGES):
            if url is None or self.item.known in self.order:
                return None
            answer = self._answered((yield Request(url, {"part": "commits"})))
            commits = self.hub.histories.read_commits(answer.body)
            if commits is None:
                raise _Ended(HistoryState.UNPARSABLE, "no list of commits")
            before = len(self.order)
            for commit in commits:
                self.order.setdefault(commit.sha, len(self.order))
            url = self.hub.next_url(answer) if len(self.order) > before else None
        return None if url is None else f"more than {MAX_COMMIT_PAGES} pages"

    def _list_refs(self) -> Step:
        url = self.hub.histories.refs_url(self.item.name)
        answer = self._answered((yield Request(url, {"part": "refs"})))
        if self.hub.histories.read_refs(answer.body) is None:
            raise _Ended(HistoryState.UNPARSABLE, "no refs")
        return None

    def _follow(self) -> Step:
        """Go from change to change of the followed files, then get the cards that are new."""
        shas = list(self.order)
        oldest = self.order.get(self.item.known or "", len(shas))
        at, child = 0, ""
        reason: str | None = f"more than {MAX_CHANGES} changes"
        for _ in range(MAX_CHANGES):
            entries = yield from self._tree(shas[at], child)
            places = [self._changed(entry, oldest) for entry in entries]
            newest = min((place for place in places if place is not None), default=None)
            if newest is None or newest + 1 >= len(shas):
                reason = None
                break
            at, child = newest + 1, shas[newest]
        failed, refused = yield from self._get_cards()
        if failed:
            raise _Ended(HistoryState.FAILED, f"{failed} cards were not answered for")
        return f"{refused} cards are not accessible" if refused else reason

    def _changed(self, entry: TreeEntry, oldest: int) -> int | None:
        """Return the place of the commit that changed a file last, None where it is known."""
        place = self.order.get(entry.last_commit or "")
        if place is None or place >= oldest:
            return None
        if entry.path == CARD and entry.blob_sha not in self.known_cards:
            self.cards.setdefault(entry.blob_sha, str(entry.last_commit))
        return place

    def _tree(self, revision: str, child: str) -> Generator[Request, Got, list[TreeEntry]]:
        """Return the followed files at a revision; a large folder has several pages."""
        url = self.hub.histories.tree_url(self.item.name, revision)
        found: dict[str, TreeEntry] = {}
        for _ in range(_MAX_TREE_PAGES):
            context = {"part": "tree", "revision": revision, "child": child}
            answer = self._answered((yield Request(url, context)))
            entries = self.hub.histories.read_tree(answer.body)
            if entries is None:
                raise _Ended(HistoryState.UNPARSABLE, "no list of files")
            found |= {entry.path: entry for entry in entries if entry.path in FOLLOWED}
            following = self.hub.next_url(answer)
            if following is None or len(found) == len(FOLLOWED):
                break
            url = following
        return list(found.values())

    def _get_cards(self) -> Generator[Request, Got, tuple[int, int]]:
        """Get the cards; return how many were not answered for, and how many were refused."""
        failed = refused = 0
        for blob, commit in self.cards.items():
            url = self.hub.file_url(self.item.name, commit, CARD)
            context = {"part": "card", "revision": commit, "path": CARD, "blob": blob}
            got = yield Request(url, context, is_file=True)
            self.observed_at = date_of(got, self.observed_at)
            if isinstance(got, RetryLater):
                failed += 1
            elif got.status != 200 or "cut" in got.context:
                refused += 1
        return failed, refused

    def _answered(self, got: Got) -> ReceivedAnswer:
        """Return a good answer.

        Raises:
            _Ended: It is none.
        """
        self.observed_at = date_of(got, self.observed_at)
        if isinstance(got, RetryLater):
            raise _Ended(HistoryState.FAILED, got.message[:200])
        state, reason = self.hub.histories.state_of(got)
        if state != HistoryState.FETCHED:
            raise _Ended(state, reason)
        return got
