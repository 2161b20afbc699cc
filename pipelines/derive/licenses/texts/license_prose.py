"""Licenses that sentences name: by name, by address, by SPDX tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from miner.pipelines.derive.licenses.license_names import resolve
from miner.pipelines.derive.licenses.statement import read
from miner.pipelines.derive.licenses.texts import scopes, titles
from miner.pipelines.derive.licenses.texts.found import LicenseScope, Method
from miner.schema.licenses import KnownLicense
from miner.schema.patterns import bounded

MAX_PROSE = 20_000
_ADDRESS = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'`\])}\u3002\uff0c]+")
TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+() -]{2,160})")
_NUMBER = r"(?:,?[ -]*(?:version |v)?\.?[ ]?\d(?:\.\d){0,2})"
_NAMES = bounded(
    r"(?<![\w/.-])(?:"
    rf"Apache(?: Software)?(?:[ -]Licen[sc]e{_NUMBER}?|{_NUMBER}(?:[ -]Licen[sc]e)?)"
    r"|(?:Modified |The )?(?:(?-i:MIT)|mit(?=[- ]licen))(?:-0)?"
    r"(?=[-\s.,;:)\]*`\"'/]|$)(?! (?:CSAIL|Press|News|Media|Lab))"
    r"|(?:the )?(?:Modified |Simplified |New |Revised )?BSD(?:[- ][0-4])?(?:[- ]Clause)?"
    r"(?:[- ]Clear)?"
    r"|[234]-Clause BSD"
    rf"|GNU (?:Affero |Lesser |Library )?General Public Licen[sc]e{_NUMBER}?(?:[ -]or[ -]later)?"
    rf"|(?:GNU )?[AL]?GPL(?:{_NUMBER}(?:\+|[ -]or[ -](?:later|newer)|[ -]only)?)?"
    rf"|CC(?:[ -](?:BY|NC|SA|ND))+{_NUMBER}?|CC-?0(?:{_NUMBER})?"
    rf"|Creative Commons (?:Attribution|Zero)[\w -]{{0,60}}?{_NUMBER}"
    rf"|(?:Mozilla Public Licen[sc]e|MPL|Eclipse Public Licen[sc]e|EPL){_NUMBER}"
    r"|ISC(?= Licen)|Unlicense|WTFPL|Zlib(?= Licen)|Boost Software Licen[sc]e(?: 1\.0)?"
    r"|CDLA-(?:Permissive|Sharing)-\d\.0|ODC-By(?:-1\.0)?|ODbL(?:-1\.0)?|OpenMDW(?:-1\.\d)?"
    r"|Artistic Licen[sc]e 2\.0|BSL-1\.0|MulanPSL-2\.0|EUPL-1\.[12]|Open ?RAIL(?:\+\+)?(?:-[MDS]+)?"
    r")(?![\w+])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n\s*\n|\n\s*[-*•]\s")


@dataclass(frozen=True, slots=True)
class Mention:
    """A license that a text names.

    Attributes:
        license: The license.
        method: By tag, or by name or address.
        start: First code point of the name.
        end: One past the last.
        scope: What the sentence says it covers.
    """

    license: KnownLicense
    method: Method
    start: int
    end: int
    scope: LicenseScope


def tags(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the expressions of SPDX tags, and where they stand."""
    for match in TAG.finditer(text):
        wording = match[1].strip().removesuffix("*/").strip()
        yield wording, match.start(), match.start(1) + len(wording)


def mentions(text: str) -> list[Mention]:
    """Return the licenses that a text names, each once for what it covers.

    Args:
        text: The first ``MAX_PROSE`` code points count.
    """
    text = text[:MAX_PROSE]
    found: dict[tuple[str, LicenseScope], Mention] = {}
    last = 0
    previous: Mention | None = None
    for one in sorted(_named(text), key=lambda one: (one.start, -one.end)):
        if one.start < last:
            continue  # part of the name or address before it
        before, after = _sentence(text, last, one.start, one.end)
        wording = scopes.of_name(before, after)
        if previous is not None and _is_again(previous, one, text[last : one.start], wording):
            one = replace(one, start=previous.start, scope=previous.scope)  # noqa: PLW2901
            found.pop((previous.license.license, previous.scope), None)
        elif wording is not LicenseScope.UNKNOWN:
            one = replace(one, scope=wording)  # noqa: PLW2901
        last, previous = one.end, one
        found.setdefault((one.license.license, one.scope), one)
    return _settled(list(found.values()))


def _named(text: str) -> Iterator[Mention]:
    """Yield every name, with the scope that comes with the license itself."""
    for wording, start, end in tags(text):
        for license_ in read(wording).leaves():
            yield Mention(license_, Method.SPDX_TAG, start, end, LicenseScope.UNKNOWN)
    for match in _ADDRESS.finditer(text):
        linked = resolve(match[0].rstrip(".,;:")).license
        if linked is not None:
            yield Mention(linked, Method.REFERENCE, *match.span(), LicenseScope.UNKNOWN)
    for match in _NAMES.finditer(text):
        named = resolve(_plain(match[0]))
        if named.license is not None and named.is_known:
            yield Mention(named.license, Method.REFERENCE, *match.span(), LicenseScope.UNKNOWN)
    for start, end, license_, scope in titles.mentioned(text):
        yield Mention(license_, Method.REFERENCE, start, end, scope)


def _is_again(previous: Mention, one: Mention, between: str, wording: LicenseScope) -> bool:
    """Return whether a name is that of the license before it, by address or with its version."""
    is_near = len(between) <= _NEAR and _SENTENCE_END.search(between) is None
    if not is_near or wording is not LicenseScope.UNKNOWN:
        return False
    first, second = previous.license, one.license
    return bool(second.line) and first.line == second.line and not first.version


_NEAR = 40


def _plain(name: str) -> str:
    return re.sub(r"(?i)^the ", "", " ".join(name.split()))


def _sentence(text: str, last: int, start: int, end: int) -> tuple[str, str]:
    """Return what the sentence says before a name, back to the name before it, and after it."""
    first = max(last, start - 300)
    for stop in _SENTENCE_END.finditer(text, first, start):
        first = stop.end()
    after = text[end : end + 120]
    stop_after = _SENTENCE_END.search(after)
    return text[first:start], after[: stop_after.start()] if stop_after else after


def _settled(found: list[Mention]) -> list[Mention]:
    """Leave out a mention without a scope where the same license comes with one."""
    scoped = {one.license for one in found if one.scope is not LicenseScope.UNKNOWN}
    return [
        one for one in found if one.scope is not LicenseScope.UNKNOWN or one.license not in scoped
    ]
