"""What a run asked, got and paid; and the budget that it may not pass."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

from miner.pipelines.derive.cards.llm.llm_answers import KeptAnswer
from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings
from miner.pipelines.derive.cards.outcome import CardOutcome


@dataclass(slots=True)
class Ledger:
    """The account of a run.

    Attributes:
        cards: Cards that are done, by ``vocab.ExtractionState``.
        unfinished: Cards that were begun and are left.
        values: Values that were kept.
        rejected: Values that were not, by ``vocab.RejectReason``.
        requests: Answers that were received, and paid for.
        cached: Answers that were kept from before.
        retries: Requests that were sent once more.
        prompt_tokens: Tokens of what was paid for in this run.
        completion_tokens: The same of answers.
        estimated: Of ``requests`` those whose tokens the server did not count: tokens and cost are
            our upper bound.
        cost_usd: What this run paid, in US dollars; None: the price is not known.
        uncertain_usd: What may have been paid beside: requests whose answer never came.
        batches: Batches handed in.
        pending: Requests in batches that are not done.
        is_complete: All cards were read to the end.
    """

    cards: Counter[str] = dataclasses.field(default_factory=Counter)
    unfinished: int = 0
    values: int = 0
    rejected: Counter[str] = dataclasses.field(default_factory=Counter)
    requests: int = 0
    cached: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: int = 0
    cost_usd: float | None = 0.0
    uncertain_usd: float = 0.0
    batches: int = 0
    pending: int = 0
    is_complete: bool = False

    def book(self, answer: KeptAnswer) -> None:
        """Add an answer that was paid for."""
        self.requests += 1
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens
        self.estimated += not answer.is_counted
        if answer.cost_usd is None or self.cost_usd is None:
            self.cost_usd = None
        else:
            self.cost_usd += answer.cost_usd

    def count(self, outcome: CardOutcome) -> None:
        """Add a card that is done."""
        self.cards[outcome.state.value] += 1
        self.values += len(outcome.values)
        self.rejected.update(one.reason for one in outcome.rejected)

    def as_report(self) -> dict[str, Any]:
        """Return the account for the report of a run; money in US dollars."""
        report = dataclasses.asdict(self)
        return {**report, "cards": dict(self.cards), "rejected": dict(self.rejected)}

    def kept(self) -> str:
        """Return one line on what is safe whatever happened."""
        paid = "" if not self.cost_usd else f", {self.cost_usd:.4f} USD"
        return (
            f"{self.cards.total()} cards are read; the answers to {self.requests} requests are "
            f"kept{paid}"
        )


class OverBudget(Exception):
    """The next request could pass the budget."""


class Budget:
    """Money that may still be spent. What is on its way counts with the most that it can cost.

    Args:
        settings: Bound and price.
        ledger: What was spent.
    """

    def __init__(self, settings: LlmSettings, ledger: Ledger) -> None:
        self._limit = settings.budget_usd
        self._price = settings.price
        self._ledger = ledger
        self._reserved = 0.0
        self._changed = asyncio.Event()

    def most(self, prompt_tokens: int, answer_tokens: int, *, is_batch: bool = False) -> float:
        """Return what a request can cost at most, in US dollars; 0 where no price is known."""
        if self._price is None:
            return 0.0
        return self._price.cost(prompt_tokens, answer_tokens, is_batch=is_batch)

    def fits(self, usd: float) -> bool:
        """Tell whether so much can be spent beside all that is on its way."""
        return self._limit is None or self._spent() + self._reserved + usd <= self._limit

    async def reserve(self, usd: float) -> None:
        """Set money aside for a request; wait while answers on their way may leave enough.

        Raises:
            OverBudget: Even when all that is on its way has come, it will not fit.
        """
        while not self.fits(usd):
            if self._reserved <= 0:
                raise OverBudget
            self._changed.clear()
            await self._changed.wait()
        self._reserved += usd

    def take(self, usd: float) -> None:
        """Set money aside without waiting."""
        self._reserved += usd

    def release(self, usd: float) -> None:
        """Give back what was set aside; what was paid is in the ledger by then."""
        self._reserved = max(0.0, self._reserved - usd)
        if self._reserved < 1e-12:
            self._reserved = 0.0
        self._changed.set()

    def _spent(self) -> float:
        return (self._ledger.cost_usd or 0.0) + self._ledger.uncertain_usd
