"""What ``miner snapshot`` says of snapshots, to people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from miner.cli.echo import counted, echo
from miner.cli.sheet import Sheet
from miner.cli.takedown import tell_unmatched
from miner.pipelines.snapshot.build import SnapshotReport
from miner.pipelines.snapshot.differences import SnapshotDiff
from miner.pipelines.snapshot.snapshot_files import Fault
from miner.schema.manifest import Manifest
from miner.terminal import printable


def tell(manifest: Manifest, more: str) -> None:
    """Say in one line, to stderr, what is in a snapshot."""
    rows = sum(table.rows for table in manifest.tables)
    size = sum(file.size for file in manifest.every_file)
    echo(
        f"{manifest.name}: {counted(rows, 'row')} in {counted(len(manifest.tables), 'table')}, "
        f"{size / 1e6:,.1f} MB, {more}",
        err=True,
    )


def tell_built(report: SnapshotReport) -> None:
    """Report what a build wrote, removed and left out."""
    about = report.manifest.about
    compared = f"compared with {report.last}" if report.last else "no earlier one to compare with"
    tell(report.manifest, f"made in {report.seconds:.1f} s, {compared}")
    for column, kinds in about["texts_redacted"].items():
        removed = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
        echo(f"removed from {column}: {removed}", err=True)
    for table, count in about["rows_merged"].items():
        echo(f"duplicates that this left, removed from {table}: {counted(count, 'row')}", err=True)
    for table, count in about["rows_taken_down"].items():
        echo(f"taken down from {table}: {counted(count, 'row')}", err=True)
    tell_unmatched(report.unmatched)


def tell_faults(folder: Path, manifest: Manifest, faults: Sequence[Fault], signed: str) -> None:
    """Name each file that is not as the manifest says, or say that all are."""
    for fault in faults:
        echo(printable(f"{folder}: {fault}"))
    if not faults:
        files = len(manifest.every_file)
        echo(f"{folder}: {manifest.name} is whole, {counted(files, 'file')}, {signed}")


def tell_diff(found: SnapshotDiff) -> None:
    """Show what changed between two snapshots."""
    sheet = Sheet()
    columns = ("table", "rows_a", "rows_b", "added", "removed", "changed", "columns")
    rows = [
        (
            one.table,
            one.rows_a,
            one.rows_b,
            one.added,
            one.removed,
            one.changed,
            ", ".join(f"{name} {count:,}" for name, count in (one.columns or {}).items()),
        )
        for one in found.tables
        if one.count
    ]
    for name, windows in ((found.a, found.windows_a), (found.b, found.windows_b)):
        sheet.line(f"{name} holds {'; '.join(windows) or 'no sweep of models'}")
    sheet.line(f"from {found.a} to {found.b}: {len(rows)} of {len(found.tables)} tables differ")
    sheet.table("tables", columns, rows)
    for title, listed in found.listed.items():
        more = f", the first {len(listed.rows)}" if len(listed.rows) < listed.count else ""
        sheet.table(f"{title}: {listed.count:,}{more}", listed.columns, listed.rows)
