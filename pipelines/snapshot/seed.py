"""A store begun from a published snapshot: found or pulled, verified, and taken in as a whole.

All rows are one transaction, so a store has the whole snapshot or nothing of it, wherever it is
killed. The observations lie in files beside it: they get their names within that transaction, and
a mark in the data directory says that this was under way, until both are there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from miner.db import analytics
from miner.db import upsert as db
from miner.db.imported import Imported, Origin, open_imported, read_about, show_snapshot
from miner.db.observations import SCHEMAS
from miner.db.session import open_store, read_store, store_lock
from miner.errors import ConfigurationError, InvalidData, StoreAbsent
from miner.pipelines.crawl.run import HUB_FLOOR
from miner.pipelines.derive.architecture.architecture_stage import version as rules_version
from miner.pipelines.intake.batch import SEEDED
from miner.pipelines.intake.runs import RUN
from miner.pipelines.intake.snapshots import (
    Begun,
    begun_from,
    is_empty,
    take_rows,
    write_hubs,
    write_seed_run,
)
from miner.pipelines.snapshot.content_checks import Check
from miner.pipelines.snapshot.load import require_content
from miner.pipelines.snapshot.locations import open_source
from miner.pipelines.snapshot.pull import find_version, pull
from miner.pipelines.snapshot.snapshot_files import (
    keys_of,
    read_manifest,
    require_signed,
    require_verified,
)
from miner.pipelines.sources.http import Stopped
from miner.progress import Progress
from miner.schema.manifest import MANIFEST, Manifest, is_version, require_schema
from miner.settings import Settings

log = logging.getLogger(__name__)

_MARK = "seeding.json"
_WORK = ".seeding"
_KEPT = "nothing: a snapshot is taken in as a whole"
_ELSEWHERE = "name another data directory with MINER_DATA_DIR: a snapshot goes into an empty store"


def is_snapshot(wanted: str) -> bool:
    """Tell whether a word on the command line means a snapshot: its name, or its folder."""
    return is_version(wanted) or (Path(wanted).expanduser() / MANIFEST).is_file()


def begin(
    settings: Settings,
    wanted: str,
    *,
    source: str | None,
    progress: Progress,
    stop: threading.Event,
    checks: Iterable[Check] = (),
) -> tuple[Begun, Counter[str]]:
    """Begin a store from a snapshot; a store that was begun from it stays as it is.

    Args:
        settings: Store and data directory.
        wanted: Name of a snapshot, or its folder.
        source: Where it is pulled from, if it is not here.
        progress: Told of bytes and rows.
        stop: Set to end it.
        checks: The shipped checks. Those that its publisher waived may find something.

    Returns:
        The snapshot, and the rows that were taken in by table: none if it was there already.

    Raises:
        ConfigurationError: The store holds something else, or the snapshot is nowhere.
        InvalidData: The snapshot is damaged, its tables are not those of this miner, or they
            break a check.
        RetryLater: The source does not answer properly now.
        SourceRefused: It refuses.
        StoreLocked: Another process writes to this store.
        Stopped: It was asked to end; the store is as it was.
    """
    with store_lock(settings):
        known = _seeded_from(settings)
        folder = _folder_here(settings, wanted)
        if known is not None:
            _require_same(known, wanted, folder)
            _place(settings, known)
            return known, Counter()
        _require_empty(settings)
        if folder is None:
            folder = _pull(settings, wanted, source, progress, stop)
        manifest = read_manifest(folder)
        require_signed(folder, settings)
        require_schema(manifest)
        total = sum(file.size for file in manifest.every_file)
        progress.start(f"verifying {manifest.name}", total)
        require_verified(folder, progress.advance)
        progress.finish()
        _require_content(settings, folder, manifest, checks)
        begun = Begun(manifest.name, _digest(folder), manifest.date)
        _mark(settings).write_text(
            json.dumps({"name": begun.name, "manifest_sha256": begun.manifest_sha256}),
            encoding="utf-8",
        )
        counts = _take(_Job(settings, folder, manifest, begun, progress, stop))
        _place(settings, begun)
        return begun, counts


def require_whole(settings: Settings) -> None:
    """Refuse to go on in a data directory in which a snapshot was not taken in to its end.

    Where only the last step is missing it is made.

    Raises:
        ConfigurationError: It was not.
        StoreLocked: It is being taken in now.
    """
    mark = _mark(settings)
    if not mark.is_file():
        return
    with store_lock(settings):
        if (known := _seeded_from(settings)) is not None:
            _place(settings, known)
            return
    try:
        name = str(json.loads(mark.read_text(encoding="utf-8"))["name"])
    except (ValueError, KeyError, TypeError):
        name = "SNAPSHOT"
    raise ConfigurationError(
        f"this data directory was being started from {name}, and that was interrupted",
        kept=_KEPT,
        next_step=f"run the crawl with --seed {name} again; to begin from nothing, remove {mark}",
    )


def _mark(settings: Settings) -> Path:
    return settings.data_dir / _MARK


def _seeded_from(settings: Settings) -> Begun | None:
    """Return the snapshot that the store was begun from, None where there is no store either."""
    try:
        engine = read_store(settings)
    except StoreAbsent:
        return None
    try:
        with engine.connect() as connection:
            return begun_from(connection)
    finally:
        engine.dispose()


def _require_same(known: Begun, wanted: str, folder: Path | None) -> None:
    if folder is not None:
        is_same = _digest(folder) == known.manifest_sha256
    else:
        is_same = wanted == known.name
    if not is_same:
        raise ConfigurationError(
            f"the store was begun from {known.name}, not from {wanted}",
            next_step=f"crawl without --seed, or {_ELSEWHERE}",
        )


def _require_empty(settings: Settings) -> None:
    try:
        engine = read_store(settings)
    except StoreAbsent:
        return
    try:
        with engine.connect() as connection:
            if is_empty(connection):
                return
    finally:
        engine.dispose()
    raise ConfigurationError(
        "the store holds data already, and a snapshot would not be told apart from it",
        next_step=f"crawl without --seed, or {_ELSEWHERE}",
    )


def _folder_here(settings: Settings, wanted: str) -> Path | None:
    """Return the folder of a snapshot that is on this machine."""
    for folder in (Path(wanted).expanduser(), settings.snapshots_dir / wanted):
        if (folder / MANIFEST).is_file():
            return folder
    return None


def _pull(
    settings: Settings, wanted: str, source: str | None, progress: Progress, stop: threading.Event
) -> Path:
    if not (source or settings.snapshot_source):
        raise ConfigurationError(
            f"there is no snapshot {wanted} in {settings.snapshots_dir}, and no place to "
            "get it from is set",
            next_step="export MINER_SNAPSHOT_SOURCE=FOLDER, https://…, or owner/name of a dataset "
            "repository on the Hub; or name the folder of a snapshot",
        )
    place = open_source(settings, source, stop)
    try:
        home = settings.snapshots_dir
        version, keys = find_version(place, wanted), keys_of(settings)
        return pull(place, version, home, progress=progress, stop=stop, keys=keys).folder
    finally:
        place.close()


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Job:
    """A verified snapshot that is being taken in."""

    settings: Settings
    folder: Path
    manifest: Manifest
    begun: Begun
    progress: Progress
    stop: threading.Event


def _require_content(
    settings: Settings, folder: Path, manifest: Manifest, checks: Iterable[Check]
) -> None:
    with (
        _work(settings) as work,
        analytics.disk_errors(work),
        analytics.open_work(work / "checking.duckdb") as connection,
    ):
        show_snapshot(folder, manifest, connection)
        require_content(connection, manifest, checks, kept=_KEPT)


def _take(job: _Job) -> Counter[str]:
    """Take the rows in; nothing of them is there unless all are."""
    engine = open_store(job.settings)
    try:
        with (
            _work(job.settings) as work,
            analytics.disk_errors(work),
            _consistent(job.manifest),
            engine.begin() as connection,
        ):
            origin = _origin(job, connection)
            write_seed_run(connection, origin.seed_run, job.begun)
            with open_imported(job.folder, job.manifest, work, origin) as imported:
                counts = take_rows(
                    connection, imported, origin.seed_run, job.begun,
                    progress=job.progress, stop=job.stop,
                )  # fmt: skip
                counts.update(_observe(job, imported))
        return counts
    finally:
        engine.dispose()


def _origin(job: _Job, connection: Connection) -> Origin:
    """Return what the rows have in common; the hubs are written."""
    about = read_about(job.folder, job.manifest)
    first_run = db.next_ids(connection, RUN, 1)[0]
    rules = rules_version()
    return Origin(
        hubs=write_hubs(connection, about.hubs),
        first_run=first_run,
        seed_run=first_run + about.run_count,
        digest=SEEDED,
        rules=rules if about.architecture_rules == {rules} else None,
        hub_floor=f"{HUB_FLOOR:%Y-%m-%d}",
    )


def _observe(job: _Job, imported: Imported) -> dict[str, int]:
    """Write the observations, for now under names that nobody reads."""
    counts = {}
    for subject in SCHEMAS:
        if job.stop.is_set():
            raise Stopped
        coming = _observed(job.settings, subject, job.begun).with_suffix(".coming")
        coming.parent.mkdir(parents=True, exist_ok=True)
        job.progress.start(f"snapshot: {subject} observations")
        counts[f"{subject}_observation"] = imported.write_observations(subject, coming)
        job.progress.advance(counts[f"{subject}_observation"])
        job.progress.finish()
    return counts


def _observed(settings: Settings, subject: str, begun: Begun) -> Path:
    return settings.observations_dir / subject / f"{begun.name}.parquet"


def _place(settings: Settings, begun: Begun) -> None:
    """Give the observations their names once the rows are there, and take the mark away."""
    for subject in SCHEMAS:
        target = _observed(settings, subject, begun)
        coming = target.with_suffix(".coming")
        if coming.exists():
            coming.replace(target)
    _mark(settings).unlink(missing_ok=True)


@contextmanager
def _work(settings: Settings) -> Iterator[Path]:
    """Hold a folder for the work database; what a killed run left goes first."""
    work = settings.data_dir / _WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _consistent(manifest: Manifest) -> Iterator[None]:
    """Say of rows that no store can hold whose they are, in place of the database's own error."""
    try:
        yield
    except IntegrityError as error:
        raise InvalidData(
            f"{manifest.name} contradicts itself: {str(error.orig).splitlines()[0]}",
            kept=_KEPT,
            next_step="tell its publisher; crawl without --seed",
        ) from error
