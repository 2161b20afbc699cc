"""What only the store before knows: carried over into a store that is built from the archive.

Of the source of a repository the archive keeps the files that load models. Its manifests, license
files, texts and weights are not kept, so a scan cannot be made again from it; neither is it told by
an answer who named a repository, or which searches are still to be made. These rows go over as they
are, with the keys that they have. What they point to, the rest of the store, has other keys there.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import SQLAlchemyError

from miner.db import upsert as db
from miner.db.session import open_store, read_store
from miner.errors import MinerError
from miner.pipelines.derive.cards.llm.rows import LLM_ANSWER, LLM_BATCH
from miner.pipelines.intake.batch import table_of
from miner.pipelines.intake.models import MODEL
from miner.pipelines.intake.runs import RUN
from miner.pipelines.intake.snapshots import SEED_COMMAND
from miner.progress import Progress
from miner.schema import tables
from miner.settings import Settings

log = logging.getLogger(__name__)

FORGE_TABLES = tuple(
    table_of(kind)
    for kind in (
        tables.RepositorySweep,
        tables.Repository,
        tables.RepositoryAlias,
        tables.RepositoryFinding,
        tables.SearchBin,
        tables.SearchHit,
        tables.Scan,
        tables.UseSite,
        tables.ModelUse,
        tables.Dependency,
        tables.RepositoryLicense,
        tables.RepositoryLink,
    )
)
"""The tables of the GitHub half, each behind those that it points to."""

ANSWER = table_of(tables.Answer)
_ACCURACY = table_of(tables.MethodAccuracy)
_HUB = table_of(tables.Hub)
_BATCH = 2_000

Keys: TypeAlias = Callable[[Iterable[int]], Mapping[int, int]]
"""Surrogate keys of the new store by those of the old one; a row that is not there has none."""


@contextmanager
def store_before(settings: Settings) -> Iterator[Engine | None]:
    """Open the store that is to be replaced, its schema brought up to date.

    Yields:
        The store, for reading; None where there is none, or it cannot be read. That is told.
    """
    if not (settings.data_dir / "miner.db").exists():
        yield None
        return
    try:
        # also puts what a killed crawl left in the store's log into the store
        open_store(settings, create=False).dispose()
        engine = read_store(settings)
    except (MinerError, SQLAlchemyError) as error:
        _tell_unreadable(error)
        yield None
        return
    try:
        yield engine
    finally:
        engine.dispose()


def carry_runs(before: Engine, after: Engine) -> None:
    """Carry over the runs that rows of the GitHub half belong to, before there are any others.

    A crawl looks at them for when it has searched last. The run that took a snapshot in stays
    behind: the new store was not begun from it.
    """
    named = " UNION ".join(
        f'SELECT run_id FROM "{table.name}"' for table in FORGE_TABLES if "run_id" in table.c
    )
    names = [column.name for column in RUN.columns]
    try:
        with before.connect() as source, after.begin() as target:
            rows = source.exec_driver_sql(
                f"SELECT {_listed(names)} FROM run WHERE command <> ? AND id IN ({named})",
                (SEED_COMMAND,),
            )
            db.insert_values(target, RUN, names, [tuple(row) for row in rows])
    except SQLAlchemyError as error:
        log.debug("runs were not carried over: %s", error)  # the rows will tell


def carry_forge(
    before: Engine, after: Engine, run_id: int, progress: Progress
) -> Counter[str] | None:
    """Carry the GitHub half over, in one transaction.

    Args:
        before: The old store, for reading.
        after: The new one, whose answers, models and runs are there already.
        run_id: Run that rows get whose own run was not carried over.
        progress: Shows how far it is.

    Returns:
        Rows by table; None where the old store is damaged: then nothing was carried over.
    """
    counts: Counter[str] = Counter()
    progress.start("rows of repositories kept")
    try:
        with before.connect() as source, after.begin() as target:
            known = {int(row[0]) for row in target.exec_driver_sql("SELECT id FROM run")}
            changes: dict[str, Keys] = {
                "run_id": lambda keys: {key: key if key in known else run_id for key in keys},
                "answer_id": lambda keys: _answers(source, target, keys),
                "model_id": lambda keys: _models(source, target, keys),
            }
            for table in FORGE_TABLES:
                for done in _carry(source, target, table, changes):
                    counts[table.name] += done
                    progress.advance(done)
            _carry_accuracy(source, target)
    except SQLAlchemyError as error:
        _tell_unreadable(error)
        return None
    finally:
        progress.finish()
    return counts


def carry_paid(before: Engine, after: Engine) -> int:
    """Carry over what language models answered: it was paid for, once.

    Returns:
        Answers.
    """
    count = 0
    try:
        with before.connect() as source, after.begin() as target:
            for table in (LLM_ANSWER, LLM_BATCH):
                names = [column.name for column in table.columns if column.name != "run_id"]
                rows = source.exec_driver_sql(f"SELECT {_listed(names)} FROM {table.name}")
                for part in rows.partitions(_BATCH):
                    db.insert_values(target, table, names, [tuple(row) for row in part])
                    count += len(part) if table is LLM_ANSWER else 0
    except SQLAlchemyError as error:
        log.warning("what language models answered could not be taken over: %s", error)
        return 0
    return count


def carry_observations(settings: Settings, inside: Settings) -> None:
    """Give the new store the observations of repositories, those of an unfinished sweep too.

    The files are the same ones: none is ever written to, a changed one takes the old one's place.
    """
    source = settings.observations_dir / "repository"
    target = inside.observations_dir / "repository"
    for file in sorted(source.rglob("*.parquet")) if source.is_dir() else ():
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(file, place)


def link_or_copy(file: Path, target: Path) -> None:
    """Give a file a second name; where the disk has no such thing, copy it."""
    try:
        os.link(file, target)
    except OSError:
        with suppress(FileNotFoundError):
            target.unlink()
        shutil.copy2(file, target)


def _tell_unreadable(error: Exception) -> None:
    told = error.message if isinstance(error, MinerError) else getattr(error, "orig", error)
    log.warning(
        "the store that is there cannot be read (%s): nothing is taken over from it; "
        "it stays as miner.db.before-parse",
        told,
    )


def _carry(
    source: Connection, target: Connection, table: Table, changes: Mapping[str, Keys]
) -> Iterator[int]:
    """Copy the rows of a table, their keys to other tables changed; yield how many each time."""
    names = [column.name for column in table.columns]
    rows = source.exec_driver_sql(f'SELECT {_listed(names)} FROM "{table.name}" ORDER BY id')
    places = [(names.index(name), keys) for name, keys in changes.items() if name in names]
    for part in rows.partitions(_BATCH):
        batch = [list(row) for row in part]
        for place, keys in places:
            found = keys({int(row[place]) for row in batch if row[place] is not None})
            for row in batch:
                row[place] = found.get(row[place])
        db.insert_values(target, table, names, [tuple(row) for row in batch])
        yield len(batch)


def _answers(source: Connection, target: Connection, keys: Iterable[int]) -> dict[int, int]:
    """Find answers by their place in the archive."""
    places: dict[str, dict[int, int]] = {}
    for key, segment, offset in db.select_in(
        source, ANSWER, ("id", "segment", "offset"), "id", keys
    ):
        places.setdefault(str(segment), {})[int(str(offset))] = int(str(key))
    return {
        old[int(str(offset))]: int(str(key))
        for segment, old in places.items()
        for key, offset in db.select_in(
            target, ANSWER, ("id", "offset"), "offset", old, where={"segment": segment}
        )
    }


def _models(source: Connection, target: Connection, keys: Iterable[int]) -> dict[int, int]:
    """Find models by hub and identity; by name where they have none."""
    hubs = {int(row[0]): str(row[1]) for row in source.exec_driver_sql("SELECT id, name FROM hub")}
    held = db.select_in(target, _HUB, ("name", "id"), "name", hubs.values())
    new_hubs = {str(name): int(str(key)) for name, key in held}
    wanted: dict[tuple[int, str], dict[str, int]] = {}
    for key, hub, uid, name in db.select_in(
        source, MODEL, ("id", "hub_id", "uid", "name"), "id", keys
    ):
        new_hub = new_hubs.get(hubs.get(int(str(hub)), ""))
        if new_hub is not None:
            column, value = ("name", name) if uid is None else ("uid", uid)
            wanted.setdefault((new_hub, column), {})[str(value)] = int(str(key))
    return {
        old[str(value)]: int(str(key))
        for (hub, column), old in wanted.items()
        for key, value in db.select_in(
            target, MODEL, ("id", column), column, old, where={"hub_id": hub}
        )
    }


def _carry_accuracy(source: Connection, target: Connection) -> None:
    """Carry over how good the methods were measured to be that carried rows were made by."""
    names = [column.name for column in _ACCURACY.columns if column.name != "id"]
    rows = [
        tuple(row)
        for row in source.exec_driver_sql(f"SELECT {_listed(names)} FROM method_accuracy")
    ]
    ids = db.next_ids(target, _ACCURACY, len(rows))
    db.upsert(
        target,
        _ACCURACY,
        ("id", *names),
        [(key, *row) for key, row in zip(ids, rows, strict=True)],
        key=("method", "version", "labels"),
        update=(),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
