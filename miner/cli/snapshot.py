"""``miner snapshot``: frozen, checked, documented exports: made, verified, compared, got."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from miner.db.snapshot_diff import SnapshotDiff
    from miner.db.snapshot_files import Fault
    from miner.schema.snapshot import Manifest

_FORMAT = click.option(
    "--format", "output_format", default="table", show_default=True,
    type=click.Choice(["table", "json"]), help="How it is told.",
)  # fmt: skip


@click.group()
def snapshot() -> None:
    """Make, verify, compare, get and publish snapshots of the data."""


@snapshot.command()
@click.option("--out", "target", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Folder of the snapshot, new or empty. [default: one in the data directory]")  # fmt: skip
@click.option("--name", metavar="data-YYYY.MM.N",
              help="Its name. [default: that of DIR, else the next of the month of the data]")  # fmt: skip
@click.option("--against", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Snapshot whose counts to compare with. [default: the latest that lies beside]")  # fmt: skip
@click.option("--allow", multiple=True, metavar="NAME",
              help="A table that may shrink, or a check that may find something; repeatable.")  # fmt: skip
@click.option("--takedown", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="What must not be published. [default: takedown.csv of the data directory]")  # fmt: skip
@click.option("--contact", default="", metavar="TEXT",
              help="Where removals are asked for. [default: where it is published]")  # fmt: skip
@click.option("--matrix", "spec", default="miner", show_default=True,
              help="Rules that decide on licenses: miner, osadl, or sheet:FILE[#SHEET].")  # fmt: skip
def build(
    target: Path | None, name: str | None, against: Path | None, allow: tuple[str, ...],
    takedown: Path | None, contact: str, spec: str,
) -> None:  # fmt: skip
    """Make a snapshot of the store: Parquet files, manifest, documents.

    It counts as made when every check has passed; a build that is killed leaves none. The same
    store gives the same bytes. E-mail addresses, secrets and the names of home folders are taken
    out, and so is what the takedown list names. The folder is printed on stdout.
    """
    from miner.db.snapshot_build import Choice, build_snapshot
    from miner.db.snapshot_checks import Check
    from miner.pipelines.licenses.judge import open_judge
    from miner.queries.loader import CHECKS, load
    from miner.settings import load_settings

    checks = [
        Check(query.full_name, query.body) for query in load().values() if query.topic == CHECKS
    ]
    report = build_snapshot(
        load_settings(),
        target,
        checks=checks,
        judge=open_judge(spec),
        choice=Choice(name, against, frozenset(allow), takedown, contact),
    )
    manifest = report.manifest
    _tell(manifest, f"made in {report.seconds:.1f} s, {_compared(report.last)}")
    for column, kinds in manifest.about["texts_redacted"].items():
        told = ", ".join(f"{count:,} × {kind}" for kind, count in kinds.items())
        click.echo(f"taken out of {column}: {told}", err=True)
    for table, count in manifest.about["rows_taken_down"].items():
        click.echo(f"taken down: {count:,} rows of {table}", err=True)
    click.echo(report.folder)


def _compared(last: str | None) -> str:
    return f"compared with {last}" if last else "no earlier one to compare with"


def _tell(manifest: Manifest, more: str) -> None:
    rows = sum(table.rows for table in manifest.tables)
    size = sum(file.size for file in manifest.every_file)
    click.echo(
        f"{manifest.name}: {rows:,} rows in {len(manifest.tables)} tables, {size / 1e6:,.1f} MB, "
        f"{more}",
        err=True,
    )


@snapshot.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@_FORMAT
def verify(folders: tuple[str, ...], output_format: str) -> None:
    """Compare the files of a snapshot with its manifest: sizes, SHA-256, rows, columns.

    DIR is a snapshot, a folder of several, or the name of one in the data directory. Each file
    that is missing, extra or other than said is named. Exit code 13 where there is one.
    """
    from miner.cli.sheet import write_json
    from miner.db.snapshot_files import verify_snapshot
    from miner.errors import InvalidData

    told = []
    for given in folders:
        for folder in _snapshots_of(given):
            manifest, faults = verify_snapshot(folder)
            told.append({"snapshot": manifest.name, "folder": str(folder), "valid": not faults,
                         "faults": [{"path": f.path, "what": f.what} for f in faults]})  # fmt: skip
            if output_format == "table":
                _tell_faults(folder, manifest, faults)
    if output_format == "json":
        write_json(told)
    if bad := [entry["folder"] for entry in told if not entry["valid"]]:
        raise InvalidData(
            f"{', '.join(map(str, bad))}: not what the manifest says",
            next_step="get it anew: miner snapshot pull",
        )


def _tell_faults(folder: Path, manifest: Manifest, faults: list[Fault]) -> None:
    from miner.cli.sheet import printable

    for fault in faults:
        click.echo(printable(f"{folder}: {fault}"))
    if not faults:
        files = len(manifest.every_file)
        click.echo(f"{folder}: {manifest.name} is whole, {files} files")


@snapshot.command("list")
@_FORMAT
def list_snapshots(output_format: str) -> None:
    """List the snapshots of the data directory, the latest first."""
    from miner.cli.sheet import Sheet, write_json
    from miner.db.snapshot_build import SNAPSHOTS
    from miner.db.snapshot_files import known_snapshots, read_manifest
    from miner.settings import load_settings

    home = load_settings().data_dir / SNAPSHOTS
    columns = ("name", "data_of", "models", "rows", "bytes", "schema", "folder")
    rows = []
    for _, folder in sorted(known_snapshots(home).items(), reverse=True):
        manifest = read_manifest(folder)
        counts = {table.name: table.rows for table in manifest.tables}
        size = sum(file.size for file in manifest.every_file)
        rows.append((manifest.name, manifest.date[:10], counts.get("model"), sum(counts.values()),
                     size, manifest.schema_revision, str(folder)))  # fmt: skip
    if output_format == "json":
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    if not rows:
        click.echo(f"there is no snapshot in {home}", err=True)
    Sheet().table("snapshots", columns, rows)


@snapshot.command()
@click.argument("a")
@click.argument("b")
@click.option("--examples", default=20, show_default=True, type=click.IntRange(min=0),
              help="Models to list of each kind.")  # fmt: skip
@_FORMAT
def diff(a: str, b: str, examples: int, output_format: str) -> None:
    """Say what changed from snapshot A to snapshot B.

    Rows added, removed and changed, by table and published key; models that are gone, new or
    renamed; licenses that changed. Columns that only say when something was looked at do not
    count. A and B are folders, or names of snapshots in the data directory; both are verified.
    """
    from dataclasses import asdict

    from miner.cli.sheet import write_json
    from miner.db.snapshot_diff import diff_snapshots

    (left,), (right,) = _snapshots_of(a)[:1], _snapshots_of(b)[:1]
    found = diff_snapshots(left, right, examples=examples)
    if output_format == "json":
        write_json(asdict(found))
    else:
        _tell_diff(found)


def _tell_diff(found: SnapshotDiff) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    columns = ("table", "rows_a", "rows_b", "added", "removed", "changed", "columns")
    rows = [
        (one.table, one.rows_a, one.rows_b, one.added, one.removed, one.changed,
         ", ".join(f"{name} {count:,}" for name, count in (one.columns or {}).items()))
        for one in found.tables
        if one.count
    ]  # fmt: skip
    sheet.line(f"from {found.a} to {found.b}: {len(rows)} of {len(found.tables)} tables differ")
    sheet.table("tables", columns, rows)
    for title, listed in found.listed.items():
        more = f", the first {len(listed.rows)}" if len(listed.rows) < listed.count else ""
        sheet.table(f"{title}: {listed.count:,}{more}", listed.columns, listed.rows)


def _snapshots_of(given: str) -> list[Path]:
    """Return the snapshots that a word on the command line means.

    Raises:
        ConfigurationError: There is none.
    """
    from miner.db.snapshot_build import SNAPSHOTS
    from miner.db.snapshot_files import known_snapshots
    from miner.errors import ConfigurationError
    from miner.schema.snapshot import MANIFEST, is_version
    from miner.settings import load_settings

    folder = Path(given)
    if not folder.exists() and is_version(given):
        folder = load_settings().data_dir / SNAPSHOTS / given
    if (folder / MANIFEST).exists():
        return [folder]
    if several := list(known_snapshots(folder).values()):
        return several
    raise ConfigurationError(
        f"{folder} is no snapshot, and holds none: there is no {MANIFEST}",
        next_step="miner snapshot list, or name the folder of a snapshot",
    )
