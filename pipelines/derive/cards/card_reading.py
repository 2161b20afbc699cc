"""One card read by the rules, as a worker does it: light to import, a pure function."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from miner.pipelines.derive.cards.outcome import CardOutcome
from miner.pipelines.sources.faults import Faults, place_of
from miner.schema.vocab import ExtractionState

log = logging.getLogger(__name__)

_MOST_OF_REASON = 200


@dataclass(frozen=True, slots=True)
class CardText:
    """A card to read: its model, and its text as decoded."""

    model: str
    text: str


def read_card(card: CardText) -> CardOutcome:
    """Return what a card states; one that the rules break on has failed."""
    from miner.pipelines.derive.cards.rule_extractor import extract  # noqa: PLC0415 - compiles all patterns

    try:
        faults = Faults()
        cut: list[str] = []
        values = extract(card.text, card.model, faults, cut)
        state = ExtractionState.PARTIAL if faults or cut else ExtractionState.EXTRACTED
        reason = "; ".join([*filter(None, [faults.describe()]), *cut])[:_MOST_OF_REASON]
        return CardOutcome(state, values, reason=reason, faults=dict(faults.counts))
    except Exception as error:  # one card of a hundred thousand must not end a crawl
        log.debug("%s", card.model, exc_info=True)
        place = place_of(error)
        outcome = unread(ExtractionState.FAILED, f"{place}: {error}")
        outcome.faults = {place: 1}
        return outcome


def unread(state: ExtractionState, reason: str) -> CardOutcome:
    """Return that a card was not read, and why."""
    return CardOutcome(state, reason=" ".join(reason.split())[:_MOST_OF_REASON])
