"""Sweeps: a listing's pages taken in, one transaction a page, with the cursor that leads on.

The state of a sweep is in the store alone (tables sweep and crawl_cursor), so it goes on after any
kill, and the same pages read from the archive lead to the same store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Engine, text

from miner.db import upsert as db
from miner.db.observations import Observations
from miner.pipelines.intake.batch import Batch, as_text, table_of, write_answer, write_problems
from miner.pipelines.intake.datasets import keep_named, write_datasets
from miner.pipelines.intake.models import state_of, write_light, write_models
from miner.pipelines.intake.passes import (
    SWEEP,
    count_stored,
    covered_windows,
    has_cut_page,
    is_first_pass,
)
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.hubs.protocol import CatalogHub, HubSource, ListingHub, Window
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.facts import Listing, ModelFacts
from miner.schema import tables
from miner.schema.vocab import ParseState, SweepKind

CURSOR = table_of(tables.CrawlCursor)
MAIN, LOOK = "main", "look"
_FEW_MISSING = 100
_MISSING_RATIO = 0.25
"""Between two crawls a hub loses some models in a hundred; if it lists no three quarters of those
held, its listing is broken, or it is another hub."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep reads.

    Attributes:
        kind: ``vocab.SweepKind``.
        window: Models it is about.
        ascending: Oldest first.
        sort: ``createdAt`` or ``lastModified``.
        subject: ``model``, or ``dataset``: of the datasets listed, those that models name are kept.
        seed: What identifies the dump that is read in place of a listing.
    """

    kind: str
    window: Window
    ascending: bool
    sort: str = "createdAt"
    subject: str = "model"
    seed: Mapping[str, object] | None = None

    def as_json(self) -> str:
        """Return the plan as text, equal for equal plans."""
        return orjson.dumps(self.bounds(), option=orjson.OPT_SORT_KEYS).decode()

    def bounds(self) -> dict[str, object]:
        """Return the plan as a JSON object."""
        order = {"ascending": self.ascending, "sort": self.sort}
        seed = {} if self.seed is None else {"seed": self.seed}
        return {**self.window.bounds(), **order, **seed}


def plan_of(answer: ReceivedAnswer) -> Plan:
    """Return the plan of the sweep that an archived answer belongs to."""
    written = orjson.loads(answer.context["window"])
    times = {
        bound: datetime.fromisoformat(written[bound])
        for bound in ("since", "until", "modified_since", "modified_until")
        if bound in written
    }
    limit = int(written["limit"]) if "limit" in written else None
    return Plan(
        answer.context["kind"],
        Window(**times, limit=limit),
        written["ascending"],
        written["sort"],
        answer.context["subject"],
    )


@dataclass(frozen=True, slots=True)
class SweepAt:
    """A sweep and where it stands.

    Attributes:
        id: Surrogate key.
        name: Name, unique in the store.
        plan: What it reads.
        is_first: No first pass was completed before it: what it sees is not new.
        next_url: The page to read next.
        page: That page's number, from 0.
        phase: ``main``, or ``look`` at what was created since the sweep began.
        head: Name of the first record of the sweep.
        kept: Models kept so far.
        covered: Windows that passes before it saw (see ``Batch.covered``).
    """

    id: int
    name: str
    plan: Plan
    is_first: bool
    next_url: str
    page: int = 0
    phase: str = MAIN
    head: str | None = None
    kept: int = 0
    covered: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class PageResult:
    """What one page was.

    Attributes:
        sweep: Where the sweep stands now; None when it is over.
        records: Good records in the page that belong to the window.
        problems: Records set aside.
        fields: Fields set aside of records that were read otherwise.
        partial: Records that lack such a field.
        names: Of the records.
        kept: Records of the whole sweep so far.
        held: Where the sweep is over: how many its window holds in the store.
    """

    sweep: SweepAt | None
    records: int = 0
    problems: int = 0
    fields: int = 0
    partial: int = 0
    names: list[str] = field(default_factory=list)
    kept: int = 0
    stored: int = 0

    @property
    def is_short(self) -> bool:
        """Whether the sweep is over and saw far fewer than are held: the listing was not whole."""
        missing = self.stored - self.kept
        return missing > _FEW_MISSING and missing > self.stored * _MISSING_RATIO


@dataclass(frozen=True, slots=True)
class RunContext:
    """What taking in answers needs of the run.

    Attributes:
        engine: The store.
        hub: Whose answers are taken in.
        hub_id: The hub's surrogate key.
        run_id: The run's surrogate key.
        observations: Where the observations of models go.
        faults: Counts what was lost to unexpected errors.
    """

    engine: Engine
    hub: HubSource
    hub_id: int
    run_id: int
    observations: Observations
    faults: Faults = field(default_factory=Faults)

    @property
    def listing_hub(self) -> ListingHub:
        """The hub, where it is one that lists its models page by page."""
        if isinstance(self.hub, CatalogHub):
            raise TypeError(f"{self.hub.name} has no listing")
        return cast(ListingHub, self.hub)


def open_sweep(context: RunContext, plan: Plan, first_url: str, name: str | None = None) -> SweepAt:
    """Return the unfinished sweep of this plan, or a new one.

    Args:
        context: The run's setting.
        plan: What the sweep reads.
        first_url: Its first page.
        name: Name of a new sweep (when an archive is read again); None: the next number.
    """
    with context.engine.begin() as connection:
        found = _unfinished(connection, context.hub_id, plan) if name is None else None
        if found is not None:
            return found
        (key,) = db.next_ids(connection, SWEEP, 1)
        name = name or f"{context.hub.name}-{plan.subject}-{plan.kind}-{key:06d}"
        sweep = SweepAt(
            key, name, plan, is_first_pass(connection, context.hub_id, plan.subject), first_url,
            covered=covered_windows(connection, context.hub_id, plan.subject),
        )  # fmt: skip
        row: db.Row = {
            "id": key,
            "name": name,
            "hub_id": context.hub_id,
            "subject": plan.subject,
            "kind": plan.kind,
            "window": plan.as_json(),
            "page_count": 0,
            "record_count": 0,
            "rejected_count": 0,
            "is_complete": 0,
            "run_id": context.run_id,
        }
        db.insert(connection, SWEEP, [row])
        write_cursor(connection, sweep)
    return sweep


def unfinished_sweep(context: RunContext, plan: Plan) -> SweepAt | None:
    """Return the unfinished sweep of a plan, None where there is none."""
    with context.engine.connect() as connection:
        return _unfinished(connection, context.hub_id, plan)


def find_sweep(context: RunContext, plan: Plan, name: str) -> tuple[bool, SweepAt | None]:
    """Return whether the store has a sweep of this name, and where it stands: None, it ended."""
    with context.engine.connect() as connection:
        row = connection.execute(_OPEN.where(SWEEP.c.name == name)).first()
        if row is not None:
            return True, _sweep_at(connection, context.hub_id, plan, row)
        return bool(db.select_rows(connection, SWEEP, ("id",), "name", [name])), None


def restart_sweep(context: RunContext, sweep: SweepAt, first_url: str) -> SweepAt:
    """Put a sweep back to its first page (its cursor is not accepted any more)."""
    sweep = replace(sweep, next_url=first_url, page=0, phase=MAIN, head=None, kept=0)
    with context.engine.begin() as connection:
        write_cursor(connection, sweep)
    return sweep


def ingest_page(
    context: RunContext,
    sweep: SweepAt,
    answer: ReceivedAnswer,
    location: Location,
    listing: Listing,
) -> PageResult:
    """Take one listing page in: rows, observations and cursor, in one transaction.

    Args:
        context: The run's setting.
        sweep: Where the sweep stands.
        answer: The page.
        location: Where it is archived.
        listing: What it says.
    """
    problems = listing.problems
    kept, is_over = _within(sweep, listing.models)
    head = sweep.head or (listing.models[0].name if listing.models else None)
    names = [item.name for item in kept]
    with context.engine.begin() as connection:
        state = ParseState.PARSED if listing.is_whole and not problems else ParseState.PARTIAL
        answer_id = write_answer(connection, answer, location, state.value)
        batch = Batch(
            connection, context.hub_id, context.run_id, as_text(answer.observed_at), answer_id,
            sweep.id, sweep.is_first, sweep.covered, context.faults,
        )  # fmt: skip
        if sweep.plan.subject == "dataset":
            found = keep_named(batch, listing.datasets)
            write_datasets(batch, found)
            names = [item.name for item in found]
            problems = [*problems, *(p for item in found for p in item.problems)]
        else:
            _write_page(context, sweep, batch, kept)
            problems = [*problems, *(p for item in kept for p in item.problems)]
        write_problems(batch, sweep.plan.subject, problems)
        after = replace(sweep, page=sweep.page + 1, head=head, kept=sweep.kept + len(names))
        next_url = None if is_over else context.listing_hub.next_url(answer)
        following, is_complete = _next_cursor(context, after, next_url)
        count_page(connection, after, batch.observed_at, len(listing.problems))
        places = [problem.position for problem in problems if problem.field]
        result = PageResult(
            following, len(names), len(listing.problems), len(places), len(set(places)), names,
            after.kept,
        )  # fmt: skip
        if following is not None:
            write_cursor(connection, following)
        else:
            if is_complete:
                result.stored = _expected(connection, context.hub_id, sweep.plan)
                is_complete = not result.is_short and not has_cut_page(connection, sweep.id)
            end_sweep(context, connection, after, batch.observed_at, is_complete)
    return result


def stop_sweep(context: RunContext, sweep: SweepAt) -> None:
    """End a sweep that has found what it was for."""
    with context.engine.begin() as connection:
        end_sweep(context, connection, sweep, None, is_complete=True)


def within_window(plan: Plan, facts: Iterable[ModelFacts]) -> tuple[list[ModelFacts], bool]:
    """Return the records of a page inside a plan's window, and whether the pass has left it."""
    return _within(SweepAt(0, "", plan, is_first=False, next_url=""), facts)


def _within(sweep: SweepAt, facts: Iterable[ModelFacts]) -> tuple[list[ModelFacts], bool]:
    """Return the records inside the window, and whether the pass has left it for good.

    Records without a date sort last; they cannot be said to be outside.
    """
    window = sweep.plan.window
    since = as_text(window.since) if window.since else ""
    until = as_text(window.until) if window.until else "9"
    modified = as_text(window.modified_since) if window.modified_since else ""
    last = as_text(window.modified_until) if window.modified_until else "9"
    kept: list[ModelFacts] = []
    for item in facts:
        created = item.values["created_at"]
        changed = item.values["last_modified_at"]
        if sweep.phase == LOOK and item.name == sweep.head:
            return kept, True
        if isinstance(changed, str) and not modified <= changed <= last:
            return kept, True  # sorted by it, in the direction that leads out of the window
        if isinstance(created, str) and not modified:
            if not sweep.plan.ascending and created < since:
                return kept, True
            if sweep.plan.ascending and created >= until:
                return kept, True
        if not isinstance(created, str) or since <= created < until:
            kept.append(item)
        if window.limit is not None and sweep.kept + len(kept) >= window.limit:
            return kept, True
    return kept, False


def _write_page(context: RunContext, sweep: SweepAt, batch: Batch, facts: list[ModelFacts]) -> None:
    licenses: Mapping[str, object]
    if sweep.plan.kind == SweepKind.LIGHT:
        licenses = write_light(batch, facts)
    else:
        write_models(batch, facts)
        licenses = {item.name: item.values["license"] for item in facts}
    if sweep.plan.kind == SweepKind.DELTA:
        return
    observe(context, sweep, batch.observed_at, facts, licenses)


def observe(
    context: RunContext,
    sweep: SweepAt,
    observed_at: str,
    facts: Iterable[ModelFacts],
    licenses: Mapping[str, object],
) -> None:
    """Write what a page of a sweep saw of models; ``licenses`` are by name, as far as known."""
    rows = [
        {
            "hub": context.hub.name,
            "uid": item.uid,
            "name": item.name,
            "downloads": item.volatile.get("downloads"),
            "downloads_all_time": item.volatile.get("downloads_all_time"),
            "likes": item.volatile.get("likes"),
            "license": licenses.get(item.name),
            "gated": item.volatile.get("gated"),
            "is_disabled": item.volatile.get("is_disabled"),
            "sha": item.values["sha"],
            "last_modified_at": item.values["last_modified_at"],
            "state": state_of(item, item.volatile.get("is_disabled")),
            "observed_at": observed_at,
            "sweep": sweep.name,
        }
        for item in facts
    ]
    context.observations.write_part(sweep.name, sweep.page, rows)


def _next_cursor(
    context: RunContext, sweep: SweepAt, next_url: str | None
) -> tuple[SweepAt | None, bool]:
    """Return where the sweep goes on, or None and whether it saw all of its window."""
    limit = sweep.plan.window.limit
    if limit is not None and sweep.kept >= limit:
        return None, False
    if next_url is not None:
        return replace(sweep, next_url=next_url), False
    if sweep.phase == MAIN and _needs_look(sweep):
        url = context.listing_hub.listing_url(
            sweep.plan.subject, sweep.plan.kind, ascending=False, sort=sweep.plan.sort
        )
        return replace(sweep, next_url=url, phase=LOOK), False
    return None, True


def _needs_look(sweep: SweepAt) -> bool:
    """Tell whether models created during the sweep have to be looked for: newest first misses them.

    A pass of a single page saw the newest a moment ago.
    """
    return not sweep.plan.ascending and sweep.plan.sort == "createdAt" and sweep.page > 1


def write_cursor(connection: Connection, sweep: SweepAt) -> None:
    """Write where a sweep goes on."""
    row: db.Row = {
        "sweep_id": sweep.id,
        "next_url": sweep.next_url,
        "page": sweep.page,
        "phase": sweep.phase,
        "head": sweep.head,
        "kept": sweep.kept,
    }
    db.upsert(connection, CURSOR, [row], key=("sweep_id",))


def count_page(connection: Connection, sweep: SweepAt, observed_at: str, rejected: int) -> None:
    """Write how far a sweep has come, and when it began."""
    connection.execute(
        text(
            "UPDATE sweep SET page_count = :page, record_count = :kept, "
            "rejected_count = CASE WHEN :page = 1 THEN 0 ELSE rejected_count END + :rejected, "
            "started_at = coalesce(started_at, :observed_at) WHERE id = :id"
        ),
        {"page": sweep.page, "kept": sweep.kept, "rejected": rejected, "observed_at": observed_at,
         "id": sweep.id},
    )  # fmt: skip


def end_sweep(
    context: RunContext,
    connection: Connection,
    sweep: SweepAt,
    observed_at: str | None,
    is_complete: bool,
) -> None:
    """End a sweep: its observations become one file, its cursor goes."""
    if sweep.plan.kind != SweepKind.DELTA and sweep.plan.subject == "model":
        context.observations.finish(sweep.name)
    connection.execute(
        text(
            "UPDATE sweep SET ended_at = coalesce(:observed_at, started_at), "
            "is_complete = :is_complete WHERE id = :id"
        ),
        {"observed_at": observed_at, "is_complete": is_complete, "id": sweep.id},
    )
    connection.execute(CURSOR.delete().where(CURSOR.c.sweep_id == sweep.id))


def _expected(connection: Connection, hub_id: int, plan: Plan) -> int:
    """Return how many records a whole sweep should see; nothing is expected of one of changes."""
    if plan.kind == SweepKind.DELTA:
        return 0
    return count_stored(connection, hub_id, plan.subject, plan.window)


def _unfinished(connection: Connection, hub_id: int, plan: Plan) -> SweepAt | None:
    """Return where the unfinished sweep of a plan stands."""
    rows = connection.execute(
        _OPEN.where(
            SWEEP.c.hub_id == hub_id, SWEEP.c.subject == plan.subject, SWEEP.c.kind == plan.kind
        )
    )
    for row in rows:
        if row.window == plan.bounds():
            return _sweep_at(connection, hub_id, plan, row)
    return None


_OPEN = SWEEP.join(CURSOR, CURSOR.c.sweep_id == SWEEP.c.id).select().with_only_columns(
    SWEEP.c.window, SWEEP.c.id, SWEEP.c.name, CURSOR.c.next_url, CURSOR.c.page, CURSOR.c.phase,
    CURSOR.c.head, CURSOR.c.kept,
)  # fmt: skip
"""Sweeps that have a cursor."""


def _sweep_at(connection: Connection, hub_id: int, plan: Plan, row: Any) -> SweepAt:
    is_first = is_first_pass(connection, hub_id, plan.subject, other_than=row.id)
    covered = covered_windows(connection, hub_id, plan.subject, other_than=row.id)
    return SweepAt(
        row.id, row.name, plan, is_first, row.next_url, row.page, row.phase, row.head, row.kept,
        covered,
    )  # fmt: skip
