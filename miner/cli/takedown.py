"""The takedown list on the command line: the option that names it, and what it left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from miner.db.takedown import TakenDown

TAKEDOWN = click.option(
    "--takedown",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="List of what must not be published. [default: takedown.csv of the data directory]",
)


def tell_taken_down(taken: TakenDown) -> None:
    """Say, to stderr, how many rows and texts the list left out; nothing where it left out none."""
    if taken:
        rows, texts = sum(taken.rows.values()), _count(taken)
        click.echo(
            f"taken down, as the list asks: {rows:,} rows of {len(taken.rows)} tables"
            + (f", and a name in {texts:,} texts" if texts else ""),
            err=True,
        )


def _count(taken: TakenDown) -> int:
    return sum(count for kinds in taken.texts.values() for count in kinds.values())
