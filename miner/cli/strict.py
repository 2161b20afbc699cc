"""``--strict``: what was lost to unexpected errors ends a command as a check that failed."""

from __future__ import annotations

from collections.abc import Mapping

from miner.cli.echo import echo
from miner.errors import CheckFailed
from miner.pipelines.sources.faults import unexpected


def ended(report: Mapping[str, int], *, strict: bool) -> int:
    """Return the exit code of a command that did all else; say why it is not 0.

    Args:
        report: What the command counted, by the lines of its report.
        strict: Otherwise the code is 0, whatever was lost.
    """
    count = unexpected(report)
    if not strict or not count:
        return 0
    echo(f"miner: {count:,} lost to unexpected errors (--strict)", err=True)
    return CheckFailed.exit_code
