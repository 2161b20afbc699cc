"""The extractor: cards in, outcomes out, as they are done; nothing that was paid for is lost.

One event loop asks; cards are started as there is room, so that memory does not grow with their
number. What ends a run early (money, a limit, a server that is down, Ctrl-C) lets what is on its
way come in and be kept; the same call goes on with what is left.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from miner.errors import MinerError
from miner.pipelines.derive.cards.llm.asker import Asker, OnOutcome, finish, kept_answers
from miner.pipelines.derive.cards.llm.batch_run import run_batches
from miner.pipelines.derive.cards.llm.ledger import Ledger
from miner.pipelines.derive.cards.llm.llm_answers import AnswerStore, Failure, KeptAnswer
from miner.pipelines.derive.cards.llm.llm_reading import CardReading
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings
from miner.pipelines.derive.cards.llm.service import Halted
from miner.pipelines.derive.cards.llm.token_estimate import likely_prompt_tokens
from miner.pipelines.derive.cards.outcome import CardOutcome

VERSION = 2
"""Changes when the same answers can give other values."""
_LOOK_SECONDS = 0.2
_LIKELY_ANSWER = 25
"""Tokens of an answer for each field that is asked for, about."""


def run(
    cards: Iterable[LlmCard],
    settings: LlmSettings,
    answers: AnswerStore,
    on_outcome: OnOutcome,
    *,
    ledger: Ledger | None = None,
    stop: threading.Event | None = None,
) -> Ledger:
    """Read cards with a language model.

    Args:
        cards: Taken one by one, in the calling thread.
        settings: Which model, how.
        answers: Where answers are kept; called in the calling thread. An answer is kept before
            anything is derived from it, so what was asked before is not asked or paid for again.
        on_outcome: Called in the calling thread with each card that is done, in no order.
        ledger: Filled as the run goes, so that it can be read after an error too.
        stop: Set to end in order: what is on its way is awaited and kept.

    Returns:
        The account of the run; ``is_complete`` is False where it was stopped or batches are not
        done.

    Raises:
        BudgetSpent: The budget, or the money at the service, is used up.
        RetryLater: The server is down or limits us.
        SourceRefused: It does not take our key.
        ConfigurationError: It answers no request, or has no such model.
    """
    ledger = ledger if ledger is not None else Ledger()
    if settings.price is None:
        ledger.cost_usd = None
    stop = stop or threading.Event()
    asker = Asker(settings, answers, ledger)
    drive = run_batches if settings.is_batch else _run
    error = asyncio.run(_driven(asker, drive(asker, iter(cards), on_outcome), stop))
    if error is not None:
        error.kept = error.kept or ledger.kept()
        raise error
    return ledger


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would ask and cost, about.

    Attributes:
        cards: Cards that have something to ask.
        requests: Requests without a kept answer.
        cached: Requests with one.
        prompt_tokens: Tokens of the prompts.
        completion_tokens: Tokens of the answers, assumed from the number of fields.
        cost_usd: US dollars; None: the price is not known.
    """

    cards: int
    requests: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


def estimate(cards: Iterable[LlmCard], settings: LlmSettings, answers: AnswerStore) -> Estimate:
    """Return what reading cards would cost, without asking anything.

    Tokens are counted by length, not by the model's own tokenizer. Answers that are cut off or
    of a wrong form cost more than this.
    """
    count = requests = cached = prompt = completion = 0
    for card in cards:
        reading = CardReading(card, settings)
        needed = reading.needed({})
        known = kept_answers(answers, needed, settings.again)
        missing = [one for one in needed if one.digest not in known]
        count += bool(needed)
        requests, cached = requests + len(missing), cached + len(known)
        prompt += sum(map(likely_prompt_tokens, missing))
        completion += sum(_LIKELY_ANSWER * len(one.fields) for one in missing)
    cost = None
    if settings.price is not None:
        cost = settings.price.cost(prompt, completion, is_batch=settings.is_batch)
    return Estimate(count, requests, cached, prompt, completion, cost)


async def _driven(
    asker: Asker, work: Coroutine[Any, Any, None], stop: threading.Event
) -> MinerError | None:
    watch = asyncio.create_task(_watch(stop, asker))
    try:
        await work
    finally:
        watch.cancel()
        await asker.service.close()
    return asker.halt_reason


async def _watch(stop: threading.Event, asker: Asker) -> None:
    """Halt the run when it is asked to end."""
    while not stop.is_set():
        await asyncio.sleep(_LOOK_SECONDS)
    asker.halt()


async def _run(asker: Asker, cards: Iterator[LlmCard], on_outcome: OnOutcome) -> None:
    """Ask card by card, with enough cards begun that only the limiter bounds the requests."""
    room = 2 * asker.settings.concurrency
    begun: set[asyncio.Task[tuple[LlmCard, CardOutcome] | None]] = set()
    has_more = True
    try:
        while True:
            while has_more and len(begun) < room and not asker.halted.is_set():
                card = next(cards, None)
                if card is None:
                    has_more = False
                else:
                    begun.add(asyncio.create_task(_read(asker, card)))
            if not begun:
                break
            done, begun = await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                finish(asker, task.result(), on_outcome)
    finally:
        asker.ledger.is_complete = not asker.halted.is_set()
        if begun:  # the caller broke: what is on its way is paid for, and is kept
            asker.halt()
            await asyncio.wait(begun)


async def _read(asker: Asker, card: LlmCard) -> tuple[LlmCard, CardOutcome] | None:
    """Read one card; None: the run ended before it was done."""
    reading = CardReading(card, asker.settings)
    known: dict[str, KeptAnswer | Failure] = {}
    while needed := reading.needed(known):
        known |= asker.kept(needed)
        missing = [one for one in needed if one.digest not in known]
        came = await asyncio.gather(*map(asker.ask, missing), return_exceptions=True)
        for request, answer in zip(missing, came, strict=True):
            if isinstance(answer, Halted):
                return None
            if isinstance(answer, BaseException):
                raise answer
            known[request.digest] = answer
    return card, reading.outcome(known, asker.paid)
