"""The license that the text states: a pair, a section, a sentence, a badge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from miner.pipelines.derive.cards import license_limits, tongues
from miner.pipelines.derive.cards.card_words import LICENSE_IN_TEXT, license_key
from miner.pipelines.derive.cards.document import Document, Section
from miner.pipelines.derive.cards.make import from_card, from_pair, from_plain
from miner.pipelines.derive.cards.value import BADGE, Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_KEY = re.compile(
    r"^(?:model |code |software )?licen[sc]e(?:s|d under)?(?: \(.*\)|/terms of use)?$"
    r"|^terms of use$"
    rf"|^(?:{tongues.LICENSE})$"
)
_TITLE = re.compile(r"\blicen[sc](?:e|es|ing)\b|terms of use|" + tongues.LICENSE)
_STATED = sieved(
    r"\b(?:licen[sc]ed under|(?:released|distributed|available|published|shared|provided"
    r"|governed)[\w ,]{0,40}?"
    r"(?:under|by|with)|under|with)\s+(?:the\s+|an?\s+)?(?P<name>[\w.+ -]{2,60}?)\s*licen[sc]e\b"
    r"|\blicen[sc]ed (?:under|as)\s+(?:the\s+)?(?P<bare>[\w.+-]{2,30}(?: v?\d[\d.]*)?)"
    r"|\b(?:is|are) (?:\w+ )?under (?:the )?(?P<under>[\w.+-]{2,30}(?: v?\d[\d.]*)?)"
    r"|\bis\s+(?P<before>[\w.+-]{2,30}) licen[sc]ed\b"
    r"|\. licen[sc]e: (?P<pair>[\w.+-]{2,30})",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:code|datasets?|data|base model|original|weights of|images?|repo(?:sitory)?"
    r"|implementation|(?:other|following) projects?)\b"
)
_NAMED = bounded(
    r"\b((?:[A-Z][\w.+-]*[ ,]+(?:of )?){1,6}(?:Community |Model |Public |Research |Open "
    r")*Licen[sc]e(?: Agreement)?)\b"
)
_BADGE = bounded(
    r"badge/(?:(?:model|weights?)(?:%20|[ _-]+))?licen[sc]e[-:_]+([\w.%+-]+?)-[a-z]+(?:\.svg)?"
    r"(?:\?|$)", re.IGNORECASE,
)  # fmt: skip
"""A badge on the license of the model: one of the code says so before the word."""
_UNKNOWN = re.compile(r"more information needed|^\W*(?:unknown|n/?a|tbd|none)\W*$", re.IGNORECASE)
_EMBEDDED = bounded(r"(?m)^license:\s*([\w.-]+)\s*$")
_EMBEDDED_NAME = bounded(r"\s*license_name:\s*([\w.-]+)\s*$", re.MULTILINE)
_LEAD = sieved(
    r"(?m)^License (?:A |The |is )?([a-z][\w -]{2,40} license|[A-Z][\w. -]{2,40} (?:License"
    r"|Agreement))\b"
)
_NEAR = 400


def read(document: Document) -> Iterator[Value]:
    """Read what the text says of the license."""
    values = (
        list(_pairs(document))
        or list(_leads(document))
        or list(_section(document))
        or list(_sentences(document))
        or list(_usage(document))
        or list(_dedicated(document))
    )
    limit = license_limits.stated(document)
    values = [_with_circumstances(document, value, limit) for value in values[:1]]
    if limit is not None and not values:
        values = [_at(document, limit.wording, limit.start, limit.end, limit=limit.kind)]
    yield from values
    yield from _also(document, values)
    declared = document.front.data.get("license")
    contradicts = (
        values
        and values[0].method == "pair"
        and isinstance(declared, str)
        and not _agree(license_key(declared), str(values[0].value))
    )
    if declared is None or contradicts:
        for value in values[:1] or list(_badges(document))[:1] or list(_embedded(document))[:1]:
            yield replace(value, field="license", qualifiers=dict(value.qualifiers))


def _agree(declared: str, stated: str) -> bool:
    """Return whether two licenses can be the same: one of them can leave the version out."""
    stated = license_key(stated)
    known = stated.startswith(("apache", "mit", "cc-", "gpl", "bsd", "agpl", "lgpl", "openrail"))
    return not known or declared in {"other", "unknown", "cc"} or declared == stated


def _pairs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        text = pair.value.text
        if not _KEY.match(pair.key) or _UNKNOWN.search(text):
            continue
        if _EMBEDDED.match(document.card, document.place(pair.start)):
            continue  # front matter of another card
        known = LICENSE_IN_TEXT.search(text[:120])
        if known is not None:
            scope = "code" if _OF_CODE.search(text[: known.start()]) else ""
            key = license_key(known[0])
            yield from_pair(document, "license_in_text", key, pair, scope=scope)
        elif len(text) <= 80 and (name := _pair_name(text)):
            yield from_pair(document, "license_in_text", name, pair)


def _pair_name(text: str) -> str:
    """Return the name in the value of a pair, or the address where it is all that stands there."""
    name = re.sub(r"https?://\S+|^is\s+(?:the )?", "", text)
    return _POINTER.sub("", name).strip(" .()") or text.strip(" .()")


_POINTER = bounded(r"\s*\((?:link|see|here|full text)\b[^)]*(?:\)|$)", re.IGNORECASE)
_OF_CODE = bounded(
    r"\b(?:code(?:base)?|repo(?:sitory)?)\b(?![\w ,]*\b(?:models?|weights)\b)", re.IGNORECASE
)


def _leads(document: Document) -> Iterator[Value]:
    """Read a block that begins with the bold word, as in ``**License** A custom license``."""
    match = _LEAD.search(document.plain)
    if match is not None:
        yield _at(document, match[1], match.start(), match.end())


def _section(document: Document) -> Iterator[Value]:
    """Read the first words under a heading on licenses."""
    for section in document.sections:
        if not section.level or not _TITLE.search(section.title.lower()) or len(section.title) > 60:
            continue
        start = document.plain.find("\n", section.start) + 1
        if section.level == 7:
            start = section.start + len(section.title)
        end = start + _NEAR
        known = _known(document, section, start, end)
        model = _MODEL_LICENSE.search(document.plain, start, end)
        if known is None and model and LICENSE_IN_TEXT.search(document.plain, start, end):
            yield _at(document, model[0], model.start(), model.end())
        elif known is not None:
            yield _at(document, license_key(known[0]), known.start(), known.end())
        elif (match := _NAMED.search(document.plain, start, end)) is not None:
            yield _at(document, match[1], match.start(1), match.end(1))
        else:
            yield from _linked(document, section, start, end)


def _linked(document: Document, section: Section, start: int, end: int) -> Iterator[Value]:
    """Read the address of a license under a heading that names none."""
    match = _AVAILABLE.search(document.plain, start, end)
    if match is not None and document.section_at(match.start()) is section:
        value = _at(document, match[0].rstrip(" :"), match.start(), match.end())
        if license_limits.link(document, value):
            yield value


_AVAILABLE = bounded(
    r"\b(?:\w+ ){0,3}licen[sc]e is available (?:at|here)|\blicen[sc]e:? (?:at )?(?=https?://)",
    re.IGNORECASE,
)


def _known(document: Document, section: Section, start: int, end: int) -> re.Match[str] | None:
    """Return the first license under a heading, one of the code or data only if alone."""
    aside = None
    for match in document.matches(LICENSE_IN_TEXT, document.plain, start, end):
        if document.section_at(match.start()) is not section:
            break
        first, _ = document.sentence(match.start())
        if license_limits.is_of_other_models(document, first):
            continue
        if not _OTHERS.search(document.low, first, match.start()):
            return match
        aside = aside or match
    if aside is not None and _MODEL_LICENSE.search(document.plain, start, end):
        return None
    return aside


_MODEL_LICENSE = re.compile(r"\bModel License\b")


def _sentences(document: Document) -> Iterator[Value]:
    if "licen" not in document.low:
        return
    for match in document.matches(_STATED, document.plain):
        name = next((one for one in match.groups() if one), "")
        known = LICENSE_IN_TEXT.search(name)
        first, _ = document.sentence(match.start())
        if (
            known is not None
            and not _OTHERS.search(document.low, first, match.start())
            and not _OF_ANTECEDENT.search(document.low, first, match.start())
        ):
            yield _at(document, license_key(known[0]), match.start(), match.end())
    for pattern in (_AGREEMENT, _LICENSE_OF):
        for match in document.matches(pattern, document.plain):
            first, _ = document.sentence(match.start())
            if not (
                _OTHERS.search(document.low, first, match.start())
                or license_limits.is_of_other_models(document, first)
            ):
                value = match[1] if pattern is _AGREEMENT else f"{match[1]} license"
                yield _at(document, value, match.start(), match.end())
    for match in document.matches(_LICENSE_OF_BASE, document.plain):
        value = match[1] or f"{match[2].rstrip('.')} license"
        yield _at(document, value, match.start(), match.end())


_OF_ANTECEDENT = re.compile(r"\b(?:which|that) (?:(?:is|are|was|were) )?$")
"""What was named before is licensed so, such as a base: ``a tune of X, which is licensed …``."""
_BINDS = (
    r"\b(?:[Gg]overned by|[Ll]icensed under|[Ll]icensed according to|[Ss]ubject to"
    r"|[Rr]eleased under|[Dd]istributed under|[Bb]ound by|[Aa]dhere to|[Cc]omply with"
    r"|[Aa]vailable under|[Uu]nder the terms of|[Pp]ublished under)"
)
_AGREEMENT = sieved(
    _BINDS + r"\s+(?:the\s+|an?\s+|[A-Z]\w+'s\s+)?"
    r"((?:(?:[A-Z]|[a-z]+-)[\w.+-]*\s+|\d[\d.]*\s+){1,7}(?i:licen[sc]e)(?i: agreement)?)\b"
)
"""A license of its own name, which no list knows: ``governed by the Acme Open Model License``."""
_LICENSE_OF = sieved(
    _BINDS + r"\s+the\s+(?:same\s+)?licen[sc]es?(?: (?:&|and) [\w ]{2,30})?\s+(?:of|from)\s+"
    r"(?:the\s+)?(?:original\s+)?([A-Z][\w.+-]{2,40}(?: \d(?:\.\d)?)?)\b"
)
"""The license of another model that binds this one: ``bound by the license of Llama-2``."""
_LICENSE_OF_BASE = sieved(
    r"\b(?i:the original)\s+((?:[A-Z][\w.+-]*\s+|\d[\d.]*\s+){1,5}licen[sc]e)\b[\w ,]{0,60}"
    r"\b(?:apply|applies)\b"
    r"|\b(?i:same (?:licen[sc]e )?(?:as|of)|inherits|follows)\s+(?:(?:the )?licen[sc]e of )?"
    r"(?:the |its )?(?:base |original )model[\s:,(]{1,3}([A-Z][\w.+-]{2,40}(?: \d(?:\.\d)?)?)"
)
"""That of a base that a sentence names: ``same as the base model (Llama 2)``."""
_PUBLIC_DOMAIN = bounded(
    r"\b(?:releas|dedicat|plac|put)\w* (?:it |this model |the model )?(?:as |in(?:to)? |to )"
    r"(?:the )?public domain\b", re.IGNORECASE,
)  # fmt: skip


def _dedicated(document: Document) -> Iterator[Value]:
    """Read that a model is placed in the public domain."""
    if "public domain" in document.low:
        for match in document.matches(_PUBLIC_DOMAIN, document.plain):
            first, _ = document.sentence(match.start())
            if not _OTHERS.search(document.low, first, match.start()):
                yield _at(document, "public domain", match.start(), match.end())


def _usage(document: Document) -> Iterator[Value]:
    """Read a license that the use of the model is tied to: ``usage implies acceptance of …``."""
    if "licen" not in document.low:
        return
    for match in document.matches(LICENSE_IN_TEXT, document.plain):
        first, last = document.sentence(match.start())
        sentence = document.low[first:last]
        if "licen" in sentence and _ACCEPTED.search(sentence):
            yield _at(document, license_key(match[0]), match.start(), match.end())


_ACCEPTED = bounded(
    r"\b(?:usage|use|using|download(?:ing)?)\b[^.]{0,60}\b(?:acc?e?pt\w*|agree\w*|impl(?:y|ies))\b"
)


def _also(document: Document, values: list[Value]) -> Iterator[Value]:
    """Read a second license that applies beside the one stated: ``it is also subject to …``."""
    if not values or "also" not in document.low:
        return
    for match in document.matches(_BESIDE, document.plain):
        name = match[1] or f"{match[2].rstrip('.')} license"
        if license_key(name) != license_key(str(values[0].value)):
            yield _at(document, name, match.start(), match.end(), also=True)
            return


_BESIDE = sieved(
    r"\b(?:is|are) also (?:subject to|governed by|bound by|under)\s+(?:the\s+)?"
    r"(?:((?:(?:[A-Z]|[a-z]+-)[\w.+-]*\s+|\d[\d.]*\s+){1,7}"
    r"(?i:licen[sc]e|terms(?: of use)?|agreement))\b"
    r"|(?i:licen[sc]e|terms(?: of use)?) of (?:the )?([A-Z][\w.+-]{2,40}(?: \d(?:\.\d)?)?))"
)


def _with_circumstances(
    document: Document, value: Value, limit: license_limits.UseLimit | None
) -> Value:
    """Add what stands beside a license: the address it links to, a limit on use."""
    found = dict(value.qualifiers)
    if link := license_limits.link(document, value):
        found["link"] = link
    if limit is not None:
        found["limit"] = limit.kind
    return replace(value, qualifiers=found)


def _at(document: Document, value: str, start: int, end: int, **more: Any) -> Value:
    return from_plain(document, "license_in_text", value, start, end, method="prose", **more)


def _badges(document: Document) -> Iterator[Value]:
    for link in document.links:
        if link.is_image and (match := _BADGE.search(link.url)):
            name = match[1].replace("%20", " ").replace("--", "-").replace("_", " ")
            yield from_card(
                document, "license", license_key(name), link.start, link.end,
                origin=BADGE, method="badge",
            )  # fmt: skip


def _embedded(document: Document) -> Iterator[Value]:
    """Read the front matter of another card that stands in the text, as repacks quote it."""
    match = _EMBEDDED.search(document.card, document.front.end)
    if match is not None and match[1].lower() == "other":
        match = _EMBEDDED_NAME.match(document.card, match.end())
    if match is not None:
        yield from_card(
            document, "license", match[1], match.start(), match.end(), origin="text",
            method="embedded",
        )  # fmt: skip
