"""``miner eval licenses``: how often is a verdict right, against labelled cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from miner.pipelines.evaluate.licenses import Result


@click.command("licenses")
@click.option(
    "--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
    help="CSV of cases with a column verdict, and reason where there is one.",
)  # fmt: skip
@click.option(
    "--matrix", "spec", default="miner", show_default=True,
    help="Rules: miner, osadl, peatmoss:FILE or sheet:FILE.",
)  # fmt: skip
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip
def licenses(labels: Path, spec: str, format_name: str) -> None:
    """Score verdicts on licenses: accuracy, precision and recall of each, and every miss.

    A reason counts where its code stands at least twice among the labels.
    """
    from miner.errors import InvalidData
    from miner.pipelines.derive.licenses.matrices import open_matrix
    from miner.pipelines.evaluate.licenses import evaluate, read_license_labels

    labelled = read_license_labels(labels)
    if not labelled:
        raise InvalidData(f"{labels} has no cases", next_step="give a file with labelled cases")
    result = evaluate(labelled, open_matrix(spec))
    if format_name == "json":
        from miner.cli.sheet import write_json

        write_json(result.as_dict())
    else:
        _print(result)


def _print(result: Result) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    sheet.title(f"Licenses: {result.cases} cases, matrix {result.matrix}")
    sheet.facts(
        [
            ("verdicts right", f"{result.right} of {result.cases}"),
            ("accuracy", _three(result.accuracy)),
            ("macro F1", _three(result.macro_f1())),
            ("reasons right", f"{result.reasons_right} of {result.reasons_scored}"),
            ("inconsistent called consistent", result.let_through),
        ]
    )
    columns = ["", "right", "wrong", "missed", "precision", "recall", "F1"]
    sheet.table(
        "By verdict",
        columns,
        [
            (name, one.right, one.wrong, one.missed, *map(_three, (one.precision, one.recall,
             one.f1)))
            for name, one in result.by_verdict.items()
        ],
    )  # fmt: skip
    sheet.table(
        "By relation",
        ["relation", "right", "wrong"],
        [(name, one.right, one.wrong) for name, one in sorted(result.by_relation.items())],
    )
    sheet.table(
        "Misses",
        ["case", "relation", "upstream", "downstream", "facts", "labelled", "found", "why"],
        [
            (one.case_id, one.relation, one.upstream_license, one.downstream_license,
             one.facts[:80], f"{one.labelled} {one.labelled_reason}",
             f"{one.found} {one.found_reason}", one.explanation)
            for one in result.misses
        ],
    )  # fmt: skip


def _three(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"
