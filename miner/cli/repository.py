"""``miner repository``: all that the store has on one repository, its uses with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import counted, echo_json
from miner.cli.options import table_or_everything

if TYPE_CHECKING:
    from miner.cli.sheet import Sheet

_FIRST = 40
"""So many rows of each part are shown; JSON holds all."""


@click.command()
@click.argument("name")
@table_or_everything
@click.option("--mentions", is_flag=True, help="Show what is only mentioned, too.")
def repository(name: str, format_name: str, mentions: bool) -> None:
    """Show all that the store has on one repository: the models it uses, with file and line.

    NAME is owner/name, an address on GitHub, or a former name. Times are UTC. Only the store is
    read; GitHub is not asked.
    """
    from miner.pipelines.show.repository_view import describe_repository
    from miner.settings import load_settings

    shown = describe_repository(load_settings(), name)
    if format_name == "json":
        echo_json(shown, indent=True)
    else:
        write_repository(shown, with_mentions=mentions)


def write_repository(shown: dict[str, Any], *, with_mentions: bool) -> None:
    """Write what the store has on a repository, for people."""
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    _facts(sheet, shown)
    _uses(sheet, shown)
    _sites(sheet, shown, with_mentions=with_mentions)
    _rest(sheet, shown)


def _facts(sheet: Sheet, shown: dict[str, Any]) -> None:
    sheet.title(f"github:{shown['name']}")
    if shown["found_by"] == "alias":
        sheet.line(f"  {shown['asked']} leads to {shown['name']}")
    state = shown["state"] + (f" ({shown['reason']})" if shown["reason"] else "")
    scan = shown["scans"][0] if shown["scans"] else None
    sheet.facts(
        [
            ("state", state),
            ("page", shown["url"]),
            ("identity", shown["node_id"]),
            ("other names", [alias["alias"] for alias in shown["aliases"]] or None),
            ("about", shown["description"]),
            ("license", shown["license"]),
            ("stars", shown["stars"]),
            ("forks", shown["forks"]),
            ("fork of", shown["parent"] or (shown["is_fork"] and "a repository not named") or None),
            ("archived", shown["is_archived"] or None),
            ("created", shown["created_at"]),
            ("pushed", shown["pushed_at"]),
            ("head", shown["head_commit"]),
            ("languages", shown["languages"] or None),
            ("topics", shown["topics"] or None),
            ("linked by models", shown["linked_by_models"][:_FIRST] or None),
            ("source", _scan(shown["scan_state"], scan)),
        ]
    )


def _scan(state: str, scan: dict[str, Any] | None) -> str:
    if scan is None:
        return f"{state}: that no use is known says nothing"
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in (scan["skipped"] or {}).items())
    read = (
        f"{state}, {counted(scan['file_count'], 'file')}, {scan['byte_count'] / 1e6:,.1f} MB read"
    )
    reason = f" ({scan['reason']})" if scan["reason"] else ""
    return f"{read}{reason}" + (f"; not read: {skipped}" if skipped else "")


def _uses(sheet: Sheet, shown: dict[str, Any]) -> None:
    _table(
        sheet, "Models used",
        ("model", "hub", "stored as", "state", "license", "sites", "role", "confidence", "copy"),
        [
            (row["model"], row["hub"], row["model_resolved"], _state(row), row["license"],
             row["use_site_count"], row["role"], _confidence(row), row["is_vendored"])
            for row in shown["uses"]
        ],
    )  # fmt: skip


def _confidence(row: dict[str, Any]) -> str | None:
    return None if row["confidence"] is None else f"{row['confidence']:.2f}"


def _state(row: dict[str, Any]) -> str | None:
    is_gated = row["gated"] not in {None, "no"}
    return f"{row['state']}, gated" if is_gated else row["state"]


def _sites(sheet: Sheet, shown: dict[str, Any], *, with_mentions: bool) -> None:
    from miner.cli.sheet import SheetLink

    def line(row: dict[str, Any]) -> tuple[object, ...]:
        line = "" if row["line"] is None else f":{row['line']}"
        place = f"{row['path']}{line}" + (" (copy)" if row["is_vendored"] else "")
        evidence = SheetLink(f"L{row['line']}", row["evidence_url"]) if line else None
        return place, row["role"], row["kind"], row["api"], evidence

    known = [row for row in shown["sites"] if row["model"] is not None]
    used = [(row["model"], *line(row)) for row in known if row["role"] != "mention"]
    columns = ("model", "place", "role", "kind", "by", "evidence")
    _table(sheet, "Use sites", columns, used)
    mentioned = [(row["model"], *line(row)) for row in known if row["role"] == "mention"]
    if with_mentions:
        _table(sheet, "Only mentioned", columns, mentioned)
    unknown = [(row["argument"], *line(row)) for row in shown["sites"] if row["model"] is None]
    _table(sheet, "Loads of a model that the source does not name", ("named by", *columns[1:]),
           unknown)  # fmt: skip
    if mentioned and not with_mentions:
        sheet.line(f"only mentioned: at {counted(len(mentioned), 'place')}; --mentions shows them")


def _rest(sheet: Sheet, shown: dict[str, Any]) -> None:
    _table(
        sheet, "Dependencies", ("ecosystem", "library", "requirement", "place"),
        [(row["ecosystem"], row["name"], row["requirement"], f"{row['path']}:{row['line']}")
         for row in shown["dependencies"]],
    )  # fmt: skip
    _table(
        sheet, "Issues and pull requests", ("kind", "list", "all", "read", "of them stored"),
        [(row["kind"], row["state"], row["total_count"], row["read_count"],
          sum(each["count"] for each in shown["issues"]["stored"] if each["kind"] == row["kind"]))
         for row in shown["issues"]["listings"]],
    )  # fmt: skip
    _table(
        sheet, "Models named in issues", ("model", "hub", "issues"),
        [(row["model"], row["hub"], row["issue_count"]) for row in shown["issues"]["models"]],
    )  # fmt: skip
    _table(
        sheet,
        "Found by",
        ("way", "detail", "observed"),
        [(row["source"], row["detail"], row["observed_at"]) for row in shown["found"]],
    )
    columns = ("observed_at", "stars", "forks", "license", "head_commit", "state")
    _table(
        sheet, "Observations", ("observed", *columns[1:]),
        [tuple(row[column] for column in columns) for row in shown["observations"]],
    )  # fmt: skip


def _table(
    sheet: Sheet, title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]
) -> None:
    """Write a table of bounded length; its heading says how much is left out."""
    part = f"; the first {_FIRST}, all: --format json" if len(rows) > _FIRST else ""
    sheet.table(f"{title}: {len(rows):,}{part}", columns, rows[:_FIRST])
