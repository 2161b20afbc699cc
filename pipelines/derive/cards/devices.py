"""Names of accelerators as cards write them, and how many of them there were."""

from __future__ import annotations

import re

from miner.pipelines.derive.cards import numbers
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

MAX_DEVICE = 30
_END = r"(?!\d|[a-z]{2}|_|\.\d)"
DEVICE = (
    r"(?:(?:NVIDIA|Nvidia|nvidia|NVidia|AMD|Google|Intel|Apple|Huawei)[\s-]+)?"
    r"(?:(?:Tesla|tesla|GeForce|Geforce|geforce|Quadro|Instinct|Radeon|Ampere|DGX)[\s-]+)?"
    r"(?:(?:GTX|RTX|gtx|rtx|Rtx)[\s-]?(?:PRO\s)?(?:[A-Z]?\d{3,4})(?:[\s-]?(?:[Tt][Ii]|SUPER"
    r"|Super|Ada))*"
    r"|TITAN(?:\s(?:RTX|Xp|XP|X|V|Black))?|Titan\s(?:RTX|Xp|XP|X|V)"
    rf"|[Aa](?:10G?|16|30|40|100|800|2000|4000|4500|5000|6000){_END}(?:[\s-]?(?:SXM\d?|PCIe"
    rf"|PCIE|Ada))?"
    rf"|[Hh](?:20|100|200|800){_END}(?:[\s-]?(?:SXM\d?|PCIe|PCIE|HBM\d?\w?|NVL))?"
    rf"|[Vv]100[sS]?{_END}(?:[\s-]?(?:SXM\d?|PCIe|PCIE))?|[Pp](?:4|40|100){_END}(?:[\s-]?PCIE)?"
    rf"|[TtL]4{_END}"
    rf"|L40[sS]?{_END}|[KM](?:40|60|80){_END}|GB?[BH]?[12]00(?=\s|\b)|B[123]00{_END}"
    rf"|MI\d{{3}}[Xx]?{_END}"
    r"|(?:Habana\s+)?Gaudi\s?[23]?|RX\s?\d{4}(?:\sXTX?)?|Ascend[\s-]?\d{3}\w?|CS-[23](?=\W)"
    r"|Graphcore\sIPUs?"
    r"|DGX[\s-](?:A100|H100|1|2|Station)"
    r"|(?:Cloud\s+)?TPUs?[\s-]?(?:[vV]\d[\w-]*)?(?:\s+(?:VM"
    r"|TPU)s?)?(?:\s+[Pp]ods?)?(?:\s+[Vv]\d-\d+)?"
    r"|[vV][2345]e?-\d{1,4}(?:\s+TPUs?(?:\s[Pp]ods?)?)|[vV][34]-\d{1,4}(?=\s(?:pod|slice|VM))"
    r"|(?<=[xX×*])[2345]0[789]0(?:\s?[Tt]i)?"
    r"|(?:Trillium|Trainium)\d?|[Mm][1234]\s(?:Max|Ultra|Pro|MAX|ULTRA))"
    r"(?:[\s-]?\(?\d{2,3}\s?(?:[Gg][Ii]?[Bb]?|[Gg]igabytes?)(?=s?\b)\)?)?"
)
_DEVICE = sieved(rf"(?:(?<![A-Za-z0-9_.-])|(?<=\d[xX×*]))({DEVICE})(?!(?![xX]\d|s\b)[A-Za-z\d])")
_PLAIN = sieved(
    r"(?<![\w.-])((?:\d{1,5}|one|two|three|four|eight|sixteen|a single|single|an?"
    r"|multiple)\s+(?:x\s+)?"
    r"(?:\d{2,3}\s?GB\s+)?(?:NVIDIA|Nvidia|AMD|consumer)?\s?GPUs?)\b(?!\s*-?\s*hours?)"
)
"""Devices without a model: ``two NVIDIA GPUs``, ``a single 24GB GPU``."""
_LEADING_COUNT = re.compile(r"^\W*(?:\d+\s*[xX×*]\s*|\d+\s+(?=\D))")
_COUNT_BEFORE = bounded(
    r"((?<![\w.-])\d{1,5}|\bone|\btwo|\bthree|\bfour|\beight|\bsixteen|\ba single|\bsingle|\ban"
    r"|\ba)"
    r"\s*+(?:x|×|\*|张|块|枚|台|つの|개의)?\s*+(?:cloud |of |the |NVIDIA |Nvidia )?[\s-]*+$",
    re.IGNORECASE,
)
_COUNT_AFTER = re.compile(
    r"^\s*(?:GPUs?\s*)?(?:x|×|\*)\s*(\d{1,4})(?![\d.])|^\s*\((\d{1,4})\s*(?:x|GPUs)", re.IGNORECASE
)


def find(text: str, start: int = 0) -> list[re.Match[str]]:
    """Return the devices in a text; the name is group 1."""
    return [match for match in _DEVICE.finditer(text, start) if match[1].strip() != "Cloud"]


def first(text: str) -> re.Match[str] | None:
    """Return the first device in a text."""
    return _DEVICE.search(text)


def plain(text: str, start: int, end: int) -> re.Match[str] | None:
    """Return the first device that has no model name."""
    return _PLAIN.search(text, start, end)


def count(text: str, start: int, end: int) -> int | None:
    """Return how many of a device there were.

    Args:
        text: A sentence or a value.
        start: Where the device begins in it.
        end: Where it ends.
    """
    before = _COUNT_BEFORE.search(text[max(0, start - 40) : start])
    if before:
        word = before[1].lower()
        return 1 if word in {"a", "an", "a single", "single"} else numbers.whole(word)
    after = _COUNT_AFTER.search(text[end : end + 30])
    return int(after[1] or after[2]) if after else None


def short_name(text: str, device: re.Match[str]) -> str:
    """Return the words of a value that name the device, its count and remarks left out."""
    name = _LEADING_COUNT.sub("", text.split("(", maxsplit=1)[0]).strip(" .")
    return name if len(name) <= MAX_DEVICE else device[1].strip()
