"""From the store to a snapshot: build, clean, check, write, and only then put it in place.

A snapshot is built in a folder beside its target and renamed when every check has passed, so a
killed build leaves none. The same store gives the same bytes: times are those of the data, and
nothing depends on the machine.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from miner import __version__
from miner.db import analytics
from miner.db.analytics import DuckDBConnection
from miner.db.export import work_folder
from miner.db.session import read_store
from miner.errors import CheckFailed, ConfigurationError
from miner.pipelines.derive.licenses.questions import LicenseJudge
from miner.pipelines.scan.names_file import FILE_NAME as NAMES
from miner.pipelines.snapshot import export_store, manifest_facts
from miner.pipelines.snapshot.content_checks import Check, check_content, check_counts
from miner.pipelines.snapshot.documents import pages
from miner.pipelines.snapshot.model_names import write_model_names
from miner.pipelines.snapshot.private_text import Cleaned, clean
from miner.pipelines.snapshot.snapshot_files import (
    known_snapshots,
    require_verified,
    require_writable,
)
from miner.pipelines.snapshot.takedown import Removal, TakedownEntry, count_listed, read_takedown
from miner.schema.manifest import (
    CONTACT,
    DATA_LICENSES,
    DEFAULT_LICENSE,
    DEMO,
    MANIFEST,
    PARTIAL,
    File,
    Manifest,
    TableFile,
    Version,
    is_version,
    latest,
    revision,
)
from miner.schema.published import PUBLISHED
from miner.settings import DEMO_MARK, Settings

_OPTIONS = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"
_MAX_CONTACT = 300
_LIKE_A_VERSION = re.compile(r"(?i)data-\d+(?:\.\d+)+(?:-[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen of a build.

    Attributes:
        name: Name of the snapshot; None: the name of its folder where that is one, else the next
            of the month of the data.
        against: The snapshot to compare counts with; None: the latest that lies beside the target
            or in the data directory.
        allow: Tables that may shrink, and checks that may find something.
        takedown: The takedown list; None: that of the data directory.
        contact: Where removals are asked for; empty: the place of publication.
        license: SPDX identifier of what the data is published under, one of ``DATA_LICENSES``.
    """

    name: str | None = None
    against: Path | None = None
    allow: frozenset[str] = frozenset()
    takedown: Path | None = None
    contact: str = ""
    license: str = DEFAULT_LICENSE


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What a build made.

    Attributes:
        folder: Where it is.
        manifest: What it says.
        last: Name of the snapshot whose counts it was compared with, or None.
        seconds: Time it took, by this machine's clock.
        unmatched: Entries of the takedown list that name no row.
    """

    folder: Path
    manifest: Manifest
    last: str | None
    seconds: float
    unmatched: tuple[TakedownEntry, ...] = ()


def build_snapshot(
    settings: Settings,
    target: Path | None,
    *,
    checks: Iterable[Check],
    judge: LicenseJudge | None,
    choice: Choice | None = None,
) -> SnapshotReport:
    """Build a snapshot of the store.

    Args:
        settings: Where the store and the observations are.
        target: The snapshot's folder, which must not exist; None: one of the data directory.
        checks: Questions that must have no answer.
        judge: Who decides on licenses; None: nobody, and there are no findings.
        choice: What else was chosen.

    Raises:
        ConfigurationError: There is no store, or the target is there already.
        CheckFailed: Something does not hold; no snapshot is made.
        InvalidData: The takedown list is not understood.
    """
    started = time.monotonic()
    choice = choice or Choice()
    checks = tuple(checks)
    entries = read_takedown(settings, choice.takedown)
    _require_sound(choice, target, checks)  # before anything is built
    place = (target or settings.snapshots_dir / "next").absolute()
    _refuse_existing(place)
    read_store(settings).dispose()  # without one nothing is left behind
    homes = (place.parent, settings.snapshots_dir)
    last, expected = _last(choice.against, homes, entries)
    require_writable(place.parent)
    with _locked(place), work_folder(place) as folder, analytics.disk_errors(place):
        built = folder / "built.duckdb"
        _, lost = export_store.build_file(settings, built, None, judge, entries)
        fresh = folder / "snapshot"
        fresh.mkdir()
        with analytics.open_work(folder / "making.duckdb") as connection:
            connection.execute(f"ATTACH {analytics.text(str(built))} AS published")
            cleaned = clean(connection)
            passed, waived = check_content(
                connection, checks, choice.allow, is_changed=bool(cleaned)
            )
            date = manifest_facts.data_date(connection)
            is_demo = (settings.data_dir / DEMO_MARK).is_file()
            kind = DEMO if is_demo else manifest_facts.kind_of(connection)
            name = _name(choice.name, target, Version(date.year, date.month, 0, kind), homes)
            facts = _manifest_facts(choice, lost, cleaned, passed) | manifest_facts.about(
                connection
            )
            facts["kind"] = kind or "full"
            tables = tuple(_write(table, fresh, connection) for table in PUBLISHED)
            write_model_names(connection, fresh / NAMES, "published")
        waived += check_counts(
            {table.name: table.rows for table in tables}, last, expected, choice.allow
        )
        facts["checks_waived"] = sorted(waived)
        manifest = _finish(fresh, name, date.isoformat(), tables, facts)
        _require_anonymous(fresh, manifest, settings)
        if target is None:
            place = place.with_name(name)
            _refuse_existing(place)
        if place.exists():
            place.rmdir()  # an empty folder, as looked at before
        fresh.replace(place)
    seconds = time.monotonic() - started
    return SnapshotReport(place, manifest, last.name if last else None, seconds, lost.unmatched)


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Leave no lock file beside the snapshot; one that another build waits for stays."""
    lock = place.with_name(f".{place.name}.lock")
    try:
        yield
    finally:
        with suppress(OSError, Timeout), FileLock(lock, timeout=0):
            lock.unlink(missing_ok=True)


def _require_sound(choice: Choice, target: Path | None, checks: Iterable[Check]) -> None:
    """Refuse what cannot stand in a manifest.

    Raises:
        ConfigurationError: The name is none or not that of its folder, what is allowed is neither
            a table nor a check, the license is not known, or the contact is no line.
    """
    unknown = sorted(choice.allow - PUBLISHED.keys() - {check.name for check in checks})
    if unknown:
        raise ConfigurationError(
            f"--allow {unknown[0][:100]}: there is no such table or check",
            next_step="name a table, or a check by its whole name, as in the message of the build",
        )
    if target is not None and _LIKE_A_VERSION.fullmatch(target.name):
        Version.parse(target.name)  # who names a folder so means it as the name
    if choice.name is not None:
        Version.parse(choice.name)
        if target is not None and is_version(target.name) and target.name != choice.name:
            raise ConfigurationError(
                f"{choice.name} cannot be built in a folder that is called {target.name}",
                next_step="leave --name out, or name another folder",
            )
    if choice.license not in DATA_LICENSES:
        raise ConfigurationError(
            f"the data cannot be published under {choice.license!r}",
            next_step=f"choose one of {', '.join(DATA_LICENSES)}",
        )
    if len(choice.contact) > _MAX_CONTACT or not choice.contact.isprintable():
        raise ConfigurationError(
            f"the contact has to be one line of at most {_MAX_CONTACT} characters",
            next_step="give an address of a page, or of mail",
        )


def _manifest_facts(
    choice: Choice,
    lost: Removal,
    cleaned: Cleaned,
    passed: Collection[str],
) -> dict[str, Any]:
    terms = DATA_LICENSES[choice.license]
    texts, merged = cleaned.texts, Counter(lost.merged) + Counter(cleaned.merged)
    return {
        "license": {"name": terms.spdx_id, "title": terms.title, "url": terms.url},
        "takedown": choice.contact or CONTACT,
        "rows_taken_down": lost.rows,
        "takedown_entries": {"count": lost.entries, "without_match": len(lost.unmatched)},
        "texts_redacted": {
            column: lost.texts.get(column, {}) | texts.get(column, {})
            for column in sorted({*lost.texts, *texts})
        },
        "rows_merged": dict(sorted(merged.items())),
        "checks_passed": list(passed),
    }


def _write(name: str, folder: Path, connection: DuckDBConnection) -> TableFile:
    path = folder / f"{name}.parquet"
    row = connection.execute(
        f'COPY published."{name}" TO {analytics.text(str(path))} ({_OPTIONS})'
    ).fetchone()
    columns = tuple((column.name, column.type) for column in PUBLISHED[name].columns)
    return TableFile(name, describe(folder, path.name), int(row[0]) if row else 0, columns)


def describe(folder: Path, path: str) -> File:
    """Return what a manifest says of a file of a folder."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path, (folder / path).stat().st_size, digest)


def _finish(
    folder: Path, name: str, date: str, tables: tuple[TableFile, ...], facts: dict[str, Any]
) -> Manifest:
    """Write the documents and, last, the manifest."""
    documents = pages(name, date, tables, facts)
    for path, data in documents.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
    files = tuple(describe(folder, path) for path in (*documents, NAMES))
    manifest = Manifest(name, date, revision(), __version__, tables, files, facts)
    (folder / MANIFEST).write_bytes(manifest.render())
    return manifest


def _require_anonymous(folder: Path, manifest: Manifest, settings: Settings) -> None:
    """Look that no document names a place of this machine."""
    places = {str(settings.data_dir), str(folder), settings.database_url}
    places |= {str(Path.home())} if len(Path.home().parts) > 2 else set()
    for path in (MANIFEST, *(file.path for file in manifest.files if file.path != NAMES)):
        text = (folder / path).read_text(encoding="utf-8")
        if found := [place for place in places if place in text]:
            raise CheckFailed(
                f"{path} would name a place of this machine: {found[0]}",
                kept="no snapshot was made",
            )


def _name(name: str | None, target: Path | None, first: Version, homes: Iterable[Path]) -> str:
    """Return the name: as given, as the folder says, or the next of the month of the data.

    Args:
        name: As given.
        target: The folder that was named.
        first: What the first one of the month of the data would be called.
        homes: Where others lie.

    Raises:
        ConfigurationError: A part of the data would be named like all of it.
    """
    if name is None and target is not None and is_version(target.name):
        name = target.name
    if name is not None:
        asked = Version.parse(name)
        if asked.kind != first.kind:
            why = {DEMO: "it is of the bundled sample", PARTIAL: "no sweep of models is complete",
                   "": "it is a full one"}  # fmt: skip
            raise ConfigurationError(
                f"this snapshot cannot be called {asked}: {why[first.kind]}",
                next_step=f"name it {replace(asked, kind=first.kind)}, or leave the name out",
            )
        return str(asked)
    numbers = [
        version.number
        for home in homes
        for version in known_snapshots(home)
        if (version.year, version.month) == (first.year, first.month)
    ]
    return str(replace(first, number=max(numbers, default=-1) + 1))


def _last(
    name: Path | None, homes: Iterable[Path], entries: tuple[TakedownEntry, ...]
) -> tuple[Manifest | None, dict[str, int]]:
    """Return the snapshot to compare with, and its rows by table without those taken down since.

    It is the one given, else the latest that is known.

    Raises:
        InvalidData: It is damaged.
    """
    if name is None:
        known = {version: path for home in homes for version, path in known_snapshots(home).items()}
        last = latest(known)
        if last is None:
            return None, {}
        name = known[last]
    manifest = require_verified(name)
    removed = count_listed(entries, name, manifest)
    return manifest, {t.name: t.rows - removed.get(t.name, 0) for t in manifest.tables}


def _refuse_existing(place: Path) -> None:
    if place.is_symlink() or (place.exists() and not (place.is_dir() and not any(place.iterdir()))):
        raise ConfigurationError(
            f"{place} is there already, and a snapshot is never replaced",
            next_step="name a folder that does not exist, or one that is empty",
        )
