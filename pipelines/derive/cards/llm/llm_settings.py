"""What the user chooses of the LLM extractor, checked before anything is asked or paid."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from miner.errors import ConfigurationError
from miner.pipelines.derive.cards.llm.prices import Price, list_price
from miner.pipelines.derive.cards.value import Value
from miner.schema.fields import load_fields
from miner.settings import OPENAI_URL

_OPENAI_HOST = "api.openai.com"
_LEAST_PART = 1_000
_RESERVED = frozenset({"model", "messages", "response_format", "stream", "n", "temperature", "seed",
                       "max_tokens", "max_completion_tokens"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class LlmCard:
    """A card to read.

    Attributes:
        hub: Name of the hub of its model.
        model: Name of its model, ``owner/name``.
        blob_sha: git blob sha of the card.
        text: The card as decoded, nothing normalized.
        values: What the rules read in it.
        key: Anything of the caller's that is to come back with the outcome.
    """

    hub: str
    model: str
    blob_sha: str
    text: str
    values: tuple[Value, ...] = ()
    key: object = None


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """How to ask which model.

    Attributes:
        model: Name of the language model at the server.
        base_url: Address of the server, up to and with ``/v1``.
        api_key: Key for the server; empty where it needs none.
        ask_all: Ask for every field, not only for those that the rules left open.
        fields: Ask for these at most; empty: all that there are.
        concurrency: Requests in flight at once.
        budget_usd: Most that a run may cost, in US dollars; None: no bound.
        price: Price of tokens; None: unknown.
        temperature: None: left to the server.
        seed: None: none is sent.
        max_output_tokens: Bound of one answer, hidden reasoning included.
        extra: Further parameters of a request, as the server takes them.
        part_characters: Longest part of a card that goes into one request, in code points.
        overlap_characters: What a part repeats of the one before, in code points.
        most_parts: Of a longer card the rest is not read, and its outcome is partial.
        requests_per_minute: Bound of our own; None: what the server's headers say.
        tokens_per_minute: The same of tokens.
        timeout_seconds: Time after which a request without an answer is canceled.
        attempts: Tries of one request before the run ends.
        longest_wait_seconds: A server that asks to wait longer ends the run.
        again: Kept answers of no use that are asked for anew: ``refused``, ``truncated`` and
            ``invalid``, of ``vocab.ExtractionState``.
        is_batch: Hand requests in as batches instead of asking one by one.
        batch_wait_seconds: How long to wait for batches; 0: only collect and submit.
        batch_poll_seconds: Time between two looks at a batch.
        batch_requests: Most requests of one batch.
    """

    model: str
    base_url: str = OPENAI_URL
    api_key: str = dataclasses.field(default="", repr=False)
    ask_all: bool = False
    fields: tuple[str, ...] = ()
    concurrency: int = 8
    budget_usd: float | None = None
    price: Price | None = None
    temperature: float | None = 0.0
    seed: int | None = 0
    max_output_tokens: int = 4_000
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    part_characters: int = 24_000
    overlap_characters: int = 400
    most_parts: int = 25
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    timeout_seconds: float = 120.0
    attempts: int = 6
    longest_wait_seconds: float = 300.0
    again: frozenset[str] = frozenset()
    is_batch: bool = False
    batch_wait_seconds: float = math.inf
    batch_poll_seconds: float = 60.0
    batch_requests: int = 10_000

    def __post_init__(self) -> None:
        _check(self)

    @property
    def is_openai(self) -> bool:
        """The server is OpenAI's own."""
        return _host(self.base_url) == _OPENAI_HOST

    @property
    def parameters(self) -> dict[str, Any]:
        """What decides the answer beside prompt and model; part of what a kept answer is found by.

        Servers that know a parameter by another name, or not at all, are asked accordingly.
        """
        return {
            **{key: self.extra[key] for key in sorted(self.extra)},
            "max_tokens": self.max_output_tokens,
            "seed": self.seed,
            "temperature": self.temperature,
        }


def llm_settings(
    model: str,
    *,
    price_in: float | None = None,
    price_out: float | None = None,
    price_batch: float | None = None,
    **options: Any,
) -> LlmSettings:
    """Return settings with the price looked up, or as stated.

    Args:
        model: Name of the language model at the server.
        price_in: US dollars per million tokens of prompts; with ``price_out`` or not at all.
        price_out: US dollars per million tokens of answers.
        price_batch: Share of both that a batch costs, 0 to 1; None: 1.
        **options: Other attributes of :class:`LlmSettings`.

    Raises:
        ConfigurationError: A value cannot be used, one price stands alone, or there is a budget
            and no price.
    """
    if (price_in is None) != (price_out is None):
        raise ConfigurationError(
            "one price alone says nothing about the cost",
            next_step="give both --price-in and --price-out, in US dollars per million tokens",
        )
    if price_in is not None and price_out is not None:
        share = 1.0 if price_batch is None else price_batch
        return LlmSettings(model, price=Price(price_in, price_out, share), **options)
    if price_batch is not None:
        raise ConfigurationError(
            "the share that a batch costs needs the prices that it is a share of",
            next_step="give --price-in and --price-out too",
        )
    is_openai = _host(options.get("base_url", OPENAI_URL)) == _OPENAI_HOST
    return LlmSettings(model, price=list_price(model) if is_openai else None, **options)


def _host(address: str) -> str:
    """Return the host of an address, empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _check(chosen: LlmSettings) -> None:
    if not chosen.model.strip():
        raise ConfigurationError("no language model is named", next_step="give --llm NAME")
    _check_address(chosen)
    smallest = {
        "concurrency": 1, "max_output_tokens": 16, "part_characters": _LEAST_PART, "attempts": 1,
        "overlap_characters": 0, "timeout_seconds": 0.01, "batch_requests": 1, "most_parts": 1,
        "batch_wait_seconds": 0, "batch_poll_seconds": 0.01, "requests_per_minute": 1,
        "tokens_per_minute": 1, "budget_usd": 0, "longest_wait_seconds": 0,
    }  # fmt: skip
    for name, least in smallest.items():
        number = getattr(chosen, name)
        if number is not None and not number >= least:
            raise ConfigurationError(f"{name} of the LLM must be at least {least}, not {number!r}")
    if chosen.overlap_characters * 2 > chosen.part_characters:
        raise ConfigurationError("overlap_characters is more than half of part_characters")
    if unknown := sorted(set(chosen.fields) - load_fields().keys()):
        raise ConfigurationError(
            f"there is no field {', '.join(unknown)}",
            next_step=f"name fields of {', '.join(sorted(load_fields()))}",
        )
    if reserved := sorted(_RESERVED & chosen.extra.keys()):
        raise ConfigurationError(f"a further parameter cannot be {', '.join(reserved)}")
    if chosen.budget_usd is not None and chosen.price is None:
        raise ConfigurationError(
            f"the price of {chosen.model} at {chosen.base_url} is not known, so a budget of "
            f"{chosen.budget_usd:g} USD cannot be held",
            next_step="give --price-in and --price-out, in US dollars per million tokens "
            "(0 and 0 for a server of your own)",
        )


def _check_address(chosen: LlmSettings) -> None:
    try:
        parts = urlsplit(chosen.base_url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.username is not None:
        raise ConfigurationError(
            f"the LLM's address must be http or https, without a password, not {parts.hostname!r}",
            next_step=f"give --base-url {OPENAI_URL}",
        )
    if chosen.is_openai and not chosen.api_key:
        raise ConfigurationError(
            f"there is no key for {chosen.base_url}",
            next_step="export OPENAI_API_KEY=..., or give --base-url of a server of your own",
        )
