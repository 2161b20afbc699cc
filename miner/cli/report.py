"""``miner report``: all pictures in one folder that opens from a disk."""

from __future__ import annotations

from pathlib import Path

import click

from miner.cli.echo import counted, echo

CHAPTER_NAMES = (
    "models", "supply-chain", "licenses", "moe", "downstream", "documentation", "method",
)  # fmt: skip
"""As in ``miner.report.chapters``, which help need not import."""


@click.command()
@click.argument("source", required=False)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Folder to write; an older report in it is replaced. [default: report]",
)  # fmt: skip
@click.option(
    "--figures", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Write each picture as PNG and SVG for a paper, instead of the report.",
)  # fmt: skip
@click.option(
    "--chapter", "chapters", multiple=True, type=click.Choice(CHAPTER_NAMES),
    help="Write this chapter, not all. May be repeated.",
)  # fmt: skip
def report(
    *, source: str | None, out: Path | None, figures: Path | None, chapters: tuple[str, ...]
) -> None:
    r"""Write a report: pages with all pictures, their data, and what to mind.

    The folder opens in a browser from a disk (index.html), and asks no host. SOURCE is a DuckDB
    file, or a snapshot (a folder or a name); without it, the file in the data directory.

    \b
    Examples:
      miner report --out report
      miner report data-2026.12.0 --figures figures
    """
    from miner.queries.dataset import open_dataset, require_ours
    from miner.report.build import write_figures, write_report

    if out and figures:
        raise click.UsageError("--out writes the report, --figures pictures: give one of them")
    with require_ours(open_dataset(source)) as data:
        if figures:
            count = write_figures(data, figures, chapters)
            echo(f"{figures}: {counted(count, 'picture')}, each as PNG and SVG", err=True)
            return
        folder = out or Path("report")
        written = write_report(
            data, folder, chapters, lambda title: echo(f"miner: {title}", err=True)
        )
    echo(f"{folder / 'index.html'}")
    lacking = (
        f"; without an answer here: {counted(len(written.empty), 'question')}"
        if written.empty
        else ""
    )
    echo(f"miner: {counted(written.pages, 'page')}, {counted(written.pictures, 'picture')}, "
         f"{written.size_bytes / 1e6:.1f} MB{lacking}", err=True)  # fmt: skip
