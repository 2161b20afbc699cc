"""``miner status``: what is stored, how fresh it is, what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import counted, echo_json

if TYPE_CHECKING:
    from miner.cli.sheet import Sheet

_RECENT = 5


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything.")
def status(as_json: bool) -> None:
    """Show what is stored, how fresh it is and what is left to do.

    Reads the store beside a crawl that may be writing; no hub is asked. Times are UTC.
    """
    from miner.cli.sheet import Sheet
    from miner.pipelines.show.store_status import describe_store
    from miner.settings import load_settings

    found = describe_store(load_settings())
    if as_json:
        echo_json(found, indent=True)
        return
    sheet = Sheet()
    _stored(sheet, found["held"])
    _fresh(sheet, found["fresh"])
    _left(sheet, found["left"])
    _where(sheet, found)


def _stored(sheet: Sheet, stored: dict[str, Any]) -> None:
    edges, licenses = stored["edges"], stored["licenses"]
    sheet.title("Stored")
    sheet.facts(
        [
            ("models", _counts(stored["models"]["by_state"]) or "none"),
            ("cards", _counts(stored["cards"]["by_state"])),
            ("config.json", _counts(stored["configs"]["by_state"])),
            ("GGUF headers", _counts(stored["gguf_headers"]) or None),
            ("edges to bases", f"{edges['count']:,}, {edges['resolved']:,} to a stored model"),
            ("datasets", _counts(stored["datasets"]["by_state"]) or "none"),
            ("uses of datasets", stored["datasets"]["uses"]),
            (
                "papers",
                f"{stored['papers']['count']:,}, named {counted(stored['papers']['uses'], 'time')}",
            ),
            (
                "licenses",
                f"{counted(licenses['statements'], 'statement')} on "
                f"{counted(licenses['models'], 'model')}",
            ),
            ("answers", stored["answers"]),
            *_histories(stored),
            *_repositories(stored["repositories"]),
            *_issues(stored["issues"]),
        ]
    )


def _histories(stored: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the lines on histories and discussions, none where none was asked for."""
    lines: list[tuple[str, object]] = []
    if changes := stored["histories"].get("changes"):
        lines.append(("histories", f"{_counts(changes)}; {counted(stored['commits'], 'commit')}"))
    if asked := stored["histories"].get("discussions"):
        lines.append(
            ("discussions", f"{_counts(asked)}; {stored['discussions']:,} with "
             f"{counted(stored['discussion_events'], 'event')}")
        )  # fmt: skip
    return lines


def _repositories(stored: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the lines on repositories, none where none was ever named."""
    if not stored["by_state"]:
        return []
    return [
        ("repositories", _counts(stored["by_state"])),
        ("scans", _counts(stored["scans"]) or "none"),
        ("uses of models", f"{stored['uses']:,} at {counted(stored['use_sites'], 'place')}, "
         f"{stored['uses_resolved']:,} of a stored model"),
        ("searches", _counts(stored["searches"]) or "none"),
    ]  # fmt: skip


def _issues(stored: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the lines on issues, none where no repository was asked for any."""
    if not stored["listings"]:
        return []
    return [
        ("lists of issues", _counts(stored["listings"])),
        ("issues", f"{_counts(stored['by_kind']) or 'none'}; "
         f"{counted(stored['comments'], 'comment')}, "
         f"{counted(stored['mentions'], 'mention')} of models"),
    ]  # fmt: skip


def _fresh(sheet: Sheet, fresh: dict[str, Any]) -> None:
    sheet.table(
        "Sweeps, newest first",
        ("sweep", "window", "first answer", "last answer", "pages", "records", "complete"),
        [
            (row["name"], _window(row["window"]), row["started_at"], row["ended_at"],
             row["page_count"], row["record_count"], row["is_complete"])
            for row in fresh["sweeps"][:_RECENT]
        ],
    )  # fmt: skip
    sheet.table(
        "Runs, newest first",
        ("command", "started", "ended", "state", "version"),
        [
            (row["command"], row["started_at"], row["ended_at"], row["state"], row["code_version"])
            for row in fresh["runs"][:_RECENT]
        ],
    )


def _left(sheet: Sheet, left: dict[str, Any]) -> None:
    wanted, broken = left["cards_wanted"], left["broken_off"]
    since = f", created since {wanted['since']:%Y-%m-%d}" if wanted["since"] else ""
    until = f", before {wanted['until']:%Y-%m-%d}" if wanted["until"] else ""
    sheet.line()
    sheet.title("Left to do")
    pid = left["writing_process"]
    sheet.facts(
        [
            ("writing now", pid and f"process {pid}"),
            ("last crawl", f"did not reach its end; it goes on with: {broken['command']}"
             if broken and pid is None else None),
            *((f"sweep {row['name']}", f"stands at page {row['page']:,}; it goes on with: "
               f"{row['command']}") for row in left["sweeps"]),
            ("cards not fetched", f"{wanted['count']:,} of models with {wanted['min_downloads']} "
             f"downloads or more{since}{until}"),
            ("files failed", _counts(left["files_failed"]) or None),
            ("searches open", left["searches_open"] or None),
            ("repositories not asked for", left["repositories_not_asked"] or None),
            ("repositories not scanned", left["scans_wanted"] or None),
            ("names not stored", f"{left['bases_not_held']:,} of bases, "
             f"{left['datasets_not_held']:,} of datasets"),
        ]
    )  # fmt: skip
    sheet.table(
        "Rejected",
        ("of", "part", "reason", "count", "names"),
        [
            tuple(row[key] for key in ("subject", "part", "reason", "count", "names"))
            for row in left["set_aside"]
        ],
    )


def _where(sheet: Sheet, found: dict[str, Any]) -> None:
    from miner.cli.sheet import for_people, size

    where, duckdb = found["where"], found["fresh"]["duckdb"]
    token = "with" if found["has_token"] else "without"
    answers = "not written yet: miner export"
    if duckdb["exists"]:
        age = "older than the store: miner export" if duckdb["is_behind"] else "up to date"
        answers = f"{size(duckdb['size_bytes'])}, {for_people(duckdb['written_at'])}, {age}"
    sheet.line()
    sheet.title("Where")
    sheet.facts(
        [
            ("data directory", where["data_dir"]),
            ("store", f"{where['store']} ({size(where['store_bytes'])})"),
            ("archive", f"{size(where['archive_bytes'])} in "
             f"{counted(where['archive_segments'], 'segment')}"),
            ("observations", f"{size(where['observation_bytes'])} in "
             f"{counted(where['observation_files'], 'file')}"),
            ("DuckDB file", f"{duckdb['path']} ({answers})"),
            ("free disk", size(where["free_bytes"])),
            ("hub", f"{found['endpoint']} ({token} a token)"),
            ("GitHub", f"{found['github']} ({counted(found['github_tokens'], 'token')})"),
        ]
    )  # fmt: skip


def _counts(by_state: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in by_state.items())


def _window(bounds: dict[str, Any]) -> str:
    limits = [
        f"{name.replace('_', ' ')} {str(bounds[name]).removesuffix(' 00:00:00')}"
        for name in ("since", "until", "modified_since", "limit")
        if bounds.get(name) is not None
    ]
    return ", ".join(limits) or "everything"
