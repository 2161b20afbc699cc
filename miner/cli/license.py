"""``miner license``: what licenses say, and whether two of them go together."""

from __future__ import annotations

import csv
import difflib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import csv_cell, echo, echo_json
from miner.cli.license_obligations import obligations

if TYPE_CHECKING:
    from miner.pipelines.derive.licenses.license_pairs import Pairs

FAILED = 13  # as of InvalidData: some cases could not be read, the others were decided
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLUMNS = ("case_id", "verdict", "reason", "severity", "explanation")
_DETAIL = ("clause", "action", "evidence_url", "matrix", "matrix_version", "reasons")
_MATRIX_HELP = "Rules: miner, osadl, peatmoss:FILE or sheet:FILE[#SHEET]."
_YES_NO = click.Choice(["yes", "no", "unknown"])


@click.group()
def license() -> None:  # noqa: A001 (named as the command)
    """Say what licenses ask for, and whether two of them go together."""


license.add_command(obligations)


@license.command()
@click.option(
    "--cases", type=_FILE, required=True,
    help="CSV: upstream_license, downstream_license, relation, and more.",
)  # fmt: skip
@click.option("--matrix", "spec", default="miner", show_default=True, help=_MATRIX_HELP)
@click.option(
    "--format", "format_name", type=click.Choice(["table", "csv", "jsonl", "json"]),
    default="table", show_default=True, help="How to write it.",
)  # fmt: skip
@click.option("--detail", is_flag=True, help="Add clause, action, address and matrix to CSV.")
def decide(cases: Path, spec: str, format_name: str, detail: bool) -> int:
    """Decide each case of a file: verdict, reason, severity and why.

    A case is an upstream and a downstream, their licenses, a relation, and facts as k=v;k=v.
    Several parents stand in one field, joined by " | ". A case that cannot be read is unknown.
    """
    from miner.pipelines.derive.licenses.case import decide as decide_case
    from miner.pipelines.derive.licenses.case import read_cases, row_of
    from miner.pipelines.derive.licenses.matrices import open_matrix

    matrix = open_matrix(spec)
    rows = [row_of(case, decide_case(case, matrix)) for case in read_cases(cases)]
    columns = _COLUMNS + _DETAIL if detail or format_name.startswith("json") else _COLUMNS
    _write(format_name, "Verdicts", columns, rows)
    bad = sum(row["reason"] == "BAD_CASE" for row in rows)
    if bad:
        echo(f"miner: {bad} of {len(rows)} cases could not be read", err=True)
    return FAILED if bad else 0


@license.command()
@click.argument("upstream")
@click.argument("downstream")
@click.option("--relation", default="finetune", show_default=True,
              help="finetune, adapter, quantized, merge, distill, copied_from, trained_on, "
              "used_by, self.")  # fmt: skip
@click.option("--upstream-name", default="", help="Model, dataset or repository: owner/name.")
@click.option("--downstream-name", default="", help="Likewise; some licenses ask for a name.")
@click.option("--upstream-kind", default="", help="model, dataset or code; by the relation.")
@click.option("--downstream-kind", default="", help="model, dataset or repo; by the relation.")
@click.option("--redistributes", type=_YES_NO, default="unknown", show_default=True,
              help="Whether a repository ships the weights.")  # fmt: skip
@click.option("--fact", "facts", multiple=True, metavar="K=V", help="What else is known.")
@click.option("--matrix", "specs", multiple=True, default=["miner"], show_default=True,
              help=f"{_MATRIX_HELP} Several are set side by side.")  # fmt: skip
@click.option("--format", "format_name", type=click.Choice(["table", "json"]), default="table",
              show_default=True, help="How to write it.")  # fmt: skip
def explain(
    *,
    upstream: str,
    downstream: str,
    relation: str,
    upstream_name: str,
    downstream_name: str,
    upstream_kind: str,
    downstream_kind: str,
    redistributes: str,
    facts: tuple[str, ...],
    specs: tuple[str, ...],
    format_name: str,
) -> None:
    """Explain whether a license DOWNSTREAM goes with a license UPSTREAM.

    Both are keys, names, expressions such as "mit OR apache-2.0", or empty for none stated.
    """
    from miner.errors import ConfigurationError
    from miner.pipelines.derive.licenses.case import Case
    from miner.pipelines.derive.licenses.case import decide as decide_case
    from miner.pipelines.derive.licenses.matrices import open_matrix
    from miner.schema.licenses.terms import LICENSE_RELATION_SPELLINGS, LicenseRelation

    known = LICENSE_RELATION_SPELLINGS.get(relation.strip().lower())
    if known is None:
        raise ConfigurationError(
            f"no relation is called {relation!r}",
            next_step=f"give one of {', '.join(LicenseRelation)}",
        )
    _say_near(upstream, downstream)
    case = Case(
        case_id="",
        upstream_license=upstream,
        downstream_license=downstream,
        relation=relation,
        upstream_kind=upstream_kind,
        upstream_id=upstream_name,
        downstream_kind=downstream_kind,
        downstream_id=downstream_name,
        redistributes=redistributes,
        facts=";".join(facts),
    )
    rows = [decide_case(case, open_matrix(spec)).as_row() for spec in specs]
    if format_name == "json":
        echo_json(rows if len(rows) > 1 else rows[0], indent=True)
        return
    _explained(upstream, downstream, known.value, rows)


def _say_near(*texts: str) -> None:
    """Say of what stands for no license in the tables which names are near."""
    from miner.pipelines.derive.licenses.statement import read
    from miner.schema.licenses import load_licenses

    known = load_licenses()
    for text in texts:
        for name in (one.license for one in read(text).leaves() if one.license not in known):
            near = difflib.get_close_matches(name, known, 3)
            hint = f"; near: {', '.join(near)}" if near else ""
            echo(f"miner: the tables have no license {name}{hint}", err=True)


def _explained(up: str, down: str, relation: str, rows: list[dict[str, Any]]) -> None:
    from miner.cli.sheet import Sheet
    from miner.pipelines.derive.licenses.statement import read

    sheet = Sheet()
    sheet.title(f"{read(up).text or 'no license'} → {read(down).text or 'no license'}, {relation}")
    for row in rows:
        sheet.line()
        sheet.facts(
            [
                ("matrix", f"{row['matrix']} {row['matrix_version']}"),
                ("verdict", row["verdict"]),
                ("reason", row["reason"]),
                ("severity", row["severity"]),
                ("why", row["explanation"]),
                ("clause", row["clause"] or None),
                ("what to do", row["action"]),
                ("read it at", row["evidence_url"] or None),
                ("other reasons", row["reasons"][1:] or None),
            ]
        )


@license.command()
@click.argument("names", nargs=-1, metavar="[LICENSE]...")
@click.option(
    "--format", "format_name", type=click.Choice(["table", "csv", "json"]), default="table",
    show_default=True, help="How to write it.",
)  # fmt: skip
def facts(names: tuple[str, ...], format_name: str) -> None:
    """Show what licenses allow, ask for and limit, with clause and source.

    LICENSE is a key, a license_name, an SPDX id or a name; without one all are listed.
    """
    from miner.errors import ConfigurationError
    from miner.pipelines.derive.licenses.statement import read
    from miner.schema.licenses import load_licenses

    _say_near(*names)
    found = [one for name in names for one in read(name).leaves()]
    unread = [name for name in names if not list(read(name).leaves())]
    if unread:
        raise ConfigurationError(
            f"{unread[0]!r} names no license", next_step="miner license facts, for the list"
        )
    rows = [asdict(one) for one in (found if names else load_licenses().values())]
    for row in rows:
        row["family"] = row["family"].value
        row["compatible_with"] = list(row["compatible_with"])
    if format_name == "table" and names:
        _facts(rows)
    else:
        short = ("license", "spdx", "family", "commercial_use", "same_license", "evidence")
        columns = short if format_name == "table" else tuple(rows[0])
        _write(format_name, f"Licenses: {len(rows)}", columns, rows)


def _facts(rows: list[dict[str, Any]]) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    for row in rows:
        sheet.title(row["title"])
        sheet.facts([(key.replace("_", " "), value or None) for key, value in row.items()])
        sheet.line()


@license.command()
@click.argument("file", type=_FILE)
@click.option("--matrix", "specs", multiple=True, default=["miner"], show_default=True,
              help=f"{_MATRIX_HELP} Several are set side by side.")  # fmt: skip
@click.option(
    "--format", "format_name", type=click.Choice(["table", "csv", "json"]), default="table",
    show_default=True, help="table and json: totals. csv: every distinct pair of licenses.",
)  # fmt: skip
def pairs(file: Path, specs: tuple[str, ...], format_name: str) -> None:
    """Judge pairs of a model and a repository that uses it, by one matrix or several.

    FILE is a CSV with ptm_license and repo_license, or upstream_license and downstream_license.
    """
    from miner.pipelines.derive.licenses.license_pairs import judge_pairs, read_pairs
    from miner.pipelines.derive.licenses.matrices import open_matrix

    counted = read_pairs(file)
    judged = [judge_pairs(counted, open_matrix(spec)) for spec in specs]
    if format_name == "json":
        echo_json([one.as_dict() for one in judged], indent=True)
    elif format_name == "csv":
        rows = [row for one in judged for row in one.rows()]
        if rows:
            _write("csv", "", tuple(rows[0]), rows)
    else:
        _pairs(judged)


def _pairs(judged: list[Pairs]) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    sheet.table(
        "Pairs",
        ["matrix", "version", "pairs", "skipped", "distinct", "consistent", "inconsistent",
         "needs-review", "unknown", "inconsistent %", "unknown %"],
        [
            (one.matrix, one.version, one.total, one.count("skipped"),
             one.as_dict()["distinct"], *(one.count(verdict) for verdict in
             ("consistent", "inconsistent", "needs-review", "unknown")),
             _percent(one.share(one.count("inconsistent"))),
             _percent(one.share(one.count("unknown"))))
            for one in judged
        ],
    )  # fmt: skip
    for one in judged:
        sheet.table(
            f"Reasons, {one.matrix}",
            ["verdict", "reason", "pairs"],
            [(*key, count) for key, count in one.reasons().most_common()],
        )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.4f}"


def _write(
    format_name: str, title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]
) -> None:
    if format_name == "table":
        from miner.cli.sheet import Sheet

        Sheet().table(title, columns, [[row[name] for name in columns] for row in rows])
    elif format_name == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([csv_cell(row[name]) for name in columns] for row in rows)
    elif format_name == "json":
        echo_json([{name: row[name] for name in columns} for row in rows], indent=True)
    else:
        for row in rows:
            echo_json({name: row[name] for name in columns})
