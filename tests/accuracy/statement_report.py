"""Command ``statements``: what cards state, compared with what others state of the same models."""

from __future__ import annotations

from pathlib import Path

import click

from miner.cli.echo import echo_json
from miner.cli.sheet import Sheet
from tests.accuracy.field_statements import VERDICTS, StatementComparison, compare_folders
from tests.accuracy.scoring import FILE, FOLDER, format_option, one_line

_WIDE = 80


@click.command("statements")
@click.option(
    "--truth", type=FOLDER, multiple=True, required=True,
    help="Folder with tables of sizes and bases, known by name; or with a folder truth of them.",
)  # fmt: skip
@click.option("--cards", type=FOLDER, required=True, help="Folder with cards, owner__name.md.")
@click.option(
    "--predictions", type=FILE,
    help="Values of an extractor to compare instead of the rules'.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="OWNER/NAME", help="Only the cards of these models.")
@format_option
def statements(
    truth: tuple[Path, ...],
    cards: Path,
    predictions: Path | None,
    only: tuple[str, ...],
    format_name: str,
) -> None:
    """Compare sizes and bases that cards state with tables that others made.

    Counts of parameters agree within 5 %, or where one is the other rounded as it is written.
    Neither side is taken for right: agreement is counted, disagreement listed with its words.
    """
    result = compare_folders(truth, cards, predictions, only)
    if format_name == "json":
        echo_json(result.as_dict(), indent=True)
    else:
        _print(result)


def _print(result: StatementComparison) -> None:
    sheet = Sheet()
    sheet.title(f"Statements of {result.cards} cards beside other sources")
    sheet.facts(
        (f"cards that state {name}", f"{count}, of which a source speaks of {result.known[name]}")
        for name, count in sorted(result.stated.items())
    )
    sheet.table(
        "",
        ["field", "source", *VERDICTS],
        [(name, source, *counts.values()) for name, source, counts in result.counts()],
    )
    sheet.table(
        "Disagreements",
        ["field", "model", "card", "source", "says", "hint", "quote"],
        [
            (one.field, one.model, one_line(one.stated, _WIDE), one.source,
             one_line(one.reference, _WIDE), one.hint,
             one_line(one.quote, _WIDE))
            for one in result.disagreements()
        ],
    )  # fmt: skip
