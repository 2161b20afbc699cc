"""About how many tokens a request has, for estimates; the budget counts with an upper bound."""

from __future__ import annotations

import math
from functools import lru_cache

import orjson

from miner.pipelines.derive.cards.llm.llm_answers import LlmRequest
from miner.pipelines.derive.cards.llm.schema import answer_schema

CHARACTERS_A_TOKEN = 3.0
"""Code points of ASCII a token in cards: 2.7 with a vocabulary of 49,000, more with larger ones."""


def likely_tokens(text: str) -> int:
    """Return about how many tokens a text has; a character beyond ASCII counts as one."""
    beyond = sum(1 for char in text if char > "\x7f") if not text.isascii() else 0
    return math.ceil((len(text) - beyond) / CHARACTERS_A_TOKEN + beyond)


def likely_prompt_tokens(request: LlmRequest) -> int:
    """Return about how many tokens the prompt of a request has, the schema included."""
    count = sum(likely_tokens(one["content"]) for one in request.messages)
    return count + _schema_tokens(request.fields)


@lru_cache(maxsize=1024)
def _schema_tokens(fields: tuple[str, ...]) -> int:
    return likely_tokens(orjson.dumps(answer_schema(fields)).decode())
