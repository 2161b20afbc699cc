"""Whether the card states limits, risks or bias: the first sentence that does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import tongues
from miner.pipelines.derive.cards.document import Document, Section
from miner.pipelines.derive.cards.make import from_pair, from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

FIELD = "limitation_and_bias"
LEAST = 25
_TITLE = re.compile(
    r"limit(?:ation|s)|\bbias(?:es)?\b|\brisks?\b|ethical consider|caveat|known issues|disclaimer"
    r"|fairness|out-of-scope|responsible|safety|warning|misuse|weakness|known problems|\bcons\b"
    r"|shortcoming"
    r"|" + tongues.LIMITS
)
_TEMPLATE = bounded(
    r"information needed|users \(both direct and downstream\)|this section is meant to convey"
    r"|use the code below|check original model card|should be made aware|more information about"
)
_BAD = (
    r"(?:inaccura|incorrect|wrong|bias|offens|harm|toxic|inappropriate|false|mislead|unreliab"
    r"|error|hallucinat|stereotyp|nonsens|unexpected|undesir|disturb|explicit|nsfw"
    r"|problematic|inconsisten|artifact|controvers|poor|low[- ]quality|mistak)"
)
_LIMIT = (
    r"(?:models?|predictions?|outputs?|it|this|they|results?"
    r"|generations?)\b[^.\n]{0,80}\b(?:can have biased|may (?:contain|produce|generate|reflect"
    r"|exhibit)"
    r"|might (?:produce|generate|contain)|(?:can|could)(?: also| sometimes| still| occasionally"
    r"| often)? (?:contain|produce|generate|give|include)\b[^.\n]{0,90}"
    rf"{_BAD}|(?:may|might|can|could)(?: also| sometimes| still| occasionally"
    rf"| often)? (?:reflect|exhibit|be (?:overfit|biased|inaccurate|wrong|offensive|incorrect)"
    rf"|amplify|inherit|fail"
    r"|hallucinate|struggle|perpetuate|make mistakes|not (?:work|perform|generalize"
    r"|be (?:accurate|suitable|appropriate|reliable)|understand))"
    r"|is not (?:suitable|made (?:to|for)|a state|intended|perfect|designed|recommended|capable"
    r"|able"
    r"|optimi[sz]ed|meant|robust)|(?:does|do) not (?:work|perform|generali[sz]e"
    r"|handle|support|always|guarantee|achieve)(?: well)?|(?:doesn['’]t"
    r"|don['’]t) (?:\w+ )?(?:work|perform|handle|generali[sz]e|support|always)|fails? to|cannot"
    r"|struggles? (?:with|to|when)|(?<!reduce )hallucinat|(?<!weights and )biases|biased"
    r"|has (?:some|several|certain|its) limitations|not (?:be )?(?:accurate|reliable))"
)
_SENTENCE = sieved(
    r"(?<![a-z])(?:" + _LIMIT + r"|known (?:limitations?|problems?|issues?)"
    r"|bias \(gender|limitations? (?:is|are|include|of this)|toxic language|societal bias"
    r"|\b(?:is|are|be|fully|completely) uncensored|uncensored (?:model|version|content|output)"
    r"|harmful stereotypes"
    r"|significant research has explored bias|not (?:been )?(?:moderated|censored)|no moderation"
    r"|risks? involved|at your own risk|use with caution|not (?:to be|be) used (?:for|to|in)"
    r"|should be treated as an? (?:starting|draft|hint|suggestion|first)|\bbest at\b"
    r"|should not be (?:used|relied)|not a substitute for"
    r"|(?:not|no|cannot) guarante|without (?:any )?(?:warrant|guarantee)"
    r"|not (?:intended|suitable|designed) for|does not provide any warranty|only (?:works?"
    r"|supports?) (?:for|on|with|in)\b|poor(?:ly)? (?:perform|quality|results)"
    r"|performance (?:may|might|will|can|could|is|of this)[^.\n]{0,40}(?:degrad|vary|poor|worse"
    r"|drop|limited)|未必|可能会?(?:产生|生成|出现|存在|输出)|仅供(?:研究|参考)"
    r"|可能性[がも]あ|ご注意|期待しない|保証(?:しません|できません|はありません)|않을 수 있"
    r"|주의(?:가|를)|아니라는 점|보장하지|может (?:генерировать|выдавать|ошиб|содерж)"
    r"|puede (?:generar|contener|producir|tener sesgos)|pode (?:gerar|conter|apresentar"
    r"|produzir)|peut (?:générer|contenir|produire)|kann (?:falsche|ungenaue|fehler))"
)
_KEY = re.compile(
    r"^(?:known |model )?(?:limitations?|bias(?:es)?|risks?|caveats?)"
    r"(?: and (?:bias(?:es)?|risks?|limitations?))?$"
)
_MIXED = re.compile(r"\buses?\b|usage|disclaimer|notice|safety|note|warning|注意|声明|免責")


def read(document: Document) -> Iterator[Value]:
    """Read the first sentence of the passage on limits."""
    for section in document.sections:
        title = section.title.lower()
        if not section.level or len(title) > 80 or not _TITLE.search(title):
            continue
        place = _first_sentence(document, section, only_limits=_MIXED.search(title) is not None)
        if place is not None:
            yield from_plain(document, FIELD, "stated", *place, method="section")
            return
    for pair in document.pairs:
        text = pair.value.text.lower()
        if _KEY.match(pair.key) and len(text) >= LEAST and not _TEMPLATE.search(text):
            yield from_pair(document, FIELD, "stated", pair)
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
