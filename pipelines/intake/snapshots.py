"""A snapshot into the rows of an empty store, in one transaction with the run that says so.

What a snapshot does not have stays empty: the archive of answers, and so the texts of cards and
configs. Rows of files that were fetched elsewhere have no answer; that is how they are told.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection, exists, func, or_, select

from miner import __version__
from miner.db import upsert as db
from miner.db.imported import Imported
from miner.errors import InvalidData
from miner.pipelines.intake.batch import SEEDED, as_text, table_of
from miner.pipelines.intake.files import CARD, FILE
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.runs import RUN
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs import hub_class, hub_names, hub_profile
from miner.pipelines.sources.hubs.profile import PROFILE_COLUMNS
from miner.progress import Progress
from miner.schema import tables
from miner.schema.vocab import FileState, RunState, SweepKind

SEED_COMMAND = "seed"
"""Command of the run that took a snapshot in."""

_ARCHITECTURE = table_of(tables.ModelArchitecture)
_HUB = table_of(tables.Hub)
_HOLDING = (tables.Model, tables.Sweep, tables.HubDataset, tables.Repository, tables.Extraction)


@dataclass(frozen=True, slots=True)
class Begun:
    """The snapshot that a store was begun from.

    Attributes:
        name: ``data-YYYY.MM.N``.
        manifest_sha256: SHA-256 of its manifest, hexadecimal.
        date: Of the latest observation in it, ISO 8601, UTC.
    """

    name: str
    manifest_sha256: str
    date: str


def begun_from(connection: Connection) -> Begun | None:
    """Return the snapshot that a store was begun from, None for a store of its own."""
    recorded = connection.execute(
        select(RUN.c.arguments)
        .where(RUN.c.command == SEED_COMMAND, RUN.c.state == RunState.FINISHED.value)
        .order_by(RUN.c.id)
    ).scalars()
    for arguments in recorded:
        if isinstance(arguments, dict) and isinstance(seed := arguments.get("seed"), dict):
            return Begun(str(seed["name"]), str(seed["manifest_sha256"]), str(seed["date"]))
    return None


def is_empty(connection: Connection) -> bool:
    """Tell whether a store holds nothing yet; runs that found nothing do not count."""
    return all(
        connection.execute(select(table_of(kind).c.id).limit(1)).first() is None
        for kind in _HOLDING
    )


def write_hubs(connection: Connection, described: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """Write the hubs that a snapshot names and return their surrogate keys.

    Args:
        connection: In a transaction.
        described: Hubs as the snapshot describes them; miner's own description goes first, for only
            it has the patterns of addresses.
    """
    hubs = {str(hub["name"]): hub for hub in described}
    stored = db.select_rows(connection, _HUB, ("name", "id"), "name", list(hubs))
    keys: dict[str, int] = {row["name"]: row["id"] for row in stored}
    rows: list[db.Row] = []
    for name in (name for name in hubs if name not in keys):
        own = hub_profile(name)
        rows.append({
            column: getattr(own, column) if own else hubs[name].get(column)
            for column in PROFILE_COLUMNS
        })  # fmt: skip
    numbered = db.numbered(connection, _HUB, rows)
    db.insert(connection, _HUB, numbered)
    return keys | {row["name"]: row["id"] for row in numbered}


def write_seed_run(connection: Connection, run_id: int, begun: Begun) -> None:
    """Write the run that takes a snapshot in; it ends with the transaction."""
    row: db.Row = {
        "id": run_id,
        "command": SEED_COMMAND,
        "arguments": orjson.dumps({"seed": _seed_argument(begun)}).decode(),
        "code_version": __version__,
        "started_at": as_text(datetime.now(UTC)),
        "state": RunState.RUNNING.value,
    }
    db.insert(connection, RUN, [row])


def take_rows(
    connection: Connection,
    imported: Imported,
    run_id: int,
    begun: Begun,
    *,
    progress: Progress,
    stop: threading.Event,
) -> Counter[str]:
    """Write all rows that a snapshot tells of, and that its run has ended.

    Args:
        connection: In a transaction, on an empty store with hubs and run written.
        imported: The snapshot.
        run_id: Surrogate key of the run.
        begun: What the snapshot is.
        progress: Told of the rows.
        stop: Set to end it: nothing is kept then.

    Returns:
        Rows by table.

    Raises:
        InvalidData: Rows refer to what is not there.
        Stopped: The run was asked to end.
    """
    counts: Counter[str] = Counter()
    for name in imported.tables():
        table = tables.metadata.tables[name]
        progress.start(f"snapshot: {name}")
        for columns, rows in imported.rows(name):
            if stop.is_set():
                raise Stopped
            db.insert_values(connection, table, columns, rows)
            counts[name] += len(rows)
            progress.advance(len(rows))
        progress.finish()
        expected = imported.expected(name)
        if expected not in {None, counts[name]}:
            raise InvalidData(
                f"{begun.name} contradicts itself: of {expected:,} rows of {name} {counts[name]:,} "
                "refer to what it has",
                kept="nothing: a snapshot is taken in as a whole",
                next_step="tell its publisher; crawl without --seed",
            )
    _write_sweeps(connection, run_id, begun)
    connection.execute(
        RUN.update()
        .where(RUN.c.id == run_id)
        .values(
            ended_at=datetime.now(UTC).replace(tzinfo=None),
            state=RunState.FINISHED.value,
            report={f"rows of {name}": count for name, count in sorted(counts.items())},
        )
    )
    return counts


def _write_sweeps(connection: Connection, run_id: int, begun: Begun) -> None:
    """Write that hubs with a listing were seen: what comes next there is a light sweep.

    What a snapshot lacks of a window, the light sweep shows, and it is then asked for.
    """
    hubs = db.select_rows(connection, _HUB, ("name", "id"), "name", _listed())
    ids = db.next_ids(connection, SWEEP, len(hubs))
    moment = as_text(datetime.fromisoformat(begun.date))
    window = {"ascending": True, "seed": {**_seed_argument(begun), "lacks": []}, "sort": ""}
    rows: list[db.Row] = [
        {
            "id": key,
            "name": f"{hub['name']}-model-{SweepKind.SEED.value}-{key:06d}",
            "hub_id": hub["id"],
            "subject": "model",
            "kind": SweepKind.SEED.value,
            "window": orjson.dumps(window, option=orjson.OPT_SORT_KEYS).decode(),
            "started_at": moment,
            "ended_at": moment,
            "page_count": 0,
            "record_count": connection.scalar(
                select(func.count()).where(tables.Model.hub_id == hub["id"])
            ),
            "rejected_count": 0,
            "is_complete": 1,
            "run_id": run_id,
        }
        for key, hub in zip(ids, hubs, strict=True)
    ]
    db.insert(connection, SWEEP, rows)


def _listed() -> Sequence[str]:
    return [name for name in hub_names() if hasattr(hub_class(name), "listing_url")]


def _seed_argument(begun: Begun) -> dict[str, str]:
    return {"name": begun.name, "date": begun.date, "manifest_sha256": begun.manifest_sha256}


def standing(connection: Connection) -> dict[str, int]:
    """Return how much of a store stands as it came with a snapshot: it cannot be derived again.

    Returns:
        Counts for the report of a crawl; empty for a store of its own.
    """
    if begun_from(connection) is None:
        return {}
    unheld = (FILE.c.state == FileState.FETCHED.value, FILE.c.answer_id.is_(None))
    cards = select(func.count(FILE.c.id)).where(FILE.c.path == CARD, *unheld)
    judged = (
        select(func.count(_ARCHITECTURE.c.model_id))
        .select_from(_ARCHITECTURE.join(MODEL, MODEL.c.id == _ARCHITECTURE.c.model_id))
        .where(
            or_(
                MODEL.c.record_digest == SEEDED,
                exists().where(FILE.c.model_id == MODEL.c.id, *unheld),
            )
        )
    )
    return {
        "of the snapshot: cards whose text is not held": int(connection.scalar(cards) or 0),
        "of the snapshot: architectures that stand as judged": int(connection.scalar(judged) or 0),
    }
