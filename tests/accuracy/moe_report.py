"""Command ``moe``: which models are mixtures of experts, and with how many, scored on labels."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from miner.cli.sheet import Sheet
from miner.errors import ConfigurationError
from miner.pipelines.derive.architecture.model_evidence import COUNTS
from tests.accuracy.moe_scores import (
    INPUTS,
    MoeResult,
    cross_validate,
    evaluate_moe,
    read_corpus_configs,
    read_moe_labels,
)
from tests.accuracy.scoring import FILE, FOLDER, format_option, three


@click.command("moe")
@click.option("--labels", type=FILE, required=True, help="CSV of labelled models.")
@click.option(
    "--corpus", type=FOLDER,
    help="Folder with configs/ and configs_index.csv, which marks them as dense or moe.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="OWNER/NAME", help="Only these models.")
@click.option(
    "--without-families", "share", type=click.FloatRange(0, 1), metavar="SHARE",
    help="Take this share of the families out of the table, and score their models alone.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Which families are taken out.")
@format_option
def moe(  # noqa: PLR0917 - options of a command
    labels: Path,
    corpus: Path | None,
    only: tuple[str, ...],
    share: float | None,
    seed: int,
    format_name: str,
) -> None:
    """Score which models hold experts, by what is known of them: config, type, name.

    Precision is over the models called true, recall over the labelled ones; unknown is missed
    there, and counted. Labels of low confidence are set aside.
    """
    labelled = [one for one in read_moe_labels(labels) if not only or one.model in only]
    if not labelled:
        raise ConfigurationError(
            f"no labels of {', '.join(only) or 'any model'} in {labels}",
            next_step="name models of the file with --only",
        )
    configs = read_corpus_configs(corpus, labelled) if corpus and not only else []
    out: list[str] = []
    if share is None:
        results = evaluate_moe(labelled, configs)
    else:
        results, out = cross_validate(labelled, configs, share=share, seed=seed)
    if format_name == "json":
        found = {name: result.as_dict() for name, result in results.items()}
        click.echo(orjson.dumps({"inputs": found, "families_out": out}, option=orjson.OPT_INDENT_2))
    else:
        _print(results, len(labelled), out)


def _print(results: dict[str, MoeResult], labels: int, out: list[str]) -> None:
    sheet = Sheet()
    sheet.title(f"Experts: {labels} labelled models")
    if out:
        sheet.line(f"scored without their families: {', '.join(out)}")
    sheet.table(
        "Is it a mixture of experts, by what is known",
        ["given", "models", "unknown", "precision", "recall", "F1", "precision by type",
         "recall by type"],
        [
            (INPUTS[name], one.models, one.unknown, *map(three, (
                one.is_moe.precision, one.is_moe.recall, one.is_moe.f1,
                one.macro(lambda score: score.precision), one.macro(lambda score: score.recall),
            )))
            for name, one in results.items()
        ],
    )  # fmt: skip
    sheet.table(
        "Counts of those that are",
        ["given", "count", "exact", "wrong", "not answered", "exact of answered"],
        [
            (INPUTS[name], column, *one.counts[column], three(one.exact(column)))
            for name, one in results.items()
            for column in COUNTS
        ],
    )
    for name, one in results.items():
        _print_input(sheet, INPUTS[name], one)


def _print_input(sheet: Sheet, title: str, one: MoeResult) -> None:
    sheet.table(
        f"By category, given {title}", ["category", "right", "wrong", "missed"],
        [(name, score.right, score.wrong, score.missed)
         for name, score in sorted(one.by_category.items()) if score.right or score.missed],
    )  # fmt: skip
    sheet.table(
        f"Hard negatives, given {title}", ["reason", "models", "called true"],
        [(name, models, wrong) for name, (models, wrong) in sorted(one.hard.items())],
    )  # fmt: skip
    sheet.table(
        f"Misses, given {title}", ["model", "what", "labelled", "found", "by", "category"],
        [
            (miss.model, miss.what, miss.labelled, miss.found, miss.method, miss.category)
            for miss in one.misses
            if miss.found != "unknown" or miss.labelled != "False"
        ],
    )  # fmt: skip
