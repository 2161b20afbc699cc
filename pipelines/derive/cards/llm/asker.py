"""From a request to an answer that is kept: budget, dialect, server, store, in this order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container, Sequence
from datetime import UTC, datetime
from typing import Any

from miner.errors import BudgetSpent, ConfigurationError, MinerError
from miner.pipelines.derive.cards.llm.api_dialect import Dialect, after_refusal, first_dialect
from miner.pipelines.derive.cards.llm.ledger import Budget, Ledger, OverBudget
from miner.pipelines.derive.cards.llm.limiter import RequestLimiter
from miner.pipelines.derive.cards.llm.llm_answers import (
    AnswerStore,
    BatchedRequest,
    Failure,
    KeptAnswer,
    LlmRequest,
)
from miner.pipelines.derive.cards.llm.llm_reading import read_answer
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings
from miner.pipelines.derive.cards.llm.service import Halted, LlmService, Refused
from miner.pipelines.derive.cards.llm.token_estimate import likely_prompt_tokens
from miner.pipelines.derive.cards.outcome import CardOutcome
from miner.schema.redact import redacted
from miner.schema.vocab import AnswerFinish, ExtractionState

log = logging.getLogger(__name__)

OnOutcome = Callable[[LlmCard, CardOutcome], None]
_IN_A_ROW = 5
"""So many requests refused one after the other, and none answered: it is not about the cards."""
_MAX_NAME = 200
_MAX_TOKENS = 10**9
"""A server that counts more in one answer does not count."""
_TOO_LONG = ("context_length_exceeded", "context length", "context size", "context window",
             "too long", "too large", "exceeds the available", "maximum context")  # fmt: skip
_FILTERS = ("content_filter", "content_policy", "responsibleai")
_FINISHES = {"stop": AnswerFinish.STOP, "length": AnswerFinish.LENGTH,
             "content_filter": AnswerFinish.REFUSAL}  # fmt: skip


class Asker:
    """Asks one model for a run.

    Args:
        settings: Which model, how.
        answers: Where answers are kept.
        ledger: The account of the run.
    """

    def __init__(self, settings: LlmSettings, answers: AnswerStore, ledger: Ledger) -> None:
        self.settings = settings
        self.answers = answers
        self.ledger = ledger
        self.budget = Budget(settings, ledger)
        self.halted = asyncio.Event()
        self.halt_reason: MinerError | None = None
        self.limiter = RequestLimiter(
            settings.concurrency, settings.requests_per_minute, settings.tokens_per_minute
        )
        self.service = LlmService(settings, self.limiter, self.halted)
        self.dialect = first_dialect(settings)
        self.paid: dict[str, float | None] = {}
        self._on_way: dict[str, asyncio.Future[KeptAnswer | Failure]] = {}
        self._has_worked = False
        self._refused_in_a_row = 0

    def halt(self, reason: MinerError | None = None) -> None:
        """Let no further request go; what is on its way is awaited and kept."""
        if not self.halted.is_set():
            self.halt_reason = reason
        self.halted.set()

    def kept(self, requests: Sequence[LlmRequest]) -> dict[str, KeptAnswer]:
        """Return the answers that are kept from before, by digest, and count them."""
        found = kept_answers(self.answers, requests, self.settings.again, self.paid)
        self.ledger.cached += sum(1 for digest in found if digest not in self.paid)
        return found

    async def ask(self, request: LlmRequest) -> KeptAnswer | Failure:
        """Return the answer to a request, kept; equal requests are asked once.

        Raises:
            Halted: The run ended before it was answered.
        """
        if request.digest in self._on_way:
            return await asyncio.shield(self._on_way[request.digest])
        future: asyncio.Future[KeptAnswer | Failure] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_seen)
        self._on_way[request.digest] = future
        try:
            answer = await self._ask_within_budget(request)
            future.set_result(answer)
            return answer
        except MinerError as error:
            self.halt(error)
            future.set_exception(Halted())
            raise Halted from error
        except BaseException as error:
            future.set_exception(Halted() if isinstance(error, asyncio.CancelledError) else error)
            raise
        finally:
            del self._on_way[request.digest]

    def most_usd(self, request: LlmRequest, *, is_batch: bool = False) -> float:
        """Return what a request can cost at most, in US dollars."""
        return self.budget.most(
            request.most_prompt_tokens, self.settings.max_output_tokens, is_batch=is_batch
        )

    def take(
        self, data: object, asked: LlmRequest | BatchedRequest, parameters: dict[str, Any],
        *, is_batch: bool = False,
    ) -> KeptAnswer | None:  # fmt: skip
        """Make an answer of what came; None: it is no completion at all.

        Args:
            data: JSON as received.
            asked: Its request.
            parameters: As they were sent.
            is_batch: It came in a batch.
        """
        found = _content(data)
        if found is None:
            return None
        self._has_worked, self._refused_in_a_row = True, 0
        finish, content, served = found
        counted = _usage(data)
        most = (asked.most_prompt_tokens, self.settings.max_output_tokens)
        prompt_tokens, completion_tokens = counted or most
        price = self.settings.price
        return KeptAnswer(
            digest=asked.digest,
            blob_sha=asked.blob_sha,
            llm=self.settings.model,
            served_llm=served,
            prompt_hash=asked.prompt_hash,
            parameters=parameters,
            finish=finish.value,
            content=redacted(content).replace("\x00", " "),  # PostgreSQL has none
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            is_counted=counted is not None,
            cost_usd=None
            if price is None
            else price.cost(prompt_tokens, completion_tokens, is_batch=is_batch),
            is_batch=is_batch,
            answered_at=datetime.now(UTC).replace(tzinfo=None),
        )

    def book(self, answer: KeptAnswer) -> None:
        """Count an answer that was paid for."""
        self.ledger.book(answer)
        self.paid[answer.digest] = answer.cost_usd

    async def _ask_within_budget(self, request: LlmRequest) -> KeptAnswer | Failure:
        most_usd = self.most_usd(request)
        try:
            await self.budget.reserve(most_usd)
        except OverBudget:
            raise self.over_budget(most_usd) from None
        try:
            answer = await self._answer(request)
            if isinstance(answer, KeptAnswer):
                self.answers.save([answer])  # before anything is derived from it
                self.book(answer)
            return answer
        finally:
            self.budget.release(most_usd)

    def over_budget(self, most_usd: float) -> BudgetSpent:
        """Return the error that ends a run whose next request might pass the budget."""
        limit, spent = self.settings.budget_usd, self.ledger.cost_usd or 0.0
        return BudgetSpent(
            f"the budget of {limit} USD is used up: {spent:.4f} USD are paid, and the next request "
            f"can cost {most_usd:.4f} USD",
            next_step="give a larger --budget-usd: the same command goes on with what is left",
        )

    async def _answer(self, request: LlmRequest) -> KeptAnswer | Failure:
        tokens = likely_prompt_tokens(request) + self.settings.max_output_tokens
        most_usd = self.most_usd(request)

        def on_retry(is_uncertain: bool) -> None:
            self._retrying(most_usd, is_uncertain=is_uncertain)

        dialect = self.dialect

        def make_body() -> dict[str, Any]:
            nonlocal dialect
            dialect = self.dialect
            return dialect.body(request, self.settings)

        lies = 0
        while True:
            try:
                data = await self.service.complete(make_body, tokens, on_retry)
            except Refused as refusal:
                failure = self.after(refusal, dialect)
                if failure is not None:
                    return failure
                continue
            answer = self.take(data, request, dialect.parameters(self.settings))
            if answer is not None:
                return answer
            lies += 1
            on_retry(True)
            if lies >= 2:
                return self._refused(
                    Failure(ExtractionState.FAILED, "what the server sent is no completion")
                )

    def after(self, refusal: Refused, tried: Dialect) -> Failure | None:
        """Return what a refusal makes of the request; None: try it as the dialect is now."""
        low = f"{refusal.code} {refusal.message}".lower()
        if refusal.status == 413 or any(word in low for word in _TOO_LONG):
            return Failure(
                ExtractionState.TRUNCATED, f"too long: {refusal.message}", is_too_long=True
            )
        if any(word in low for word in _FILTERS):
            return Failure(ExtractionState.REFUSED, f"refused by a filter: {refusal.message}")
        if tried != self.dialect:
            return None  # another request has learnt meanwhile
        following = None if self._has_worked else after_refusal(tried, refusal.message)
        if following is not None:
            self.dialect, change = following
            log.warning("%s does not take %s", self.settings.base_url, change)
            return None
        return self._refused(
            Failure(ExtractionState.FAILED, f"{refusal.status}: {refusal.message}")
        )

    def _refused(self, failure: Failure) -> Failure:
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= _IN_A_ROW and not self._has_worked:
            raise ConfigurationError(
                f"{self.settings.base_url} answers no request at all: {failure.reason}",
                next_step="check --llm, --base-url and the server's own log",
            )
        return failure

    def _retrying(self, most_usd: float, *, is_uncertain: bool) -> None:
        """Count a request that is sent once more, and what its lost answer may have cost."""
        if not is_uncertain:
            self.ledger.retries += 1
            return
        self.ledger.uncertain_usd += most_usd
        if not self.budget.fits(0.0):
            raise self.over_budget(0.0)


def _seen(future: asyncio.Future[KeptAnswer | Failure]) -> None:
    """Look at the end of a question, so that one that nobody else waited for is no warning."""
    if not future.cancelled():
        future.exception()


def _content(data: object) -> tuple[AnswerFinish, str, str] | None:
    """Return how an answer ended, its text and who gave it; None where it is no completion."""
    choices = data.get("choices") if isinstance(data, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(data, dict) or not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    served = str(data.get("model") or "")[:_MAX_NAME].replace("\x00", " ")
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        return AnswerFinish.REFUSAL, message["refusal"], served
    finish = _FINISHES.get(str(choice.get("finish_reason")), AnswerFinish.STOP)
    content = message.get("content")
    if not isinstance(content, str):
        if finish is AnswerFinish.STOP:
            return None
        content = ""
    return finish, content, served


def _usage(data: Any) -> tuple[int, int] | None:
    """Return the tokens of prompt and answer as the server counts them, None where it does not."""
    usage = data.get("usage")
    counts = [
        usage.get(key) if isinstance(usage, dict) else None
        for key in ("prompt_tokens", "completion_tokens")
    ]
    prompt, completion = (
        one if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < _MAX_TOKENS else -1
        for one in counts
    )
    return None if prompt < 0 or completion < 0 else (prompt, completion)


_ENOUGH_CARDS = 10
"""From so many cards on a run ends if most of their answers cannot be read."""


def finish(asker: Asker, read: tuple[LlmCard, CardOutcome] | None, on_outcome: OnOutcome) -> None:
    """Count a card and report it; None: it could not be read to the end."""
    if read is None:
        asker.ledger.unfinished += 1
        return
    asker.ledger.count(read[1])
    on_outcome(*read)
    if (problem := _mostly_invalid(asker)) is not None:
        asker.halt(problem)


def _mostly_invalid(asker: Asker) -> ConfigurationError | None:
    """Return the error that ends a run in which most answers are of no use, or None."""
    cards, invalid = asker.ledger.cards.total(), asker.ledger.cards[ExtractionState.INVALID.value]
    is_paid = asker.ledger.requests > 0  # answers kept from before cost nothing to look at
    if not is_paid or cards < _ENOUGH_CARDS or 2 * invalid <= cards:
        return None
    return ConfigurationError(
        f"{invalid} of the first {cards} cards got answers of {asker.settings.model} that hold no "
        "object of the form that was asked for",
        next_step="use a model or server with structured outputs, or read one answer with --card",
    )


def kept_answers(
    answers: AnswerStore,
    requests: Sequence[LlmRequest],
    again: Container[str],
    paid: Container[str] = (),
) -> dict[str, KeptAnswer]:
    """Return the answers that are kept of some requests, by digest.

    Args:
        answers: Where they are kept.
        requests: What would be asked.
        again: States that a kept answer must not lead to: those are asked for anew.
        paid: Digests of answers that were paid for in this run: they count whatever they are.
    """
    fields = {one.digest: one.fields for one in requests}
    return {
        digest: answer
        for digest, answer in answers.find(list(fields)).items()
        if digest in paid or _leads_to(answer, fields[digest]) not in again
    }


def _leads_to(answer: KeptAnswer, fields: tuple[str, ...]) -> str:
    if answer.finish == AnswerFinish.REFUSAL:
        return ExtractionState.REFUSED.value
    if answer.finish == AnswerFinish.LENGTH:
        return ExtractionState.TRUNCATED.value
    is_bad = bool(read_answer(answer.content, fields)[1])
    return (ExtractionState.INVALID if is_bad else ExtractionState.EXTRACTED).value
