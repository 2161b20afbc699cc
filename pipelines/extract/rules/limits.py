"""Whether the card states limits, risks or bias: the first sentence that does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract.document import Document, Section
from miner.pipelines.extract.make import from_plain
from miner.pipelines.extract.value import Value

FIELD = "limitation_and_bias"
LEAST = 25
_TITLE = re.compile(
    r"limit(?:ation|s)|\bbias(?:es)?\b|\brisks?\b|ethical consider|caveat|known issues|disclaimer"
    r"|fairness|out-of-scope|responsible|safety|局限|制限|ограничен|warning|한계|注意"
)
_TEMPLATE = re.compile(
    r"information needed|users \(both direct and downstream\)|this section is meant to convey"
    r"|use the code below|should be made aware|more information about"
)
_SENTENCE = re.compile(
    r"(?:model|predictions?|outputs?|it|this)\b[^.\n]{0,80}\b(?:can have biased|may (?:contain"
    r"|produce|generate|reflect|exhibit)|might (?:produce|generate|contain)|can (?:produce"
    r"|hallucinate)|is not (?:suitable|a state)|does not (?:work|perform) well|fails? to"
    r"|struggles? (?:with|to)|hallucinat|biases|biased)|known (?:limitations?|problems?|issues?)"
    r"|bias \(gender|limitations? (?:is|are|include)|toxic language|societal bias|uncensored"
    r"|significant research has explored bias|not (?:been )?(?:moderated|censored)|no moderation"
    r"|risks? involved"
)


def read(document: Document) -> Iterator[Value]:
    """Read the first sentence of the passage on limits."""
    for section in document.sections:
        title = section.title.lower()
        if not section.level or len(title) > 80 or not _TITLE.search(title):
            continue
        place = _first_sentence(document, section, only_limits="use" in title)
        if place is not None:
            yield from_plain(document, FIELD, "stated", *place, method="section")
            return
    match = _SENTENCE.search(document.low)
    if match is not None:
        first, last = document.sentence(match.start())
        if not _TEMPLATE.search(document.low, first, last):
            yield from_plain(document, FIELD, "stated", first, last, method="prose")


def _first_sentence(
    document: Document, section: Section, *, only_limits: bool
) -> tuple[int, int] | None:
    """Return the first sentence under a heading that is no heading and no template.

    Args:
        document: The card.
        section: The heading.
        only_limits: It is about uses too: only a sentence that speaks of limits counts.
    """
    at = document.plain.find("\n", section.start) + 1
    while 0 < at < len(document.plain):
        inner = document.section_at(at)
        if inner is not section and section.title.lower() not in inner.path:
            return None
        first, last = document.sentence(at)
        text = document.low[at:last].strip()
        if _TEMPLATE.search(text):
            return None
        is_heading = inner is not section and inner.start == first
        if len(text) > LEAST and not is_heading and (not only_limits or _SENTENCE.search(text)):
            return at, last
        at = max(last, at) + 1
    return None
