"""Standard license texts, found by licenseclassifier: the one place that calls it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from licenseclassifier import identify_license

from miner.pipelines.derive.licenses.license_names import resolve
from miner.schema.licenses import KnownLicense

_SHORT = 120  # code points; a region below it is an address or a name
_HEADER = 2_500  # no text of the families below is shorter, and no header is longer
_LONG_TEXTS = re.compile(
    r"^(?:Apache-2|A?GPL|LGPL|MPL|CC-BY|CC0|EPL|CDDL|CPL|EUPL|OSL|AFL|CECILL|ODbL|ODC|GFDL|Artistic)"
)
_SUFFIX = re.compile(r"-(?:only|or-later)$")
_IS_GNU = re.compile(r"^(?:A|L)?GPL-|^GFDL-")
_APPENDIX = 1_500  # a GNU text ends with a specimen of a header, which states nothing
_SPELLED = {"CommonsClause": "commons-clause", "GPL-2.0-or-3.0": "gpl-2.0-or-later"}


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a text that is a license.

    Attributes:
        license: The license.
        start: First code point.
        end: One past the last.
        is_text: Its text, not only a header or an address that names it.
    """

    license: KnownLicense
    start: int
    end: int
    is_text: bool


def regions(text: str) -> list[Region]:
    """Return the standard licenses in a text, in its order.

    The text of a GNU license says nothing on ``only`` or ``or later``: the key stays open unless
    a header of the work says it.

    Args:
        text: At most some 300,000 code points: about a megabyte a second.
    """
    found: list[Region] = []
    for one in identify_license(text, coverage_threshold=0):
        length = one.end - one.start
        is_text = length >= (_HEADER if _LONG_TEXTS.match(one.id) else _SHORT)
        name = _SPELLED.get(one.id, one.id)
        if is_text and _IS_GNU.match(name):
            name = _SUFFIX.sub("", name)
        named = resolve(name)
        if named.license is None:
            continue
        region = Region(named.license, one.start, one.end, is_text)
        owner = _owner(found, region)
        if owner is None:
            found.append(region)
        else:
            found[owner] = replace(found[owner], end=region.end)
    return found


def _owner(before: list[Region], one: Region) -> int | None:
    """Return which license before it a region is part of; None if it stands for itself."""
    for place, other in enumerate(before):
        if not (other.is_text and other.license.line in {"gpl", "lgpl", "agpl"}):
            continue
        lines = {"lgpl", "gpl"} if other.license.line == "lgpl" else {other.license.line}
        if not one.is_text and one.license.line in lines:
            if 0 <= one.start - other.end < _APPENDIX:
                return place
        # The third LGPL is a set of permissions on top of the GPL, whose text goes with it.
        elif one.is_text and (other.license.line, one.license.line) == ("lgpl", "gpl"):
            return place
    return None
