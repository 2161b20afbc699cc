"""Who paid: grants and sponsors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract.document import Document
from miner.pipelines.extract.make import from_pair, from_plain
from miner.pipelines.extract.value import Value

_KEY = re.compile(r"^(?:funded|sponsored|funding|funder|sponsor)(?: by)?s?$")
_NOBODY = re.compile(r"information needed|^\W*(?:n/?a|none|self|me|myself|optional|no\w*)\W*$")
_FUNDED = re.compile(
    r"\b(?:funded|financed|sponsored|supported)\s+(?:\w+\s+){0,3}by\s+(?:a\s+grant\s+from\s+)?"
    r"(?:the\s+)?(?P<who>[^\n.;:\[]{3,160})|\bgrants?\s+(?:from|by|of)\s+(?:the\s+)?"
    r"(?P<from>[^\n.;:]{3,120})|\b(?:grant|award) (?:agreement )?(?:no\.?|number|#)\s*"
    r"(?P<number>[\w/-]+)",
    re.IGNORECASE,
)
_MONEY = re.compile(r"fund|\bgrant|sponsor|financ|award|programme|research program")


def read(document: Document) -> Iterator[Value]:
    """Read grants and sponsors."""
    for pair in document.pairs:
        if _KEY.match(pair.key) and not _NOBODY.search(pair.value.text.lower()):
            yield from_pair(document, "funding", pair.value.text[:120], pair)
    if not _MONEY.search(document.low):
        return
    for match in _FUNDED.finditer(document.plain):
        first, last = document.sentence(match.start())
        who = (match["who"] or match["from"] or match["number"] or "").strip(" *[]")
        if len(who) > 2 and _MONEY.search(document.low, first, last):
            yield from_plain(document, "funding", who, match.start(), match.end(), method="prose")
