"""docs/measurements/performance.md: each bench owns the part between its two markers."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.process import ROOT

PAGE = ROOT / "docs" / "measurements" / "performance.md"
_HEAD = """# Performance

Every table is written by the command under it, baseline and `miner` side by side in one run on
one machine. Compare ratios; the absolute numbers are those of the machine named.
"""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Return one line on where and when a bench ran."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    today = datetime.now(UTC).date()
    return f"{today}, {cores} cores, {platform.machine()}, Python {platform.python_version()}"


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Put a bench's text between its markers, made at the page's end where they are missing."""
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    old = page.read_text(encoding="utf-8") if page.exists() else _HEAD
    if start not in old:
        old = f"{old.rstrip()}\n\n{start}\n{end}\n"
    before, _, rest = old.partition(start)
    _, is_closed, after = rest.partition(end)
    after = after if is_closed else rest  # a page may name only the place
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{before}{start}\n{text.strip()}\n{end}{after}", encoding="utf-8")
