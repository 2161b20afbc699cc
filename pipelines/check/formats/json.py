"""The whole report as one JSON object, keys as the fields of ``report.Report``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from miner.pipelines.check.bom_parts import revision_of
from miner.pipelines.check.gate import Gate
from miner.pipelines.check.report import NOT_ADVICE, CheckReport, ModelReport, unpinned
from miner.pipelines.check.stamp import Stamp

DESCRIPTION = "Everything that was found, as one JSON object."
IS_BOM = False
VERSION = 1
"""Of the format: raised when a key changes its meaning or goes; more keys may come without."""


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the report; times are UTC, and end in Z."""
    gate = report.gate
    models = [_model(model, gate) for model in report.models]
    own = [
        {**asdict(one), "waiver": gate.waiver_of("", report.name, one.finding.reason)}
        for one in report.findings
    ]
    datasets = [
        {**asdict(one), "verdict": one.verdict, "unpinned": unpinned(one.sites)}
        for one in report.datasets
    ]
    whole = {
        "format_version": VERSION,
        "note": NOT_ADVICE,
        "created": stamp.text,
        **asdict(report),
        "verdict": report.verdict,
        "counts": report.counts,
        "models": models,
        "findings": own,
        "datasets": datasets,
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
    return orjson.dumps(whole, option=options).decode() + "\n"


def _model(model: ModelReport, gate: Gate) -> dict[str, Any]:
    """Return a model; each of its findings says why it is waived, or has an empty ``waiver``."""
    findings = [
        {**asdict(one), "waiver": gate.waiver_of(model.hub, model.resolved, one.reason)}
        for one in model.findings
    ]
    return {
        **asdict(model),
        "findings": findings,
        "verdict": model.verdict,
        "revision": asdict(revision_of(model)),
        "unpinned": unpinned(model.sites),
        "concluded_by": "project" if model.is_concluded else "miner",
    }
