"""Command ``links``: the scanner, scored on labelled repositories."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import click
import orjson

from miner.cli.sheet import Sheet
from miner.errors import ConfigurationError
from miner.pipelines.scan.names_file import NamesFile
from tests.accuracy.link_labels import read_link_labels
from tests.accuracy.link_scores import LARGEST, LinkResult, scan_labelled, score_repository
from tests.accuracy.scoring import FILE, FOLDER, format_option, three


@click.command("links")
@click.option("--labels", type=FILE, required=True, help="CSV with the columns of the corpus.")
@click.option(
    "--repositories", type=FOLDER, required=True,
    help="Folder with the labelled repositories: checkouts or bare git directories, as owner/name, "
    "owner+name or name. Git directories are read at the labelled commit.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="OWNER/NAME", help="Only these repositories.")
@click.option("--names", type=FILE, help="File of names to ask; without one nothing is known.")
@format_option
def links(
    labels: Path, repositories: Path, only: tuple[str, ...], names: Path | None, format_name: str
) -> None:
    """Score the scanner: which models does a repository use, and where.

    The store is not asked. Rules: pairs of repository and model, names without case and before
    redirects, uses of low confidence set aside.
    """
    labelled = [one for one in read_link_labels(labels) if not only or one.repository in only]
    if not labelled:
        raise ConfigurationError(
            f"no labels of {', '.join(only) or 'any repository'} in {labels}",
            next_step="name repositories of the file with --only",
        )
    scores = []
    with ExitStack() as stack:
        listing = stack.enter_context(NamesFile(names)) if names else None
        for one in labelled:
            begun = time.perf_counter()
            scores.append(score_repository(one, scan_labelled(one, repositories, listing)))
            scores[-1].seconds = time.perf_counter() - begun
    result = LinkResult(scores)
    if format_name == "json":
        click.echo(orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        _print(result)


def _print(result: LinkResult) -> None:
    sheet = Sheet()
    micro, macro = result.micro(), result.macro
    rows = [
        ("micro, all pairs", micro.precision, micro.recall, micro.f1),
        ("macro over repositories", macro(lambda s: s.precision), macro(lambda s: s.recall),
         macro(lambda s: s.f1)),
    ]  # fmt: skip
    for title, score in (
        ("micro, Hugging Face alone", result.micro(hub="huggingface")),
        (f"micro without the {LARGEST} largest", result.micro(without_largest=LARGEST)),
    ):
        rows.append((title, score.precision, score.recall, score.f1))
    rows.append(("places", result.location_precision, result.location_recall, None))
    sheet.title(
        f"Links: {len(result.repositories)} repositories, {micro.right + micro.missed} used"
    )
    sheet.table("Scores", ["", "precision", "recall", "F1"],
                [(title, *map(three, numbers)) for title, *numbers in rows])  # fmt: skip
    sheet.table(
        "By repository",
        ["repository", "right", "wrong", "missed", "unresolved loads", "seconds"],
        [
            (one.repository, one.pairs.right, one.pairs.wrong, one.pairs.missed, one.unresolved,
             f"{one.seconds:.2f}")
            for one in result.repositories
        ],
    )  # fmt: skip
    sheet.table(
        "Rules: places kept of pairs that are used, and of pairs that are not",
        ["rule", "right", "wrong", "precision"],
        [
            (name, right, wrong, three(right / (right + wrong)))
            for name, right, wrong in result.methods()
        ],
    )
    sheet.table(
        "Kinds of the places found (a place can be read two ways)",
        ["labelled", "reported", "places"],
        [
            (labelled, reported, count)
            for (labelled, reported), count in result.kinds().most_common()
        ],
    )
    sheet.table(
        "Misses",
        ["repository", "model", "hub", "kind", "place", "found, not labelled", "by"],
        [
            (one.repository, one.model, one.hub, one.kind, one.place, one.is_found, one.by)
            for scored in result.repositories
            for one in scored.misses
        ],
    )
