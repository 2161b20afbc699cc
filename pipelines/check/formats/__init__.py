"""Formats of a check's report, one module each, found by folder.

A module has ``DESCRIPTION`` (one line), ``IS_BOM`` and ``render(report, stamp)``, which returns the
whole document as text; its name is that of the file, ``cyclonedx_1_7`` being ``cyclonedx-1.7``. A
BOM lists what is in the project, the others say what was found.
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from miner.pipelines.check.report import CheckReport
from miner.pipelines.check.stamp import Stamp
from miner.registry import names_in

if __name__ != "miner.pipelines.check.formats":
    raise ImportError("import miner.pipelines.check.formats, not formats")


class Format(Protocol):
    """A module of this folder."""

    DESCRIPTION: str
    IS_BOM: bool

    def render(self, report: CheckReport, stamp: Stamp, /) -> str:
        """Return the report as a document."""


def names() -> list[str]:
    """Return the names of the formats; none of them is imported."""
    return [name.replace("_", "-", 1).replace("_", ".") for name in names_in(__path__)]


def load(name: str) -> Format:
    """Return a format.

    Args:
        name: One of ``names()``.
    """
    module = name.replace("-", "_").replace(".", "_")
    return cast(Format, importlib.import_module(f"{__name__}.{module}"))
