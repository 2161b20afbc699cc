"""The rules extractor: a card in, values out. Pure, deterministic, no network, no store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from miner.content import version_of
from miner.pipelines.derive.cards import settle
from miner.pipelines.derive.cards.card_markdown import read_document
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.sources.faults import Faults

if TYPE_CHECKING:
    from miner.pipelines.derive.cards.all_rules import Rule


def rules_version() -> str:
    """Return the version of the rules: that of the code and data which read a card."""
    return version_of("miner.pipelines.derive.cards", "miner.schema.fields", without="llm")


def extract(
    card: str, model: str, faults: Faults | None = None, cut: list[str] | None = None
) -> list[Value]:
    """Return what a card states, in the order of fields and places.

    Args:
        card: The card as decoded from UTF-8, nothing normalized, front matter included.
        model: Its model, ``owner/name``.
        faults: Counts rules that break on the card: each costs its own values. None: the first
            error is raised.
        cut: Gets what was left out because the card has too much of it, one text each.
    """
    document = read_document(card, model)
    values = settle.settle(document, _all(document, faults))
    if cut is not None:
        cut += document.cut
    return values


def _all(document: Document, faults: Faults | None) -> Iterator[Value]:
    for read in _rules():
        if faults is None:
            yield from read(document)
            continue
        with faults.of(document.model):
            yield from list(read(document))  # of a rule that breaks, nothing


def _rules() -> tuple[Rule, ...]:
    from miner.pipelines.derive.cards.all_rules import RULES  # noqa: PLC0415 - compiles all patterns

    return RULES
