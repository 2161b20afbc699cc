"""Which license is in one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from miner.pipelines.derive.licenses.license_names import resolve
from miner.pipelines.derive.licenses.statement import read
from miner.pipelines.derive.licenses.texts import (
    classify_text,
    leftover,
    license_prose,
    scopes,
    titles,
)
from miner.pipelines.derive.licenses.texts.classify_text import Region
from miner.pipelines.derive.licenses.texts.found import (
    MAX_QUOTE,
    SCORES,
    Detected,
    LicenseScope,
    Match,
    Method,
    TextState,
    line_of,
    quote_at,
)
from miner.schema.licenses import KnownLicense
from miner.schema.patterns import bounded
from miner.schema.redact import redacted

MAX_TEXT = 300_000  # code points; larger ones are lists of the licenses of others
_SHORT_TEXT = 1_200  # a longer text has terms of its own and does not only refer to a license
_HEAD = 3_000
_MAX_POINTER = 600  # code points of a text that only says where the license is
_MIN_BODY = 600  # code points below a title; less only refers to the license
_MODIFIED_MIT = "modified-mit"
_MIN_SHARE = 0.7  # of a text that is covered by the license in it
_TITLE_BEFORE = 3_000  # code points before a text in which its title stands
_TITLE_WITHIN = 600  # and in it
_MAX_OUTSIDE = 6_000
_MAX_TITLE = 90
_CREDIT = re.compile(r"copyright|\(c\)|©|all rights reserved", re.IGNORECASE)
_POINTS = bounded(
    r"://|^\.\./|\b(?:licen[sc]e|copying)[-_.][\w.-]*\w|\bsee \S*licen", re.IGNORECASE
)
_MAX_CONTROL = 0.02  # share of characters that no text has
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_LIST = re.compile(r"third[-_ ]?part|3rd[-_ ]?part|credits[^/]*$", re.IGNORECASE)
_NOTICE = re.compile(r"(?:^|/)[^/]*notice[^/]*$", re.IGNORECASE)
# Of standard texts, one sentence that stays when the rest is changed.
_RESEMBLES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), key)
    for pattern, key in (
        (r"apache license\s+version 2\.0, january 2004", "apache-2.0"),
        (r"permission is hereby granted, free of charge, to any person", "mit"),
        (r"redistribution and use in source and binary forms", "bsd"),
        (r"gnu (?:affero )?general public license\s+version 3", "gpl-3.0"),
        (r"attribution-noncommercial 4\.0 international\s+(?:=+\s+)?creative", "cc-by-nc-4.0"),
    )
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A license in a text, before what it covers is settled."""

    license: KnownLicense
    method: Method
    start: int
    end: int
    scope: LicenseScope = LicenseScope.UNKNOWN
    is_text: bool = True


def detect(text: str, path: str = "") -> Detected:
    """Return which license is in a text.

    Args:
        text: As decoded; the first ``MAX_TEXT`` code points count.
        path: Where it stands; its name can say what the license covers.

    Returns:
        The licenses with evidence; a text that is changed, has terms of its own beside a standard
        one, or says nothing is unrecognized, with the reason.
    """
    is_cut = len(text) > MAX_TEXT
    text = text[:MAX_TEXT]
    if not text.strip("\ufeff \t\r\n"):
        return Detected(path, TextState.EMPTY)
    if len(_CONTROL.findall(text)) > _MAX_CONTROL * len(text) or "\0" in text:
        return Detected(path, TextState.UNRECOGNIZED, reason="binary", is_cut=is_cut)
    regions = classify_text.regions(text)
    found = titles.find(text)
    parts = _parts(text, regions, found)
    third = _third_party_from(text, path, parts)
    extra = leftover.extra_terms(text, _spans(text, parts), third)
    if extra is not None and not _NOTICE.search(path):
        return _with_terms(text, path, parts, extra, is_cut=is_cut)
    if not _NOTICE.search(path) and _is_aside(text, parts, third):
        return _mentioning(text, path, parts, third, is_cut=is_cut)
    if parts:
        return _recognized(text, path, parts, third, is_cut=is_cut)
    return _unrecognized(text, path, is_cut=is_cut)


def _parts(text: str, regions: list[Region], found: list[titles.Title]) -> list[_Part]:
    """Put titles and standard texts together: a title owns what is part of its license."""
    headings = [title for title in found if _has_body(text, title, found)]
    if not leftover.is_display_clause(text):
        # Others call their own changes by this name, too.
        headings = [title for title in headings if title.license.license != _MODIFIED_MIT]
    bodies = {(title.rule.body, title.start) for title in headings if title.rule.body}
    parts = []
    for title in headings:
        if not any(region.start < title.start < region.end for region in regions if region.is_text):
            parts.append(
                _Part(title.license, Method.TITLE, title.start, title.end, title.rule.scope)
            )
    for region in regions:
        if any(body == region.license.license and at <= region.start for body, at in bodies):
            continue
        if not region.is_text and any(title.start <= region.start for title in headings):
            continue  # an address or a name that a license of models has in its text
        method = Method.CLASSIFIER if region.is_text else Method.REFERENCE
        parts.append(
            _Part(region.license, method, region.start, region.end, is_text=region.is_text)
        )
    return _settled(text, sorted(parts, key=lambda part: part.start))


def _settled(text: str, parts: list[_Part]) -> list[_Part]:
    """Drop titles that name a text found beside them, headers of texts, and SPDX tags repeated."""
    texts = {part.license.license for part in parts if part.method is Method.CLASSIFIER}
    kept = [
        part
        for part in parts
        if not (part.method is Method.TITLE and part.license.license in texts)
    ]
    for wording, start, end in license_prose.tags(text[: license_prose.MAX_PROSE]):
        for one in read(wording).leaves():
            # Beside a text, a tag only says which versions of a GNU license hold.
            if not texts or one.later in {"only", "or-later"}:
                kept.append(_Part(one, Method.SPDX_TAG, start, end, is_text=False))
    return _with_headers(kept)


def _with_headers(parts: list[_Part]) -> list[_Part]:
    """Let a header say which version holds: the GPL's text with a header "or later" before it."""
    headers = {p.license.line: p for p in parts if not p.is_text and p.license.later}
    kept = []
    for part in parts:
        header = headers.get(part.license.line) if part.license.line else None
        if part.is_text and header is not None and header.license.version == part.license.version:
            kept.append(_Part(header.license, part.method, part.start, part.end, part.scope))
            continue
        if header is part and any(p.is_text and p.license.line == part.license.line for p in parts):
            continue
        kept.append(part)
    return kept


def _has_body(text: str, title: titles.Title, found: list[titles.Title]) -> bool:
    following = [other.start for other in found if other.start > title.start]
    end = min(following, default=len(text))
    return title.is_heading and len(text[title.end : end].strip()) >= _MIN_BODY


def _spans(text: str, parts: list[_Part], *, texts_only: bool = False) -> list[leftover.Span]:
    """Return the stretches that licenses take up; what stands below a title belongs to it.

    Args:
        text: The text.
        parts: The licenses in it.
        texts_only: Leave headers, names and addresses out.
    """
    found = []
    for part in parts:
        end = part.end
        if part.method is Method.TITLE:
            end = min((one.start for one in parts if one.start > part.start), default=len(text))
        if part.is_text or not texts_only:
            found.append((part.start, end))
    return found


def _is_list(path: str) -> bool:
    """Return whether a file is named as one that lists the work of others."""
    return _LIST.search(path.rpartition("/")[2]) is not None


def _third_party_from(text: str, path: str, parts: list[_Part]) -> int:
    """Return from which code point on a text lists what the work includes."""
    if _is_list(path):
        return 0
    spans = _spans(text, parts, texts_only=True)
    is_notice = _NOTICE.search(path) is not None
    return leftover.third_party_from(text, spans, from_start=is_notice)


def _is_aside(text: str, parts: list[_Part], third: int) -> bool:
    """Return whether a text is mostly something else: an agreement that holds or names a license.

    The text of a license of models is not known, so its title speaks for all below it.
    """
    own = [part for part in parts if part.start < third]
    if not own or any(part.method is Method.TITLE for part in own):
        return False
    end = min(third, len(text))
    spans = [(part.start, part.end) for part in own]
    rest = sum(len(" ".join(text[a:b].split())) for a, b in leftover.gaps(text[:end], spans))
    covered = sum(stop - start for start, stop in spans)
    return rest > _SHORT_TEXT and covered < _MIN_SHARE * (covered + rest)


def _mentioning(text: str, path: str, parts: list[_Part], third: int, *, is_cut: bool) -> Detected:
    """Say of a text that is mostly something else what it calls itself; keep what it holds."""
    detected = _recognized(text, path, parts, third, is_cut=is_cut)
    title = titles.generic(text)
    return replace(
        detected, state=TextState.UNRECOGNIZED, title=redacted(title[0]) if title else "",
        reason="unknown-text",
    )  # fmt: skip


def _recognized(text: str, path: str, parts: list[_Part], third: int, *, is_cut: bool) -> Detected:
    spans = _spans(text, parts, texts_only=True)
    outside = leftover.outside(text, spans)[:_MAX_OUTSIDE]
    wording = license_prose.mentions(outside) if any(part.start < third for part in parts) else []
    matches = []
    last = 0
    for part in parts:
        is_third_party = part.start >= third
        scope = _scope(path, part, parts, [] if is_third_party else wording)
        start, end = _evidence(text, part, last)
        last = max(last, part.end)
        matches.append(
            Match(
                part.license.license,
                part.license.spdx,
                part.method,
                SCORES[part.method],
                scope,
                start,
                end,
                line_of(text, start),
                redacted(text[start:end]),
                is_third_party,
            )
        )
    own = [match for match in matches if not match.is_third_party]
    if not own:
        return Detected(
            path, TextState.UNRECOGNIZED, tuple(matches), reason="no-license-in-it", is_cut=is_cut
        )
    is_one = len({match.license for match in own}) == 1
    joined = "" if is_one else _joined(outside, own)
    state = TextState.RECOGNIZED if is_one else TextState.SEVERAL
    return Detected(path, state, tuple(matches), joined, is_cut=is_cut)


def _evidence(text: str, part: _Part, after: int) -> tuple[int, int]:
    """Return the line that shows a license best: of a text, the title that stands on it.

    Args:
        text: The text.
        part: The license in it.
        after: Where the license before it ends.
    """
    start, end = part.start, part.end
    if part.method is Method.CLASSIFIER or end - start > MAX_QUOTE:
        first = None
        begin = text.rfind("\n", 0, max(after, part.start - _TITLE_BEFORE)) + 1
        for at, stop, line in titles.lines(text, begin, part.start + _TITLE_WITHIN):
            if not line or len(line) > titles.MAX_LINE or "@" in line:
                continue
            if len(line) <= _MAX_TITLE and resolve(line).license == part.license:
                first = (at, stop)
                break
            if first is None and stop > part.start and not _CREDIT.match(line):
                first = (at, stop)
        start, end = first or (start, end)
    quote = quote_at(text, start, end)
    return start + len(quote) - len(quote.lstrip()), start + len(quote)


def _scope(
    path: str, part: _Part, parts: list[_Part], wording: list[license_prose.Mention]
) -> LicenseScope:
    """Settle what a license covers: the file's name, sentences outside the texts, its kind."""
    by_name = scopes.of_path(path, part.license.family)
    if by_name is not LicenseScope.UNKNOWN:
        return by_name
    if part.method is Method.TITLE and len(parts) == 1:
        return part.scope  # nothing outside: the whole text is that license
    named = {one.scope for one in wording if one.license == part.license}
    if len(named) == 1 and LicenseScope.UNKNOWN not in named:
        return named.pop()
    return part.scope


def _joined(outside: str, own: list[Match]) -> str:
    if leftover.is_choice(outside):
        return "or"
    covered = {match.scope for match in own}
    return "and" if len(covered) > 1 and LicenseScope.UNKNOWN not in covered else ""


def _with_terms(
    text: str, path: str, parts: list[_Part], extra: tuple[int, int], *, is_cut: bool
) -> Detected:
    """A standard text with terms of its own: the display clause has a name, others have none."""
    base = next((part for part in parts if part.is_text), parts[0])
    wording = text[extra[0] : extra[1]]
    if base.is_text and base.license.license == "mit" and leftover.is_display_clause(wording):
        named = resolve(_MODIFIED_MIT).license
        if named is not None:
            part = _Part(named, Method.TITLE, *extra)
            return _recognized(text, path, [part], len(text) + 1, is_cut=is_cut)
    return Detected(
        path, TextState.UNRECOGNIZED, title=redacted(quote_at(text, *extra)),
        resembles=base.license.license, reason="extra-terms", is_cut=is_cut,
    )  # fmt: skip


def _unrecognized(text: str, path: str, *, is_cut: bool) -> Detected:
    """Read a text without a license in it: it refers to one, resembles one, or is unknown."""
    head = text[:_HEAD]
    resembles = next((key for pattern, key in _RESEMBLES if pattern.search(head)), "")
    if len(text.strip()) <= _SHORT_TEXT and not resembles and not _is_list(path):
        named = license_prose.mentions(text)
        if named and leftover.has_terms(text):
            return Detected(
                path, TextState.UNRECOGNIZED, title=redacted(quote_at(text, 0, MAX_QUOTE)),
                resembles=named[0].license.license, reason="extra-terms", is_cut=is_cut,
            )  # fmt: skip
        if named:
            parts = [
                _Part(one.license, one.method, one.start, one.end, one.scope, is_text=False)
                for one in named
            ]
            return _recognized(text, path, parts, len(text) + 1, is_cut=is_cut)
    title = titles.generic(text)
    if titles.is_policy(text):
        reason = "use-policy"
    elif resembles:
        reason = "changed-text"
    elif title:
        reason = "unknown-text"
    elif _POINTS.search(text) and len(text.strip()) < _MAX_POINTER:
        reason = "points-elsewhere"
    else:
        reason = "unknown-text" if len(text.strip()) >= _MIN_BODY else "no-license-in-it"
    wording = title[0] if title else ""
    if reason == "points-elsewhere":
        wording = " ".join(text.split())[:MAX_QUOTE]
    return Detected(
        path, TextState.UNRECOGNIZED, title=redacted(wording), resembles=resembles,
        joined="or" if reason == "points-elsewhere" and leftover.is_choice(text) else "",
        reason=reason, is_cut=is_cut,
    )  # fmt: skip
