"""Whether words of a card are about another model of the same family."""

from __future__ import annotations

import re

from miner.pipelines.derive.cards import own_names
from miner.pipelines.derive.cards.document import Document

LIKE = 0.4
MAX_LEAD = 90
_HUB_MODEL = re.compile(r"https?://(?:huggingface|hf)\.co/([\w-]+/[\w.-]+)/?$")
_HERE = re.compile(r"this (?:model|checkpoint|one|repo)|you are here")


def is_of_sibling(document: Document, at: int) -> bool:
    """Return whether a place stands in an item of a list that tells about another model.

    ``- [own-small](…): 33 million parameters`` in the card of ``own-base``; so do items that begin
    with a name like this model's, of another size or variant.

    Args:
        document: The card.
        at: A place in its visible text.
    """
    first, last = document.block_at(at)
    if not document.is_item(first):
        return False
    if _HERE.search(document.low, first, last):
        return False
    lead = re.split(r"[:(,–]| - ", document.plain[first : min(at, first + MAX_LEAD)], maxsplit=1)[0]
    if (
        own_names.tokens(lead) & own_names.tokens(document.name)
        and own_names.likeness(document.model, lead) < LIKE
    ):
        return True
    for link in document.links_from(first, at, in_text=True):
        if other := _HUB_MODEL.match(link.url):
            return own_names.likeness(document.model, other[1]) < 1
    return False
