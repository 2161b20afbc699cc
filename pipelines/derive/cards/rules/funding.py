"""Who paid: grants and sponsors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.make import from_pair, from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_KEY = re.compile(r"^(?:funded|sponsored|funding|funder|sponsor)(?: by)?s?$")
_NOBODY = re.compile(r"information needed|^\W*(?:n/?a|none|self|me|myself|optional|no\w*)\W*$")
_FUNDED = sieved(
    r"\b(?:funded|financed|sponsored|supported)\s+(?:\w+\s+){0,3}by:?\s+(?:a\s+grant\s+from\s+)?"
    r"(?:the\s+)?(?P<who>https?://\S+|[^\n.;:\[]{3,160})|\bgrants?\s+(?:from|by|of)\s+(?:the\s+)?"
    r"(?P<from>[^\n.;:]{3,120})|\b(?:grant|award) (?:agreement )?(?:no\.?|number|#)\s*"
    r"(?P<number>[\w/-]+)"
    r"|\backnowledges? (?:the )?(?:\w+ ){0,2}?support (?:from|of|by) (?:the )?"
    r"(?P<thanked>[^\n.;:,]{3,120})",
    re.IGNORECASE,
)
_COMPUTE = bounded(
    r"\b(?:compute|computing|hardware|gpus?|gpu time|computational (?:power|resources)"
    r"|resources|training)\b[^.\n]{0,80}?\b(?:(?:generously|kindly|graciously) )?"
    r"(?:provided|sponsored|donated|supported) by (?:the )?(?P<by>[^\n.;:,()]{2,60})"
    r"|\b(?:thanks?|thank you|grateful|credits?) (?:again )?(?:to"
    r"|goes to) (?:the )?(?P<to>[^\n.;:,()]{2,50}?) (?:for|who|,? which) (?:\w+ ){0,3}?"
    r"(?:sponsor\w*|donat\w*|provid\w* (?:[\w-]+ ){0,5}?(?:compute|gpus?|hardware|resources"
    r"|tpus?|credits|cluster|access))"
    r"|(?m:^)\W*(?P<lead>[A-Z][\w. ]{1,40}?)\s*[-–—:]\s*(?:for )?provid(?:ed"
    r"|ing)\b[^.\n]{0,60}\b(?:compute|gpus?|node|hardware|resources)\b"
    r"|\b(?P<trc>TPU Research Cloud|TensorFlow Research Cloud|Google'?s? TRC|TRC program|TFRC)\b",
    re.IGNORECASE,
)
"""Who gave the machines."""
_ENDING = bounded(
    r"\s+(?:and|for|with|using|on|at|in|through|via|as|to|who|which|during|under)\b.*$"
)
MAX_SPONSORS = 3
MAX_SIGNS = 60
_SIGN = sieved("provid|sponsor|donat|supported by|research cloud|trc|tfrc")
_CLOUD = frozenset({"trc", "google", "google's tpu research cloud", "google cloud"})
_MONEY = sieved(
    r"fund|acknowledges? [\w ]{0,20}support|\bgrant|sponsor|financ|award|programme|research program"
)


def read(document: Document) -> Iterator[Value]:
    """Read grants and sponsors."""
    for pair in document.pairs:
        if _KEY.match(pair.key) and not _NOBODY.search(pair.value.text.lower()):
            yield from_pair(document, "funding", pair.value.text[:120], pair)
    spans = [(pair.start, pair.value.end) for pair in document.pairs if _KEY.match(pair.key)]
    yield from _sponsors(document)
    if not _MONEY.search(document.low):
        return
    for match in document.matches(_FUNDED, document.plain):
        first, last = document.sentence(match.start())
        who = (match["who"] or match["from"] or match["thanked"] or match["number"] or "").strip(
            " *[]"
        )
        is_read = any(start <= match.start() < end for start, end in spans)
        if len(who) > 2 and not is_read and _MONEY.search(document.low, first, last):
            yield from_plain(document, "funding", who, match.start(), match.end(), method="prose")


def _gifts(document: Document) -> Iterator[re.Match[str]]:
    """Return the sentences that say so, found by their words first: the pattern is slow."""
    last = -1
    for sign in islice(_SIGN.finditer(document.low), MAX_SIGNS):
        if sign.start() >= last:
            first, last = document.sentence(sign.start())
            yield from document.matches(_COMPUTE, document.plain, first, last)


def _sponsors(document: Document) -> Iterator[Value]:
    """Read who gave machines, the first three."""
    seen: set[str] = set()
    for match in islice(_gifts(document), MAX_SPONSORS):
        group = next(name for name, words in match.groupdict().items() if words)
        if group == "trc" and seen & _CLOUD:
            continue
        who = _ENDING.sub("", match[group]).strip(" *[]`")
        if not re.match(r"[A-Z0-9🤗]", who) or who.lower() in seen:
            continue
        seen |= {who.lower(), group}
        yield from_plain(document, "funding", who, match.start(), match.end(), method="sponsor")
