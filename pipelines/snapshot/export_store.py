"""The store as a file that answers SQL, with license findings and without what was taken down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from miner.db import analytics
from miner.db.analytics import DuckDBConnection
from miner.db.export import Step, build, formats, work_folder
from miner.db.macro import Macro
from miner.pipelines.derive.licenses.chains import judge_chains
from miner.pipelines.derive.licenses.questions import LicenseJudge
from miner.pipelines.derive.lineage_depth import place_models
from miner.pipelines.snapshot.takedown import Removal, TakedownEntry, read_takedown, take_down
from miner.settings import Settings


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        target: The file or folder.
        row_counts: Rows by table.
        taken_down: What the takedown list left out.
        size_bytes: Size of the file, or of the files of the folder.
        seconds: Time it took, by this machine's clock.
    """

    target: Path
    row_counts: dict[str, int]
    removal: Removal
    size_bytes: int
    seconds: float


def export_duckdb(
    settings: Settings,
    target: Path,
    *,
    macros: Iterable[Macro],
    judge: LicenseJudge | None = None,
    takedown: Path | None = None,
) -> ExportReport:
    """Write the DuckDB file.

    Args:
        settings: Where the store and the observations are.
        target: The file; an older one is replaced.
        macros: The shipped queries (``miner.queries.loader.macros()``).
        judge: Who decides on licenses; None: nobody, and there are no findings.
        takedown: The takedown list; None: that of the data directory, if there is one.

    Raises:
        ConfigurationError: There is no store, or the target cannot be written.
        CheckFailed: The store's rows contradict each other; the older file stays.
        InvalidData: The takedown list is not understood.
    """
    return export(settings, "duckdb", target, macros=macros, judge=judge, takedown=takedown)


def export_parquet(
    settings: Settings,
    folder: Path,
    *,
    judge: LicenseJudge | None = None,
    takedown: Path | None = None,
) -> ExportReport:
    """Write a folder of Parquet files, one a table.

    Args:
        settings: Where the store and the observations are.
        folder: The folder; one of an earlier export is replaced.
        judge: Who decides on licenses; None: nobody, and there are no findings.
        takedown: The takedown list; None: that of the data directory, if there is one.

    Raises:
        ConfigurationError: There is no store, or the folder cannot be written or holds other files.
        CheckFailed: The store's rows contradict each other; the older folder stays.
        InvalidData: The takedown list is not understood.
    """
    return export(settings, "parquet", folder, macros=None, judge=judge, takedown=takedown)


def export(
    settings: Settings,
    name: str,
    target: Path,
    *,
    macros: Iterable[Macro] | None,
    judge: LicenseJudge | None = None,
    takedown: Path | None = None,
) -> ExportReport:
    """Write the store's content in one of the formats.

    Args:
        settings: Where the store and the observations are.
        name: Name of the format.
        target: File or folder to make or replace.
        macros: Macros for a format that can hold them; None for one that cannot.
        judge: Who decides on licenses; None: nobody, and there are no findings.
        takedown: The takedown list; None: that of the data directory, if there is one.

    Raises:
        ConfigurationError: There is no store, or the target cannot be written.
        CheckFailed: The store's rows contradict each other; the older export stays.
        InvalidData: The takedown list is not understood.
    """
    started = time.monotonic()
    write: Callable[[Path, Path], None] = formats()[name].write
    target = target.absolute()
    entries = read_takedown(settings, takedown)
    with work_folder(target) as folder, analytics.disk_errors(target):
        built = folder / "built.duckdb"
        row_counts, removal = build_file(settings, built, macros, judge, entries)
        write(built, target)
    seconds = time.monotonic() - started
    return ExportReport(target, row_counts, removal, _size(target), seconds)


def build_file(
    settings: Settings,
    built: Path,
    macros: Iterable[Macro] | None,
    judge: LicenseJudge | None = None,
    entries: tuple[TakedownEntry, ...] = (),
) -> tuple[dict[str, int], Removal]:
    """Build and check a DuckDB file, without what the takedown list names.

    Args:
        settings: Where the store and the observations are.
        built: File to make; its folder also takes the work database.
        macros: Macros to make in it; None: the file is a step on the way to others.
        judge: Who decides on licenses; None: nobody, and there are no findings.
        entries: The takedown list.

    Returns:
        Rows by table, and what was left out.

    Raises:
        ConfigurationError: There is no store.
        CheckFailed: A key or reference does not hold, or a table is not as described.
    """
    removed = Removal({}, {})

    def leave_out(connection: DuckDBConnection) -> bool:
        nonlocal removed
        removed = take_down(entries, connection)
        return bool(removed)

    before: dict[str, Step] = {
        "model_lineage": place_models,
        "license_rule": partial(judge_chains, judge=judge),
    }
    row_counts = build(settings, built, macros, before=before, leave_out=leave_out)
    return row_counts, removed


def _size(target: Path) -> int:
    files = target.iterdir() if target.is_dir() else [target]
    return sum(path.stat().st_size for path in files)
