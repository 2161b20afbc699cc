"""The data a model was trained on: pairs, links, sentences, sections, lists, tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards import (
    data_lists,
    data_names,
    data_tables,
    normal,
    tongues,
)
from miner.pipelines.derive.cards.benchmarks import benchmark
from miner.pipelines.derive.cards.data_names import KNOWN, NOT_DATA_URL
from miner.pipelines.derive.cards.data_tables import HUB_DATASET
from miner.pipelines.derive.cards.document import CardLink, Document
from miner.pipelines.derive.cards.make import from_link, from_pair, from_plain
from miner.pipelines.derive.cards.rules.front_matter_fields import scalars
from miner.pipelines.derive.cards.siblings import is_of_sibling
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_KEY = re.compile(
    r"^(?:train(?:ing)?[ _])?data\s?sets?(?:\(s\))?(?: used| name)?$|^training data(?: used)?$"
    r"|^train(?:ed)? (?:on|data)$"
    r"|^training data (?:url|link)$|^(?:fine-?tuning |pre-?training |training |sft "
    r"|dpo )data(?:set)?s?$"
    r"|^(?:training |pre-?training )?(?:corpus|corpora)$|^sources$|^data$|^(?:fine-?tuned"
    r"|pre-?trained) on$"
    rf"|^(?:{tongues.DATA})$"
)
_EVAL_KEY = re.compile(
    r"^(?:eval(?:uation)?|test(?:ing)?|validation)[ _-]?(?:data(?:set)?s?|set)(?: used| name)?$"
)
_TRAINED = sieved(
    r"(?:(?:pre-?|post-?|fine-?\s?)?train(?:ed|ing)|fine-?\s?tun(?:ed?|ing)|tuned"
    r"|aligned)\b(?:[^.\n]{0,60}?)\b(on|using|used|with|from|over|upon)\s+(?:both\s+|all of\s+"
    r"|parts? "
    r"of\s+|a subset of\s+|the following\s+)?(?:the\s+|an?\s+|our\s+)?"
)
_BETWEEN = re.compile(
    r"\b(?:based|focus\w*|accuracy|scores?|performance|results?|evaluat\w*"
    r"|achiev\w*|depend\w*|compar\w*|improv\w*|available|released|hosted|published|uploaded)\b"
)
"""Words between training and ``on`` that make something else of it."""
_CONSISTS = sieved(
    r"(?:fine-?\s?tuning|training|pre-?training) (?:data\s?sets?|data|corpus|corpora)"
    r" (?:is|was|are|were|consists? of|comprises?)(?: the| an?| our)? ()"
)
"""``The fine-tuning dataset is TQuAD``: what follows is a name, however it looks."""
_NAMED = bounded(
    r"(?:the\s+)?[\"'`*\[]*(?P<name>[A-Z][\w.+-]{0,40}(?:[ ](?:[A-Z0-9][\w.+-]{0,40}|v\d[\w.]*"
    r"|of|and the)){0,5}|[a-z]+[-_][\w-]+"
    r"|[A-Za-z0-9][\w.-]+/[\w.-]+)[\"'`*\]]*\s*(?:\([^)]*\)\s*)?(?:\w{1,20}\s+)?(?:dataset"
    r"|data\s?set|corpus|corpora|benchmark)s?\b"
)
_OTHERS = re.compile(
    r"evaluat|\btest(?:ed|ing)?\b|benchmark|compar|inference|example|(?<![-\w])base model was"
    r"|teacher"
    r"|leak|contaminat|outperform|tokenizer|\bunlike\b|\bcontrast\b|whereas|\boriginally\b|baseline"
)
_TRAIN_WORD = re.compile(
    r"train|tun(?:ed|ing)|corpus|dataset of|dataset contains|dataset consists|learn|"
    + tongues.TRAINED
)
_EVALUATED = re.compile(r"evaluat|test(?:ed| set)|validation set|dev set|benchmark")
_TAIL = 260
MAX_SENTENCES = 300
MAX_FOUND = 15
MAX_DECLARED = 1_000
SHORT = 12
MIN_PART = 3
MAX_NAME = 60
_NO_NAME = bounded(
    r"(?:#.*|number|size|count|link|source|description|name|quantity|amount|details|values?"
    r"|\W{0,8}[~\d.,]{1,20}\s?[KMBT]?\s+(?:unique\s+)?\w+)$",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"^~?\d[\d.,]*\s?[kKmM]?\s+(?:rows|samples|examples|sentences)\s+(?:of|from)\s+"
)
_ALSO = re.compile(
    r"^(?:also (?:called|known as)|aka|some|various|other|e\.g\.|see|and|from|with)\b",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Value]:
    """Read training data; what only repeats another name is left out."""
    stated = islice(scalars(document.front.data.get("datasets")), MAX_DECLARED)
    declared = [_parts(str(item)) for item in stated]
    values = list(_pairs(document))
    for read_some in (_links, _sentences, data_lists.read) if not declared else (data_lists.read,):
        values.extend(read_some(document))
    values.extend(_consists(document))
    values.extend(_called(document))
    values.extend(data_tables.amounts(document))
    if not any(value.field == "training_dataset" for value in values):
        values.extend(data_tables.family(document))
    forms = list(dict.fromkeys(normal.dataset(value.value) for value in values))
    for value in values:
        is_training = value.field == "training_dataset"
        if is_training and value.method != "pair" and _repeats(str(value.value), declared):
            continue
        if not (is_training and value.method in _LOOSE and _is_part(value, forms)):
            yield value


_LOOSE = frozenset({"known", "section", "named", "called"})


def _is_part(value: Value, forms: list[str]) -> bool:
    """Return whether a name is words of a longer one that was found too."""
    own = normal.dataset(value.value)
    longer = [other for other in forms if own in other and own != other]
    words = re.compile(rf"(?<!\w){re.escape(own)}(?!\w)") if longer else None
    return words is not None and any(map(words.search, longer))


_PART = re.compile(r"[^\W_]+")
_COMMON = frozenset(
    """
    dataset datasets data corpus the of and for train training english test dev instruction
    instructions instruct chat text code wiki mix speech sft dpo math large small base
    """.split()  # noqa: SIM905 - words read best as words
)


def _parts(name: str) -> tuple[frozenset[str], str]:
    words = _PART.findall(normal.dataset(name))
    return frozenset(w for w in words if w not in _COMMON and len(w) > MIN_PART), "".join(words)


def _repeats(name: str, declared: list[tuple[frozenset[str], str]]) -> bool:
    """Return whether a name shares a word with a declared one, or is part of it."""
    words, joined = _parts(name)
    return any(words & other or joined in whole or whole in joined for other, whole in declared)


_SOFTWARE = re.compile(r"framework|version|software|requirements")
_OF_RESULTS = re.compile(r"eval|result|test|metric")


def _pairs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        is_evaluation = bool(_EVAL_KEY.match(pair.key)) and "data" in pair.key
        if not (is_evaluation or _KEY.match(pair.key)) or data_names.is_blank(pair.value.text):
            continue
        title, path = pair.section.title.lower(), " / ".join(pair.section.path[-3:])
        if "evaluation dataset" in path or _SOFTWARE.search(title):
            continue
        is_evaluation = is_evaluation or (
            _OF_RESULTS.search(path) is not None and not title.startswith("train")
        )
        field = "evaluation_dataset" if is_evaluation else "training_dataset"
        names = _names(document, pair.value.start, pair.value.end, pair.value.text, pair.origin)
        for name in names[:10]:
            yield from_pair(document, field, name, pair)


def _names(document: Document, start: int, end: int, text: str, origin: str) -> list[str]:
    """Return the names of data in a value: those its links lead to, else its words."""
    links = [
        link
        for link in document.links_from(start - 1, max(end, start + 1), in_text=origin == "text")
        if not link.is_image and not NOT_DATA_URL.search(link.url)
    ]
    linked = [match[1] for link in links if (match := HUB_DATASET.match(link.url))]
    if origin == "table" and links:
        named = [(HUB_DATASET.match(link.url), link.text) for link in links]
        return [match[1] if match else text for match, text in named if match or text]
    if linked:
        return linked
    text = text.split("-->", maxsplit=1)[0]
    if len(text) > 120 or text.count(" ") > 12 or text.endswith("."):
        return list(dict.fromkeys(match[1] for match in KNOWN.finditer(text)))
    parts = bounded(r",\s+|;\s*|\s+and\s+|\s+\+\s+|、").split(
        bounded(r"\([^)]*\)|https?://\S+").sub("", text)
    )
    names = [_AMOUNT.sub("", part.strip(" .*`[]\"'")) for part in parts]
    return [
        name
        for name in names
        if 1 < len(name) < MAX_NAME and not _NO_NAME.match(name) and not _ALSO.match(name)
        if bounded(r"[^\W\d]").search(name)
    ]


def _links(document: Document) -> Iterator[Value]:
    """Read links to data of the Hub in sentences and sections on training."""
    for link in document.links:
        match = HUB_DATASET.match(link.url)
        if match is None or link.is_image:
            continue
        first, last = document.sentence(min(link.at, max(len(document.low) - 1, 0)))
        sentence = _SPLIT.sub("", document.low[first:last])
        section = document.section_at(link.at)
        if _EVALUATED.search(sentence) and not _TRAIN_WORD.search(sentence):
            yield from_link(document, "evaluation_dataset", match[1], link)
        elif (
            (_TRAIN_WORD.search(sentence) and not _OTHERS.search(sentence))
            or data_lists.SECTION.match(section.title.lower())
            or _is_alone(document, link, match[1])
            or _CALLED.fullmatch(link.text)
        ):
            yield from_link(document, "training_dataset", match[1], link)


_SPLIT = re.compile(r"\btrain\w*\s?(?:/|-|and)\s?(?:validation\s?/\s?)?test(?:ing)?(?: split)?\b")
"""``train/test split`` speaks of no test."""
_CALLED = bounded(r"\W*(?:training )?data(?:\s?sets?)?\W*", re.IGNORECASE)


def _is_alone(document: Document, link: CardLink, name: str) -> bool:
    """Return whether a link has a line for itself, its own name aside."""
    index = bisect_right(document.lines, link.at) - 1
    start = document.lines[index] if index >= 0 else 0
    end = document.lines[index + 1] if index + 1 < len(document.lines) else len(document.plain)
    rest = document.plain[start : link.at] + document.plain[link.end_at : max(end, link.end_at)]
    return len(rest.replace(name, "").strip(" \n:-*•")) < SHORT


def _sentences(document: Document) -> Iterator[Value]:
    """Read names of data after ``trained on``, and in sections on training data."""
    count = 0
    for match in islice(_TRAINED.finditer(document.low), MAX_SENTENCES):
        first, last = document.sentence(match.start())
        sentence = document.low[first:last]
        if _BETWEEN.search(match[0]):
            continue
        if _OTHERS.search(sentence[: match.end() - first]) or is_of_sibling(document, match.end()):
            continue
        found = list(_after(document, match, min(last, match.end() + _TAIL)))
        yield from found
        count += len(found)
        if count > MAX_FOUND:
            return
    for used in islice(_USED.finditer(document.plain), MAX_SENTENCES):
        name = used["name"].strip()
        if data_names.is_name(name):
            yield _data(document, name, *used.span("name"), "named")
    for section in document.sections:
        if data_lists.SECTION.match(section.title.lower()):
            yield from _in_section(document, section.start)


_USED = sieved(
    r"(?<![\w-])(?!The\b)(?P<name>(?:[A-Z][\w-]+ ){1,5})(?:v?\d[\w.]* )?[\w`]{0,12} "
    r"?(?:[Dd]ata\s?set|[Cc]orpus)\b"
    r"[^.\n]{0,100}\b(?:was|were|is|are) used (?:to|for) (?:train|fine-?tun|pre-?train)"
)
"""``The Tale Bank dataset with 300k rows was used to train it``."""


def _consists(document: Document) -> Iterator[Value]:
    """Read what the training data is said to be, also where the front matter declares some."""
    for match in islice(_CONSISTS.finditer(document.low), MAX_SENTENCES):
        _, last = document.sentence(match.end())
        if not is_of_sibling(document, match.end()):
            yield from _after(document, match, min(last, match.end() + _TAIL))


_COMPOSITE = sieved(
    r"(?i:train(?:ed|ing)|tuned)(?: \w+)? on (?:an?|the|our) (?:\w+ ){0,2}(?:data\s?set|corpus)"
    r" \((?P<name>[A-Z][\w.-]*(?: [A-Z\d][\w.-]*){0,3})\)"
)
"""``trained on a composite dataset (Saga Set)``."""
_TEMPLATE = bounded(
    r"is a fine-tuned version of \S{2,120} on (?:the|an?) (?P<names>[\w./-]+(?: [\w./-]+){0,6})"
    r" datasets?\."
)
_SETS = sieved(
    r"(?P<names>(?:[A-Z][\w-]*(?:, and |, | and )){0,6}[A-Z][\w-]*)"
    r" [Tt]rain(?:ing)? (?:sets?|splits?)"
)
_AND = re.compile(r",? and |, ")


def _called(document: Document) -> Iterator[Value]:
    """Read names in places that only data has: brackets behind it, training sets, a template."""
    for match in document.matches(_COMPOSITE, document.plain):
        if not is_of_sibling(document, match.start()):
            yield _data(document, match["name"], *match.span("name"), "called")
    for match in document.matches_beside(("train",), _SETS, document.plain):
        for name in _AND.split(match["names"]):
            if KNOWN.fullmatch(name) or benchmark(name):
                yield _data(document, name, *match.span("names"), "called")
    for match in document.matches(_TEMPLATE, document.plain):
        for name in _AND.split(match["names"]):
            if name.lower() not in data_names.GENERIC and data_names.is_name(name):
                yield _data(document, name, *match.span("names"), "called")


def _after(document: Document, match: re.Match[str], end: int) -> Iterator[Value]:
    place = match.end()
    named = data_names.enumerated(
        document, place, end, shapes=match[1] in {"on", "over", "upon", ""}
    )
    hub = {link.at for link in document.links if HUB_DATASET.match(link.url)}
    for name in named:
        if name.start not in hub:  # those have been read with their ids
            yield _data(document, name.text, name.start, name.end, "enumerated")
    used = [(name.start, name.end) for name in named]
    for known in document.matches(KNOWN, document.plain, place, end):
        if any(first <= known.start() < last for first, last in used):
            continue
        is_tested = _TESTED.match(document.low, known.end(), end) is not None
        is_tested = is_tested or _SCORED.search(document.low, place, known.start()) is not None
        if not is_tested and not _OTHERS.search(document.low, place, known.start()):
            used.append(known.span(1))
            yield _data(document, known[1], known.start(), known.end(), "known")
    if not used:
        one = _NAMED.match(document.plain, place, end)
        if one is not None and data_names.is_name(one["name"]):
            yield _data(document, one["name"], one.start(), one.end(), "named")


_TESTED = bounded(r"(?:[^.\n]{0,20} and [\w-]+)?\W{0,4}(?:test set|benchmark|leaderboard)s?\b")

_SCORED = re.compile(r"\bachiev|\bscor(?:e|ing)|pass@|\bsota\b")


def _data(document: Document, name: str, start: int, end: int, method: str) -> Value:
    return from_plain(document, "training_dataset", name.strip(), start, end, method=method)


def _in_section(document: Document, start: int) -> Iterator[Value]:
    at = document.plain.find("\n", start) + 1 or start
    end = min(at + 1500, len(document.plain))
    section = document.section_at(start)
    for known in document.matches(KNOWN, document.plain, at, end):
        if document.section_at(known.start()) is not section:
            return
        first, _ = document.sentence(known.start())
        if not _OTHERS.search(document.low, first, known.start()):
            yield _data(document, known[1], known.start(), known.end(), "section")
    for proper in document.matches(_PROPER, document.plain, at, end):
        name = proper["name"].strip()
        if document.section_at(proper.start()) is not section:
            return
        first, _ = document.sentence(proper.start())
        if data_names.is_name(name) and not _OTHERS.search(document.low, first, proper.start()):
            yield _data(document, name, *proper.span("name"), "section")


_PROPER = bounded(
    r"\b(?:the|using|used?|of|on|from|is)\s+(?P<name>(?:[A-Z][\w&-]+\s){1,4}?)(?=dataset|corpus)"
)
