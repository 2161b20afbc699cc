"""Links to a demo: a space, a notebook to try, a playground."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards import tongues
from miner.pipelines.derive.cards.addresses import REPOSITORY, around, title
from miner.pipelines.derive.cards.document import CardLink, Document
from miner.pipelines.derive.cards.make import from_link
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

MAX_DEMOS = 3
MAX_WORDS = 60
_HOSTS = sieved(
    r"(?:huggingface|hf)\.co/spaces/|\.hf\.space|colab\.research\.google\.com/"
    r"|replicate\.com/|gradio\.app|streamlit\.app|mybinder\.org|kaggle\.com/(?:code"
    r"|notebooks)|huggingface\.co/(?:chat|exbert)|build\.nvidia\.com/|playground"
    r"|chat\.\w+\.\w+",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:demo|try (?:it|this|out|our|the|now)|playground|online demo|live demo|spaces?|colab"
    r"|notebook|chat with|interactive)\b|" + tongues.DEMO
)
_NO_DEMO = re.compile(
    r"fine-?tun|train(?:ing)?\b|quanti|leaderboard|evaluat|unsloth|discord|convert|merge"
    r"|autoeval|youtu\.?be|loom\.com|vimeo|bilibili|nvidia\.com/riva|demo (?:data|video)"
    r"|preprocess|handler"
)
_NO_SPACE = bounded(
    r"spaces/[^/]+/[\w-]*(?:leaderboard|license|eval|quant|gguf|convert|merge|finetun|train"
    r"|mteb|arena)",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Value]:
    """Read links to demos."""
    yield from islice(_demos(document), MAX_DEMOS)


def _demos(document: Document) -> Iterator[Value]:
    for link in document.links:
        if link.is_image or not link.url.startswith("http"):
            continue
        is_named = document.section_at(link.at).level == 1  # by the model's own name
        heading = "" if is_named else title(document, link)
        if method := _way(document, link, link.text.lower(), heading):
            yield from_link(document, "demo", link.url, link, method=method)


def _way(document: Document, link: CardLink, words: str, heading: str) -> str:
    """Return how a link shows that it leads to a demo, empty if it does not."""
    method = _sign(document, link, words, heading)
    if method and _NO_DEMO.search(f"{words} {heading} {link.url.lower()}"):
        return ""
    return "" if method and _CREATED_BY.search(around(document, link)) else method


def _sign(document: Document, link: CardLink, words: str, heading: str) -> str:
    """Return what about a link looks like a demo, empty if nothing does."""
    is_host = _HOSTS.search(link.url) is not None and not _NO_SPACE.search(link.url)
    if is_host and (
        re.search(r"spaces/|exbert", link.url) or _is_stated(document, link, words, heading)
    ):
        return "host"
    if re.search(r"\bdemo\b|playground", words) and _is_page(link.url, words):
        return "words"
    if _is_announced(document, link, words):
        return "announced"
    is_notebook = link.url.lower().endswith(".ipynb")
    return "notebook" if is_notebook and _is_stated(document, link, words, heading) else ""


def _is_stated(document: Document, link: CardLink, words: str, heading: str) -> bool:
    return _WORDS.search(f"{around(document, link)} {heading} {words}") is not None


_CREATED_BY = re.compile(r"conver(?:t|sion)|training procedure")
_POINTING = re.compile(r"^\W*(?:here|this link|link|this|this page|website|https?://.*)\W*$")
_ANNOUNCED = re.compile(r"\bdemos?\b[^.\n]{0,40}$|\btry (?:it|this|the model)\b[^.\n]{0,30}$")


_KEYED = re.compile(r"\bdemo(?: web| page| link| site| app)?\W*[:：]\W*$")


def _is_announced(document: Document, link: CardLink, words: str) -> bool:
    before = _before(document, link)
    if _KEYED.search(before):
        return True
    return _POINTING.match(words) is not None and _ANNOUNCED.search(before) is not None


def _before(document: Document, link: CardLink) -> str:
    first, _ = document.sentence(min(link.at, max(len(document.low) - 1, 0)))
    return document.low[first : link.at]


def _is_page(url: str, words: str) -> bool:
    return len(words) < MAX_WORDS and not REPOSITORY.match(url)
