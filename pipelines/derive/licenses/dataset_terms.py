"""Terms that the text of a dataset's card states, which its license tag may not show.

A tag names one license. The text may name another, list the licenses of the parts, limit or grant
commercial use, or say that a hosted model, whose provider has terms on outputs, wrote the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from miner.pipelines.derive.cards import license_limits
from miner.pipelines.derive.cards.card_markdown import read_document
from miner.pipelines.derive.cards.document import CardTable, Document, TextSpan
from miner.pipelines.derive.cards.rules import license_fields
from miner.pipelines.derive.licenses.license_names import provider_of
from miner.pipelines.derive.licenses.statement import read
from miner.pipelines.derive.licenses.text_statements import license_of
from miner.schema.patterns import bounded

MOST_PARTS = 40
"""So many licenses of parts are kept of one table."""


class DatasetTermKind(StrEnum):
    """What a text states of a dataset's terms."""

    LICENSE = "license"  # another statement of the license of the whole
    PARTS = "licenses of its parts"  # a table, or a sentence that refers to their licenses
    LIMIT = "limit on its use"  # research or non-commercial use alone
    COMMERCE = "commercial use granted"
    GENERATED = "outputs of a hosted model"


@dataclass(frozen=True, slots=True)
class DatasetTerm:
    """A term, and the words that state it: ``card[start:end]`` is the quote.

    Attributes:
        kind: What it states.
        statement: A license, a list of them joined by ``|``, or ``other`` where it is none.
        start: First code point of the quote in the card.
        end: One past its last.
    """

    kind: DatasetTermKind
    statement: str
    start: int
    end: int


def read_terms(card: str, dataset: str) -> list[DatasetTerm]:
    """Return the terms that a card states, at most one of each kind, licenses of parts apart.

    Args:
        card: The card as decoded, front matter included.
        dataset: ``owner/name``.
    """
    document = read_document(card, dataset)
    found = []
    for rule in (_parts, _license, _limit, _commerce, _generated):
        found += list(rule(document))[:1]
    return found


def _term(
    document: Document, kind: DatasetTermKind, statement: str, start: int, end: int
) -> DatasetTerm:
    first, last = document.span(start, end)
    return DatasetTerm(kind, statement, first, last)


def _parts(document: Document) -> Iterator[DatasetTerm]:
    """Read a table with a column of licenses; else a sentence that leaves it to the parts."""
    for table in document.tables:
        if licenses := _column(table):
            statement = " | ".join(licenses[:MOST_PARTS])
            last = table.rows[-1][-1].end
            yield DatasetTerm(DatasetTermKind.PARTS, statement, table.start, last)
    for match in document.matches(_OF_PARTS, document.plain) if "licen" in document.low else ():
        yield _term(document, DatasetTermKind.PARTS, "other", match.start(), match.end())


def _column(table: CardTable) -> list[str]:
    """Return the different licenses in the column of a table that is headed so."""
    heads = [cell.text.lower() for cell in table.header]
    place = next((n for n, head in enumerate(heads) if _LICENSE_HEAD.match(head)), None)
    if place is None or place == 0:
        return []
    cells: list[TextSpan] = [row[place] for row in table.rows if len(row) > place]
    named = (license_of(_CREATIVE.sub(r"cc \1", cell.text)) for cell in cells if cell.text)
    return list(dict.fromkeys(read(one).text for one in named if _is_known(one)))


def _is_known(statement: str) -> bool:
    found = read(statement)
    return found.is_known and all(one.evidence != "name" for one in found.leaves())


_CREATIVE = bounded(r"^\W*(?:cc[- ])?(attribution-)", re.IGNORECASE)
_LICENSE_HEAD = bounded(r"\W*(?:data(?:set)? )?licen[sc](?:e|es|ing)\b")
_OF_PARTS = bounded(
    r"\b(?:check|see|refer|respect|follow|comply|consult|adhere|retain|subject|alter|bound|abide)"
    r"\w*\b[\w ,'/()-]{0,50}\blicen[sc](?:es?|ing)\b[\w ,'-]{0,20}\b(?:of|for|from)\b"
    r"[\w ,'-]{0,40}\b(?:subsets?|underlying|original (?:data|sources?)|sources?"
    r"|(?:each|individual|respective|constituent|source) \w{0,12} ?"
    r"(?:data\w*|subsets?|samples?|parts?))\b"
    r"|\blicen[sc]es? (?:of|for) (?:each|the individual|the respective) \w{3,12}\b"
    r"|\blicens(?:e|ing) information can be found for (?:all|each) \w{3,12}",
    re.IGNORECASE,
)


def _license(document: Document) -> Iterator[DatasetTerm]:
    for value in license_fields.read(document):
        if value.field != "license_in_text" or value.qualifiers.get("scope") == "code":
            continue
        statement = read(license_of(str(value.value), str(value.qualifiers.get("link", "")))).text
        if _is_known(statement):
            yield DatasetTerm(DatasetTermKind.LICENSE, statement, value.start, value.end)
    for match in document.matches(_OF_DATA, document.plain) if "licen" in document.low else ():
        statement = read(license_of(match[1])).text
        if _is_known(statement):
            yield _term(document, DatasetTermKind.LICENSE, statement, match.start(), match.end())


_SUBJECT = r"(?:data(?:sets?|bases?)?|corpus|corpora|collection|benchmark|annotations)"
_OF_DATA = bounded(
    rf"\b{_SUBJECT}\b[\w ]{{0,20}}\b(?:is|are)\b[\w ]{{0,40}}\b(?:under|with)\s+(?:the\s+|an?\s+)?"
    r"([\w .()-]{2,60}?)\s*(?:licen[sc]e\b|\(http|\n|\.(?:\s|$))",
    re.IGNORECASE,
)


def _limit(document: Document) -> Iterator[DatasetTerm]:
    """Read that the data are for research or non-commercial use alone."""
    for match in document.matches(license_limits.WORDS, document.plain):
        first, last = document.sentence(match.start())
        sentence = document.plain[first:last]
        if _OF_OTHERS.search(sentence):
            continue
        title = document.section_at(first).title
        if (
            _ABOUT_DATA.search(sentence)
            or document.name.lower() in sentence.lower()
            or _TITLE.search(title)
        ):
            yield _term(
                document, DatasetTermKind.LIMIT, "research-only", match.start(), match.end()
            )


_ABOUT_DATA = re.compile(rf"\b{_SUBJECT}\b", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\b(?:models?|weights|checkpoints?|if you|unless|intended (?:for|to)|contact|code)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"licen[sc]|terms of use", re.IGNORECASE)


def _commerce(document: Document) -> Iterator[DatasetTerm]:
    """Read that commercial use is granted."""
    if "commercial" not in document.low:
        return
    for match in document.matches(_GRANTED, document.plain):
        first, last = document.sentence(match.start())
        if not _DENIED.search(document.plain, first, last):
            yield _term(document, DatasetTermKind.COMMERCE, "other", match.start(), match.end())
    for match in document.matches(_COMMERCIAL_LICENSE, document.plain):
        if _TITLE.search(document.section_at(match.start()).title):
            yield _term(document, DatasetTermKind.COMMERCE, "other", match.start(), match.end())


_GRANTED = bounded(
    r"\b(?:permits?|allows?|allowing|permitting|grants?|allowed|permitted|free|freely"
    r"|(?:can|may) be used|available|licensed)\b[\w ,/-]{0,40}(?<!non-)(?<!non )\bcommercial(?:ly\b"
    r"|[\w ,/-]{0,30}\b(?:uses?|usage|purposes?|applications?)\b)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\bnon-?\s?commercial|\b(?:not|no|never|only|prohibit\w*|contact|unless|purchase|buy)\b",
    re.IGNORECASE,
)
_COMMERCIAL_LICENSE = bounded(r"^\W*commercial licen[sc]e\W*$", re.IGNORECASE | re.MULTILINE)


def _generated(document: Document) -> Iterator[DatasetTerm]:
    """Read that a hosted model wrote the data, or a part of them."""
    for match in document.matches(_AUTHORSHIP, document.plain):
        first, last = document.sentence(match.start())
        name = next(one for one in match.groups() if one)
        if provider_of(name) and not _ELSE.search(document.plain, first, last):
            yield _term(
                document, DatasetTermKind.GENERATED, _terms_of(name), match.start(), match.end()
            )


def _terms_of(name: str) -> str:
    low = name.lower()
    for words, terms in _PROVIDERS.items():
        if any(word in low for word in words):
            return terms
    return "provider-terms"


_PROVIDERS = {
    ("gpt", "openai", "davinci", "dall"): "openai-terms",
    ("claude", "anthropic"): "anthropic-terms",
    ("gemini", "bard", "palm", "google"): "google-api-terms",
}
_HOSTED = (
    r"((?:chat-?)?gpt-?(?:3|4|5)[\w.-]{0,20}|chat-?gpt|open-?ai\b[\w .'-]{0,20}"
    r"|text-davinci[\w-]{0,8}|claude[\w .-]{0,12}|anthropic\b|gemini[\w .-]{0,12}"
    r"|deepl\b|google translate|dall-?e\b)"
)
_AUTHORSHIP = bounded(
    r"\b(?:generat|synthes|creat|writ|produc|translat|distill?|collect|augment|paraphras|rewrit"
    r"|obtain|annotat|label|build|built|made|leverag)\w*\b[^.\n|]{0,80}?\b(?:by|with|using|from|via|of"
    r"|leverag\w+|through)\b[^.\n|]{0,30}?\b"
    + _HOSTED
    + r"|\b(?:responses?|outputs?|completions?|conversations?|answers|generations|dialogues?)\b"
    r"[^.\n|]{0,20}?\b(?:by|from|of|between|with)\b[^.\n|]{0,20}?\b"
    + _HOSTED
    + r"|\b"
    + _HOSTED
    + r"[- ](?:generated|written|produced|annotated|translated|synthesi[sz]ed)\b",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"\b(?:evaluat|benchmark|scor|accuracy|compar|outperform|leaderboard|baseline|github\.com)\w*"
    r"|\b(?:logo|banner|cover|thumbnail|icon|image (?:was |is )?(?:generated|created|made))\b",
    re.IGNORECASE,
)
"""What else a hosted model may have done: it was measured, or drew the picture of the card."""
