"""Links to a demo: a space, a notebook to try, a playground."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract import tongues
from miner.pipelines.extract.addresses import REPOSITORY, around, title
from miner.pipelines.extract.document import Document, Link
from miner.pipelines.extract.make import from_link
from miner.pipelines.extract.value import Value

MAX_DEMOS = 3
MAX_WORDS = 60
_HOSTS = re.compile(
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
    r"|autoeval|youtu\.?be|loom\.com|vimeo|bilibili|nvidia\.com/riva|demo (?:data|video|script|code)|preprocess|handler"
)
_NO_SPACE = re.compile(
    r"spaces/[^/]+/[\w-]*(?:leaderboard|license|eval|quant|gguf|convert|merge|finetun|train"
    r"|mteb|arena)",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Value]:
    """Read links to demos."""
    count = 0
    for link in document.links:
        if link.is_image or not link.url.startswith("http"):
            continue
        words, heading = link.text.lower(), title(document, link)
        if document.section_at(link.at).level == 1:
            heading = ""  # the model's own name
        if _NO_DEMO.search(f"{words} {heading} {link.url.lower()}"):
            continue
        if re.search(r"conver(?:t|sion)|training procedure", around(document, link)):
            continue
        is_host = _HOSTS.search(link.url) is not None and not _NO_SPACE.search(link.url)
        is_said = _WORDS.search(f"{around(document, link)} {heading} {words}") is not None
        if is_host and (is_said or re.search(r"spaces/|exbert", link.url)):
            method = "host"
        elif re.search(r"\bdemo\b|playground", words) and _is_page(link.url, words):
            method = "words"
        elif _is_announced(document, link, words):
            method = "announced"
        elif link.url.lower().endswith(".ipynb") and is_said:
            method = "notebook"
        else:
            continue
        yield from_link(document, "demo", link.url, link, method=method)
        count += 1
        if count >= MAX_DEMOS:
            return


_POINTING = re.compile(r"^\W*(?:here|this link|link|this|this page|website|https?://.*)\W*$")
_ANNOUNCED = re.compile(r"\bdemos?\b[^.\n]{0,40}$|\btry (?:it|this|the model)\b[^.\n]{0,30}$")


_KEYED = re.compile(r"\bdemo(?: web| page| link| site| app)?\W*[:：]\W*$")


def _is_announced(document: Document, link: Link, words: str) -> bool:
    before = _before(document, link)
    if _KEYED.search(before):
        return True
    return _POINTING.match(words) is not None and _ANNOUNCED.search(before) is not None


def _before(document: Document, link: Link) -> str:
    first, _ = document.sentence(min(link.at, max(len(document.low) - 1, 0)))
    return document.low[first : link.at]


def _is_page(url: str, words: str) -> bool:
    return len(words) < MAX_WORDS and not REPOSITORY.match(url)
