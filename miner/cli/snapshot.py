"""``miner snapshot``: build, verify, compare, publish and pull frozen, documented exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner.cli.echo import counted, echo, echo_json
from miner.cli.takedown import TAKEDOWN
from miner.schema.manifest import DATA_LICENSES, DEFAULT_LICENSE

if TYPE_CHECKING:
    from miner.pipelines.snapshot.content_checks import Check
    from miner.schema.manifest import Manifest
    from miner.settings import Settings

_FORMAT = click.option(
    "--format",
    "output_format",
    default="table",
    show_default=True,
    type=click.Choice(["table", "json"]),
    help="Output format.",
)


_SIGN_KEY = click.option(
    "--sign-key",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Secret key to sign it with, from `miner snapshot keygen` or `minisign -G -W`.",
)


@click.group()
def snapshot() -> None:
    """Make, verify, compare, get and publish snapshots of the data."""


@snapshot.command()
@click.option(
    "--out",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the snapshot, new or empty. [default: one in the data directory]",
)
@click.option(
    "--name",
    metavar="data-YYYY.MM.N",
    help="Its name; of the demo's data it ends in -demo, without a complete sweep of models in "
    "-partial. [default: that of DIR, else the next of the month of the data]",
)
@click.option(
    "--against",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Snapshot whose counts to compare with. [default: the latest that lies beside]",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME",
    help="A table that may shrink, or a check that may find something; repeatable.",
)
@TAKEDOWN
@click.option(
    "--contact",
    default="",
    metavar="TEXT",
    help="Where removals are asked for. [default: where it is published]",
)
@click.option(
    "--data-license",
    "terms",
    default=DEFAULT_LICENSE,
    show_default=True,
    metavar="NAME",
    type=click.Choice(list(DATA_LICENSES)),
    help=f"What the data is published under: {', '.join(DATA_LICENSES)}.",
)
@click.option(
    "--matrix",
    "spec",
    default="miner",
    show_default=True,
    help="Rules that decide on licenses: miner, osadl, or sheet:FILE[#SHEET].",
)
@_SIGN_KEY
def build(
    *,
    target: Path | None,
    name: str | None,
    against: Path | None,
    allow: tuple[str, ...],
    takedown: Path | None,
    contact: str,
    terms: str,
    spec: str,
    sign_key: Path | None,
) -> None:
    """Make a snapshot of the store: Parquet files, manifest, documents.

    It counts as made when every check has passed; a build that is killed leaves none. The same
    store gives the same bytes. E-mail addresses, secrets and the names of home folders are
    removed, and so is what the takedown list names. The folder is printed on stdout.
    """
    from miner.cli.snapshot_output import tell_built
    from miner.pipelines.derive.licenses.chain_judge import open_judge
    from miner.pipelines.snapshot.build import Choice, build_snapshot
    from miner.pipelines.snapshot.snapshot_files import sign_snapshot
    from miner.schema.signature import SecretKey
    from miner.settings import load_settings

    key = SecretKey.read(sign_key) if sign_key else None
    report = build_snapshot(
        load_settings(),
        target,
        checks=shipped_checks(),
        judge=open_judge(spec),
        choice=Choice(name, against, frozenset(allow), takedown, contact, terms),
    )
    if key:
        sign_snapshot(report.folder, key)
    tell_built(report)
    echo(report.folder)


@snapshot.command()
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def keygen(path: Path) -> None:
    """Make a key to sign snapshots with.

    The secret key is written to FILE, for its owner's eyes alone and without a password; the
    public key to FILE.pub, and on stdout. Those who trust it set MINER_SNAPSHOT_KEYS to it. Both
    are files of minisign.
    """
    from miner.schema.signature import SecretKey

    key = SecretKey.generate()
    key.write(path)
    echo(f"{path}: secret key; whoever has it can publish in your name", err=True)
    echo(key.public.render())


@snapshot.command()
@click.argument("snapshot_name", metavar="SNAPSHOT")
@click.option(
    "--key",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Secret key, from `miner snapshot keygen` or `minisign -G -W`.",
)
def sign(snapshot_name: str, path: Path) -> None:
    """Sign a snapshot, after verifying it.

    SNAPSHOT is its folder, or its name in the data directory. The signature stands beside the
    manifest, as manifest.json.minisig; `minisign -V -m manifest.json` checks it too.
    """
    from miner.pipelines.snapshot.snapshot_files import require_verified, sign_snapshot
    from miner.schema.signature import SIGNATURE, SecretKey

    (folder,) = _snapshots_of(snapshot_name)[:1]
    require_verified(folder)
    key = SecretKey.read(path)
    sign_snapshot(folder, key)
    echo(f"signed by {key.public.name}", err=True)
    echo(folder / SIGNATURE)


def shipped_checks() -> list[Check]:
    """Return the shipped checks."""
    from miner.pipelines.snapshot.content_checks import Check
    from miner.queries.loader import CHECKS, load

    return [
        Check(query.full_name, query.body) for query in load().values() if query.topic == CHECKS
    ]


@snapshot.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@_FORMAT
def verify(folders: tuple[str, ...], output_format: str) -> None:
    """Compare the files of a snapshot with its manifest: sizes, SHA-256, rows, columns.

    Who signed it is checked with the keys of MINER_SNAPSHOT_KEYS, and reported. DIR is a snapshot,
    a folder of several, or the name of one in the data directory. Each file that is missing, extra
    or different is named; the exit code is then 13.
    """
    from miner.cli.snapshot_output import tell_faults
    from miner.errors import InvalidData
    from miner.pipelines.snapshot.snapshot_files import require_signed, verify_snapshot
    from miner.settings import load_settings

    settings, results = load_settings(), []
    for name in folders:
        for folder in _snapshots_of(name):
            signed = require_signed(folder, settings)
            manifest, faults = verify_snapshot(folder)
            results.append(
                {
                    "snapshot": manifest.name,
                    "folder": str(folder),
                    "valid": not faults,
                    "signed": signed,
                    "faults": [{"path": f.path, "what": f.what} for f in faults],
                }
            )
            if output_format == "table":
                tell_faults(folder, manifest, faults, signed)
    if output_format == "json":
        echo_json(results, indent=True)
    if bad := [entry["folder"] for entry in results if not entry["valid"]]:
        raise InvalidData(
            f"{', '.join(map(str, bad))}: not what the manifest says",
            next_step="get it anew: miner snapshot pull",
        )


@snapshot.command("list")
@click.option(
    "--from",
    "source",
    metavar="SOURCE",
    help="List what a folder, an https address or a dataset repository has, by name.",
)
@_FORMAT
def list_snapshots(source: str | None, output_format: str) -> None:
    """List the snapshots of the data directory, or of a source, the latest first."""
    from miner.cli.sheet import Sheet
    from miner.pipelines.snapshot.snapshot_files import known_snapshots, read_manifest
    from miner.settings import load_settings

    if source is not None:
        _list_source(source, output_format)
        return
    home = load_settings().snapshots_dir
    columns = ("name", "data_of", "models", "rows", "bytes", "schema", "folder")
    rows = []
    for _, folder in sorted(known_snapshots(home).items(), reverse=True):
        manifest = read_manifest(folder)
        counts = {table.name: table.rows for table in manifest.tables}
        size = sum(file.size for file in manifest.every_file)
        rows.append(
            (
                manifest.name,
                manifest.date[:10],
                counts.get("model"),
                sum(counts.values()),
                size,
                manifest.schema_revision,
                str(folder),
            )
        )
    if output_format == "json":
        echo_json([dict(zip(columns, row, strict=True)) for row in rows], indent=True)
        return
    if not rows:
        echo(f"there is no snapshot in {home}", err=True)
    Sheet().table("snapshots", columns, rows)


def _list_source(source: str, output_format: str) -> None:
    import threading

    from miner.pipelines.snapshot.locations import open_source
    from miner.settings import load_settings

    place = open_source(load_settings(), source, threading.Event())
    try:
        names = [str(version) for version in sorted(place.versions(), reverse=True)]
    finally:
        place.close()
    if output_format == "json":
        echo_json([{"name": name} for name in names], indent=True)
        return
    for name in names:
        echo(name)


@snapshot.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--examples",
    default=20,
    show_default=True,
    type=click.IntRange(min=0),
    help="Models to list of each kind.",
)
@_FORMAT
def diff(a: str, b: str, examples: int, output_format: str) -> None:
    """Say what changed from snapshot A to snapshot B.

    Rows added, removed and changed, by table and published key; models that are gone, new or
    renamed; licenses that changed. Columns that only say when something was looked at do not
    count. A and B are folders, or names of snapshots in the data directory; both are verified.
    """
    from dataclasses import asdict

    from miner.cli.snapshot_output import tell_diff
    from miner.pipelines.snapshot.differences import diff_snapshots

    (left,), (right,) = _snapshots_of(a)[:1], _snapshots_of(b)[:1]
    found = diff_snapshots(left, right, examples=examples)
    if output_format == "json":
        echo_json(asdict(found), indent=True)
    else:
        tell_diff(found)


def _snapshots_of(name: str) -> list[Path]:
    """Return the snapshots that a word on the command line means.

    Raises:
        ConfigurationError: There is none.
    """
    from miner.errors import ConfigurationError
    from miner.pipelines.snapshot.snapshot_files import known_snapshots
    from miner.schema.manifest import MANIFEST, is_version
    from miner.settings import load_settings

    folder = Path(name)
    if not folder.exists() and is_version(name):
        folder = load_settings().snapshots_dir / name
    if (folder / MANIFEST).exists():
        return [folder]
    if several := list(known_snapshots(folder).values()):
        return several
    raise ConfigurationError(
        f"{folder} is no snapshot, and contains none: there is no {MANIFEST}",
        next_step="miner snapshot list, or name the folder of a snapshot",
    )


@snapshot.command()
@click.argument("version", required=False)
@click.option(
    "--from",
    "source",
    metavar="SOURCE",
    help="A folder, an https address, or owner/name of a dataset repository on the Hub. "
    "[default: MINER_SNAPSHOT_SOURCE]",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME",
    help="Get this table alone, as Parquet; repeatable.",
)
@click.option(
    "--duckdb",
    "duckdb_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the DuckDB file goes. [default: where `miner query` "
    "looks, or beside it where the data directory has a store of its own]",
)
@click.pass_context
def pull(
    ctx: click.Context,
    *,
    version: str | None,
    source: str | None,
    tables: tuple[str, ...],
    duckdb_file: Path | None,
) -> None:
    """Get a snapshot, verify it, and build the DuckDB file that answers queries.

    VERSION is a name like data-2026.12.0; without it the latest is got. It can be killed at any
    moment: the same command goes on where it stopped. Nothing is used that is not what the
    manifest says, and what was there before stays until then. What was made is printed on stdout.
    """
    import threading

    from miner.cli.progress import for_this_terminal
    from miner.cli.snapshot_output import tell
    from miner.pipelines.snapshot.locations import open_source
    from miner.pipelines.snapshot.pull import find_version, pull
    from miner.pipelines.snapshot.snapshot_files import keys_of
    from miner.settings import load_settings

    settings, stop = load_settings(), threading.Event()
    place = open_source(settings, source, stop)
    try:
        found = find_version(place, version)
        home = settings.data_dir / "tables" if tables else settings.snapshots_dir
        progress = for_this_terminal(log_json=bool((ctx.obj or {}).get("log_json")))
        keys = keys_of(settings)
        pulled = pull(place, found, home, progress=progress, stop=stop, tables=tables, keys=keys)
    except KeyboardInterrupt:
        echo("stopped; what has come is kept: the same command goes on there", err=True)
        raise
    finally:
        place.close()
    got = f"{counted(pulled.files, 'file')} downloaded and verified, {pulled.signed}"
    if pulled.newer:
        echo(f"{found} is older than {pulled.newer}, which is here already", err=True)
    if tables:
        echo(f"{pulled.manifest.name}: {got}", err=True)
        for name in dict.fromkeys(tables):
            echo(pulled.folder / f"{name}.parquet")
        return
    tell(pulled.manifest, got)
    echo(_load(settings, pulled.folder, pulled.manifest, duckdb_file))


def _load(settings: Settings, folder: Path, manifest: Manifest, duckdb_file: Path | None) -> Path:
    """Build the DuckDB file of a snapshot, and return where it is."""
    from miner.db.address import store_url
    from miner.pipelines.snapshot.load import load_snapshot
    from miner.queries.loader import macros
    from miner.terminal import printable

    url = store_url(settings.database_url)
    is_own = url.get_backend_name() != "sqlite" or Path(url.database or "").exists()
    beside = settings.data_dir / f"{manifest.name}.duckdb"
    target = duckdb_file or (beside if is_own else settings.duckdb_path)
    size = load_snapshot(folder, manifest, target, macros(), shipped_checks())
    if waived := manifest.about.get("checks_waived"):
        echo(printable(f"its publisher lets these checks pass: {waived}"[:500]), err=True)
    echo(f"{target}: {size / 1e6:,.1f} MB, all checks hold, every shipped query in it", err=True)
    if target != settings.duckdb_path:
        echo(f"  next  miner query --list; miner query --duckdb {target} NAME", err=True)
    return target


@snapshot.command()
@click.argument("snapshot_name", metavar="SNAPSHOT")
@click.option(
    "--to",
    required=True,
    metavar="PLACE",
    help="A folder, or owner/name of a dataset repository on the Hub.",
)
@click.option(
    "--private",
    "is_private",
    is_flag=True,
    help="Make the repository private, if it has to be made.",
)
@TAKEDOWN
@_SIGN_KEY
@click.option("--dry-run", is_flag=True, help="Verify and look, and change nothing.")
def publish(
    *,
    snapshot_name: str,
    to: str,
    is_private: bool,
    takedown: Path | None,
    sign_key: Path | None,
    dry_run: bool,
) -> None:
    """Publish a snapshot to a folder, or to a dataset repository on the Hub.

    SNAPSHOT is its folder, or its name in the data directory; it is verified first. A repository
    gets one commit and a tag of the snapshot's name (HF_TOKEN has to allow it). A version that is
    published already is never touched. Where it is stands on stdout.
    """
    from miner.cli.snapshot_output import tell
    from miner.pipelines.snapshot.publish import publish
    from miner.schema.signature import SecretKey
    from miner.settings import load_settings

    (folder,) = _snapshots_of(snapshot_name)[:1]
    done = publish(
        load_settings(),
        folder,
        to,
        is_private=is_private,
        takedown=takedown,
        sign_key=SecretKey.read(sign_key) if sign_key else None,
        dry_run=dry_run,
    )
    for path in done.removed:
        echo(f"{'removed' if done.is_done else 'would remove'}: {path}", err=True)
    tell(done.manifest, "published" if done.is_done else "would be published; nothing was changed")
    echo(done.place)
