"""``miner model``: all that the store has on one model, with evidence and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import counted, echo, echo_json
from miner.cli.options import table_or_everything

if TYPE_CHECKING:
    from miner.cli.sheet import Sheet, SheetLink

_FIRST = 12
"""So many rows of each part are shown; JSON holds all."""


@click.command()
@click.argument("name")
@table_or_everything
@click.option("--quotes", is_flag=True, help="Quote the words of the card that facts come from.")
def model(name: str, format_name: str, quotes: bool) -> None:
    """Show all that the store has on one model, with evidence and history.

    NAME is owner/name, hub:owner/name, the address of a page on the hub, or a former name.
    Times are UTC. Only the store and the archive are read; no hub is asked.
    """
    from miner.cli.sheet import Sheet
    from miner.pipelines.show.model_view import describe_model
    from miner.settings import load_settings

    shown = describe_model(load_settings(), name, with_quotes=quotes)
    if problem := shown["card"]["unreadable"]:
        echo(f"miner: the card's lines and words cannot be shown: {problem}", err=True)
    if format_name == "json":
        echo_json(shown, indent=True)
        return
    sheet = Sheet()
    _identity(sheet, shown)
    _facts(sheet, shown)
    _origins(sheet, shown)
    _fields(sheet, shown)
    _files(sheet, shown)
    _history(sheet, shown)
    _quotes(sheet, shown)


def _identity(sheet: Sheet, shown: dict[str, Any]) -> None:
    sheet.title(f"{shown['hub']}:{shown['name']}")
    if shown["found_by"] == "alias":
        asked = shown["asked"]
        known = next(item for item in shown["aliases"] if item["alias"].lower() == asked.lower())
        verb = "was renamed to" if known["source"] == "rename" else "leads to"
        sheet.line(f"  {asked} {verb} {shown['name']}, seen {known['observed_at']:%Y-%m-%d}")


def _facts(sheet: Sheet, shown: dict[str, Any]) -> None:
    from miner.cli.sheet import size

    stated = shown["license"]
    named = ", ".join(filter(None, (stated["name"], stated["link"])))
    sheet.facts(
        [
            ("state", _since(shown["state"], shown["state_at"])),
            ("page", shown["url"]),
            *_entry_point(shown["entry_point"]),
            ("identity", shown["uid"]),
            ("owner", shown["owner"]),
            ("other names", [alias["alias"] for alias in shown["aliases"]] or None),
            ("created", shown["created_at"]),
            ("modified", shown["last_modified_at"]),
            ("revision", shown["sha"]),
            ("downloads, 30 days", shown["downloads"]),
            ("downloads, all time", shown["downloads_all_time"]),
            ("likes", shown["likes"]),
            ("gated", shown["gated"] if shown["gated"] is not None else "not stated"),
            ("disabled", shown["is_disabled"] or None),
            ("private", shown["is_private"] or None),
            ("task", shown["pipeline_tag"]),
            ("library", shown["library_name"]),
            ("languages", shown["languages"] or None),
            ("storage", size(shown["used_storage_bytes"])),
            ("license", f"{stated['key'] or 'not stated'}{f' ({named})' if named else ''}"),
            ("documentation", _documentation(shown)),
            ("config.json", _state(shown["config"])),
            *_others(shown),
        ]
    )
    _architecture(sheet, shown["made_of"])
    sheet.table(
        "Architecture as each source reports it",
        ("fact", "value", "source", "evidence"),
        [(row["fact"], row["value"], row["source"], _link(row)) for row in shown["architecture"]],
    )
    sheet.table(
        "License statements",
        ("license", "source", "chosen", "evidence"),
        [(row["key"], row["source"], row["is_chosen"], _link(row))
         for row in stated["statements"]],
    )  # fmt: skip


_ELSEWHERE = frozenset({
    "uid", "state", "state_at", "created_at", "last_modified_at", "sha", "downloads",
    "downloads_all_time", "likes", "gated", "is_private", "is_disabled", "pipeline_tag",
    "library_name", "languages", "used_storage_bytes", "tags", "parse_state", "observed_at",
})  # fmt: skip
"""Columns that have a line with a label of its own, or stand in JSON only."""


def _others(shown: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the columns that have no label of their own, under their names."""
    from miner.pipelines.show.model_view import COLUMNS

    others = (column for column in COLUMNS if column not in _ELSEWHERE)
    return [(column.replace("_", " "), shown[column]) for column in others]


def _architecture(sheet: Sheet, shown: dict[str, Any] | None) -> None:
    """Write the architecture of the model, and what each source says of it."""
    if shown is None:
        return
    kind = {True: "mixture of experts", False: "dense", None: "unknown: nothing tells"}
    family = f", family {shown['moe_family']}" if shown["moe_family"] else ""
    counts = (("expert_count", ""), ("experts_per_token", "used by a token"),
              ("shared_expert_count", "shared"))  # fmt: skip
    experts = [f"{shown[key]:,} {words}".strip() for key, words in counts if shown[key] is not None]
    sheet.line()
    sheet.title("Architecture")
    sheet.facts(
        [
            ("kind", f"{kind[shown['is_moe']]}{family}"),
            ("experts per layer", ", ".join(experts) or None),
            ("granularity", shown["granularity"]),
            ("router", shown["router"]),
            ("parameters", shown["parameter_count"]),
            ("active parameters", shown["active_parameter_count"]),
            ("active, without embedding", shown["active_parameter_count_no_embedding"]),
            ("counted by", shown["parameter_source"]),
            ("check by the weights", shown["parameter_check"]),
            ("uncertain", shown["reasons"] or None),
            ("contradicted by", shown["conflicts"] or None),
        ]
    )
    sheet.table(
        "Evidence of the architecture",
        ("source", "experts", "family", "type", "precision", "read in", "evidence"),
        [(row["source"], row["is_moe"], row["moe_family"], row["model_type"],
          f"{row['confidence']:.2f}" if row["confidence"] is not None else None,
          row["read_in"], _link(row))
         for row in shown["evidence"]],
    )  # fmt: skip


def _entry_point(entry: dict[str, Any] | None) -> list[tuple[str, object]]:
    """Return how a model is had from a repository, as PyTorch Hub's are."""
    if entry is None:
        return []
    return [
        ("title", entry["title"]),
        ("summary", entry["summary"]),
        ("repository", entry["repository"]),
        ("entry point", f"{entry['entry']} {entry['evidence_url'] or ''}".strip()),
        ("needs", entry["requirements"] or None),
    ]


def _documentation(shown: dict[str, Any]) -> str:
    card = shown["card"]
    meaning = {
        "documented": "card stored",
        "not-documented": "not documented: the model has no card",
        "not-fetched": "card not fetched, which is not undocumented",
        "unknown": "unknown: the card could not be had",
    }[shown["documentation"]]
    return f"{meaning} ({_state(card)})"


def _state(file: dict[str, Any]) -> str:
    words = [file["state"], file["reason"], file["parse_state"], file["parse_reason"]]
    return ", ".join(word for word in words if word)


def _origins(sheet: Sheet, shown: dict[str, Any]) -> None:
    _list(sheet, "Bases", ("base", "relation", "stored", "source", "chosen", "evidence"), [
        (_resolved(row["parent"], row["model"]),
         f"{row['relation']} ({row['relation_source']})", row["is_held"], row["source"],
         row["is_chosen"], _link(row))
        for row in shown["bases"]
    ], of_first=True)  # fmt: skip
    below = shown["derivatives"]
    counts = ", ".join(f"{count:,} {name}" for name, count in below["by_relation"].items())
    sheet.table(
        f"Derivatives: {below['count']:,} ({counts}); the most downloaded",
        ("model", "relation", "downloads", "license"),
        [(row["name"], row["relation"], row["downloads"], row["license"]) for row in below["top"]],
    )
    _list(sheet, "Datasets", ("dataset", "role", "stored", "license", "source", "evidence"), [
        (_resolved(row["dataset"], row["resolved"]), row["role"], row["is_held"], row["license"],
         row["source"], _link(row))
        for row in shown["datasets"]
    ], of_first=True)  # fmt: skip
    _list(sheet, "Papers", ("paper", "month", "role", "source", "evidence"), [
        (row["url"], row["month"], row["role"], row["source"], _link(row))
        for row in shown["papers"]
    ], of_first=True)  # fmt: skip


_IN_OTHER_PARTS = frozenset({"license", "base_model", "training_dataset", "evaluation_dataset",
                            "language", "task", "library"})  # fmt: skip
"""Fields that other parts of the page show, as the hub's record has them."""


def _fields(sheet: Sheet, shown: dict[str, Any]) -> None:
    """Show what the card states beyond what stands above."""
    rows = [
        row for row in shown["fields"] if row["is_chosen"] and row["field"] not in _IN_OTHER_PARTS
    ]
    results = [row for row in rows if row["field"] == "evaluation"]
    for title, some in (
        ("Stated in the card", [row for row in rows if row["field"] != "evaluation"]),
        ("Results stated in the card", results),
    ):
        _list(sheet, title, ("field", "value", "unit", "confidence", "evidence"), [
            (_field_name(row), row["value"], row["unit"], f"{row['confidence']:.2f}", _link(row))
            for row in some
        ])  # fmt: skip


def _field_name(row: dict[str, Any]) -> str:
    """Return the field, with the name that its value has."""
    words = [row["qualifiers"].get(key) for key in ("name", "dataset", "metric")]
    if row["field"] in {"evaluation", "hyperparameter"} and any(words):
        return " ".join(str(word) for word in words if word)
    return str(row["field"])


def _files(sheet: Sheet, shown: dict[str, Any]) -> None:
    from miner.cli.sheet import size

    files = shown["files"]
    if files["count"] is not None:
        together = f", {size(files['size_bytes'])}" if files["size_bytes"] is not None else ""
        title = f"Files: {files['count']:,}{together}"
        rows = [(row["path"], row["size_bytes"]) for row in files["first"][:_FIRST]]
        part = f"; the first {len(rows)}" if files["count"] > len(rows) else ""
        sheet.table(title + part, ("path", "bytes"), rows)
    _list(sheet, "Rejected values", ("of", "field", "reason", "found", "last observed"), [
        (row["subject"], row["field"] or "whole record", row["reason"], row["detail"],
         row["last_observed_at"])
        for row in shown["set_aside"]
    ])  # fmt: skip


def _history(sheet: Sheet, shown: dict[str, Any]) -> None:
    history, provenance = shown["history"], shown["provenance"]
    _list(sheet, "Events", ("observed", "event", "before", "after"), [
        (row["observed_at"], row["kind"], row["old_value"], row["new_value"])
        for row in history["events"]
    ], last=True)  # fmt: skip
    columns = ("observed_at", "downloads", "likes", "license", "gated", "sha")
    rows = [tuple(row[column] for column in columns) for row in history["observations"]]
    _list(sheet, "Observations", ("observed", *columns[1:]), rows, last=True)
    _past(sheet, history)
    run, answer = provenance["run"], provenance["answer"]
    sheet.line()
    sheet.title("Provenance")
    sheet.facts(
        [
            ("record", answer and f"observed {answer['observed_at']:%Y-%m-%d %H:%M:%S} UTC, "
             f"{answer['segment']} at byte {answer['offset']:,}"),
            ("asked for", answer and answer["url"].partition("?")[0]),
            ("card", _place(shown["card"])),
            ("config.json", _place(shown["config"])),
            ("run", run and f"miner {run['command']} {run['started_at']:%Y-%m-%d %H:%M:%S} UTC, "
             f"{run['state']}, version {run['code_version']}"),
        ]
    )  # fmt: skip


def _past(sheet: Sheet, history: dict[str, Any]) -> None:
    """Write commits, changes of the card and discussions, where they were asked for."""
    states = {part["kind"]: part["state"] for part in history["parts"]}
    if not states:
        return
    commits, talk = history["commits"], history["discussions"]
    span = f", {commits['first_at']:%Y-%m-%d} to {commits['last_at']:%Y-%m-%d}" if (
        commits["first_at"]
    ) else ""  # fmt: skip
    sheet.line()
    sheet.title("History")
    sheet.facts(
        [
            ("asked for", ", ".join(f"{kind} {state}" for kind, state in states.items())),
            ("commits", f"{commits['count']:,} by {counted(commits['authors'], 'account')}{span}"),
            ("tags", [row["ref"] for row in history["refs"] if row["kind"] == "tag"] or None),
            ("discussions",
             ", ".join(f"{count:,} {kind}" for kind, count in talk["by_state"].items()) or "none"),
        ]
    )  # fmt: skip
    changed = ("committed_at", "field", "old_value", "new_value", "sha")
    rows = [tuple(row[column] for column in changed) for row in history["changes"]]
    _list(sheet, "Changes of the card", ("committed", "field", "before", "after", "commit"), rows)
    opened = ("number", "kind", "state", "created_at", "comment_count", "title")
    rows = [tuple(row[column] for column in opened) for row in talk["newest"]]
    _list(sheet, "Discussions", ("number", "kind", "state", "opened", "comments", "title"), rows)


def _place(file: dict[str, Any]) -> str | None:
    answer = file["answer"]
    if answer is None:
        return None
    place = f"{answer['segment']} at byte {answer['offset']:,}"
    return f"observed {file['observed_at']:%Y-%m-%d %H:%M:%S} UTC, {place}, blob " + (
        file["blob_sha"] or "none"
    )


def _quotes(sheet: Sheet, shown: dict[str, Any]) -> None:
    kinds = (
        ("license", "key", shown["license"]["statements"]),
        ("base", "parent", shown["bases"]),
        ("dataset", "dataset", shown["datasets"]),
        ("paper", "arxiv_id", shown["papers"]),
        *((row["field"], "value", [row]) for row in shown["fields"] if row["is_chosen"]),
    )
    rows = [
        (kind, row[key], row["evidence"]["line"], f"{at['start']}-{at['end']}", at["quote"])
        for kind, key, facts in kinds
        for row in facts
        if (at := row["evidence"])["quote"] is not None
    ]
    sheet.table("Quotes from the card", ("fact", "value", "line", "code points", "quote"), rows)


def _list(
    sheet: Sheet,
    title: str,
    columns: tuple[str, ...],
    rows: list[tuple[object, ...]],
    *,
    last: bool = False,
    of_first: bool = False,
) -> None:
    """Write a table of bounded length; its heading says how much is left out.

    Args:
        sheet: Where to.
        title: What the rows are.
        columns: Their names.
        rows: All of them.
        last: Show the last ones, not the first.
        of_first: Rows are statements, and what the first column names is counted.
    """
    shown = rows[-_FIRST:] if last else rows[:_FIRST]
    things = len({row[0] for row in rows}) if of_first else len(rows)
    count = f"{things:,} in {len(rows):,} statements" if things < len(rows) else f"{things:,}"
    part = f"; the {'last' if last else 'first'} {_FIRST}, all: --format json"
    sheet.table(f"{title}: {count}{part if len(rows) > _FIRST else ''}", columns, shown)


def _link(fact: dict[str, Any]) -> SheetLink | None:
    """Return the way to a fact's evidence: the card with its line, the config, or the revision."""
    from miner.cli.sheet import SheetLink

    evidence = fact["evidence"]
    if evidence["url"] is None:
        return None
    line = f" line {evidence['line']}" if evidence["line"] else ""
    page = evidence["url"].partition("#")[0]
    label = page.rpartition("/")[2] if "/blob/" in page else "revision"
    return SheetLink(f"{label}{line}", evidence["url"])


def _resolved(declared: str, name: str | None) -> str:
    return declared if name in (None, declared) else f"{declared} → {name}"


def _since(state: str, moment: object) -> str:
    from miner.cli.sheet import for_people

    return f"{state} (established {for_people(moment)} UTC)" if moment else state
