"""``miner names``: the compact file of names that a scan asks where there is no store."""

from __future__ import annotations

from pathlib import Path

import click

from miner.cli.echo import echo
from miner.terminal import printable

NOT_LISTED = 1


@click.group()
def names() -> None:
    """Make and ask the file of names by which a scan knows models and datasets."""


@names.command()
@click.option(
    "--duckdb", "duckdb_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Take the names of this file instead of the one in the data directory.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Where to write it. [default: names.bin in the data directory, where a scan finds it]",
)  # fmt: skip
def build(duckdb_file: Path | None, out: Path | None) -> None:
    """Write the names of all models and datasets, former ones too, to one compact file.

    They come from the DuckDB file that `miner export` or `miner snapshot pull` made. The path
    written is printed on stdout. Snapshots carry such a file.
    """
    from miner.db.analytics import open_for_questions
    from miner.pipelines.scan.names_file import FILE_NAME
    from miner.pipelines.snapshot.model_names import write_model_names
    from miner.pipelines.snapshot.snapshot_files import require_writable
    from miner.settings import load_settings

    settings = load_settings()
    target = out or settings.data_dir / FILE_NAME
    with open_for_questions(duckdb_file or settings.duckdb_path) as connection:
        require_writable(target.absolute().parent)
        count = write_model_names(connection, target)
    echo(f"{count:,} names: {target.stat().st_size / 1e6:,.1f} MB", err=True)
    echo(target)


@names.command()
@click.argument("wanted", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--names", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="File to ask. [default: the one in the data directory, or of its newest snapshot]",
)  # fmt: skip
def find(wanted: tuple[str, ...], file: Path | None) -> int:
    """Say of each name on which hub it is a model or a dataset; exit with 1 if one is on none."""
    from miner.errors import ConfigurationError
    from miner.pipelines.scan.name_listing import names_file_of
    from miner.pipelines.scan.names_file import BUILD, NamesFile
    from miner.settings import load_settings

    place = file or names_file_of(load_settings())
    if place is None:
        raise ConfigurationError("there is no file of names here yet", next_step=BUILD)
    is_missing = False
    with NamesFile(place) as listing:
        for name in wanted:
            lists = listing.lists_of(name)
            is_missing |= not lists
            echo(f"{printable(name)}\t{', '.join(lists) or 'not listed'}")
    return NOT_LISTED if is_missing else 0
