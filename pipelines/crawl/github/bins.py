"""How a search with too many results is parted, and how its end is told.

GitHub gives a thousand results of a search, and its count of them is an estimate that neither adds
up nor stays. So a bin is parted by the size of files, or by days, as long as it can be: that ends
whatever the counts say. What cannot be parted further is read as far as it goes and called cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from miner.pipelines.intake.searches import CODE, Bin
from miner.schema.vocab import BinState

PER_PAGE = 100
MOST_PAGES = 10
MOST_RESULTS = PER_PAGE * MOST_PAGES

_LARGEST_FILE = 400_000  # GitHub's index holds files below 384 KB
_EXTENSIONS = ("py", "ipynb", "md", "txt", "json", "yaml", "yml", "toml", "sh", "js", "ts", "rs",
               "java", "go", "cs", "html", "cfg", "ini")  # fmt: skip
_FILENAMES = ("app", "main", "train", "test", "model", "utils", "config", "run", "demo", "infer",
              "eval", "setup", "requirements", "dockerfile", "index")  # fmt: skip


def parts_of(bin_: Bin) -> tuple[list[Bin], bool]:
    """Return the smaller bins that a bin is parted into, and whether together they are all of it.

    No parts: it cannot be parted.
    """
    child = replace(
        bin_,
        id=0,
        parent_id=bin_.id,
        page_count=0,
        distinct_count=0,
        is_incomplete=False,
        state=BinState.OPEN.value,
    )
    ranges = list(_by_size(bin_) if bin_.kind == CODE else _by_day(bin_))
    if ranges:
        return [replace(child, lower=lower, upper=upper) for lower, upper in ranges], True
    if bin_.kind != CODE:
        return [], True
    if bin_.extension is None and "extension:" not in bin_.base and "filename:" not in bin_.base:
        return [replace(child, extension=name) for name in _EXTENSIONS], False
    if bin_.filename is None and "filename:" not in bin_.base:
        return [replace(child, filename=name) for name in _FILENAMES], False
    return [], True


def _by_size(bin_: Bin) -> Iterator[tuple[str, str]]:
    """Yield two ranges of bytes. Most files are small: the middle is that of the logarithm."""
    low = int(bin_.lower) if bin_.lower is not None else 0
    high = int(bin_.upper) if bin_.upper is not None else _LARGEST_FILE
    if bin_.extension is not None or bin_.filename is not None or low >= high:
        return
    middle = math.isqrt((low + 1) * (high + 1)) - 1
    middle = min(max(middle, low), high - 1)
    yield str(low), str(middle)
    yield str(middle + 1), str(high)


def _by_day(bin_: Bin) -> Iterator[tuple[str, str]]:
    """Yield two ranges of days."""
    if bin_.lower is None or bin_.upper is None:
        return
    first, last = date.fromisoformat(bin_.lower), date.fromisoformat(bin_.upper)
    if first >= last:
        return
    middle = first + (last - first) // 2
    yield bin_.lower, middle.isoformat()
    yield (middle + timedelta(days=1)).isoformat(), bin_.upper
