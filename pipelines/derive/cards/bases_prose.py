"""Bases in looser words and in code, for cards that name none in a link, a pair or an id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.make import from_card, from_code, from_plain
from miner.pipelines.derive.cards.value import TEXT, Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_FAMILY = (
    r"(?:(?:[A-Z]+-)?[A-Za-z]{1,9}BERT|XLM-?R(?:oBERTa)?|RoBERTa|BERT|BART|mBART|ELECTRA"
    r"|GPT-?[2J]|m?T5|Mistral|Llama|Whisper|Wav2Vec2|ViT|Qwen|Gemma)"
)
_ARTICLE = sieved(
    rf"\b(?:provides|is|contains|an?)\s+an?\s+({_FAMILY}(?:-[\w.]+)*)\s+"
    r"(?:[(\[][^()\[\]]{0,60}[)\]]\s*)?"
    r"(?:model\s+)?(?:that (?:was|is) )?fine-?\s?tuned\s(?:on|for|to)\b"
)
"""``provides a FamilyBERT (Author et al.) fine-tuned on``."""
_DISTILLED = sieved(
    rf"\b(?:distill?ed|compressed|pruned) (?:\w+ ){{0,2}}(?:based on|from|of) (?:the )?"
    rf"({_FAMILY}(?:-[\w.]+)*)\b"
)
_OFF = sieved(
    r"\b[Bb]ased (?:of+|on|upon) (?:of )?(?:an? |the )?(?:[Ff]ine-?[Tt]uned )?"
    r"([A-Z]\w+(?: [A-Z]\w+){0,3} [Vv]?\d[\w.]*) [Mm]odel\b"
    r"(?: (?:with|and) ([A-Z]\w+(?: [A-Z]\w+){0,3} [Vv]?\d[\w.]*))?"
)
_TICKED = bounded(
    r"`([a-z][\w.]*(?:-[\w.]+)+)`\s+(?:model\s+)?(?:was |is )?fine-?\s?tuned\s(?:on|for|to)\b",
    re.IGNORECASE,
)
_ARGUMENT = re.compile(
    r"\b(?:model|model_name|model_name_or_path|pretrained_model_name_or_path|base_model)\s*=\s*"
    r"[\"']([A-Za-z][\w.]*-[\w.-]+|[A-Za-z][\w.-]*/[\w.-]+)[\"']"
)
_TRAINS = sieved(r"\b\w{0,40}Trainer\(|\.(?:train|fine_?tune|fit)\(")


def read(document: Document, kind: str, is_base: Callable[[str], bool]) -> Iterator[Value]:
    """Read the base in the first place that names one.

    Args:
        document: A card without other statement of a base.
        kind: Relation of the model to its base.
        is_base: Whether a name can be that of a base.
    """
    for look in (_worded, _ticked, _argument):
        found = [value for value in look(document, kind) if is_base(str(value.value))]
        if found:
            yield from found
            return


def _worded(document: Document, kind: str) -> Iterator[Value]:
    for pattern in (_ARTICLE, _DISTILLED, _OFF):
        match = pattern.search(document.plain)
        for index, name in enumerate(match.groups() if match else (), 1):
            if match is not None and name:
                start, end = match.span(index)
                yield from_plain(
                    document, "base_model", name, start, end, method="name", relation=kind
                )


def _ticked(document: Document, kind: str) -> Iterator[Value]:
    """Read a name in ticks that was tuned, where the card has the ticks."""
    match = _TICKED.search(document.card, document.front.end)
    if match is not None:
        start, end = match.span()
        yield from_card(
            document, "base_model", match[1], start, end,
            origin=TEXT, method="name", relation=kind,
        )  # fmt: skip


def _argument(document: Document, kind: str) -> Iterator[Value]:
    """Read the model that a program trains from: an argument in code that trains."""
    for code in document.codes:
        match = _ARGUMENT.search(code.text) if _TRAINS.search(code.text) else None
        if match is not None:
            start, end = code.start + match.start(), code.start + match.end()
            yield from_code(
                document, "base_model", match[1], start, end, method="command", relation=kind
            )
            return
