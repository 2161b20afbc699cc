"""What stands beside a license in the text: limits on use, the address, models it is not about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.value import TABLE, Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

RESEARCH = "research-only"
NONCOMMERCIAL = "noncommercial"
WORDS = sieved(
    r"\b(?:academic|research|scientific)[\w ,/&-]{0,40}(?:purposes?|use)\s*only\b"
    r"|\b(?:academic|research) only\b"
    r"|\b(?:only|solely|exclusively|strictly)\b[\w ,]{0,20}\bfor\b[\w ,-]{0,20}"
    r"\b(?:research|academic|non-?commercial)\b[\w ,-]{0,40}(?:purposes?|use)\b"
    r"|\b(?:for|to)\b[\w ,-]{0,40}\bnon[ -]?commercial\b[\w ,-]{0,30}(?:purposes?|uses?)\b"
    r"(?: only\b)?"
    r"|\bnon[ -]?commercial\b[\w ,/&-]{0,30}(?:purposes?|use) only\b"
    r"|\bnot? (?:be used |intended |licensed )?for (?:any )?commercial (?:use|purposes?)\b"
    r"|\bcommercial use is (?:not allowed|not permitted|prohibited|forbidden)\b",
    re.IGNORECASE,
)
_LIMITING = ("only", "solely", "exclusively", "strictly", "commercial")
_LIMITED = ("research", "academic", "scientific", "commercial")
"""Words of both lists stand in every limit."""
_SUBJECT = bounded(
    r"\b(?:models?|weights|checkpoints?|licen[sc]e\w*|release|work|merge|adapter|lora)\b",
    re.IGNORECASE,
)
_NOT_ITS_OWN = bounded(
    r"\b(?:data(?:sets?|bases?)?|corpus|corpora|original|base model|images?|third.party"
    r"|instead|if you|unless|contact|inquir|intended for|built|developed|trained|designed"
    r"|commercial (?:or|and|as well as) (?:for )?non)",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^\W*(?:it is |this is )?(?:for |only )?$", re.IGNORECASE)
"""A sentence that is the limit and no more: ``For research use only.``"""
_TITLE = re.compile(r"licen[sc]|terms of use", re.IGNORECASE)
_TERM = re.compile(r"^\W*(?:licen[sc]e|licencia|lizenz)\b", re.IGNORECASE)
_BARE = bounded(r"\bnon[ -]?commercial\b|\bresearch[ -]only\b|\bacademic research\b", re.IGNORECASE)
_OF_OTHERS = bounded(r"^\W*(?:for|if) (?:all|any|the)\b[\w ,.-]{0,60}\bmodels?\b", re.IGNORECASE)
_LICENSE_ADDRESS = re.compile(
    r"licen[sc]e|terms|/legal/|copying|agreement|llama-downloads", re.IGNORECASE
)
_BESIDE = 200


@dataclass(frozen=True, slots=True)
class UseLimit:
    """A limit on who may use a model for what, as the text states it.

    Attributes:
        kind: ``research-only`` or ``noncommercial``.
        wording: As written.
        start: Where it begins in the visible text.
        end: One past its last character.
    """

    kind: str
    wording: str
    start: int
    end: int


def stated(document: Document) -> UseLimit | None:
    """Return the first limit that a sentence sets on the use of the model itself."""
    low = document.low
    is_limited = any(word in low for word in _LIMITING) and any(word in low for word in _LIMITED)
    for match in document.matches(WORDS, document.plain) if is_limited else ():
        first, last = document.sentence(match.start())
        sentence = document.plain[first:last]
        before = document.plain[first : match.start()]
        is_own = not _NOT_ITS_OWN.search(sentence) and (
            _SUBJECT.search(before) is not None
            or _BEGINS.match(before) is not None
            or _TITLE.search(document.section_at(first).title) is not None
        )
        if (is_own or _TERM.match(sentence)) and not is_of_other_models(document, first):
            return _limit(match)
    for pair in document.pairs:
        if (
            pair.key.startswith("licen")
            and pair.origin != TABLE
            and len(pair.value.text) <= _BESIDE
        ):
            inside = _BARE.search(document.plain, pair.value.start, pair.value.end)
            if inside is not None and not re.search(r"creative|cc[ -]by", pair.value.text.lower()):
                return _limit(inside)
    return None


def _limit(match: re.Match[str]) -> UseLimit:
    low = match[0].lower()
    is_research = "research" in low or "academic" in low or "scientific" in low
    kind = RESEARCH if is_research else NONCOMMERCIAL
    return UseLimit(kind, match[0].strip(), match.start(), match.end())


def is_of_other_models(document: Document, first: int) -> bool:
    """Return whether a sentence, or the one before it, is about some models among several."""
    if _OF_OTHERS.match(document.plain[first : first + _BESIDE]):
        return True
    block, _ = document.block_at(first)
    if first <= block:
        return False
    earlier, _ = document.sentence(first - 2)
    return _OF_OTHERS.match(document.plain[earlier : earlier + _BESIDE]) is not None


def link(document: Document, value: Value) -> str:
    """Return the address of the license beside its name, empty if none stands there."""
    near = document.links_from(value.start, value.end + _BESIDE, in_text=False)
    for one in near:
        if "\n#" in document.card[value.end : one.start]:
            break  # under the next heading
        if not one.is_image and "://" in one.url and _LICENSE_ADDRESS.search(one.url):
            return one.url[:_BESIDE]
    return ""
