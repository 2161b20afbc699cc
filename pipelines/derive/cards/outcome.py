"""What an extractor read in one card: values, what it turned down, and how it ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from miner.pipelines.derive.cards.value import Value
from miner.schema.vocab import ExtractionState


@dataclass(frozen=True, slots=True)
class Rejected:
    """A value that an extractor gave and that is not kept as one.

    Attributes:
        field: The field, as the extractor named it.
        value: The value as text, cut to what a value may hold.
        quote: The words that were quoted for it, cut to the length of a quote.
        reason: Why it is not kept: ``vocab.RejectReason``.
    """

    field: str
    value: str
    quote: str
    reason: str


@dataclass(slots=True)
class CardOutcome:
    """One card, read by one extractor.

    Attributes:
        state: How the reading ended; a state other than ``extracted`` keeps the values it has.
        values: What the card states.
        rejected: Values without words of the card that carry them.
        not_stated: Fields that were asked for and that the extractor says are not stated.
        reason: Detail of the state.
        faults: Unexpected errors, by class and place: bugs of miner.
        llm: Name of the language model; empty for rules.
        prompt_hash: SHA-256 of the prompt file and schema; empty for rules.
        prompt_tokens: Tokens sent for this card, those answered from the cache included.
        completion_tokens: Tokens received, as ``prompt_tokens``.
        cost_usd: Price of the answers that were paid for in this run, in US dollars; null:
            the price of the model is not known.
    """

    state: ExtractionState
    values: list[Value] = dataclasses.field(default_factory=list)
    rejected: list[Rejected] = dataclasses.field(default_factory=list)
    not_stated: list[str] = dataclasses.field(default_factory=list)
    reason: str = ""
    faults: Mapping[str, int] = dataclasses.field(default_factory=dict)
    llm: str = ""
    prompt_hash: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
