"""``miner check``: which models a project loads, under which terms, and what follows from that."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner.cli.echo import echo, reader_may_leave
from miner.cli.options import STRICT, SUBMODULES
from miner.pipelines.check import formats
from miner.terminal import printable

if TYPE_CHECKING:
    from miner.cli.check_data import DataChoice
    from miner.pipelines.check.check_project import CheckTerms
    from miner.pipelines.check.policy_file import GatePolicy
    from miner.pipelines.check.report import CheckReport
    from miner.pipelines.check.stamp import Stamp
    from miner.pipelines.scan.target import ScanTarget
    from miner.pipelines.sources.faults import Faults
    from miner.project import Policy

FAILED = 14  # as of CheckFailed: a verdict that --fail-on names, or a worse one
_TABLE = "table"
_BOMS = [name for name in formats.names() if name.startswith(("cyclonedx", "spdx"))]
_FAIL_ON = ["inconsistent", "needs-review", "unknown", "never"]


def _targets(
    _ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]
) -> list[tuple[str, Path]]:
    found = []
    for text in value:
        name, equals, file = text.partition("=")
        if not equals or not file:
            raise click.BadParameter(f"{text!r} is not of the form FORMAT=FILE")
        if name not in formats.names():
            raise click.BadParameter(f"no format {name!r}; there are {', '.join(formats.names())}")
        found.append((name, Path(file)))
    return found


@click.command()
@click.argument("project", metavar="PATH|OWNER/NAME")
@click.option("--commit", default="HEAD", show_default=True,
              help="Which commit of a git directory.")  # fmt: skip
@click.option("--name", "project_name", help="What to call the project in reports and BOMs.")
@click.option(
    "--format", "format_name", type=click.Choice([_TABLE, *formats.names()]),
    help="How to write it to stdout (default: table).",
)  # fmt: skip
@click.option(
    "--bom", type=click.Choice(_BOMS),
    help="Write an AI-BOM too: to --out, else to stdout in place of the report. cyclonedx is 1.6, "
    "spdx is 3.0.1.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Where the AI-BOM goes; without --bom, where the report goes.",
)  # fmt: skip
@click.option(
    "--write", "targets", multiple=True, callback=_targets, metavar="FORMAT=FILE",
    help="Write a further format to a file, as sarif=check.sarif. May be repeated.",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice(_FAIL_ON),
    help="Exit with 14 on this verdict or a worse one. [default: as the project's policy says]",
)  # fmt: skip
@click.option(
    "--data", metavar="FILE|SNAPSHOT|STORE",
    help="What is known of models: a DuckDB file, a snapshot (its folder, or its name in the data "
    "directory), or a store (its file, address or folder). [default: the DuckDB file of the data "
    "directory; without one, the hubs are asked for the project's models]",
)  # fmt: skip
@click.option(
    "--duckdb", "duckdb_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The same, of a DuckDB file.",
)  # fmt: skip
@click.option(
    "--offline", is_flag=True,
    help="Ask no hub: use what was looked up before, however old. [default: where HF_HUB_OFFLINE "
    "is set]",
)  # fmt: skip
@click.option(
    "--refresh", is_flag=True,
    help="Ask the hubs for the project's models anew, whatever is in the data directory.",
)  # fmt: skip
@click.option(
    "--matrix", "matrix_spec",
    help="Rules that say which licenses go together: miner, osadl, peatmoss:FILE, sheet:FILE. "
    "[default: the project's, else miner]",
)  # fmt: skip
@click.option(
    "--project-file/--no-project-file", default=True, show_default=True,
    help="Read tables [check] and [policy] of the project's miner.toml, or [tool.miner.check] and "
    "[tool.miner.policy] of its pyproject.toml, and leave out what it asks to. Options go before "
    "them.",
)  # fmt: skip
@click.option(
    "--compare", type=click.Path(dir_okay=False, path_type=Path), metavar="OLD.json",
    help="Say what is new, gone and fixed since this JSON report; only what is new fails.",
)  # fmt: skip
@click.option("--submodules", is_flag=True, help=SUBMODULES)
@click.option("--strict", is_flag=True, help=STRICT)
def check(
    *,
    project: str,
    commit: str,
    project_name: str | None,
    format_name: str | None,
    bom: str | None,
    out: Path | None,
    targets: list[tuple[str, Path]],
    fail_on: str | None,
    data: str | None,
    duckdb_file: Path | None,
    offline: bool,
    refresh: bool,
    matrix_spec: str | None,
    project_file: bool,
    compare: Path | None,
    submodules: bool,
    strict: bool,
) -> int:
    """Check a project: the models it loads, what their licenses ask for, and what conflicts.

    PATH is a checkout, a bare git directory or a .tar.gz. It is read, never run. OWNER/NAME is a
    repository on GitHub; it is scanned into the store first.

    Without data on models, the hubs are asked for those that the project loads: for their
    records, cards, bases and data. What they answer is used for a day.

    What is not known of a model is unknown, never consistent. Not legal advice.
    """
    if bom and not out and format_name:
        raise click.UsageError("--bom without --out takes stdout: leave --format out, or add --out")
    from miner.cli.check_data import DataChoice
    from miner.cli.strict import ended
    from miner.pipelines.check.stamp import now, stamp
    from miner.pipelines.scan.target import ScanTarget
    from miner.pipelines.sources.faults import UNEXPECTED, Faults

    earlier = _earlier(compare)
    choice = DataChoice.of_options(data, duckdb_file, is_offline=offline, is_refreshed=refresh)
    moment = now()
    policy = _policy(Path(project), is_read=project_file)
    target = ScanTarget(
        Path(project), commit, with_submodules=submodules, with_excludes=project_file
    )
    gate = _gate(Path(project), is_read=project_file)
    by = _terms(matrix_spec or policy.matrix or "miner", gate, moment)
    report = _check(project, target, project_name or policy.name, choice, by)
    report = replace(report, settings_files=_settings_files(policy.path, gate.path))
    stamped = stamp(report, moment)
    report = _compared(report, stamped, earlier)
    stamped = stamp(report, moment)
    shown: str | None = format_name or _TABLE
    if bom and out:
        targets = [*targets, (bom, out)]
    elif bom:
        shown = bom
    elif out:
        targets, shown = [*targets, (_file_format(format_name), out)], None
    faults = Faults()
    for name, path in targets:
        if (text := _render(name, report, stamped, faults)) is not None:
            _write(path, text)
    _show(shown, report, stamped, faults)
    from miner.cli.check_gate import ended as gate_ended

    looked_up = choice.ended(report)  # says what was asked, whatever the policy says after
    code = gate_ended(report, fail_on or policy.fail_on) or looked_up
    if faults:  # a report that was asked for is not there: that never passes
        return FAILED
    return code or ended(
        {f"{UNEXPECTED}{place}": n for place, n in report.faults.items()}, strict=strict
    )


def _show(shown: str | None, report: CheckReport, stamped: Stamp, faults: Faults) -> None:
    """Write the report to stdout, if it goes there."""
    if shown == _TABLE:
        from miner.cli.check_table import write_table

        with faults.of("the table"), reader_may_leave():
            write_table(report)
    elif shown and (text := _render(shown, report, stamped, faults)) is not None:
        with reader_may_leave():
            echo(text, nl=False)


def _earlier(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    from miner.pipelines.check.comparison import read_earlier

    return read_earlier(path)


def _compared(report: CheckReport, stamped: Stamp, earlier: dict[str, Any] | None) -> CheckReport:
    """Return the report with what changed since an earlier one, if there is one."""
    if earlier is None:
        return report
    import orjson

    from miner.pipelines.check.comparison import compare as compare_reports

    now = orjson.loads(formats.load("json").render(report, stamped))
    return replace(report, comparison=compare_reports(earlier, now))


def _render(name: str, report: CheckReport, stamped: Stamp, faults: Faults) -> str | None:
    """Return the report in a format; where the format breaks on it, None, and the others go on."""
    with faults.of(f"format {name} is not written"):
        return formats.load(name).render(report, stamped)
    return None


def _policy(place: Path, *, is_read: bool) -> Policy:
    """Return how a checkout asks to be checked, and say what of its file is used and what not."""
    from miner.project import Policy, notes_on, read_policy

    if not place.is_dir():
        return Policy()
    if not place.samefile(Path()):  # of the working directory that was reported
        for note in notes_on(place):
            echo(f"miner check: {printable(note)}", err=True)
    policy = read_policy(place, tuple(_FAIL_ON)) if is_read else Policy()
    if policy.path:
        echo(f"miner check: policy from {printable(str(policy.path))}", err=True)
    return policy


def _gate(place: Path, *, is_read: bool) -> GatePolicy:
    """Return the policy of a checkout; the defaults where it has none."""
    from miner.pipelines.check.policy_file import GatePolicy, read_policy
    from miner.project import find_gate

    found = find_gate(place) if is_read and place.is_dir() else None
    if found is None:
        return GatePolicy()
    echo(f"miner check: policy of {printable(str(found[0]))}", err=True)
    return read_policy(*found)


def _terms(matrix_spec: str, policy: GatePolicy, moment: datetime) -> CheckTerms:
    from miner.pipelines.check.check_project import CheckTerms
    from miner.pipelines.derive.licenses.matrices import open_matrix

    return CheckTerms(open_matrix(matrix_spec), policy, moment.date())


def _settings_files(*paths: Path | None) -> tuple[str, ...]:
    """Return the files that had a part in the answer."""
    from miner.settings import load_settings

    used = (load_settings().settings_file, *paths)
    return tuple(dict.fromkeys(str(path) for path in used if path))


def _file_format(format_name: str | None) -> str:
    """Return the format of a report that goes to a file: a table is for terminals."""
    if format_name in {None, _TABLE}:
        raise click.UsageError("--out without --bom needs --format: a table goes to stdout only")
    return str(format_name)


def _check(
    project: str, target: ScanTarget, name: str | None, choice: DataChoice, by: CheckTerms
) -> CheckReport:
    from miner.cli.scan import scan_named
    from miner.pipelines.check.check_project import check_place, check_stored

    with choice.knowledge() as knowledge:
        if Path(project).exists():
            return check_place(target, knowledge, by, name=name)
        (stored,) = scan_named([project])
        return check_stored(stored, knowledge, by, name=name)


def _write(path: Path, text: str) -> None:
    """Write a file; it appears complete or not at all."""
    from miner.errors import ConfigurationError

    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise ConfigurationError(
            f"cannot write {path}: {error.strerror}",
            next_step="name a file in a folder that exists",
        ) from error
    finally:
        with suppress(OSError):  # what is wrong with the folder was reported
            part.unlink(missing_ok=True)
    echo(f"{path}: written", err=True)
