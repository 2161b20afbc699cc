"""A store that was built again takes the place of the one before, whenever it is killed meanwhile.

At every moment one of them, whole, is where the store has to be, and every file of observations
is the old one or the new one.
"""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from miner.db.session import open_store
from miner.errors import MinerError
from miner.settings import Settings

log = logging.getLogger(__name__)

_LOGS = ("-wal", "-shm")


def fresh_folder(settings: Settings) -> Path:
    """Return where the new store is built; what an earlier try left there is gone."""
    fresh = settings.data_dir / "rebuild"
    if not (fresh / "miner.db").exists():  # killed when the store had its place already
        place_observations(fresh / "observations", settings.observations_dir)
    # first the files: without a store beside them they would be taken for finished ones
    shutil.rmtree(fresh / "observations", ignore_errors=True)
    shutil.rmtree(fresh, ignore_errors=True)
    return fresh


def swap(settings: Settings, inside: Settings) -> None:
    """Put the new store and observations in the place of the old ones.

    Args:
        settings: Where they belong. The old store stays beside as ``miner.db.before-parse``.
        inside: Where they were built.
    """
    store = settings.data_dir / "miner.db"
    if store.exists():
        _keep(settings, store)
    (inside.data_dir / "miner.db").replace(store)
    place_observations(inside.observations_dir, settings.observations_dir)
    shutil.rmtree(inside.data_dir, ignore_errors=True)


def _link_or_copy(file: Path, target: Path) -> None:
    """Give a file a second name; where the disk has no such thing, copy it."""
    try:
        os.link(file, target)
    except OSError:
        with suppress(FileNotFoundError):
            target.unlink()
        shutil.copy2(file, target)


def _keep(settings: Settings, store: Path) -> None:
    """Give the old store its second name; its log, if it has one, must not meet the new store."""
    with suppress(MinerError, SQLAlchemyError):  # damaged: it is kept as it is
        open_store(settings, create=False).dispose()  # what the log holds goes into the store
    kept = store.with_name("miner.db.before-parse")
    linked = kept.with_name(kept.name + ".tmp")
    linked.unlink(missing_ok=True)
    _link_or_copy(store, linked)
    linked.replace(kept)
    for suffix in _LOGS:
        target = kept.with_name(kept.name + suffix)
        target.unlink(missing_ok=True)
        if (part := store.with_name(store.name + suffix)).exists():
            part.replace(target)


def place_observations(source: Path, target: Path) -> None:
    """Put new files in the place of the old, one by one, and take away what is old alone.

    Of repositories nothing is taken away: that a sweep was there may be known by its file alone.
    """
    if not source.is_dir():
        return
    fresh = {file.relative_to(source) for file in source.rglob("*.parquet")}
    old = {file.relative_to(target) for file in target.rglob("*.parquet")}
    for file in sorted(fresh):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        (source / file).replace(place)
    for file in old - fresh:
        is_part = file.parts[1:2] == (".parts",)
        is_done = is_part and Path(file.parts[0], f"{file.parts[2]}.parquet") in fresh
        if file.parts[0] != "repository" or is_done:
            (target / file).unlink(missing_ok=True)
            if is_part:
                with suppress(OSError):  # not empty yet
                    (target / file).parent.rmdir()
