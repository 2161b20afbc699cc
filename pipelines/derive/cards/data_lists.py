"""Training data in lists: under a heading on data, or behind a line that announces it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import data_names, own_names, tongues
from miner.pipelines.derive.cards.data_names import NOT_DATA_URL, NOUN
from miner.pipelines.derive.cards.data_tables import HUB_DATASET
from miner.pipelines.derive.cards.document import CardLink, Document
from miner.pipelines.derive.cards.make import from_link, from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded

MAX_NAME = 60
MAX_LED = 30
SECTION = bounded(
    r"^\W*(?:the )?(?:training|train|fine-?tuning|pre-?training"
    r"|model training)?\s?(?:and evaluation )?(?:data\s?(?:set)?s?|corpus|corpora)"
    r"(?:\(s\))?(?: used| sources?| details| mix(?:ture)?| composition)?(?: (?:for"
    r"|in) (?:training|fine-?tuning|pre-?training))?(?: 📚)?\W*$"
    r"|^training (?:and evaluation )?data\b|^data(?:set)?s? used\b|^dataset details$"
    rf"|^\W*(?:{tongues.DATA})\W*$"
)
"""A heading on training data, lower case."""
_ITEM = bounded(
    r"[\"'`]?(?P<name>[A-Z][\w.'’/&+-]*(?: [\w.'’/&+-]+){0,4}"
    r"|[\w.-]+/[\w.-]+)[\"'`]?(?![\w-])(?:\s*[(:,–].*|\s+-.*|\s+https?://.*|\s*)$"
)
_SENTENCE_WORD = re.compile(
    r"\b(?:is|are|was|were|we|the|this|for|with|use|used|using|from|train|trained|training|model"
    r"|epochs?|batch|learning|tokens?|version|steps?|size|date|number|total|loss|in|also|see|name"
    r"|link|data collection|english|chinese|german|french|spanish|japanese)\b",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Value]:
    """Read the names that begin the items of a list under a heading on training data."""
    links = {link.at: link for link in document.links if not link.is_image and not link.is_in_table}
    linked = {document.section_at(at).start for at in document.items if at in links}
    leads = dict(document.leads)
    for start in document.items:
        section = document.section_at(start)
        if not SECTION.match(section.title.lower()) and not _is_led(document, start):
            continue
        if section.start in linked and start not in links:
            continue  # where the names are links, other items tell about them
        end = document.plain.find("\n", start)
        if "information needed" in document.low[start:end]:
            continue
        link = links.get(start)
        if link is not None and link.end_at > start and len(link.text) <= MAX_NAME:
            yield from _linked(document, link)
        elif start in leads and not _LABEL.search(document.plain, start, leads[start] + 1):
            yield from _led_names(document, start, leads[start])
        else:
            yield from _worded(document, start, end)


def _linked(document: Document, link: CardLink) -> Iterator[Value]:
    linked_id = HUB_DATASET.match(link.url)
    if linked_id is not None:
        yield from_link(document, "training_dataset", linked_id[1], link, method="listed")
    elif _is_item(link.text, link.url):
        yield _data(document, link.text, link.at, link.end_at)


def _worded(document: Document, start: int, end: int) -> Iterator[Value]:
    """Read the words that begin an item, up to a bracket, colon, comma or dash."""
    match = _ITEM.match(document.plain[start:end])
    name = match["name"] if match is not None else ""
    if not name or _SENTENCE_WORD.search(name) or data_names.is_blank(name):
        return
    if not data_names.is_name(name) or not _is_title(name):
        return
    if own_names.nickname(document.model, [name.split("-")[0]]) is None:  # no sibling of this model
        first = start + document.plain[start:end].index(name)
        yield _data(document, name, first, first + len(name))


_LABEL = re.compile(r"[:：]")
_COMMA = bounded(r",\s+(?:and\s+)?|\s+(?:and|&|\+)\s+")
_LOOKS_CALLED = re.compile(r"[a-z][A-Z]|[A-Z]{2}|\d|[A-Z][a-z]+-[A-Z]")


def _led_names(document: Document, start: int, end: int) -> Iterator[Value]:
    """Read the bold words that begin an item: one name, or several short ones by commas."""
    parts = [part.strip(" .*`") for part in _COMMA.split(document.plain[start:end])]
    for part in parts:
        if not data_names.is_name(part) or len(part) > MAX_NAME or _SENTENCE_WORD.search(part):
            continue
        if _LOOKS_CALLED.search(part) or (len(parts) == 1 and _is_title(part)):
            first = document.plain.find(part, start, end)
            yield _data(document, part, first, first + len(part))


def _is_title(text: str) -> bool:
    """Return whether words look like a name: one, or all with capitals."""
    words = text.rstrip(".").split()
    small = {"of", "and", "the", "for", "in", "&", "on", "de"}
    return len(words) == 1 or all(word in small or not word[0].islower() for word in words)


_LED = re.compile(
    rf"(?:数据集|語料|语料|データセット)[^。\n]{{0,12}}[:：]\s*$|(?:train(?:ed|ing)|tun(?:ed|ing))\b[^.\n]{{0,80}}\b(?:on|{NOUN}s?)\b[^.\n]{{0,40}}:\s*$"
)


def _is_led(document: Document, start: int) -> bool:
    """Return whether the line before a list announces data: ``It was trained on:``."""
    end = max(start - 1, 0)
    for _ in range(MAX_LED):
        begin = document.plain.rfind("\n", 0, end) + 1
        if not document.is_item(begin):
            return _LED.search(document.low, begin, end) is not None
        end = max(begin - 1, 0)
    return False


def _is_item(text: str, url: str) -> bool:
    if NOT_DATA_URL.search(url):
        return False
    return data_names.is_name(text) and not url.startswith("#") and not text.startswith("http")


def _data(document: Document, name: str, start: int, end: int) -> Value:
    return from_plain(document, "training_dataset", name.strip(), start, end, method="listed")
