"""Command ``licenses``: verdicts, scored on labelled cases."""

from __future__ import annotations

from pathlib import Path

import click

from miner.cli.echo import echo_json
from miner.cli.sheet import Sheet
from miner.errors import InvalidData
from miner.pipelines.derive.licenses.matrices import open_matrix
from tests.accuracy.license_scores import LicenseResult, evaluate_licenses, read_license_labels
from tests.accuracy.scoring import FILE, format_option, three


@click.command("licenses")
@click.option(
    "--labels", type=FILE, required=True,
    help="CSV of cases with a column verdict, and reason where there is one.",
)  # fmt: skip
@click.option(
    "--matrix", "spec", default="miner", show_default=True,
    help="Rules: miner, osadl, peatmoss:FILE or sheet:FILE.",
)  # fmt: skip
@format_option
def licenses(labels: Path, spec: str, format_name: str) -> None:
    """Score verdicts on licenses: accuracy, precision and recall of each, and every miss.

    A reason counts where its code stands at least twice among the labels.
    """
    labelled = read_license_labels(labels)
    if not labelled:
        raise InvalidData(f"{labels} has no cases", next_step="give a file with labelled cases")
    result = evaluate_licenses(labelled, open_matrix(spec))
    if format_name == "json":
        echo_json(result.as_dict(), indent=True)
    else:
        _print(result)


def _print(result: LicenseResult) -> None:
    sheet = Sheet()
    sheet.title(f"Licenses: {result.cases} cases, matrix {result.matrix}")
    sheet.facts(
        [
            ("verdicts right", f"{result.right} of {result.cases}"),
            ("accuracy", three(result.accuracy)),
            ("macro F1", three(result.macro_f1())),
            ("reasons right", f"{result.reasons_right} of {result.reasons_scored}"),
            ("inconsistent called consistent", result.let_through),
        ]
    )
    columns = ["", "right", "wrong", "missed", "precision", "recall", "F1"]
    sheet.table(
        "By verdict",
        columns,
        [
            (name, one.right, one.wrong, one.missed, *map(three, (one.precision, one.recall,
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
