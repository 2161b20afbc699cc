"""The whole report as one JSON object, keys as the fields of ``report.Report``."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from miner.pipelines.check.report import NOT_ADVICE, CheckReport
from miner.pipelines.check.stamp import Stamp

DESCRIPTION = "Everything that was found, as one JSON object."
IS_BOM = False
VERSION = 1
"""Of the format: raised when a key changes its meaning or goes; more keys may come without."""


def render(report: CheckReport, stamp: Stamp) -> str:
    """Return the report; times are UTC, and end in Z."""
    models = [{**asdict(model), "verdict": model.verdict} for model in report.models]
    whole = {
        "format_version": VERSION,
        "note": NOT_ADVICE,
        "created": stamp.text,
        **asdict(report),
        "verdict": report.verdict,
        "counts": report.counts,
        "models": models,
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
    return orjson.dumps(whole, option=options).decode() + "\n"
