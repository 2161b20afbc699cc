"""How a check ends: by the policy of the project, or by ``--fail-on``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from miner.cli.echo import counted, echo
from miner.pipelines.check.gate import GateItem
from miner.pipelines.check.report import CheckReport, rank

FAILED = 14  # as of CheckFailed: the project does not pass
_NEVER = "never"


def ended(report: CheckReport, fail_on: str | None) -> int:
    """Return the exit code of a check, and say on stderr why it is not 0.

    Args:
        report: What was found.
        fail_on: The verdict to fail on; ``never``: nothing fails; None: the policy says what does.
            A policy that the project states holds beside a verdict.
    """
    if fail_on == _NEVER:
        return 0
    code = _by_verdict(report, fail_on) if fail_on else 0
    if (fail_on is None or report.gate.policy) and report.gate.state == "fail":
        failed = [one for one in report.gate.of_level("fail") if _is_new(report, one)]
        if not failed:
            echo("miner check: what fails is in the earlier report too", err=True)
            return code
        by = "the policy" if report.gate.policy else "the default policy"
        echo(f"miner check: {counted(len(failed), 'finding')} failed by {by}", err=True)
        return FAILED
    return code


def _is_new(report: CheckReport, item: GateItem) -> bool:
    """Return whether what fails is new; all of it where no earlier report was named."""
    return _counts(report, item.hub, item.subject, item.code)


def _counts(report: CheckReport, hub: str, subject: str, reason: str) -> bool:
    found = report.comparison
    return found is None or found.is_new(hub, subject, reason)


def _by_verdict(report: CheckReport, fail_on: str) -> int:
    found = _unwaived(report)
    bad = {name for name, verdict in found if rank(verdict) >= rank(fail_on)}
    if not bad:
        return 0
    own = sum(1 for name in bad if name is None)
    models = len(bad) - own
    parts = [f"{models} of {counted(len(report.models), 'model')}"] if models else []
    parts += ["the license of the project itself"] if own else []
    echo(f"miner check: {' and '.join(parts)}: {fail_on} or worse", err=True)
    return FAILED


def _unwaived(report: CheckReport) -> Iterator[tuple[tuple[str, str] | None, str]]:
    """Yield each model with its worst verdict but for what is waived; None is the project."""
    gate = report.gate
    for model in report.models:
        key = (model.hub, model.resolved)
        left = tuple(
            one
            for one in model.findings
            if not gate.waiver_of(*key, one.reason) and _counts(report, *key, one.reason)
        )
        if left:
            yield key, replace(model, findings=left).verdict
    for own in report.findings:
        reason = own.finding.reason
        if not gate.waiver_of("", report.name, reason) and _counts(report, "", report.name, reason):
            yield None, own.finding.verdict
