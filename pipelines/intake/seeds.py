"""Rows of a dump into rows of the store: only what is news, dated by the dump."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from miner.errors import SkipRecord
from miner.pipelines.intake.batch import Batch, as_text, write_problems
from miner.pipelines.intake.models import (
    StoredModel,
    find_by_aliases,
    find_by_names,
    find_stored,
    write_models,
)
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.sweeps import (
    Plan,
    RunContext,
    SweepAt,
    count_page,
    end_sweep,
    observe,
    write_cursor,
)
from miner.pipelines.sources.hubs.huggingface.dump_rows import read_row
from miner.pipelines.sources.hubs.huggingface.records import read_model
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.records.facts import ModelFacts, Problem
from miner.pipelines.sources.records.lost import lost
from miner.schema.vocab import ModelState

_GONE = frozenset({ModelState.GONE.value, ModelState.GONE_OR_PRIVATE.value})
_OLDER = "not newer than what is held"
_ELSEWHERE = "under a name that another model has"
_RENAMED = "under a former name of a model that is stored"


@dataclass(slots=True)
class SeedRows:
    """A batch of rows, read.

    Attributes:
        facts: Good records inside the window.
        problems: Rows that are no records.
        outside: Good records outside the window.
    """

    facts: list[ModelFacts] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    outside: int = 0


def read_rows(
    rows: Sequence[Mapping[str, object]],
    position: int,
    superseded: frozenset[int],
    window: Window,
    *,
    is_whole: bool,
) -> SeedRows:
    """Read rows of a dump.

    Args:
        rows: The rows, as a Parquet reader gives them.
        position: Number of the first.
        superseded: Numbers of rows that a later one replaces.
        window: Models it is about; a model without a date cannot be said to be outside.
        is_whole: A row is a full record. Otherwise it gets no digest, so that the full record is
            still asked for.
    """
    found = SeedRows()
    since = as_text(window.since) if window.since else ""
    until = as_text(window.until) if window.until else "9"
    for number, row in enumerate(rows, position):
        if number in superseded:
            continue
        try:
            item = read_model(read_row(row), number)
        except SkipRecord as error:
            found.problems.append(Problem("", error.reason, error.message, number))
            continue
        except Exception as error:  # a bug costs this row, not the dump
            found.problems.append(lost(error, position=number))
            continue
        created = item.values["created_at"]
        if isinstance(created, str) and not since <= created < until:
            found.outside += 1
            continue
        found.facts.append(item if is_whole else item._replace(digest=""))
    return found


def ingest_rows(
    context: RunContext, sweep: SweepAt, date: datetime, rows: SeedRows, next_row: str
) -> tuple[SweepAt, Counter[str]]:
    """Take a batch of rows in: what is news, observations and cursor, in one transaction.

    Returns:
        Where the sweep goes on, and how many rows were what.
    """
    after = replace(
        sweep, page=sweep.page + 1, kept=sweep.kept + len(rows.facts), next_url=next_row
    )
    with context.engine.begin() as connection:
        batch = Batch(
            connection, context.hub_id, context.run_id, as_text(date), None, sweep.id,
            faults=context.faults,
        )  # fmt: skip
        seen, chosen, done = _news(batch, rows.facts)
        written = write_models(batch, chosen)
        done["new"] += written.new
        done["changed"] += written.changed
        done[_OLDER] += written.unchanged
        problems = [*rows.problems, *(p for item in chosen for p in item.problems)]
        write_problems(batch, "model", problems)
        licenses = {item.name: item.values["license"] for item in rows.facts}
        observe(context, sweep, batch.observed_at, seen, licenses)
        count_page(connection, after, batch.observed_at, len(rows.problems))
        write_cursor(connection, after)
    done["set aside"] += len(rows.problems)
    done["outside the window"] += rows.outside
    return after, done


def end_seed(context: RunContext, sweep: SweepAt, date: datetime) -> None:
    """End the sweep of a dump that was read to its end."""
    with context.engine.begin() as connection:
        end_sweep(context, connection, sweep, as_text(date), is_complete=True)


def is_ingested(connection: Connection, hub_id: int, plan: Plan) -> bool:
    """Tell whether this very dump was taken in to its end, for the same window."""
    windows = connection.execute(
        select(SWEEP.c.window).where(
            SWEEP.c.hub_id == hub_id, SWEEP.c.kind == plan.kind, SWEEP.c.is_complete
        )
    ).scalars()
    return any(window == plan.bounds() for window in windows)


def _news(
    batch: Batch, facts: Sequence[ModelFacts]
) -> tuple[list[ModelFacts], list[ModelFacts], Counter[str]]:
    """Return all records, those that say more than what is stored, and why the others do not.

    A record under a former name of a model gets that model's identity: it was seen, and is no
    other model.
    """
    bearers = {known.name: known for known in find_by_names(batch, [item.name for item in facts])}
    former = find_by_aliases(batch, [item.name for item in facts if item.name not in bearers])
    seen: list[ModelFacts] = []
    chosen: list[ModelFacts] = []
    passed: Counter[str] = Counter()
    for item, known in zip(facts, find_stored(batch, facts), strict=True):
        bearer = bearers.get(item.name)
        renamed = former.get(item.name)
        seen.append(item)
        if bearer is not None and (known is None or bearer.id != known.id):
            passed[_ELSEWHERE] += 1  # which of them has it now, the hub's listing will say
        elif known is None and renamed is not None:
            seen[-1] = item._replace(uid=item.uid or renamed.uid)
            passed[_RENAMED] += 1
        elif known is None or _is_newer(item, known):
            chosen.append(item)
        else:
            passed[_OLDER] += 1
    return seen, chosen, passed


def _is_newer(item: ModelFacts, known: StoredModel) -> bool:
    """Tell whether a dump's record may be written over what is held.

    What was found gone stays so until the hub lists it again.
    """
    offered, stored = item.values["last_modified_at"], known.last_modified_at
    if known.state in _GONE or not isinstance(offered, str):
        return False
    if known.record_digest and not item.digest:
        return False  # less than the full record that is held
    return stored is None or offered > stored or (offered == stored and not known.record_digest)
