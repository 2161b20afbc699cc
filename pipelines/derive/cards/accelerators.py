"""One name for each accelerator, however a card writes it: ``schema/accelerators.csv``.

The value of the field stays as written; the name, how many there were and the memory of each go
beside it. A slice of a TPU pod (``v3-8``) is a device of its own, as it is rented.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from miner import schema
from miner.errors import ConfigurationError
from miner.pipelines.derive.cards import devices, numbers
from miner.schema.patterns import bounded

_FILE = Path(schema.__file__).with_name("accelerators.csv")
_TPU = re.compile(r"(?:\b|tpu)(v[2-7][ep]?(?:-\d{1,5})?)(?=s?\b)")
_MEMORY = bounded(r"(?<![\d.])(\d{2,3})[\s-]?g(?:i?b)?\b")
_LEAST_GB, _MOST_GB = 8, 300
_COUNT = bounded(
    r"\W*(\d{1,5}|one|two|three|four|eight|sixteen|(?:a )?single|an?)\s*"
    r"(?:[x×*](?!tx)\s*(?=\D)|\b\s*(?:\d{2,3}\s?gb\s+)?(?=(?:nvidia|amd|google|intel|tesla"
    r"|geforce|quadro|[rg]tx|cloud|[cgt]pus?)\b))"
)
"""A number that a device follows: not the memory of one, nor a part of its name."""
_PLAIN = re.compile(r"\b([gc]pu)s?\b")


def describe(value: str, qualifiers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to stand beside a device: name, count and memory, as far as they are known.

    Args:
        value: The device as a card writes it.
        qualifiers: What stands beside it already; a count in it is kept.
    """
    low = value.lower()
    found: dict[str, Any] = {"accelerator": name_of(value)}
    if not qualifiers.get("count"):
        found["count"] = _count(value)
    memory = _MEMORY.search(low)
    if memory is not None and _LEAST_GB <= int(memory[1]) <= _MOST_GB:
        found["memory_gb"] = int(memory[1])
    return {key: item for key, item in found.items() if item is not None}


def name_of(value: str) -> str | None:
    """Return the one name of the device that a text names first; None: it names none we know."""
    low = value.lower()
    tpu = _TPU.search(low)
    if "tpu" in low or (tpu is not None and "-" in tpu[1]):
        return f"Google TPU {tpu[1]}" if tpu is not None else "Google TPU"
    match = _spellings().search(low)
    if match is not None:
        return _names()[_key(match[0])]
    plain = _PLAIN.search(low)
    return plain[1].upper() if plain is not None else None


def _count(value: str) -> int | None:
    device = devices.first(value)
    count = devices.count(value, device.start(), device.end()) if device is not None else None
    if count is not None:
        return count
    before = _COUNT.match(value.lower())
    named = _spellings().search(value.lower())
    if before is None or (named is not None and named.start() <= before.start(1)):
        return None
    return 1 if before[1] in {"a", "an", "single", "a single"} else numbers.whole(before[1])


def _key(spelling: str) -> str:
    return re.sub(r"[\s_-]+", "", spelling.lower())


@cache
def _names() -> dict[str, str]:
    """Return the name of each spelling, without its separators."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    pairs = [(_key(one), row["name"]) for row in rows for one in row["spellings"].split(";")]
    if len(dict(pairs)) != len(pairs):
        raise ConfigurationError("schema/accelerators.csv cannot be used: a spelling stands twice")
    return dict(pairs)


@cache
def _spellings() -> re.Pattern[str]:
    """Return a pattern for all spellings, the longest first, separators free."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        spellings = [one for row in csv.DictReader(stream) for one in row["spellings"].split(";")]
    spellings.sort(key=len, reverse=True)
    written = "|".join(r"[\s_-]?".join(map(re.escape, one.split())) for one in spellings)
    return bounded(rf"(?:(?<![a-z0-9])|(?<=\d[x×*])|(?<=rtx)|(?<=gtx))(?:{written})(?![a-z0-9])")
