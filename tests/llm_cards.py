"""What the tests of the LLM extractor share: cards, settings, and a run of them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from typing import Any

from miner.pipelines.derive.cards.llm.ledger import Ledger
from miner.pipelines.derive.cards.llm.llm_answers import AnswersInMemory, AnswerStore, KeptAnswer
from miner.pipelines.derive.cards.llm.llm_run import run
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings, llm_settings
from miner.pipelines.derive.cards.outcome import CardOutcome
from miner.pipelines.derive.cards.value import MAX_QUOTE
from tests.llm_server import KEY, MODEL, LlmServer


def card(text: str, model: str = "acme/own") -> LlmCard:
    """A card as the driver gets it."""
    return LlmCard("huggingface", model, hashlib.sha1(text.encode()).hexdigest(), text)


def cards(count: int) -> list[LlmCard]:
    """Cards that state a size and hardware, each another."""
    return [
        card(
            f"# m{number}\n\nIt has {number + 1}B parameters.\n\n"
            f"- **hardware:** NVIDIA A{number}\n",
            f"acme/m{number}",
        )
        for number in range(count)
    ]


def settings_of(server: LlmServer, **options: Any) -> LlmSettings:
    """Settings for a test's server: one dollar per million tokens in, two out, little patience."""
    chosen: dict[str, Any] = {
        "base_url": server.base_url, "api_key": KEY, "price_in": 1.0, "price_out": 2.0,
        "batch_poll_seconds": 0.02, "timeout_seconds": 10.0,
    }  # fmt: skip
    return llm_settings(MODEL, **(chosen | options))


class Reader:
    """Runs, and what came of them.

    Attributes:
        outcomes: By the card's model, the last one of each.
        answers: What is kept.
        ledger: That of the last run.
    """

    def __init__(self, answers: AnswerStore | None = None) -> None:
        self.outcomes: dict[str, CardOutcome] = {}
        self.answers = answers or AnswersInMemory()
        self.ledger = Ledger()
        self.stop = threading.Event()

    def run(self, read: Iterable[LlmCard], settings: LlmSettings) -> Ledger:
        """Read cards; every value's quote is exact."""
        self.ledger = Ledger()
        return run(read, settings, self.answers, self.take, ledger=self.ledger, stop=self.stop)

    @property
    def kept(self) -> list[KeptAnswer]:
        """The answers that are kept, where that is in memory."""
        assert isinstance(self.answers, AnswersInMemory)
        return list(self.answers.answers.values())

    def one(self, text: str, settings: LlmSettings) -> CardOutcome:
        """Read one card."""
        self.run([card(text)], settings)
        return self.outcomes["acme/own"]

    def take(self, read: LlmCard, outcome: CardOutcome) -> None:
        """Check a card that is done, and keep it."""
        self.outcomes[read.model] = outcome
        for value in outcome.values:
            assert read.text[value.start : value.end] == value.quote
            assert 0 < len(value.quote) <= MAX_QUOTE
            assert (value.source, value.method) == ("card-llm", "llm")


def values_of(outcome: CardOutcome) -> list[tuple[str, object]]:
    """Return field and value of each value."""
    return [(one.field, one.value) for one in outcome.values]


def reasons_of(outcome: CardOutcome) -> list[tuple[str, str, str]]:
    """Return field, value and reason of each value that was rejected."""
    return [(one.field, one.value, one.reason) for one in outcome.rejected]
