"""What the section of a README on licenses says."""

from __future__ import annotations

import re
from dataclasses import replace

from miner.pipelines.derive.licenses.texts import license_prose, scopes
from miner.pipelines.derive.licenses.texts.found import LicenseScope
from miner.pipelines.derive.licenses.texts.license_prose import Mention
from miner.schema.patterns import bounded

MAX_README = 400_000
_MAX_SECTION = 4_000
_HEADING = bounded(
    r"^[ ]{0,3}(?P<marks>#{1,6})[ \t]*(?P<title>[^\n]{1,120})$"
    r"|^(?P<under>[^\n#]{3,100})\n(?P<line>=|-|~|\^)(?P=line){3,}[ \t]*$"
    r"|^<h(?P<level>[1-6])[^>]{0,100}>(?P<html>[^\n]{1,200})$",
    re.MULTILINE | re.IGNORECASE,
)
_ABOUT = re.compile(r"\blicen[sc](?:e|es|ing)\b|协议|许可|terms of use", re.IGNORECASE)
_FENCE = re.compile(r"^```.*?(?:^```|\Z)", re.MULTILINE | re.DOTALL)


def section(text: str) -> tuple[int, int] | None:
    """Return where the section on licenses stands; None if there is none."""
    masked = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text[:MAX_README])
    found: tuple[int, int, int] | None = None
    for match in _HEADING.finditer(masked):
        level = _level(match)
        if found is not None and level <= found[1]:
            return found[0], min(match.start(), found[0] + _MAX_SECTION)
        title = match["title"] or match["under"] or match["html"] or ""
        if found is None and _ABOUT.search(title):
            found = (match.end(), level, 0)
    return None if found is None else (found[0], min(len(masked), found[0] + _MAX_SECTION))


def _level(match: re.Match[str]) -> int:
    if match["marks"]:
        return len(match["marks"])
    if match["level"]:
        return int(match["level"])
    return 1 if match["line"] == "=" else 2


def read(text: str) -> list[Mention]:
    """Return the licenses that the section names, with places in the whole text."""
    place = section(text)
    if place is None:
        return []
    start, end = place
    found = []
    for one in license_prose.mentions(text[start:end]):
        scope = one.scope
        if scope is LicenseScope.UNKNOWN:
            scope = _under_heading(text, start, start + one.start)
        found.append(replace(one, start=one.start + start, end=one.end + start, scope=scope))
    return found


def _under_heading(text: str, start: int, place: int) -> LicenseScope:
    """Return what the nearest heading between the section's start and a place speaks of."""
    last = None
    for last in _HEADING.finditer(text, start, place):  # noqa: B007 (the last one counts)
        pass
    return LicenseScope.UNKNOWN if last is None else scopes.of_name(last[0], "")
