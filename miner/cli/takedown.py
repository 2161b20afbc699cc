"""The takedown list on the command line: the option that names it, and what it left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner.cli.echo import counted, echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miner.pipelines.snapshot.takedown import Removal, TakedownEntry

TAKEDOWN = click.option(
    "--takedown",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="List of what must not be published. [default: takedown.csv of the data directory]",
)


def print_removal(report: Removal) -> None:
    """Say, to stderr, how many rows and texts the list left out; nothing where it left out none."""
    tell_unmatched(report.unmatched)
    if report:
        rows, texts = sum(report.rows.values()), _count(report)
        echo(
            f"taken down, as the list asks: {counted(rows, 'row')} of "
            f"{counted(len(report.rows), 'table')}"
            + (f", and a name in {counted(texts, 'text')}" if texts else ""),
            err=True,
        )
    if merged := sum(report.merged.values()):
        echo(f"duplicates that this left, removed: {counted(merged, 'row')}", err=True)


def tell_unmatched(entries: Sequence[TakedownEntry]) -> None:
    """Say, to stderr, which entries of the list name nothing; a misspelt one is among them."""
    if entries:
        named = "; ".join(map(str, entries[:10])) + (" …" if len(entries) > 10 else "")
        echo(
            f"{counted(len(entries), 'line')} of the takedown list without a match here: {named}",
            err=True,
        )


def _count(report: Removal) -> int:
    return sum(count for kinds in report.texts.values() for count in kinds.values())
