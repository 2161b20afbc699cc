"""What the text remarks: limits and bias, funding, languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract.document import Document
from miner.pipelines.extract.make import from_pair, from_plain
from miner.pipelines.extract.value import Value
from miner.pipelines.extract.words import LANGUAGE_CODES, LANGUAGE_NAMES

_TITLE = re.compile(
    r"limit(?:ation|s)|\bbias(?:es)?\b|\brisks?\b|ethical consider|caveat|known issues"
    r"|disclaimer|fairness|out-of-scope|responsible|safety|局限|制限|ограничен|warning"
)
_TEMPLATE = re.compile(
    r"information needed|users \(both direct and downstream\)|this section is meant to convey"
    r"|use the code below|should be made aware|more information about"
)
_SENTENCE = re.compile(
    r"(?:model|predictions?|outputs?|it|this)\b[^.\n]{0,80}\b(?:can have biased|may (?:contain"
    r"|produce|generate|reflect|exhibit)|might (?:produce|generate|contain)|can (?:produce"
    r"|hallucinate)|is not (?:suitable|a state)|does not (?:work|perform) well|fails? to"
    r"|struggles? (?:with|to)|hallucinat|biases|biased)"
    r"|known (?:limitations?|problems?|issues?)|bias \(gender|limitations? (?:of|is|are"
    r"|include)|toxic language|societal bias|significant research has explored bias|not "
    r"(?:been )?(?:moderated|censored)|uncensored|no moderation"
)
_FUNDING = re.compile(
    r"(?:fund(?:ed|ing|s)\b|supported (?:in part |partially )?by|sponsor(?:ed|ship)?"
    r"|grants?\b|financ(?:ed|ial)|backed by)",
    re.IGNORECASE,
)
_FUNDED = re.compile(
    r"\b(?:funded|financed|sponsored"
    r"|supported)\s+(?:\w+\s+){0,3}by\s+(?:a\s+grant\s+from\s+)?(?:the\s+)?(?P<who>[^\n.;:]{3,160})"
    r"|\bgrants?\s+(?:from|by|of)\s+(?:the\s+)?(?P<from>[^\n.;:]{3,120})|\bgrant (?:agreement "
    r")?(?:no\.?|number|#)\s*(?P<number>[\w/-]+)",
    re.IGNORECASE,
)
_NOT_FUNDING = re.compile(
    r"is supported|are supported|supported by (?:the )?(?:transformers|llama|vllm|most|many|all"
    r"|tgi|text)|library|backend|loader|version|not supported|model is|features?|languages?"
)
_FUND_KEY = re.compile(r"^(?:funded|sponsored|funding|funder|sponsor)(?: by)?s?(?: \[optional\])?$")
_LANGUAGE_KEY = re.compile(
    r"^(?:supported |model |source |target |input |output )?languages?(?:\(s\))?(?: "
    r"\(nlp\))?(?: supported)?(?: \[optional\])?$|^lang$"
)
_LANGUAGE_WORD = re.compile(
    r"\b(" + "|".join(sorted(LANGUAGE_NAMES, key=len, reverse=True)) + r")\b"
)
_WIDE = 400


def read(document: Document) -> Iterator[Value]:
    """Read remarks."""
    yield from _limits(document)
    yield from _funding(document)
    yield from _languages(document)


def _limits(document: Document) -> Iterator[Value]:
    for section in document.sections:
        title = section.title.lower()
        if not section.level or not _TITLE.search(title) or len(title) > 80:
            continue
        start = document.plain.find("\n", section.start) + 1
        if section.level == 7 and start == 0:
            continue
        while start and start < len(document.plain):
            first, last = document.sentence(start)
            inner = document.section_at(start)
            if not (set(inner.path) & {title.rstrip(":")}) and inner is not section:
                break
            text = document.plain[start:last].strip()
            if inner is section or inner.start != first:
                if len(text) > 25 and not _TEMPLATE.search(text.lower()):
                    yield from_plain(
                        document, "limitation_and_bias", "stated", start, last, method="section"
                    )
                    return
            if _TEMPLATE.search(text.lower()) and inner is section:
                break
            start = max(last, start) + 1
            while start < len(document.plain) and document.plain[start].isspace():
                start += 1
    match = _SENTENCE.search(document.low)
    if match is not None:
        first, last = document.sentence(match.start())
        if not _TEMPLATE.search(document.low[first:last]):
            yield from_plain(document, "limitation_and_bias", "stated", first, last, method="prose")


def _funding(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if _FUND_KEY.match(pair.key) and not re.search(
            r"information needed|^\W*(?:n/?a|none|self|me|myself"
            r"|optional|no\w*)\W*$",
            pair.value.text.lower(),
        ):
            yield from_pair(document, "funding", pair.value.text[:120], pair)
    if not any(word in document.low for word in ("fund", "grant", "sponsor", "financ")):
        return
    for match in _FUNDED.finditer(document.plain):
        first, last = document.sentence(match.start())
        sentence = document.low[first:last]
        if not re.search(r"fund|\bgrant|sponsor|financ|award|programme", sentence):
            continue
        who = (match["who"] or match["from"] or match["number"] or "").strip(" *[]()")
        if len(who) > 2:
            yield from_plain(document, "funding", who, match.start(), match.end(), method="prose")


def _languages(document: Document) -> Iterator[Value]:
    found = False
    for pair in document.pairs:
        if not _LANGUAGE_KEY.match(pair.key) or "information needed" in pair.value.text.lower():
            continue
        text = pair.value.text
        names = [LANGUAGE_NAMES[name] for name in _LANGUAGE_WORD.findall(text[:_WIDE])]
        codes = [
            code
            for code in re.findall(r"\b[a-z]{2,3}\b", text[:60])
            if LANGUAGE_CODES.get(code) or code in LANGUAGE_CODES.values()
        ]
        for code in names or (codes if len(text) < 60 else []):
            yield from_pair(document, "language", LANGUAGE_CODES.get(code, code), pair)
        found = True
    if found:
        return
    if document.front.data.get("language") or document.front.data.get("languages"):
        return
    head = document.plain[:1500]
    for match in _LANGUAGE_WORD.finditer(head):
        near = head[max(0, match.start() - 30) : match.end() + 30].lower()
        if re.search(r"language|\bin " + match[1].lower() + r"|for " + match[1].lower(), near):
            yield from_plain(
                document,
                "language",
                LANGUAGE_NAMES[match[1]],
                match.start(),
                match.end(),
                method="prose",
            )
            return
