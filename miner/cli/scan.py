"""``miner scan``: which models does a repository load, and where."""

from __future__ import annotations

import csv
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import counted, csv_cell, echo, echo_json
from miner.cli.options import STRICT, SUBMODULES
from miner.cli.scan_verify import ended_unverified, verified
from miner.pipelines.executors.choose import HELP as EXECUTOR_HELP
from miner.terminal import printable

if TYPE_CHECKING:
    from miner.pipelines.scan.site import ScannedSite, ScanResult
    from miner.pipelines.scan.target import ScanTarget

FAILED = 13  # as of InvalidData: some paths could not be scanned, the others were
_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip", ".git")
_FORMATS = ["table", "jsonl", "json", "csv"]


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="PATH|OWNER/NAME...")
@click.option("--commit", default="HEAD", show_default=True,
              help="Which commit of a git directory.")  # fmt: skip
@click.option(
    "--format", "format_name", type=click.Choice(_FORMATS), default="table", show_default=True,
    help="How to write it. All but table include mentions and unresolved loads too.",
)  # fmt: skip
@click.option(
    "--names", "names_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="File of names that says what is a model. [default: the one in the data directory, or of "
    "its newest snapshot]",
)  # fmt: skip
@click.option(
    "--verify",
    is_flag=True,
    help="Ask the hub for names that no rule settles, where no names are known here.",
)
@click.option("--executor", metavar="WHERE", help=EXECUTOR_HELP)
@click.option("--submodules", is_flag=True, help=SUBMODULES)
@click.option("--mentions", is_flag=True, help="Show in the table what is only mentioned, too.")
@click.option("--strict", is_flag=True, help=STRICT)
def scan(
    *,
    sources: tuple[str, ...],
    commit: str,
    format_name: str,
    names_file: Path | None,
    verify: bool,
    executor: str | None,
    submodules: bool,
    mentions: bool,
    strict: bool,
) -> int:
    """Find the models that a repository loads, with file, line and how sure.

    PATH is a checkout, a bare git directory or a .tar.gz. It is read, never run, and needs neither
    network nor store; a store or a file of names, if there is one, says which names are models,
    and with --verify the hub does.
    Of a checkout, what git ignores, what tools fill, reports, and what .minerignore names are left
    out.

    OWNER/NAME is a repository on GitHub: its source is read at its head commit, and what is found
    goes into the store.
    """
    from miner.cli.strict import ended
    from miner.pipelines.scan.names_file import NamesFile
    from miner.pipelines.scan.target import ScanTarget

    if names_file is not None:
        with NamesFile(names_file):  # what is wrong with it is said once, not for each path
            pass
    paths = [Path(one) for one in sources if Path(one).exists()]
    names = [one for one in sources if not Path(one).exists()]
    failures: list[Path] = []
    report: Counter[str] = Counter()
    targets = [
        ScanTarget(path, commit, names=names_file, with_submodules=submodules) for path in paths
    ]
    scanned = _counted(_scan(targets, executor, failures), report)
    unanswered: list[str] = []
    if verify:
        scanned = verified(scanned, unanswered)
    repositories = scan_named(names, report)
    if format_name == "table":
        from miner.cli.repository import write_repository

        for path, result in scanned:
            _table(path, result, with_mentions=mentions)
        for repository in repositories:
            write_repository(repository, with_mentions=mentions)
    else:
        rows = _rows(scanned, several=len(sources) > 1)
        _data(
            format_name, itertools.chain(rows, _stored_rows(repositories, several=len(sources) > 1))
        )
    return FAILED if failures else ended_unverified(unanswered) or ended(report, strict=strict)


def _counted(
    scanned: Iterable[tuple[Path, ScanResult]], report: Counter[str]
) -> Iterator[tuple[Path, ScanResult]]:
    from miner.pipelines.sources.faults import reported

    for path, result in scanned:
        reported(report, str(path), result.faults)
        yield path, result


def scan_named(names: list[str], report: Counter[str] | None = None) -> Iterator[dict[str, Any]]:
    """Scan repositories on GitHub into the store, and yield what is then stored on each.

    Args:
        names: Their names.
        report: What was done is counted here.
    """
    if not names:
        return
    import threading

    from miner.cli.options import stopping
    from miner.cli.progress import for_this_terminal
    from miner.errors import ConfigurationError
    from miner.pipelines.crawl.github.run import scan_stored
    from miner.pipelines.show.repository_view import describe_repository
    from miner.settings import load_settings

    wrong = [name for name in names if not _is_name(name)]
    if wrong:
        raise ConfigurationError(
            f"cannot scan {wrong[0]}: there is nothing at this path, and it is no name on GitHub",
            next_step=_near(wrong[0])
            or "give a checkout, a bare git directory, a .tar.gz, or OWNER/NAME",
        )
    settings = load_settings()
    if not settings.github_tokens:
        raise ConfigurationError(
            f"cannot scan {names[0]}: there is nothing at this path, and to look for a repository "
            "of this name on GitHub GITHUB_TOKEN has to be set",
            next_step="check the path, or export GITHUB_TOKEN=<a token, no scope needed>",
        )
    stop = threading.Event()
    with stopping(stop):
        done = scan_stored(settings, names, for_this_terminal(log_json=False), stop)
    if report is not None:
        report.update(done)
    for name in names:
        yield describe_repository(settings, name)


def _is_name(text: str) -> bool:
    """Tell a name or address on GitHub from a path that is not there."""
    from miner.pipelines.show.repository_view import name_in
    from miner.pipelines.sources.github.repository_records import could_be_a_name

    is_address = text.startswith(("https://", "http://", "github.com/"))
    name = name_in(text)
    if is_address:
        return could_be_a_name(name)
    is_path = (
        text.startswith((".", "~")) or text.endswith(_ARCHIVES) or _first_folder(text).is_dir()
    )
    return could_be_a_name(name) and name == text and not is_path


def _first_folder(text: str) -> Path:
    return Path(Path(text).parts[0]) if text else Path("nothing")


def _near(text: str) -> str:
    """Return a question for the path that a mistyped one may mean; empty where none is near."""
    from miner.settings import did_you_mean

    folder = Path(text).parent
    names = [str(folder / path.name) for path in folder.iterdir()] if folder.is_dir() else []
    return did_you_mean(str(Path(text)), names)


def _stored_rows(
    repositories: Iterable[dict[str, Any]], *, several: bool
) -> Iterator[dict[str, Any]]:
    """Yield the sites of the store with the keys of a scan."""
    for repository in repositories:
        for site in repository["sites"]:
            row = {
                "resolved" if key == "is_resolved" else key: value for key, value in site.items()
            }
            yield {"source": repository["name"], **row} if several else row


def _scan(
    places: list[ScanTarget], spec: str | None, failures: list[Path]
) -> Iterator[tuple[Path, ScanResult]]:
    """Scan one after the other, or as an executor gets to them."""
    from miner.pipelines.executors import Done, open_executor
    from miner.pipelines.scan.retry import read_each
    from miner.pipelines.scan.target import scan_target
    from miner.settings import load_settings

    seconds = load_settings().repository_seconds
    with open_executor(spec or "processes:1") as executor:
        for place, outcome in read_each(executor, scan_target, places, seconds):
            if isinstance(outcome, Done):
                yield place.path, outcome.result
            elif outcome.error is not None and not spec:
                raise outcome.error
            else:
                failures.append(outcome.batch.path)
                message = f"{outcome.batch.path}: not scanned: {outcome.reason}"
                echo(printable(message), err=True)


def _rows(scanned: Iterable[tuple[Path, ScanResult]], *, several: bool) -> Iterator[dict[str, Any]]:
    for path, result in scanned:
        for site in result.sites:
            row = asdict(site)
            yield {"source": str(path), **row} if several else row
        _tell(path, result)


def _data(format_name: str, rows: Iterator[dict[str, Any]]) -> None:

    if format_name == "jsonl":
        for row in rows:
            echo_json(row)
    elif format_name == "json":
        echo_json(list(rows), indent=True)
    else:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow({
                key: csv_cell(value)
                for key, value in row.items()
            })  # fmt: skip


def _table(path: Path, result: ScanResult, *, with_mentions: bool) -> None:
    from miner.cli.sheet import Sheet

    sheet = Sheet()
    used = [site for site in result.sites if site.model and site.role != "mention"]
    mentioned = [site for site in result.sites if site.model and site.role == "mention"]
    open_loads = [site for site in result.sites if site.model is None]
    models = {(site.hub, site.model) for site in used}
    models_used, places = counted(len(models), "model"), counted(len(used), "place")
    sheet.title(f"{path}: {models_used} used at {places}")
    sheet.table("Used", ["model", "hub", "place", "role", "kind", "by", "confidence"],
                [_line(site) for site in _by_model(used)])  # fmt: skip
    if with_mentions:
        sheet.table("Only mentioned", ["model", "hub", "place", "role", "kind", "by", "confidence"],
                    [_line(site) for site in _by_model(mentioned)])  # fmt: skip
    sheet.table(
        "Loads of a model that the source does not name",
        ["place", "by", "named by"],
        [(f"{site.path}:{site.line}", site.api, site.argument) for site in open_loads],
    )
    _tell(path, result)


def _by_model(sites: Iterable[ScannedSite]) -> list[ScannedSite]:
    return sorted(sites, key=lambda site: (site.hub, site.model or "", site.path, site.line))


def _line(site: ScannedSite) -> tuple[object, ...]:
    place = f"{site.path}:{site.line}" + (" (copy)" if site.is_vendored else "")
    return (site.model, site.hub, place, site.role, site.kind, site.api, f"{site.confidence:.2f}")


def _tell(path: Path, result: ScanResult) -> None:
    """Say on stderr what was read, and what was not and why."""
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(result.skipped.items()))
    faults = ", ".join(f"{count:,} {place}" for place, count in sorted(result.faults.items()))
    used = sum(1 for site in result.sites if site.model and site.role != "mention")
    mentioned = sum(1 for site in result.sites if site.model and site.role == "mention")
    unresolved = sum(1 for site in result.sites if site.model is None)
    unverified = {site.model for site in result.unverified}
    message = (
        f"{path}: {result.state}"
        + (f" ({result.reason})" if result.reason else "")
        + f"; {counted(result.file_count, 'file')}, {result.byte_count / 1e6:,.1f} MB read; "
        f"{counted(used, 'use site')}, {counted(mentioned, 'mention')}, "
        f"{counted(unresolved, 'unresolved load')}"
        + (f", {counted(len(unverified), 'unverified name')}" if unverified else "")
        + (f"; not read: {skipped}" if skipped else "")
        + (f"; lost to bugs of miner: {faults}" if faults else "")
    )
    echo(printable(message), err=True)
