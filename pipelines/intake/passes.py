"""What the passes before a sweep saw, and whether a sweep saw what it should have."""

from __future__ import annotations

from sqlalchemy import Connection, text

from miner.pipelines.intake.batch import as_text, table_of
from miner.pipelines.sources.hubs.protocol import Window
from miner.schema import tables
from miner.schema.vocab import RecordReason, SweepKind

SWEEP = table_of(tables.Sweep)


def is_first_pass(
    connection: Connection, hub_id: int, subject: str, *, other_than: int = -1
) -> bool:
    """Tell whether no first pass over a hub was completed: what is read now is not new.

    A first pass is a full sweep; or, begun from a dump, a light one with all that follows it.
    """
    found = [kind for kind, _ in _passes(connection, hub_id, subject, other_than)]
    return SweepKind.FULL.value not in found and len(found) < 2


def covered_windows(
    connection: Connection, hub_id: int, subject: str, *, other_than: int = -1
) -> tuple[tuple[str, str], ...]:
    """Return the windows of the complete passes over a hub, each once."""
    windows = (window for _, window in _passes(connection, hub_id, subject, other_than))
    return tuple({(window.get("since", ""), window.get("until", "9")) for window in windows})


def count_stored(connection: Connection, hub_id: int, subject: str, window: Window) -> int:
    """Return how many models or datasets created in a window are held as listed by their hub."""
    conditions, values = "", {}
    for name, bound, sign in (("since", window.since, ">="), ("until", window.until, "<")):
        if bound is not None:
            conditions += f" AND created_at {sign} :{name}"
            values[name] = as_text(bound)
    query = (
        f"SELECT count(*) FROM {'dataset' if subject == 'dataset' else 'model'} "
        f"WHERE hub_id = :hub_id AND state IN ('present', 'disabled'){conditions}"
    )
    return int(connection.execute(text(query), {"hub_id": hub_id, **values}).scalar() or 0)


def has_cut_page(connection: Connection, sweep_id: int) -> bool:
    """Tell whether a page of a sweep ended in the middle: what stood behind it was not seen."""
    cut = connection.execute(
        text("SELECT 1 FROM rejected_record WHERE sweep_id = :id AND reason = :reason LIMIT 1"),
        {"id": sweep_id, "reason": RecordReason.CUT_SHORT.value},
    )
    return cut.first() is not None


def _passes(
    connection: Connection, hub_id: int, subject: str, other_than: int
) -> list[tuple[str, dict[str, str]]]:
    """Return kind and bounds of the complete passes over a hub."""
    rows = connection.execute(
        SWEEP.select()
        .with_only_columns(SWEEP.c.kind, SWEEP.c.window)
        .where(
            SWEEP.c.hub_id == hub_id,
            SWEEP.c.subject == subject,
            SWEEP.c.kind.in_([SweepKind.FULL.value, SweepKind.LIGHT.value]),
            SWEEP.c.is_complete,
            SWEEP.c.id != other_than,
        )
    )
    return [(str(kind), dict(window)) for kind, window in rows]
