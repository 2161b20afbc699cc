"""Addresses: papers, repositories, and the words around a link that say what it is."""

from __future__ import annotations

import re

from miner.pipelines.derive.cards.document import CardLink, Document

ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html|ftp/arxiv/papers/\d+)/|alphaxiv\.org/abs/"
    r"|(?:huggingface|hf)\.co/papers/|10\.48550/arxiv\.)(\d{4}\.\d{4,5})",
    re.IGNORECASE,
)
REPOSITORY = re.compile(
    r"(?:https?://)?(?:www\.)?github\.com/([A-Za-z0-9][\w-]{0,38}/[\w.-]{1,100})", re.IGNORECASE
)
GITLAB = re.compile(
    r"(?:https?://)?(?:www\.)?gitlab\.com/((?!-/)[A-Za-z0-9][\w-]{0,38}/[\w.-]{1,100})",
    re.IGNORECASE,
)
CITATION = re.compile(
    r"cit(?:e|ation|ing)|reference|bibtex|bibliograph|acknowledg|引用|related work|credits"
    r"|further reading"
)
"""A heading under which links are of others, lower case."""
METHODS = frozenset(
    """
    1910.09700 1910.03771 2106.09685 2305.14314 2305.18290 2309.00071 2205.14135 2307.08691
    2104.09864 1706.03762 2203.05482 2306.01708 2311.03099 2210.17323 2306.00978 2403.19522
    2402.03300 2212.04037 1412.6980 1711.05101 2101.03961 2401.04088 2108.12409 1607.06450
    2002.05202 2305.13245 1911.02150 2310.06694 2212.10560 2403.13257 1701.06538 2112.05682
    2106.04624 2207.12598 1804.00015 1908.10084 2208.07339 2403.07691 2205.13147 1705.00652
    """.split()  # noqa: SIM905 - ids read best as a list of words
)
"""arXiv ids of methods and tools that cards name as what they used."""
_BEFORE = 200
_AFTER = 80


def around(document: Document, link: CardLink) -> str:
    """Return the sentence around a link, lower case, and not far behind it."""
    if not document.low:
        return ""
    first, last = document.sentence(min(link.at, len(document.low) - 1))
    return document.low[max(first, link.at - _BEFORE) : min(last, link.end_at + _AFTER)]


def title(document: Document, link: CardLink) -> str:
    """Return the heading over a link, lower case."""
    return document.section_at(link.at).title.lower()
