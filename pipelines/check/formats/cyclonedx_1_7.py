"""An AI-BOM in CycloneDX 1.7."""

from __future__ import annotations

from miner.pipelines.check.formats._cyclonedx import bom
from miner.pipelines.check.report import CheckReport
from miner.pipelines.check.stamp import Stamp

DESCRIPTION = "An AI-BOM in CycloneDX 1.7."
IS_BOM = True


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the BOM of a report."""
    return bom(report, stamp, "1.7")
