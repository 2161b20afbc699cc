"""The paper of a model: not those of what it builds on."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from miner.pipelines.derive.cards import own_names, tongues
from miner.pipelines.derive.cards.addresses import (
    ARXIV,
    CITATION,
    METHODS,
    REPOSITORY,
    around,
    title,
)
from miner.pipelines.derive.cards.document import CardLink, CodeBlock, Document
from miner.pipelines.derive.cards.make import from_code, from_link, from_plain
from miner.pipelines.derive.cards.table_rows import aliases
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

MAX_PAPERS = 3
MAX_WORDS = 60
SURE = 0.66
LEAST_HEAD = 5
_HOSTS = sieved(
    r"aclanthology\.org/|aclweb\.org/|openreview\.net/|proceedings\.|papers\.nips\.cc"
    r"|papers\.neurips\.cc|dl\.acm\.org|ieeexplore|biorxiv\.org|medrxiv\.org"
    r"|nature\.com/articles"
    r"|springer\.com|sciencedirect\.com|isca-speech\.org|isca-archive\.org|thecvf\.com"
    r"|jmlr\.org|academic\.oup\.com|semanticscholar\.org/paper|mdpi\.com"
    r"|pubs\.acs\.org|pubs\.rsc\.org|onlinelibrary\.wiley|frontiersin\.org|journals\.plos"
    r"|cell\.com|ceur-ws\.org|tandfonline"
    r"|cdn\.openai\.com/[\w/-]*papers?|doi\.org/10\.",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:paper|preprint|technical report|tech report|arxiv|publication|white\s?paper"
    r"|article|manuscript|thesis)\b|" + tongues.PAPER
)
_BLOG = re.compile(r"\b(?:blog(?: ?post)?|announcement|release (?:blog )?post)\b")
_OWN = bounded(
    r"introduced in|presented in|described in|proposed in|released (?:in|with)|published in"
    r"|accompan\w+|our (?:\w+ )?paper|for more (?:details|information)|(?:read|see|check|refer "
    r"to|details)\b[^.\n]{0,40}(?:paper|report|arxiv|preprint)"
    r"|(?:original|official|research|model|associated) (?:paper|research)"
    r"|paper(?:\s*\[optional\])?\s*[:|]|technical report|^\W*(?:the )?paper\b|code for|authors? of "
    r"the paper|if you use|please,? cite|publications?:|from the paper|paper (?:can be found"
    r"|is available)"
    rf"|\[paper\]|\breference\s*:|(?:{tongues.PAPER})\s*[:：]"
    r"|(?:checkpoints?|reproduction|replication|weights) of\b"
    r"|this is [^.\n]{0,60}\bpaper\b"
)
_BUILDS_ON = re.compile(
    r"based on|using|uses|following|trained (?:with|using)|tokeniz|optimi[sz]|inspired|similar "
    r"to|as in|dataset|flash|rope|attention|quanti|lora|distillation|dpo|adapted|method|loss"
    r"|yarn|algorithm|technique|evaluat|benchmark|bias|such as|e\.g\.|see, e|\b(?:sheng|bender"
    r"|strubell|lacoste)\b"
)
_FOOTNOTE = bounded(r"\W*\[\d+\]\W* [^\n]{40}")
_NOTES = re.compile(r"\[\d+\]: ")
_ENTRY = re.compile(r"@\w+\s*\{")
_EPRINT = re.compile(
    r"(?:eprint\s*=\s*[{\"]\s*|arxiv[:.\s]|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5})"
    r"|doi\s*=\s*[{\"](?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s}\"]+)",
    re.IGNORECASE,
)
_TITLE = bounded(r"\btitle\s*=\s*[{\"]++([^\n]{8,200}?)[}\"]++,?\s*$", re.IGNORECASE | re.MULTILINE)
_VOLUME = re.compile(r"\bvolume\s*=\s*[{\"]+abs/(\d{4}\.\d{4,5})", re.IGNORECASE)
_URL = re.compile(r"\burl\s*=\s*[{\"]+\s*(https?://[^\s}\"]+)", re.IGNORECASE)
_PRINTED = frozenset({"article", "inproceedings", "conference", "techreport"})
_HUB_DOI = "10.57967"
_OF_SOMETHING = bounded(r"(?:^|\s)([\w.-]+)(?:['’]s)? paper$")
_EXPLICIT = bounded(
    r"\W*(?:our |the |read )?(?:paper|technical report|arxiv|preprint)(?: link)?\W*$"
)
_PLAIN = frozenset(
    {"this", "our", "the", "original", "research", "associated", "accompanying", "official", "here",
     "white", "technical", "full", "arxiv", "model", "main", "a", "related", "conference",
     "acl", "naacl", "emnlp", "eacl", "coling", "neurips", "nips", "icml", "iclr", "iccv", "cvpr",
     "eccv", "aaai", "interspeech", "icassp", "journal", "workshop"}
)  # fmt: skip


def read(document: Document) -> Iterator[Value]:
    """Read papers, with the title that an entry of the card gives for a number."""
    values = list(_papers(document))
    titles = _titles(document) if values else {}
    for value in values:
        if title_here := titles.get(str(value.value)):
            value.qualifiers["title"] = title_here
        yield value


def _titles(document: Document) -> dict[str, str]:
    """Return the titles of the entries to cite, by arXiv id or DOI."""
    found: dict[str, str] = {}
    for code in document.codes:
        for entry in _ENTRY.finditer(code.text):
            span = entry.end(), _end_of(code, entry)
            number = _EPRINT.search(code.text, *span) or _VOLUME.search(code.text, *span)
            words = _TITLE.search(code.text, *span)
            if number is not None and words is not None:
                key = next(group for group in number.groups() if group)
                found.setdefault(key, " ".join(words[1].replace("{", "").replace("}", "").split()))
    return found


def _papers(document: Document) -> Iterator[Value]:
    """Read links to papers; without one the one entry to cite; without that a blog."""
    found = list(_once(value for link in document.links for value in _link(document, link)))
    numbered = [value for value in found if "/" not in str(value.value)]
    yield from (numbered or found)[:MAX_PAPERS]
    if not found:
        yield from list(_cited(document)) or list(_numbered(document)) or _blogs(document)


def _once(values: Iterable[Value]) -> Iterator[Value]:
    """Leave out a page whose PDF was read, and the reverse."""
    seen: set[str] = set()
    for value in values:
        form = str(value.value).lower().removesuffix(".pdf").rstrip("/")
        if form not in seen:
            seen.add(form)
            yield value


def _link(document: Document, link: CardLink) -> Iterator[Value]:
    if link.is_image or link.is_in_table:
        return
    arxiv = ARXIV.search(link.url)
    words = " ".join(link.text.lower().split())
    is_method = arxiv and arxiv[1] in METHODS and not _EXPLICIT.match(words)
    if is_method or re.search(r"dataset|sheet|model card", words):
        return
    if arxiv or _HOSTS.search(link.url):
        if _is_own(document, link, words):
            yield from_link(document, "paper", arxiv[1] if arxiv else link.url, link)
    elif _is_paper(document, link, words):
        yield from_link(document, "paper", link.url, link, method="words")


def _is_own(document: Document, link: CardLink, words: str) -> bool:
    heading = title(document, link)
    if CITATION.search(heading) and not re.search(r"paper|resources", heading):
        return False
    named = _OF_SOMETHING.search(words)
    if (
        named
        and named[1] not in _PLAIN
        and not own_names.tokens(named[1]) & own_names.tokens(document.name)
    ):
        return False
    if _names_this(document, words):
        return True
    near = around(document, link)
    line = document.lines[max(bisect_right(document.lines, link.at) - 1, 0)]
    if _FOOTNOTE.match(document.plain, line) and len(_NOTES.findall(document.plain)) > 1:
        return False
    if _BUILDS_ON.search(near.replace(words, " ")) and not _OWN.search(near):
        return False
    return bool(_OWN.search(near) or _WORDS.search(words))


def _names_this(document: Document, words: str) -> bool:
    """Return whether the words of a link are this model's name, as in ``[CamemBERT](…) is a …``."""
    return own_names.likeness(document.model, words) >= SURE or (
        own_names.nickname(document.model, [words], aliases=aliases(document)) is not None
    )


_FOUND = re.compile(r"paper (?:can be found|is available)")


def _is_paper(document: Document, link: CardLink, words: str) -> bool:
    if not link.url.startswith("http") or len(words) > MAX_WORDS:
        return False
    if REPOSITORY.fullmatch(link.url.rstrip("/")):
        return False
    if _WORDS.search(words):
        return True
    return document.contains(_FOUND) and _FOUND.search(around(document, link)) is not None


def _cited(document: Document) -> Iterator[Value]:
    """Read the one entry that a card asks to cite, or of several the one on this model."""
    entries = [(code, match) for code in document.codes for match in _ENTRY.finditer(code.text)]
    own = [(code, match) for code, match in entries if _is_of_model(document, code, match)]
    if len(entries) == 1 or len(own) == 1:
        code, match = entries[0] if len(entries) == 1 else own[0]
        yield from _entry(document, code, match, is_own=bool(own))


def _is_of_model(document: Document, code: CodeBlock, entry: re.Match[str]) -> bool:
    """Return whether the title of an entry begins with this model's name: ``Own: A Model of``."""
    match = _TITLE.search(code.text, entry.end(), _end_of(code, entry))
    head, colon, _ = (match[1] if match is not None else "").partition(":")
    form = own_names.squeezed(head.strip(" {}"))
    own = own_names.squeezed(document.name)
    is_begun = bool(colon) and len(form) >= LEAST_HEAD and own.startswith(form)
    return is_begun and not _SIZES.sub("", own.removeprefix(form))


_SIZES = bounded(
    r"\d+(?:\.\d+)?[bmk]?|x\d|chat|instruct|base|large|small|mini|tiny|gguf|gptq|awq|exl2|mlx|hf|fp|bf"
    r"|sft|dpo|v(?=\d)|it$|[^\w]"
)
"""What a name adds to that of its family: sizes, versions, variants and packings."""


def _end_of(code: CodeBlock, entry: re.Match[str]) -> int:
    following = _ENTRY.search(code.text, entry.end())
    return following.start() if following is not None else len(code.text)


def _entry(
    document: Document, code: CodeBlock, entry: re.Match[str], *, is_own: bool
) -> Iterator[Value]:
    """Yield arXiv id, DOI, address or title of an entry.

    Args:
        document: The card.
        code: The block with the entry.
        entry: Where the entry begins.
        is_own: Whether its title begins with the model's name: then it need not be printed.
    """
    span = entry.end(), _end_of(code, entry)
    match = _EPRINT.search(code.text, *span) or _VOLUME.search(code.text, *span)
    if match is None:
        url = _URL.search(code.text, *span)
        match = url if url is not None and _HOSTS.search(url[1]) else None
    if match is None and (is_own or entry[0].lower().strip("@{ ") in _PRINTED):
        match = _TITLE.search(code.text, *span)
    if match is None:
        return
    value = next(group for group in match.groups() if group)
    if value in METHODS or value.startswith(_HUB_DOI):
        return
    start = code.start + match.start()
    end = code.start + match.start() + match[0].index(value) + len(value)
    yield from_code(document, "paper", value, start, end, method="cited")


_DOI = sieved(r"\bdoi:\s?(10\.\d{4,}/[^\s\]<>,;]+)", re.IGNORECASE)


def _numbered(document: Document) -> Iterator[Value]:
    """Read the one DOI in a section on references."""
    found = list(islice(_DOI.finditer(document.plain), 2))
    if len(found) == 1 and CITATION.search(document.section_at(found[0].start()).title.lower()):
        start, end = found[0].span()
        doi = found[0][1].rstrip(".)")
        if not doi.startswith(_HUB_DOI):
            yield from_plain(document, "paper", doi, start, end, method="cited")


def _blogs(document: Document) -> Iterator[Value]:
    links = [link for link in document.links if not link.is_image and link.url.startswith("http")]
    plain = [
        link for link in links if link.text.lower().strip() in {"blog", "blog post", "our blog"}
    ]
    for link in plain or links:
        near = around(document, link)
        if not re.search(r"\bour\b|release|announc|detail|introduc|refer", near):
            continue
        details = re.search(r"(?:details|information)[^.\n]{0,60}blog", near)
        if _BLOG.search(link.text.lower()) or details:
            yield from_link(document, "paper", link.url, link, method="blog")
            return
