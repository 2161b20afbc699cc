"""``miner eval``: how often is what miner finds right, against labels."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from miner.pipelines.evaluate.fields import Result as FieldResult
    from miner.pipelines.evaluate.links import Result
    from miner.pipelines.evaluate.score import Score

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("eval")
def eval() -> None:  # noqa: A001 (named as the command)
    """Score what miner finds against labels: precision, recall, and every miss."""


@eval.command("links")
@click.option("--labels", type=_FILE, required=True, help="CSV with the columns of the corpus.")
@click.option(
    "--repositories", type=_FOLDER, required=True,
    help="Folder with the labelled repositories: checkouts or bare git directories, as owner/name, "
    "owner+name or name. Git directories are read at the labelled commit.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="OWNER/NAME", help="Only these repositories.")
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip
def links(labels: Path, repositories: Path, only: tuple[str, ...], format_name: str) -> None:
    """Score the scanner: which models does a repository use, and where.

    Nothing is known of any hub: the store is not asked. Rules: pairs of repository and model,
    names without case and before redirects, uses of low confidence set aside.
    """
    from miner.errors import ConfigurationError
    from miner.pipelines.evaluate.labels import read_labels
    from miner.pipelines.evaluate.links import Result, scan_labelled, score

    labelled = [one for one in read_labels(labels) if not only or one.repository in only]
    if not labelled:
        raise ConfigurationError(
            f"no labels of {', '.join(only) or 'any repository'} in {labels}",
            next_step="name repositories of the file with --only",
        )
    scores = []
    for one in labelled:
        begun = time.perf_counter()
        scores.append(score(one, scan_labelled(one, repositories)))
        scores[-1].seconds = time.perf_counter() - begun
    result = Result(scores)
    if format_name == "json":
        import orjson

        click.echo(orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        _print(result)


def _print(result: Result) -> None:
    from miner.cli.sheet import Sheet
    from miner.pipelines.evaluate.links import LARGEST

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
                [(title, *map(_three, numbers)) for title, *numbers in rows])  # fmt: skip
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
            (name, right, wrong, _three(right / (right + wrong)))
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


@eval.command("fields")
@click.option("--labels", type=_FILE, required=True, help="JSON lines, a labelled card a line.")
@click.option("--cards", type=_FOLDER, required=True, help="Folder with the cards they name.")
@click.option("--only", multiple=True, metavar="OWNER/NAME", help="Only the cards of these models.")
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip
def fields(labels: Path, cards: Path, only: tuple[str, ...], format_name: str) -> None:
    """Score the fields read from cards by rules: precision, recall, F1, and every miss.

    A value counts only if its quote stands in the card. Labels of low confidence are set aside.
    """
    from miner.errors import ConfigurationError
    from miner.pipelines.evaluate.fields import evaluate, read_field_labels
    from miner.pipelines.extract.extract import extract

    labelled = [one for one in read_field_labels(labels) if not only or one.model in only]
    if not labelled:
        raise ConfigurationError(
            f"no labels of {', '.join(only) or 'any card'} in {labels}",
            next_step="name models of the file with --only",
        )
    result = evaluate(
        labelled, cards, lambda card, model: [value.as_row() for value in extract(card, model)]
    )
    if format_name == "json":
        import orjson

        click.echo(orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        _print_fields(result)


def _print_fields(result: FieldResult) -> None:
    from miner.cli.sheet import Sheet
    from miner.pipelines.evaluate.fields import ENOUGH

    sheet = Sheet()
    micro = result.micro
    columns = ["", "right", "wrong", "missed", "precision", "recall", "F1"]
    sheet.title(f"Fields: {result.cards} cards, {micro.right + micro.missed} values")
    sheet.table(
        "Scores",
        columns,
        [_scored("micro", micro), _scored("micro without the largest list of languages",
                                          result.without_largest)],
    )  # fmt: skip
    sheet.facts(
        [
            ("macro F1", _three(result.macro())),
            (f"macro F1, fields of {ENOUGH} labels and more", _three(result.macro(least=ENOUGH))),
            ("values whose quote is not in the card", result.bad_quotes),
            ("absent and left absent", f"{result.absent_right} of {result.absent_marks}"),
        ]
    )
    sheet.table("By field", columns,
                [_scored(name, one) for name, one in sorted(result.fields.items())])  # fmt: skip
    sheet.table("By place of the words", columns,
                [_scored(name, one) for name, one in sorted(result.by_origin.items())])  # fmt: skip
    sheet.table(
        "Keys beside the value, where it is right",
        ["key", "right", "wrong"],
        [(key, result.keys[key, True], result.keys[key, False])
         for key in sorted({key for key, _ in result.keys})],
    )  # fmt: skip
    sheet.table(
        "Misses",
        ["card", "field", "value", "found", "why", "quote"],
        [
            (one.card, one.field, one.value[:60], one.is_found, one.reason,
             " ".join(one.quote.split())[:80])
            for one in result.misses
        ],
    )  # fmt: skip


def _scored(title: str, one: Score) -> tuple[object, ...]:
    return (
        title,
        one.right,
        one.wrong,
        one.missed,
        *map(_three, (one.precision, one.recall, one.f1)),
    )


def _three(number: object) -> str:
    return f"{number:.3f}" if isinstance(number, float) else ""
