"""``miner doctor``: whether miner can do its work here, and what to do where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from miner.cli.echo import echo, echo_json

if TYPE_CHECKING:
    from miner.pipelines.sources.finding import Finding
    from miner.settings import Settings

_COLORS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all checks.")
def doctor(as_json: bool) -> None:
    """Check machine, store and hub, and say what to do.

    Changes nothing and sends at most three requests to the hub, and one a token to GitHub. A line
    a check: ok, warning (miner works) or problem (a command would fail). Exit code 14 when there
    is a problem.
    """
    from miner.errors import CheckFailed
    from miner.settings import load_settings

    findings = []
    for finding in _examined(load_settings()):
        findings.append(finding)
        if not as_json:
            _show(finding)
    if as_json:
        _write_json(findings)
    problems = [finding.name for finding in findings if finding.state == "problem"]
    if problems:
        raise CheckFailed(
            f"{len(problems)} of {len(findings)} checks found a problem: {', '.join(problems)}",
            next_step="do what stands below each, then run: miner doctor",
        )


def _examined(settings: Settings) -> Iterator[Finding]:
    """Yield all findings. Without the right libraries there is nothing to look further with."""
    from miner.pipelines.doctor.machine import examine_machine

    is_fit = True
    for finding in examine_machine(settings):
        is_fit = is_fit and (finding.name != "libraries" or finding.state != "problem")
        yield finding
    if not is_fit:
        echo("miner: store and hub are looked at when the libraries are right", err=True)
        return

    from miner.pipelines.doctor.services import examine_services
    from miner.pipelines.doctor.store_checks import examine_store

    yield from examine_store(settings)
    yield from examine_services(settings)


def _show(finding: Finding) -> None:
    from miner.terminal import printable

    click.secho(f"{finding.state.value:8}", fg=_COLORS[finding.state.value], nl=False)
    echo(f" {finding.name:15} {printable(finding.found)}")
    if finding.todo:
        echo(f"{'':8} {'':15} do: {printable(finding.todo)}")


def _write_json(findings: list[Finding]) -> None:
    from dataclasses import asdict

    echo_json({"checks": [asdict(finding) for finding in findings]}, indent=True)
