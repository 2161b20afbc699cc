"""What a text says outside its licenses: terms of its own, a choice, a list of others' work."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.schema.patterns import bounded

Span = tuple[int, int]

_THIRD_PARTY = bounded(
    r"third[- ]party|3rd[- ]party|\bbundle[sd]?\b|\bvendored\b|\bsub-?components?\b"
    r"|^[-=#*\s]*licen[sc]es? (?:for|of)\b|\bother licen[sc]es?\b"
    r"|(?:includes?|incorporat\w+|contains?|uses?|has)\s+(?:\w+ ){0,4}?"
    r"(?:code|software|components?|files?|portions|parts|libraries)\b"
    r"|\b(?:portions?|parts?) of (?:this|the)\b|\b(?:derived|adapted|copied|taken|ported|borrowed)"
    r" (?:\w+ )?from\b|\bbased on\b|\bfollowing (?:files?|components?|licen[sc]es?|projects?)\b"
    r"|\bunder (?:the )?(?:following|different|other|separate)\b|\boriginal(?:ly)?\b",
    re.IGNORECASE | re.MULTILINE,
)
_TERMS = re.compile(
    r"\badditional (?:terms|conditions?|restrictions?|clauses?|limitations?|requirements?)\b"
    r"|\bfollowing (?:additional |further )?(?:exceptions?|restrictions?|modifications?)\b"
    r"|\bour only modification\b|\bshall (?:prominently )?display\b|\bmonthly active users\b"
    r"|\bnon-?commercial\b|\bcommercial (?:use|purposes?|licen[sc]e)\b"
    r"|\bresearch (?:purposes? )?only\b|\bmay not (?:be )?(?:use|sell|distribut)"
    r"|\b(?:is|are) (?:not|strictly) (?:permitted|allowed|prohibited)\b"
    r"|\b(?:strictly )?prohibited\b|\bmust (?:not|agree|obtain|contact)\b"
    r"|\bcommons clause\b|\bin addition to the (?:above|terms|conditions)\b|\bnotwithstanding\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\badditional (?:terms|conditions?|restrictions?)\b|\bmodified version of the\b"
    r"|\bfollowing (?:additional |further )?(?:exceptions?|restrictions?|modifications?)\b"
    r"|\bcommercial licen[sc]e (?:must|is required|has to)|\bmust (?:not|obtain|contact)\b"
    r"|\bmay not (?:be )?(?:use|sell|distribut)|\bcommons clause\b",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    # What the publishers of licenses print around them; it grants and forbids nothing.
    r"creative commons (?:corporation|is not|may be contacted|notices?)|considerations for"
    r" (?:licensors|the public)|using creative commons|no warranties|how to apply",
    re.IGNORECASE,
)
_DISPLAY = re.compile(
    r"\bdisplay\b.{0,200}(?:user interface|product or service)"
    r"|\bmonthly (?:active users|revenue)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHOICE = bounded(
    r"\b(?:dual|triple|tri)[- ]licen[sc]|\bat your (?:option|choice|discretion)\b"
    r"|\beither\b.{0,80}\b(?:or\b|of (?:the|these) licen[sc])"
    r"|\b(?:choose|pick) (?:one|either|which)\b|\bwhichever\b"
    r"|licen[sc]e\W{0,3} or (?:the )?[\w .-]{2,40}licen[sc]e",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK_END = bounded(r"\n\s*\n")
_MAX_EXTRA = 6_000


def gaps(text: str, spans: list[Span]) -> Iterator[Span]:
    """Yield the stretches of a text outside the spans, blank ones left out."""
    last = 0
    for start, end in [*sorted(spans), (len(text), len(text))]:
        if start > last and text[last:start].strip():
            yield last, start
        last = max(last, end)


def outside(text: str, spans: list[Span]) -> str:
    """Return what a text says outside the spans."""
    return "\n\n".join(text[start:end] for start, end in gaps(text, spans))


def third_party_from(text: str, spans: list[Span], *, from_start: bool = False) -> int:
    """Return where a text begins to list the work of others; one past its end if it does not.

    Args:
        text: The text.
        spans: The license texts in it.
        from_start: It is a notice, which need not begin with the work itself. Elsewhere such
            words before the first license are about the work.
    """
    if not spans and not from_start:
        return len(text) + 1
    first = 0 if from_start else min(end for _, end in spans)
    for start, end in gaps(text, spans):
        if end <= first:
            continue
        if match := _THIRD_PARTY.search(text, max(start, first), end):
            return match.start()
    return len(text) + 1


def extra_terms(text: str, spans: list[Span], third: int) -> Span | None:
    """Return where a text sets terms of its own beside a standard license.

    Args:
        text: The text.
        spans: The licenses in it, texts and titles.
        third: Where the list of others' work begins.

    Returns:
        The first block of such terms; None if there is none, or no license text at all.
    """
    long = [span for span in spans if span[1] - span[0] >= _MIN_TEXT]
    if not long:
        return None
    for start, end in gaps(text, spans):
        if start >= third or end - start > _MAX_EXTRA:
            continue
        for first, last in _blocks(text, start, min(end, third)):
            block = text[first:last]
            if len(block.split()) < _MIN_WORDS or _PREAMBLE.search(block):
                continue  # a heading, or what goes around every copy
            if _TERMS.search(block):
                return first, last
    return None


_MIN_TEXT = 400
_MIN_WORDS = 8


def has_terms(text: str) -> bool:
    """Return whether a text that only names licenses changes them by terms of its own."""
    return _STRONG.search(text) is not None


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    for stop in _BLOCK_END.finditer(text, start, end):
        if text[start : stop.start()].strip():
            yield start, stop.start()
        start = stop.end()
    if text[start:end].strip():
        yield start, end


def is_display_clause(block: str) -> bool:
    """Return whether terms ask large products to show a name, as some changed MIT texts do."""
    return _DISPLAY.search(block) is not None


def is_choice(wording: str) -> bool:
    """Return whether a text offers its licenses at choice."""
    return _CHOICE.search(wording) is not None
